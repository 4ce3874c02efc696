//! Everything goes wrong at once, for a while, with many people: afterwards every accepted request has come to an end, no
//! request broke Discord's rules, and the program holds no more than before.
//!
//! `MOUTHPIECE_TEST_CHAOS` sets for how many seconds, `MOUTHPIECE_TEST_SEED` what happens, and `MOUTHPIECE_TEST_PLOT` the
//! file of a picture of memory, open files and waiting.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use mouthpiece::sandbox::{Disconnect, Invocation, Message, Sandbox, Trouble, World};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::harness::{GENERAL, LIMIT, TOKEN, being_written, openapi};
use crate::process::{Program, registered, until};
use crate::vitals::Vitals;

const PEOPLE: u64 = 200;
/// Between two things that happen.
const STEP: Duration = Duration::from_millis(40);
/// The share of the program's requests that go wrong.
const WRONG: f64 = 0.1;
/// Discord shows an interaction as failed if nothing is said by then.
const FIRST_WORD: Duration = Duration::from_secs(3);
/// What the program may take: two models, and what allocators keep of a busy time.
const MOST_MIB: f64 = 600.0;
const MOST_FILES: f64 = 400.0;

fn seconds() -> u64 {
    std::env::var("MOUTHPIECE_TEST_CHAOS").map_or(12, |seconds| seconds.parse().unwrap())
}

/// What somebody does.
fn command(dice: &mut ChaCha8Rng) -> Invocation {
    let option =
        |name: &str, kind: u8, value: Value| json!({"name": name, "type": kind, "value": value});
    let strategies = ["lookahead", "naive", "gibbs", "maskgit", "nonsense"];
    let (name, options) = match dice.random_range(0..12) {
        0..=5 => {
            let strategy = strategies[dice.random_range(0..strategies.len())];
            let options = vec![
                option("prompt", 3, json!("Once upon a time @everyone")),
                option("length", 4, json!(dice.random_range(1..20))),
                option("strategy", 3, json!(strategy)),
            ];
            ("speak", options)
        }
        6 => (
            "fill",
            vec![option("text", 3, json!("The ___ opened the ___."))],
        ),
        7 => {
            let set = json!({"name": "set", "type": 1, "options": [option("length", 4, json!(7))]});
            ("settings", vec![set])
        }
        8 => (
            "score",
            vec![option("text", 3, json!("The cat sat on the parliament."))],
        ),
        9 => ("history", Vec::new()),
        10 => ("stop", Vec::new()),
        _ => ("about", Vec::new()),
    };
    Invocation::Command {
        name: name.to_owned(),
        options,
    }
}

/// What goes wrong with the gateway.
fn break_the_gateway(sandbox: &Sandbox, dice: &mut ChaCha8Rng) {
    match dice.random_range(0..11) {
        0 => sandbox.disconnect(Disconnect::Cut),
        1 => sandbox.disconnect(Disconnect::NoCode),
        2 => {
            let code = [1000, 1001, 4000, 4009][dice.random_range(0..4)];
            sandbox.disconnect(Disconnect::Code(code));
        }
        3 => sandbox.trouble(Trouble::Reconnect),
        4 => sandbox.trouble(Trouble::Resumable),
        5 => sandbox.trouble(Trouble::Invalid),
        6 => sandbox.trouble(Trouble::LateHello(Duration::from_millis(500))),
        7 => sandbox.trouble(Trouble::Twice),
        8 => sandbox.trouble(Trouble::OutOfOrder),
        9 => sandbox.trouble(Trouble::UnknownEvent),
        _ => sandbox.trouble(Trouble::UnknownFields),
    }
}

/// Somebody presses any button of one of the newest messages.
fn press(sandbox: &Sandbox, dice: &mut ChaCha8Rng, user: u64) -> Option<String> {
    let (message, custom_id) = sandbox.world(|world| {
        let newest: Vec<&Message> = world.messages().collect();
        let newest = newest.iter().rev().take(20);
        let with_buttons: Vec<_> = newest.filter(|m| !buttons(m).is_empty()).collect();
        let message = with_buttons.get(dice.random_range(0..20))?;
        let buttons = buttons(message);
        let chosen = buttons[dice.random_range(0..buttons.len())].clone();
        Some((message.id, chosen))
    })?;
    let press = Invocation::Component {
        message,
        custom_id,
        values: Vec::new(),
    };
    // It may be another person's alone, or have gone by now.
    sandbox.invoke(user, GENERAL, &press).ok()
}

fn buttons(message: &Message) -> Vec<String> {
    let rows = message.components.iter();
    let all = rows.flat_map(|row| row["components"].as_array().unwrap());
    let active = all.filter(|component| component["type"] == 2 && component["disabled"] != true);
    active
        .filter_map(|button| button["custom_id"].as_str().map(str::to_owned))
        .collect()
}

/// Those who asked and have not heard the last word yet.
#[derive(Default)]
struct Asked {
    waiting: HashMap<String, Instant>,
    answered: usize,
    /// Nothing was ever said to them.
    unheard: usize,
}

impl Asked {
    /// What those see who wait.
    fn described(&self, sandbox: &Sandbox) -> String {
        sandbox.world(|world| {
            let seen = |token: &String| {
                let texts: Vec<String> = world.replies(token).map(|m| m.text()).collect();
                format!("{token}: {texts:?}\n")
            };
            self.waiting.keys().map(seen).collect()
        })
    }

