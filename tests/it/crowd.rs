//! Twenty people at once.

use mouthpiece::generation::Seed;
use mouthpiece::sandbox::World;
use serde_json::json;

use crate::harness::{Bot, description, footer};

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
            .map(|n| world.add_user(&format!("Person{n}"), false))
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
    let user = alone.sandbox.world(|world| world.add_user("Lonely", false));
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
