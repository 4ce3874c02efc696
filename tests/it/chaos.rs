//! Chaos: many users, random faults of the gateway and of requests, kills of the process. Afterwards every accepted
//! request has a final response, no request violated Discord's rules, and no resource leaked.
//!
//! `MOUTHPIECE_TEST_CHAOS` sets the duration in seconds, `MOUTHPIECE_TEST_SEED` the seed of the faults, and
//! `MOUTHPIECE_TEST_PLOT` the file of a chart of memory, open files and latencies.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sandbox::{
    ChannelMessage, Disconnect, GatewayFault, Invocation, RecordedRequest, RequestFault, Sandbox,
    World,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{GENERAL, LIMIT, POLL, being_written, openapi};
use crate::process::{Program, ended, registered, until};
use crate::vitals::Vitals;

const PEOPLE: u64 = 200;
/// Interval between two actions.
const STEP: Duration = Duration::from_millis(40);
/// Heartbeat interval, short enough to detect a dead gateway within a short run.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// Fraction of the program's requests that fail.
const FAULT_RATE: f64 = 0.1;
/// Discord's deadline for the first response to an interaction.
const FIRST_RESPONSE: Duration = Duration::from_secs(3);
/// Maximum resident memory: two models, and what allocators keep after a peak.
const MAX_MIB: f64 = 600.0;
/// Maximum number of open files.
const MAX_FILES: f64 = 400.0;
/// Maximum number of open files afterwards beyond those at the start: connections of the database's pools.
const MAX_FILES_LEFT: usize = 40;
/// Maximum time until idle connections are closed. The HTTP client closes them after 90 to 180 seconds.
const CONNECTIONS_CLOSED: Duration = Duration::from_mins(5);
/// Maximum wait for one answer after the chaos; a request may be lost while the gateway reconnects.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Number of attempts to get that answer.
const ATTEMPTS: u32 = 30;

fn seconds() -> u64 {
    std::env::var("MOUTHPIECE_TEST_CHAOS").map_or(12, |seconds| seconds.parse().unwrap())
}

