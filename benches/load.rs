//! Many people at once: `cargo bench --bench load -- [USERS…]`.
//!
//! Runs the built bot as a process of its own against a sandbox in this one, over real HTTP and WebSocket. Each person
//! runs `/speak` four times of five and `/fill` else, stops a tenth of the texts while they are written, and thinks for
//! up to a second in between. Prints a table, and writes one JSON object a line to target/bench/load.jsonl.

#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::format_push_string,
    reason = "a program that prints figures"
)]

use std::collections::HashMap;
use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use sandbox::{Invocation, RecordedRequest, Sandbox};
use serde_json::{Value, json};

const CHANNEL: u64 = 1_300_000_000_000_000_000;
const ROUNDS: usize = 2;
const TICK: Duration = Duration::from_millis(10);
/// Nobody waits longer than this for everything to end.
const PATIENCE: Duration = Duration::from_mins(20);

fn main() {
    let given: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let counts = if given.is_empty() {
        vec![10, 100, 300, 1000]
    } else {
        given
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut lines = String::new();
    println!("{HEAD}");
    for users in counts {
        let report = runtime.block_on(run(users));
        println!("{}", row(&report));
        lines.push_str(&format!("{report}\n"));
    }
    fs::create_dir_all("target/bench").expect("a folder for figures");
    fs::write("target/bench/load.jsonl", lines).expect("the figures are written");
}

const HEAD: &str = "\
users  done  failed  ack p50/p99 ms  first frame p50/p99 ms  frame gap p50 ms  text p50/max s  slowest/median  tokens/s  bot MB  CPU bot/sandbox s";

fn row(r: &Value) -> String {
    format!(
        "{:5} {:5} {:7} {:>15} {:>23} {:>17} {:>15} {:>15} {:>9} {:>7} {:>18}",
        r["users"],
        r["done"],
        r["failed"],
        format!("{}/{}", r["ack_ms"]["p50"], r["ack_ms"]["p99"]),
        format!(
            "{}/{}",
            r["first_frame_ms"]["p50"], r["first_frame_ms"]["p99"]
        ),
        r["frame_gap_ms"]["p50"],
        format!(
            "{:.1}/{:.1}",
            r["text_ms"]["p50"].as_f64().unwrap_or(0.0) / 1e3,
            r["text_ms"]["max"].as_f64().unwrap_or(0.0) / 1e3
        ),
        r["slowest_to_median"],
        r["tokens_per_second"],
        r["resident_mb"],
        format!("{}/{}", r["cpu_bot_s"], r["cpu_sandbox_s"]),
    )
}

/// One answer in the making, as the person sees it.
struct Asked {
    at: Instant,
    speaks: bool,
    stops: bool,
    acknowledged: Option<Instant>,
    frames: Vec<Instant>,
    done: Option<Instant>,
    failed: Option<String>,
    tokens: f64,
}

impl Asked {
    fn take(&mut self, request: &RecordedRequest) {
        if request.status >= 400 {
            self.failed = Some(format!(
                "{} {}: {}",
                request.method, request.path, request.status
            ));
            self.done = Some(request.at);
        } else if request.path.ends_with("/callback") {
            self.acknowledged = Some(request.at);
        } else if request.method == "PATCH" {
            self.frames.push(request.at);
            let footer = request.body["embeds"][0]["footer"]["text"]
                .as_str()
                .unwrap_or_default();
            let rows = request.body["components"].as_array();
            let over = !self.speaks || rows.and_then(|rows| stop_button(rows)).is_none();
            if over {
                self.done = Some(request.at);
                self.failed = footer.contains("failed").then(|| footer.to_owned());
                self.tokens = footer
                    .split(" · ")
                    .find_map(|part| part.strip_suffix(" tokens")?.parse().ok())
                    .unwrap_or(0.0);
            }
        } else if request.method == "POST" {
            // A refusal, told to the person alone.
            self.failed = Some(request.body["content"].to_string());
            self.done = Some(request.at);
        }
    }
}

enum Person {
    Thinks(Instant),
    Waits(String),
    Left,
}

async fn run(users: usize) -> Value {
    let sandbox = Sandbox::start(0).await.expect("a sandbox");
    let folder = tempfile::tempdir().expect("a folder");
    let mut bot = start(&sandbox, users, folder.path());
    while sandbox.world(|world| world.commands().is_empty()) {
        tokio::time::sleep(TICK).await;
    }
    let ids: Vec<u64> = sandbox.world(|world| {
        (0..users)
            .map(|n| world.add_user(&format!("Person{n}")))
            .collect()
    });
    sandbox.take_requests();
    let mut rng = 0x9E37_79B9_7F4A_7C15u64;
    let begun = Instant::now();
    let cpu = (cpu_seconds(bot.id()), cpu_seconds(std::process::id()));
    let mut asked: HashMap<String, Asked> = HashMap::new();
    let mut people: Vec<(usize, Person)> = ids
        .iter()
        .map(|_| (0, Person::Thinks(begun + pause(&mut rng))))
        .collect();
    let mut resident = 0;
    while people
        .iter()
        .any(|(_, person)| !matches!(person, Person::Left))
        && begun.elapsed() < PATIENCE
    {
        for request in sandbox.take_requests() {
            let token = request
                .path
                .split('/')
                .find(|part| asked.contains_key(*part))
                .map(str::to_owned);
            if let Some(asked) = token.and_then(|token| asked.get_mut(&token)) {
                asked.take(&request);
            }
        }
        for (&id, (rounds, person)) in ids.iter().zip(&mut people) {
            match person {
                Person::Thinks(until) if Instant::now() >= *until => {
                    let speaks = draw(&mut rng) % 5 < 4;
                    let token = sandbox
                        .invoke(id, CHANNEL, &command(speaks, &mut rng))
                        .expect("a command");
                    let stops = speaks && draw(&mut rng).is_multiple_of(10);
                    asked.insert(
                        token.clone(),
                        Asked {
                            at: Instant::now(),
                            speaks,
                            stops,
                            acknowledged: None,
                            frames: Vec::new(),
                            done: None,
                            failed: None,
                            tokens: 0.0,
                        },
                    );
                    *person = Person::Waits(token);
                }
                Person::Waits(token) => {
                    let answer = asked.get_mut(token).expect("it was asked");
                    if answer.stops && !answer.frames.is_empty() && answer.done.is_none() {
                        answer.stops = false;
                        press_stop(&sandbox, id, token);
                    }
                    if answer.done.is_some() {
                        *rounds += 1;
                        *person = if *rounds == ROUNDS {
                            Person::Left
                        } else {
                            Person::Thinks(Instant::now() + pause(&mut rng))
                        };
                    }
                }
                _ => {}
            }
        }
        resident = resident.max(status_kb(bot.id(), "VmRSS"));
        tokio::time::sleep(TICK).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let cpu = (
        cpu_seconds(bot.id()) - cpu.0,
        cpu_seconds(std::process::id()) - cpu.1,
    );
    bot.kill().and_then(|()| bot.wait()).expect("the bot ends");
    report(
        users,
        seconds,
        cpu,
        resident,
        &asked.into_values().collect::<Vec<_>>(),
    )
}

fn start(sandbox: &Sandbox, users: usize, folder: &std::path::Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mouthpiece"))
        .arg("run")
        .env("MOUTHPIECE__DISCORD__API_BASE_URL", sandbox.url())
        .env("MOUTHPIECE__DISCORD__TOKEN", "sandbox")
        .env("MOUTHPIECE__STORE__PATH", folder.join("store.sqlite3"))
        .env(
            "MOUTHPIECE__INFERENCE__GENERATIONS",
            (users * 2).max(256).to_string(),
        )
        .env("MOUTHPIECE__LOG__LEVEL", "warn")
        .spawn()
        .expect("the bot starts")
}

fn command(speaks: bool, rng: &mut u64) -> Invocation {
    const PLACES: [&str; 6] = [
        "house",
        "old mill by the river",
        "garden",
        "long dark corridor of the castle",
        "ship",
        "little town",
    ];
    let place = PLACES[usize::try_from(draw(rng) % 6).expect("small")];
    let (name, options) = if speaks {
        (
            "speak",
            vec![
                json!({"name": "prompt", "type": 3, "value": format!("When they came to the {place},")}),
                json!({"name": "length", "type": 4, "value": 10}),
            ],
        )
    } else {
        (
            "fill",
            vec![
                json!({"name": "text", "type": 3, "value": format!("They saw a ___ in the {place} and went ___.")}),
            ],
        )
    };
    Invocation::Command {
        name: name.to_owned(),
        options,
    }
}

/// The button that only texts in the making have.
fn stop_button(rows: &[Value]) -> Option<&str> {
    let mut ids = rows
        .iter()
        .filter_map(|row| row["components"][0]["custom_id"].as_str());
    ids.find(|id| id.starts_with("stop:"))
}

fn press_stop(sandbox: &Sandbox, user: u64, token: &str) {
    let button = sandbox.world(|world| {
        let message = world.responses(token).next()?;
        Some(Invocation::Component {
            message: message.id,
            custom_id: stop_button(&message.components)?.to_owned(),
            values: Vec::new(),
        })
    });
    if let Some(button) = button {
        // The text may have ended in between; then there is no button any more.
        let _ = sandbox.invoke(user, CHANNEL, &button);
    }
}

fn report(users: usize, seconds: f64, cpu: (f64, f64), resident: u64, asked: &[Asked]) -> Value {
    let ms = |from: Instant, to: Instant| to.duration_since(from).as_secs_f64() * 1e3;
    let acks = asked
        .iter()
        .filter_map(|a| Some(ms(a.at, a.acknowledged?)))
        .collect();
    let spoken = || asked.iter().filter(|a| a.speaks);
    let first = spoken()
        .filter_map(|a| Some(ms(a.at, *a.frames.first()?)))
        .collect();
    let gaps = spoken()
        .flat_map(|a| a.frames.windows(2).map(|pair| ms(pair[0], pair[1])))
        .collect();
    let texts: Vec<f64> = spoken()
        .filter(|a| a.failed.is_none())
        .filter_map(|a| Some(ms(a.at, a.done?)))
        .collect();
    let tokens: f64 = asked.iter().map(|a| a.tokens).sum();
    let failed: Vec<&String> = asked.iter().filter_map(|a| a.failed.as_ref()).collect();
    let unanswered = asked.iter().filter(|a| a.done.is_none()).count();
    let texts = quantiles(texts);
    let slowest =
        texts["max"].as_f64().unwrap_or(0.0) / texts["p50"].as_f64().unwrap_or(1.0).max(1.0);
    json!({
        "users": users, "done": asked.len() - unanswered - failed.len(), "failed": failed.len() + unanswered,
        "first_failure": failed.first(), "seconds": seconds.round(),
        "ack_ms": quantiles(acks), "first_frame_ms": quantiles(first), "frame_gap_ms": quantiles(gaps), "text_ms": texts,
        "slowest_to_median": (slowest * 100.0).round() / 100.0, "tokens_per_second": (tokens / seconds).round(),
        "resident_mb": resident / 1024, "cpu_bot_s": cpu.0.round(), "cpu_sandbox_s": cpu.1.round(),
    })
}

fn quantiles(mut values: Vec<f64>) -> Value {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let at = |q: f64| {
        values
            .get(((values.len().saturating_sub(1)) as f64 * q).round() as usize)
            .map(|v| v.round())
    };
    json!({"p50": at(0.5), "p99": at(0.99), "max": at(1.0)})
}

fn pause(rng: &mut u64) -> Duration {
    Duration::from_millis(draw(rng) % 1000)
}

fn draw(rng: &mut u64) -> u64 {
    *rng ^= *rng << 13;
    *rng ^= *rng >> 7;
    *rng ^= *rng << 17;
    *rng
}

fn status_kb(process: u32, key: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(key));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

/// User and system time of a process, at the 100 ticks a second that Linux shows.
fn cpu_seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}
