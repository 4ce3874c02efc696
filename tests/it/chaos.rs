//! Everything goes wrong at once, for a while, with many people: afterwards every accepted request has come to an end, no
//! request broke Discord's rules, and the program holds no more than before.
//!
//! `MOUTHPIECE_TEST_CHAOS` sets for how many seconds; `make test-all` does it for five minutes.

use std::time::{Duration, Instant};

use mouthpiece::sandbox::{Disconnect, Fault, Invocation, Message, Sandbox, World};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::harness::{GENERAL, TOKEN, being_written, openapi};
use crate::process::{Program, registered, until};

const PEOPLE: u64 = 200;
/// Between two things that happen.
const STEP: Duration = Duration::from_millis(40);
/// What the program may take: two models, and what allocators keep of a busy time.
const MOST_KIB: u64 = 600 * 1024;

fn seconds() -> u64 {
    std::env::var("MOUTHPIECE_TEST_CHAOS").map_or(12, |seconds| seconds.parse().unwrap())
}

/// How a request goes wrong, with Discord's own answers.
fn fault(dice: &mut ChaCha8Rng) -> Fault {
    let limited =
        json!({"message": "You are being rate limited.", "retry_after": 0.3, "global": false});
    match dice.random_range(0..7) {
        0 => Fault::answer(429, &limited),
        1 => Fault::answer(500, &json!(null)),
        2 => Fault::answer(502, &json!("<html>")),
        3 => Fault::answer(503, &json!({})),
        4 => Fault::Hang,
        5 => Fault::LoseAnswer,
        _ => Fault::Answer {
            status: 429,
            retry_after: Some(0.2),
            body: "no JSON".to_owned(),
        },
    }
}

/// What somebody does.
fn command(dice: &mut ChaCha8Rng) -> Invocation {
    let option =
        |name: &str, kind: u8, value: Value| json!({"name": name, "type": kind, "value": value});
    let strategies = ["lookahead", "naive", "gibbs", "maskgit", "nonsense"];
    let (name, options) = match dice.random_range(0..10) {
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
        8 => ("stop", Vec::new()),
        _ => ("about", Vec::new()),
    };
    Invocation::Command {
        name: name.to_owned(),
        options,
    }
}

fn step(sandbox: &Sandbox, dice: &mut ChaCha8Rng, people: &[u64]) -> Option<String> {
    match dice.random_range(0..100) {
        0 => sandbox.disconnect(Disconnect::Cut),
        1 => sandbox.disconnect(Disconnect::NoCode),
        2 => sandbox.disconnect(Disconnect::Code(
            [1000, 4000, 4009][dice.random_range(0..3)],
        )),
        3..=25 => {
            let (method, path) = [
                ("PATCH", "/messages/@original"),
                ("POST", "/callback"),
                ("DELETE", "/messages/@original"),
                ("POST", "/webhooks/"),
            ][dice.random_range(0..4)];
            sandbox.plan_fault(method, path, &fault(dice), 1);
        }
        26..=35 => {
            let shown = sandbox.world(|world| world.messages().find(|m| being_written(m)).cloned());
            let stop = shown.and_then(|message| Some((message.id, stop_button(&message)?)));
            if let Some((message, custom_id)) = stop {
                let press = Invocation::Component {
                    message,
                    custom_id,
                    values: Vec::new(),
                };
                // The message may have gone by now.
                let _ = sandbox.invoke(people[0], GENERAL, &press);
            }
        }
        _ => {
            let user = people[dice.random_range(0..people.len())];
            return Some(sandbox.invoke(user, GENERAL, &command(dice)).unwrap());
        }
    }
    None
}

fn stop_button(message: &Message) -> Option<String> {
    let rows = message.components.iter();
    let mut ids = rows
        .flat_map(|row| row["components"].as_array().unwrap())
        .filter_map(|component| component["custom_id"].as_str());
    ids.find(|id| id.starts_with("stop:")).map(str::to_owned)
}

/// The interactions that were accepted and have no last word yet.
fn waiting<'a>(sandbox: &Sandbox, asked: &'a [String]) -> Vec<&'a String> {
    sandbox.world(|world| {
        let unfinished = |message: &Message| message.is_thinking() || being_written(message);
        let waits = |token: &&String| world.replies(token).any(unfinished);
        asked.iter().filter(waits).collect()
    })
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
        ("MOUTHPIECE__LOG__LEVEL", "error"),
    ];
    let mut program = Program::start(folder.path(), &environment);
    registered(&sandbox).await;
    let (began, life) = (Instant::now(), Duration::from_secs(seconds()));
    let mut asked = Vec::new();
    let mut kills = 0;
    let mut pace = tokio::time::interval(STEP);
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
        asked.extend(step(&sandbox, &mut dice, &people));
    }
    until(&sandbox, "the last words", || {
        waiting(&sandbox, &asked).is_empty().then_some(())
    })
    .await;
    let answered = sandbox.world(|world| {
        asked
            .iter()
            .filter(|token| world.replies(token).next().is_some())
            .count()
    });
    println!("{} asked, {answered} answered", asked.len());
    assert!(
        answered * 3 > asked.len(),
        "{answered} of {} were answered",
        asked.len()
    );
    // The program is as it was: it answers, and holds what an idle one holds.
    let after = sandbox.invoke(
        people[1],
        GENERAL,
        &Invocation::Command {
            name: "about".to_owned(),
            options: Vec::new(),
        },
    );
    let after = after.unwrap();
    until(&sandbox, "an answer after it all", || {
        sandbox.world(|world| {
            world
                .replies(&after)
                .find(|message| !message.is_thinking())
                .map(|_| ())
        })
    })
    .await;
    let (files, memory) = (program.files(), program.memory_kib());
    println!("{files} files open, {memory} KiB in use");
    assert!(files < 400, "{files} files are open");
    assert!(memory < MOST_KIB, "{memory} KiB in use");
    for request in sandbox.requests() {
        openapi::check(&request);
    }
    program.signal("TERM");
    let (code, output) = tokio::task::spawn_blocking(|| program.end(false))
        .await
        .unwrap();
    assert_eq!(code, Some(0), "{output}");
    assert!(!output.contains("panicked"), "{output}");
}
