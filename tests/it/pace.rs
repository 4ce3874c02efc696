//! The interval between two edits of a message, and the delivery of its last state.

use std::time::Duration;

use serde_json::json;

use crate::harness::{ADA, Bot, footer};

/// Numbers of Gibbs iterations to try until the texts take several intervals, however fast the machine is.
const ITERATIONS: [u32; 4] = [500, 1_000, 2_500, 5_000];

#[tokio::test(flavor = "multi_thread")]
async fn two_edits_of_a_message_are_an_interval_apart_and_the_last_state_is_delivered() {
    let interval = Duration::from_millis(300);
    let bot = Bot::start_with(|config| {
        config.discord.edit_interval = interval;
        config.pool.workers = 1;
    })
    .await;
    for iterations in ITERATIONS {
        if fewest_edits(&bot, iterations, interval).await > 2 {
            return;
        }
    }
    panic!("no text took several intervals");
}

/// Writes four texts at once, checks their edits, and returns the number of edits of the text with the fewest.
async fn fewest_edits(bot: &Bot, iterations: u32, interval: Duration) -> usize {
    let options = json!({
        "prompt": "Once upon a time", "strategy": "gibbs", "options": format!("iterations={iterations}"),
    });
    let tokens: Vec<String> = (0..4)
        .map(|user| bot.slash(ADA + user, "speak", options.clone()))
        .collect();
    let mut fewest = usize::MAX;
    for token in tokens {
        let done = bot.answer(&token).await;
        assert!(footer(&done).contains("40 tokens"), "{}", footer(&done));
        let requests = bot.requests(&token).into_iter();
        let edits: Vec<_> = requests
            .filter(|request| request.method == "PATCH")
            .collect();
        for pair in edits.windows(2) {
            let apart = pair[1].at - pair[0].at;
            assert!(apart >= interval, "{apart:?}");
        }
        let last = edits.last().unwrap().body["components"].to_string();
        assert!(
            last.contains("reroll:") && !last.contains("stop:"),
            "the last state was delivered: {last}"
        );
        fewest = fewest.min(edits.len());
    }
    fewest
}