    /// Lets go of those who have heard the last word, and of those of whom the program never heard.
    fn settle(&mut self, sandbox: &Sandbox) {
        let unfinished = |message: &Message| message.is_thinking() || being_written(message);
        sandbox.world(|world| {
            self.waiting.retain(|token, since| {
                let mut replies = world.replies(token).peekable();
                if replies.peek().is_none() {
                    let given_up = since.elapsed() > 2 * FIRST_WORD;
                    self.unheard += usize::from(given_up);
                    return !given_up;
                }
                let waits = replies.any(unfinished);
                self.answered += usize::from(!waits);
                waits
            });
        });
    }
}

/// Holds what the program has sent against Discord's document, and returns the longest time until a first word.
fn check_requests(sandbox: &Sandbox, since: &mut HashMap<String, Instant>) -> Duration {
    let mut longest = Duration::ZERO;
    for request in sandbox.take_requests() {
        openapi::check(&request);
        let token = request.path.strip_suffix("/callback");
        let token = token.and_then(|path| path.rsplit('/').next());
        if request.status == 204
            && let Some(asked) = token.and_then(|token| since.remove(token))
        {
            longest = longest.max(request.at.saturating_duration_since(asked));
        }
    }
    since.retain(|_, asked| asked.elapsed() < 2 * FIRST_WORD);
    longest
}

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_request_comes_to_an_end_whatever_goes_wrong() {
    let seed = std::env::var("MOUTHPIECE_TEST_SEED")
        .map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    println!("MOUTHPIECE_TEST_SEED={seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let (sandbox, folder) = (
        Sandbox::start(0).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let people: Vec<u64> = sandbox.world(|world: &mut World| {
        (0..PEOPLE)
            .map(|n| world.add_user(&format!("Person{n}"), n == 0))
            .collect()
    });
    let url = sandbox.url();
    let environment = [
        ("MOUTHPIECE__DISCORD__API_BASE_URL", url.as_str()),
        ("MOUTHPIECE__DISCORD__TOKEN", TOKEN),
        ("MOUTHPIECE__DISCORD__REQUEST_TIMEOUT_MS", "1000"),
        ("MOUTHPIECE__LOG__LEVEL", "info"),
    ];
    let mut program = Program::start(folder.path(), &environment);
    registered(&sandbox).await;
    sandbox.enforce_rate_limits();
    sandbox.chaos(seed, WRONG);
    let (began, life) = (Instant::now(), Duration::from_secs(seconds()));
    let (mut asked, mut first_words) = (Asked::default(), HashMap::new());
    let (mut count, mut kills, mut vitals) = (0, 0, Vitals::new());
    let mut pace = tokio::time::interval(STEP);
    let mut looked = Instant::now();
    while began.elapsed() < life {
        pace.tick().await;
        // Killed and started again, once in each third.
        if began.elapsed() > life * (kills + 1) / 3 && kills < 2 {
            kills += 1;
            program.end(true);
            sandbox.world(World::forget_commands);
            program = Program::start(folder.path(), &environment);
            registered(&sandbox).await;
        }
        let user = people[dice.random_range(0..people.len())];
        let token = match dice.random_range(0..1000) {
            0..=9 => {
                break_the_gateway(&sandbox, &mut dice);
                None
            }
            10..=250 => {
                press(&sandbox, &mut dice, user);
                None
            }
            _ => Some(sandbox.invoke(user, GENERAL, &command(&mut dice)).unwrap()),
        };
        if let Some(token) = token {
            count += 1;
            first_words.insert(token.clone(), Instant::now());
            asked.waiting.insert(token, Instant::now());
        }
        if looked.elapsed() > Duration::from_secs(1) {
            looked = Instant::now();
            asked.settle(&sandbox);
            vitals.look(&program, check_requests(&sandbox, &mut first_words));
        }
    }
    sandbox.chaos(seed, 0.0);
    let waited = Instant::now();
    let settled = until(&sandbox, "the last words", || {
        asked.settle(&sandbox);
        asked.waiting.is_empty().then_some(())
    });
    if tokio::time::timeout(LIMIT * 9 / 10, settled).await.is_err() {
        panic!("no last word for {}", asked.described(&sandbox));
    }
    println!(
        "{count} asked, {} answered, {} not heard by the program in time; {:?} until the last word",
        asked.answered,
        asked.unheard,
        waited.elapsed()
    );
    assert!(
        asked.answered * 10 > count * 7,
        "{} of {count} were answered",
        asked.answered
    );
    // The program is as it was: it answers, and holds what an idle one holds.
    let about = Invocation::Command {
        name: "about".to_owned(),
        options: Vec::new(),
    };
    let after = sandbox.invoke(people[1], GENERAL, &about).unwrap();
    until(&sandbox, "an answer after it all", || {
        sandbox.world(|world| {
            world
                .replies(&after)
                .find(|message| !message.is_thinking())
                .map(|_| ())
        })
    })
    .await;
    vitals.look(&program, check_requests(&sandbox, &mut first_words));
    let (memory, files) = vitals.most();
    println!("at most {files} files open, at most {memory:.0} MiB in use");
    assert!(files < MOST_FILES, "{files} files were open");
    assert!(memory < MOST_MIB, "{memory} MiB were in use");
    let violations = sandbox.violations();
    assert!(violations.is_empty(), "{violations:?}");
    if let Some(path) = std::env::var_os("MOUTHPIECE_TEST_PLOT") {
        vitals.draw(path.as_ref());
    }
    program.signal("TERM");
    let (code, output) = tokio::task::spawn_blocking(|| program.end(false))
        .await
        .unwrap();
    assert_eq!(code, Some(0), "{output}");
    assert!(!output.contains("panicked"), "{output}");
}