/// A random command.
fn command(rng: &mut ChaCha8Rng) -> Invocation {
    let option =
        |name: &str, kind: u8, value: Value| json!({"name": name, "type": kind, "value": value});
    let strategies = ["lookahead", "naive", "gibbs", "maskgit", "nonsense"];
    let (name, options) = match rng.random_range(0..14) {
        0..=5 => {
            let strategy = strategies[rng.random_range(0..strategies.len())];
            let options = vec![
                option("prompt", 3, json!("Once upon a time @everyone")),
                option("length", 4, json!(rng.random_range(1..20))),
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
        11 => (
            "arena",
            vec![
                option("prompt", 3, json!("Once upon a time")),
                option("length", 4, json!(4)),
            ],
        ),
        12 => {
            let save =
                json!({"name": "save", "type": 1, "options": [option("name", 3, json!("mine"))]});
            ("preset", vec![save])
        }
        _ => ("about", Vec::new()),
    };
    Invocation::Command {
        name: name.to_owned(),
        options,
    }
}

/// A random fault of the gateway.
fn break_the_gateway(sandbox: &Sandbox, rng: &mut ChaCha8Rng) {
    match rng.random_range(0..13) {
        0 => sandbox.disconnect(Disconnect::Abort),
        1 => sandbox.disconnect(Disconnect::CloseWithoutCode),
        2 => {
            let code = [1000, 1001, 4000, 4009][rng.random_range(0..4)];
            sandbox.disconnect(Disconnect::Close(code));
        }
        3 => sandbox.inject_gateway_fault(GatewayFault::Reconnect),
        4 => sandbox.inject_gateway_fault(GatewayFault::InvalidSessionResumable),
        5 => sandbox.inject_gateway_fault(GatewayFault::InvalidSession),
        6 => sandbox.inject_gateway_fault(GatewayFault::DelayHello(Duration::from_millis(500))),
        7 => sandbox.inject_gateway_fault(GatewayFault::DuplicateEvent),
        8 => sandbox.inject_gateway_fault(GatewayFault::ReorderEvents),
        9 => sandbox.inject_gateway_fault(GatewayFault::UnknownEvent),
        10 => sandbox.inject_gateway_fault(GatewayFault::NoHeartbeatAck),
        11 => sandbox.inject_gateway_fault(GatewayFault::Zombie),
        _ => sandbox.inject_gateway_fault(GatewayFault::UnknownFields),
    }
}

/// Plans a permanent failure of a request: deleted message, expired token, missing permission, missed deadline.
fn refuse(sandbox: &Sandbox, rng: &mut ChaCha8Rng) {
    let (method, path, fault) = match rng.random_range(0..5) {
        0 => (
            "PATCH",
            "/messages/@original",
            RequestFault::unknown_message(),
        ),
        1 => (
            "PATCH",
            "/messages/@original",
            RequestFault::invalid_webhook_token(),
        ),
        2 => (
            "PATCH",
            "/messages/@original",
            RequestFault::missing_permissions(),
        ),
        3 => ("POST", "/callback", RequestFault::unknown_interaction()),
        _ => ("POST", "/callback", RequestFault::already_acknowledged()),
    };
    sandbox.plan_fault(method, path, &fault, 1);
}

/// Token of the interaction that a permanently refused request belongs to.
fn cut_off(request: &RecordedRequest) -> Option<&str> {
    let refused = [401, 403, 404].contains(&request.status);
    let mut parts = request.path.split('/').skip(1).filter(|_| refused);
    match parts.next()? {
        "interactions" | "webhooks" => parts.nth(1),
        _ => None,
    }
}

/// Presses a random button of one of the newest messages.
fn press(sandbox: &Sandbox, rng: &mut ChaCha8Rng, user: u64) -> Option<String> {
    let (message, custom_id) = sandbox.world(|world| {
        let newest: Vec<&ChannelMessage> = world.messages().collect();
        let newest = newest.iter().rev().take(20);
        let with_buttons: Vec<_> = newest.filter(|m| !buttons(m).is_empty()).collect();
        let message = with_buttons.get(rng.random_range(0..20))?;
        let buttons = buttons(message);
        let chosen = buttons[rng.random_range(0..buttons.len())].clone();
        Some((message.id, chosen))
    })?;
    let press = Invocation::Component {
        message,
        custom_id,
        values: Vec::new(),
    };
    // The message may be visible to another user only, or deleted by now.
    sandbox.invoke(user, GENERAL, &press).ok()
}

fn buttons(message: &ChannelMessage) -> Vec<String> {
    let rows = message.components.iter();
    let all = rows.flat_map(|row| row["components"].as_array().unwrap());
    let active = all.filter(|component| component["type"] == 2 && component["disabled"] != true);
    active
        .filter_map(|button| button["custom_id"].as_str().map(str::to_owned))
        .collect()
}

/// A request without a final response.
struct Wait {
    since: Instant,
    /// Whether a button was pressed: its response need not be a message.
    pressed: bool,
}

/// Requests and their fate.
#[derive(Default)]
struct Asked {
    waiting: HashMap<String, Wait>,
    answered: usize,
    /// Requests without any response before the deadline.
    unheard: usize,
    /// Requests whose responses were permanently refused.
    cut_off: usize,
}

impl Asked {
    /// What the users with open requests see.
    fn described(&self, sandbox: &Sandbox) -> String {
        sandbox.world(|world| {
            let seen = |token: &String| {
                let texts: Vec<String> = world.responses(token).map(ChannelMessage::text).collect();
                format!("{token}: {texts:?}\n")
            };
            self.waiting.keys().map(seen).collect()
        })
    }

    /// Removes requests with a final response and those that the program missed.
    fn settle(&mut self, sandbox: &Sandbox) {
        let unfinished = |message: &ChannelMessage| message.is_thinking() || being_written(message);
        sandbox.world(|world| {
            self.waiting.retain(|token, wait| {
                let mut replies = world.responses(token).peekable();
                if replies.peek().is_none() {
                    let given_up = wait.since.elapsed() > 2 * FIRST_RESPONSE;
                    self.unheard += usize::from(given_up && !wait.pressed);
                    return !given_up;
                }
                let waits = replies.any(unfinished);
                self.answered += usize::from(!waits && !wait.pressed);
                waits
            });
        });
    }
}

/// Checks the program's requests against Discord's OpenAPI document. Returns the longest time until a first response.
fn check_requests(
    sandbox: &Sandbox,
    since: &mut HashMap<String, Instant>,
    asked: &mut Asked,
) -> Duration {
    let mut longest = Duration::ZERO;
    for request in sandbox.take_requests() {
        openapi::check(&request);
        if let Some(token) = cut_off(&request) {
            asked.cut_off += usize::from(asked.waiting.remove(token).is_some());
        }
        let token = request.path.strip_suffix("/callback");
        let token = token.and_then(|path| path.rsplit('/').next());
        if request.status == 204
            && let Some(asked) = token.and_then(|token| since.remove(token))
        {
            longest = longest.max(request.at.saturating_duration_since(asked));
        }
    }
    since.retain(|_, asked| asked.elapsed() < 2 * FIRST_RESPONSE);
    longest
}

/// A program and its users.
struct Town {
    sandbox: Sandbox,
    people: Vec<u64>,
    folder: TempDir,
    asked: Asked,
    count: usize,
    first_responses: HashMap<String, Instant>,
    vitals: Vitals,
}

impl Town {
    async fn new() -> Self {
        let sandbox = Sandbox::start(0).await.unwrap();
        let people = sandbox.world(|world: &mut World| {
            (0..PEOPLE)
                .map(|n| {
                    let name = format!("Person{n}");
                    if n == 0 {
                        world.add_moderator(&name)
                    } else {
                        world.add_user(&name)
                    }
                })
                .collect()
        });
        Self {
            sandbox,
            people,
            folder: tempfile::tempdir().unwrap(),
            asked: Asked::default(),
            count: 0,
            first_responses: HashMap::new(),
            vitals: Vitals::new(),
        }
    }

    async fn program(&self) -> Program {
        let environment = [
            ("MOUTHPIECE__DISCORD__REQUEST_TIMEOUT_MS", "1000"),
            ("MOUTHPIECE__LOG__LEVEL", "info"),
        ];
        self.sandbox.world(World::clear_commands);
        let program = Program::on(&self.sandbox, self.folder.path(), &environment);
        registered(&self.sandbox).await;
        program
    }

    /// One random action.
    fn step(&mut self, rng: &mut ChaCha8Rng) {
        let user = self.people[rng.random_range(0..self.people.len())];
        match rng.random_range(0..1000) {
            0..=2 => break_the_gateway(&self.sandbox, rng),
            3..=7 => refuse(&self.sandbox, rng),
            8..=250 => {
                if let Some(token) = press(&self.sandbox, rng, user) {
                    self.wait(token, true);
                }
            }
            _ => {
                let token = self.sandbox.invoke(user, GENERAL, &command(rng)).unwrap();
                self.count += 1;
                self.first_responses.insert(token.clone(), Instant::now());
                self.wait(token, false);
            }
        }
    }

    fn wait(&mut self, token: String, pressed: bool) {
        let since = Instant::now();
        self.asked.waiting.insert(token, Wait { since, pressed });
    }

    fn look(&mut self, program: &Program) {
        self.asked.settle(&self.sandbox);
        let wait = check_requests(&self.sandbox, &mut self.first_responses, &mut self.asked);
        self.vitals.look(program, wait);
    }

    /// Random actions for the duration `life`. The program is killed and restarted after each of the first two thirds.
    async fn live(
        &mut self,
        mut program: Program,
        rng: &mut ChaCha8Rng,
        life: Duration,
    ) -> Program {
        let (began, mut looked, mut kills) = (Instant::now(), Instant::now(), 0);
        let mut pace = tokio::time::interval(STEP);
        while began.elapsed() < life {
            pace.tick().await;
            if began.elapsed() > life * (kills + 1) / 3 && kills < 2 {
                kills += 1;
                program.end(true);
                program = self.program().await;
            }
            self.step(rng);
            if looked.elapsed() > Duration::from_secs(1) {
                looked = Instant::now();
                self.look(&program);
            }
        }
        program
    }

    /// Waits until every accepted request has a final response.
    async fn settle(&mut self) {
        let (sandbox, asked) = (&self.sandbox, &mut self.asked);
        let first_responses = &mut self.first_responses;
        let settled = until(sandbox, "the final responses", || {
            check_requests(sandbox, first_responses, asked);
            asked.settle(sandbox);
            asked.waiting.is_empty().then_some(())
        });
        let in_time = tokio::time::timeout(LIMIT * 9 / 10, settled).await.is_ok();
        let waiting = self.asked.described(&self.sandbox);
        assert!(in_time, "no final response for {waiting}");
    }

    /// Waits until the program answers again; it may still have to reconnect to the gateway.
    async fn answers(&self) {
        let about = Invocation::Command {
            name: "about".to_owned(),
            options: Vec::new(),
        };
        for _ in 0..ATTEMPTS {
            let asked = self.sandbox.invoke(self.people[1], GENERAL, &about);
            let token = asked.unwrap();
            let answer = until(&self.sandbox, "an answer after the chaos", || {
                self.sandbox.world(|world| {
                    let answer = world
                        .responses(&token)
                        .find(|message| !message.is_thinking());
                    answer.map(|_| ())
                })
            });
            if tokio::time::timeout(ATTEMPT, answer).await.is_ok() {
                return;
            }
        }
        panic!("no answer after the chaos");
    }
}

/// Waits until the program has fewer than `limit` open files. Files that leak stay open, idle connections do not.
async fn no_leaked_files(program: &Program, limit: usize) {
    let start = Instant::now();
    while program.files() >= limit {
        let waited = start.elapsed();
        assert!(
            waited < CONNECTIONS_CLOSED,
            "{} files are open after {waited:?}, at most {limit} are expected",
            program.files()
        );
        tokio::time::sleep(POLL).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_request_gets_a_final_response_despite_faults() {
    let seed = std::env::var("MOUTHPIECE_TEST_SEED")
        .map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    println!("MOUTHPIECE_TEST_SEED={seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut town = Town::new().await;
    town.sandbox.set_heartbeat_interval(HEARTBEAT);
    let program = town.program().await;
    let idle = program.files();
    town.sandbox.enforce_rate_limits();
    town.sandbox.inject_random_faults(seed, FAULT_RATE);
    let program = town
        .live(program, &mut rng, Duration::from_secs(seconds()))
        .await;
    town.sandbox.inject_random_faults(seed, 0.0);
    let waited = Instant::now();
    town.settle().await;
    let (count, answered) = (town.count, town.asked.answered);
    println!(
        "{count} asked, {answered} answered, {} permanently refused, {} missed by the program; {:?} until the last final response",
        town.asked.cut_off,
        town.asked.unheard,
        waited.elapsed()
    );
    assert!(
        // How many are answered in a short run depends on the machine: a new gateway session may take half of it.
        answered > 0 && (seconds() < 120 || answered * 10 > count * 8),
        "{answered} of {count} were answered"
    );
    town.answers().await;
    town.look(&program);
    let (memory, files) = town.vitals.most();
    println!("at most {files} files open, at most {memory:.0} MiB in use");
    assert!(files < MAX_FILES, "{files} files were open");
    no_leaked_files(&program, idle + MAX_FILES_LEFT).await;
    assert!(memory < MAX_MIB, "{memory} MiB were in use");
    let violations = town.sandbox.rate_limit_violations();
    assert!(violations.is_empty(), "{violations:?}");
    if let Some(path) = std::env::var_os("MOUTHPIECE_TEST_PLOT") {
        town.vitals.draw(path.as_ref());
    }
    program.signal("TERM");
    let (code, output) = ended(program).await;
    assert_eq!(code, Some(0), "{output}");
    assert!(!output.contains("panicked"), "{output}");
    let unfinished = output.contains("ending what is still running");
    assert!(
        !unfinished,
        "a generation runs though no user waits for it: {output}"
    );
}
