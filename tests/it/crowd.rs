//! Load: 20 concurrent users, and 10,000.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use generation::Seed;
use sandbox::{Invocation, Sandbox, World};
use serde_json::json;

use crate::harness::{Bot, GENERAL, LIMIT, being_written, description, footer};
use crate::process::{Program, ended, registered, until};

const PEOPLE: u64 = 20;

fn prompt(n: u64) -> String {
    format!(
        "Person number {n} walked {}into the house and",
        "slowly ".repeat(usize::try_from(n % 4).unwrap())
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_users_get_the_same_texts_as_single_ones() {
    let crowd = Bot::start().await;
    let people: Vec<u64> = crowd.sandbox.world(|world: &mut World| {
        (0..PEOPLE)
            .map(|n| world.add_user(&format!("Person{n}")))
            .collect()
    });
    let say = |bot: &Bot, user, n: u64| {
        bot.slash(
            user,
            "speak",
            json!({"prompt": prompt(n), "seed": n, "length": 16}),
        )
    };
    let tokens: Vec<String> = (0..)
        .zip(&people)
        .map(|(n, &user)| say(&crowd, user, n))
        .collect();
    let mut together = Vec::new();
    for token in &tokens {
        let done = crowd.answer(token).await;
        assert!(
            !done.is_ephemeral() && !footer(&done).contains("failed"),
            "{}",
            done.text()
        );
        together.push(description(&done));
    }
    let alone = Bot::start_with(|config| config.pool.workers = 1).await;
    let user = alone.sandbox.world(|world| world.add_user("Lonely"));
    for (n, text) in (0..).zip(&together) {
        let token = say(&alone, user, n);
        assert_eq!(
            &description(&alone.answer(&token).await),
            text,
            "seed {}",
            Seed::from(u32::try_from(n).unwrap())
        );
    }
}

/// Number of simultaneous requests, each by another user.
const FLOOD: u64 = 10_000;
/// Number of floods.
const ROUNDS: usize = 3;
/// Discord's deadline for the first response to an interaction.
const FIRST_RESPONSE: Duration = Duration::from_secs(3);
/// Maximum growth of the program's memory at the peak of a flood.
const MAX_GROWTH_MIB: u64 = 500;
/// Growth below which two floods are not told apart: what allocators keep varies by this much.
const NOISE_MIB: u64 = 64;

fn short() -> Invocation {
    let options = vec![
        json!({"name": "prompt", "type": 3, "value": "Once upon a time"}),
        json!({"name": "length", "type": 4, "value": 3}),
    ];
    Invocation::Command {
        name: "speak".to_owned(),
        options,
    }
}

/// The number of requests with any response, and how many of those have no final one yet.
fn heard(sandbox: &Sandbox, tokens: &[String]) -> (usize, usize) {
    sandbox.world(|world| {
        let mut unfinished: HashMap<&str, bool> = HashMap::new();
        for message in world.messages() {
            let waits = message.is_thinking() || being_written(message);
            *unfinished.entry(&message.interaction).or_default() |= waits;
        }
        let known = tokens
            .iter()
            .filter_map(|token| unfinished.get(token.as_str()));
        let waiting: Vec<bool> = known.copied().collect();
        (
            waiting.len(),
            waiting.iter().filter(|waits| **waits).count(),
        )
    })
}

/// Sends all requests at once. Returns the number with any response, and the peak memory in KiB until the last final
/// response.
async fn flood(sandbox: &Sandbox, program: &Program, people: &[u64]) -> (usize, u64) {
    let say = |&user: &u64| sandbox.invoke(user, GENERAL, &short()).unwrap();
    let tokens: Vec<String> = people.iter().map(say).collect();
    let (began, mut most) = (Instant::now(), 0);
    let mut look = tokio::time::interval(Duration::from_millis(100));
    let watched = async {
        loop {
            look.tick().await;
            most = most.max(program.memory_kib());
            let (told, waiting) = heard(sandbox, &tokens);
            if waiting == 0 && began.elapsed() > 2 * FIRST_RESPONSE {
                return told;
            }
        }
    };
    let told = tokio::time::timeout(2 * LIMIT, watched).await;
    (
        told.expect("a final response to every accepted request"),
        most,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_request_of_a_flood_is_answered_and_memory_does_not_leak() {
    let sandbox = Sandbox::start(0).await.unwrap();
    let people: Vec<u64> = sandbox.world(|world: &mut World| {
        let add = |n| world.add_user(&format!("Person{n}"));
        (0..FLOOD).map(add).collect()
    });
    let folder = tempfile::tempdir().unwrap();
    let program = Program::on(&sandbox, folder.path(), &[]);
    registered(&sandbox).await;
    let say = |user: u64| sandbox.invoke(user, GENERAL, &short()).unwrap();
    let answered = async |token: String| {
        until(&sandbox, "an answer", || {
            (heard(&sandbox, std::slice::from_ref(&token)) == (1, 0)).then_some(())
        })
        .await;
    };
    answered(say(people[0])).await;
    let before = program.memory_kib();
    // Repeated, to tell memory that is reused from memory that leaks. How many requests are accepted depends on the
    // machine.
    let mut heights = Vec::new();
    for _ in 0..ROUNDS {
        let (told, most) = flood(&sandbox, &program, &people).await;
        let grown = most.saturating_sub(before) / 1024;
        println!("{told} of {FLOOD} were accepted in time; memory grew by {grown} MiB");
        assert!(told > 0, "no request was accepted");
        heights.push(grown);
    }
    let (first, last) = (heights[0], heights[ROUNDS - 1]);
    assert!(last < MAX_GROWTH_MIB, "{heights:?} MiB more than before");
    // A leak of what one flood takes triples the growth.
    assert!(
        last < 2 * first.max(NOISE_MIB),
        "{heights:?} MiB more than before"
    );
    answered(say(people[1])).await;
    program.signal("TERM");
    let (code, output) = ended(program).await;
    assert_eq!(code, Some(0), "{output}");
    assert!(!output.contains("panicked"), "{output}");
}
