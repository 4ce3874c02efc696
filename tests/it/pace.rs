//! Edits come at the pace that was set, and the last one always comes.

use std::time::Duration;

use serde_json::json;

use crate::harness::{ADA, Bot, footer};

#[tokio::test(flavor = "multi_thread")]
async fn no_two_edits_of_a_message_are_closer_than_the_interval() {
    let interval = Duration::from_millis(300);
    let bot = Bot::start_with(|config| {
        config.discord.edit_interval = interval;
        config.pool.workers = 1;
    })
    .await;
    let tokens: Vec<String> = (0..4)
        .map(|user| {
            bot.slash(
                ADA + user,
                "speak",
                json!({"prompt": "Once upon a time", "strategy": "gibbs"}),
            )
        })
        .collect();
    for token in tokens {
        let done = bot.answer(&token).await;
        assert!(footer(&done).contains("40 tokens"), "{}", footer(&done));
        let edits: Vec<_> = bot
            .requests(&token)
            .into_iter()
            .filter(|request| request.method == "PATCH")
            .collect();
        assert!(edits.len() > 2, "it was seen growing");
        for pair in edits.windows(2) {
            assert!(
                pair[1].at - pair[0].at >= interval,
                "{:?}",
                pair[1].at - pair[0].at
            );
        }
        let last = edits.last().unwrap().body["components"].to_string();
        assert!(
            last.contains("reroll:") && !last.contains("stop:"),
            "the last frame was delivered: {last}"
        );
    }
}
