//! Twenty people at once, and ten thousand.

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
async fn everybody_gets_the_text_that_the_seed_gives_alone() {
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

/// At the same moment, each by somebody else.
const FLOOD: u64 = 10_000;
/// Discord shows an interaction as failed if nothing is said by then.
const FIRST_WORD: Duration = Duration::from_secs(3);
/// More than before the flood, the program may take at its height.
const MOST_MIB: u64 = 370;

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

/// How many were told anything, and how many of those wait for the last word.
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

/// Everybody asks at once: how many were told anything, and the most memory in KiB until the last of them heard the end.
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
            if waiting == 0 && began.elapsed() > 2 * FIRST_WORD {
                return told;
            }
        }
    };
    let told = tokio::time::timeout(2 * LIMIT, watched).await;
    (told.expect("no last word"), most)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_thousand_at_once_everybody_who_is_heard_hears_the_end_and_memory_stays_flat() {
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
    // The second time tells a program that takes what it needs from one that takes more and more.
    let mut heights = Vec::new();
    for _ in 0..2 {
        let (told, most) = flood(&sandbox, &program, &people).await;
        let grown = most.saturating_sub(before) / 1024;
        println!("{told} of {FLOOD} were told something in time; {grown} MiB more than before");
        assert!(told > 500, "{told} were told something");
        heights.push(grown);
    }
    assert!(heights[0] < MOST_MIB, "{heights:?} MiB more than before");
    assert!(
        heights[1] < heights[0] * 5 / 4,
        "{heights:?} MiB more than before"
    );
    answered(say(people[1])).await;
    program.signal("TERM");
    let (code, output) = ended(program).await;
    assert_eq!(code, Some(0), "{output}");
    assert!(!output.contains("panicked"), "{output}");
}
