//! The gateway breaks in every way, and the bot comes back to the same session.

use mouthpiece::sandbox::Disconnect;
use serde_json::json;

use crate::harness::{ADA, Bot, footer};

/// Breaks the connection, and says something that the bot can only hear after it has come back.
async fn breaks(how: Disconnect, resumes: bool) {
    let bot = Bot::start().await;
    let before = bot.sandbox.logins();
    bot.sandbox.disconnect(how);
    bot.until("the bot back at the gateway", |_| {
        let now = bot.sandbox.logins();
        (now.identified + now.resumed > before.identified + before.resumed).then_some(())
    })
    .await;
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    assert!(footer(&bot.answer(&token).await).contains("3 tokens"));
    let now = bot.sandbox.logins();
    if resumes {
        assert_eq!(
            (now.identified, now.resumed),
            (before.identified, before.resumed + 1),
            "{how:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_without_a_code_is_followed_by_a_resume() {
    breaks(Disconnect::NoCode, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_is_followed_by_a_resume() {
    breaks(Disconnect::Cut, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_allows_it_is_followed_by_a_resume() {
    breaks(Disconnect::Code(4000), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_meanwhile_is_not_lost() {
    let bot = Bot::start().await;
    bot.sandbox.disconnect(Disconnect::Cut);
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    assert!(footer(&bot.answer(&token).await).contains("3 tokens"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_asks_for_no_intents_and_stays_away_from_discord() {
    let bot = Bot::start().await;
    let paths: Vec<String> = bot
        .sandbox
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert!(paths.contains(&"/gateway/bot".to_owned()), "{paths:?}");
    let commands = paths
        .iter()
        .filter(|path| path.ends_with("/commands"))
        .count();
    assert_eq!(
        commands, 1,
        "all commands are registered by one request: {paths:?}"
    );
}
