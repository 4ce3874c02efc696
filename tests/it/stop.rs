//! Stopping: by button, by command, and the whole bot.

use std::time::Duration;

use sandbox::RequestFault;
use serde_json::{Value, json};

use crate::harness::{ADA, BEN, Bot, being_written, description, footer};

fn long() -> Value {
    json!({"prompt": "Once upon a time", "strategy": "gibbs", "length": 100, "options": "iterations=5000"})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_ends_a_text_and_what_was_written_stays() {
    let bot = Bot::start().await;
    let token = bot.slash(ADA, "speak", long());
    let message = bot.see(&token, "the text growing", being_written).await;
    bot.press(ADA, &message, "Stop");
    let stopped = bot.answer(&token).await;
    assert!(
        footer(&stopped).ends_with("stopped"),
        "{}",
        footer(&stopped)
    );
    assert!(
        description(&stopped).starts_with("Once upon a time"),
        "{}",
        description(&stopped)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn others_cannot_stop_a_text_but_moderators_can() {
    let bot = Bot::start().await;
    let token = bot.slash(BEN, "speak", long());
    let message = bot.see(&token, "the text growing", being_written).await;
    let chioma = BEN + 1;
    let press = bot.press(chioma, &message, "Stop");
    assert_eq!(
        bot.told(&press).await,
        "Only the person who asked for this text, or a moderator, can stop it."
    );
    bot.press(ADA, &message, "Stop");
    assert!(footer(&bot.answer(&token).await).ends_with("stopped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_ends_ones_own_text_and_says_so() {
    let bot = Bot::start().await;
    let nothing = bot.slash(ADA, "stop", json!({}));
    assert_eq!(
        bot.told(&nothing).await,
        "Nothing is being written for you right now."
    );
    let token = bot.slash(ADA, "speak", long());
    bot.see(&token, "the text growing", being_written).await;
    let stop = bot.slash(ADA, "stop", json!({}));
    assert_eq!(bot.told(&stop).await, "Stopped.");
    assert!(footer(&bot.answer(&token).await).ends_with("stopped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_of_a_text_that_has_ended_says_so() {
    let bot = Bot::start().await;
    let token = bot.slash(ADA, "speak", long());
    let message = bot.see(&token, "the text growing", being_written).await;
    let first = bot.press(ADA, &message, "Stop");
    // Both presses can be under way before the message is edited.
    let second = bot.press(ADA, &message, "Stop");
    bot.answer(&token).await;
    bot.until("both presses answered", |_| {
        let answered = |token: &str| !bot.requests(token).is_empty();
        (answered(&first) && answered(&second)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_bot_stops_running_texts_are_told_so() {
    let mut bot = Bot::start_with(|config| config.grace_period = Duration::ZERO).await;
    let token = bot.slash(ADA, "speak", long());
    bot.see(&token, "the text growing", being_written).await;
    bot.stop().await;
    let ended = bot.answer(&token).await;
    assert!(
        footer(&ended).contains("failed: the bot was stopped"),
        "{}",
        footer(&ended)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_stopping_lets_texts_finish_within_its_grace() {
    // The text takes seconds on a fast machine, and far less than the grace period on a slow one.
    let mut bot = Bot::start_with(|config| config.grace_period = Duration::from_mins(10)).await;
    let options = json!({"prompt": "Once upon a time", "strategy": "gibbs", "length": 40, "options": "iterations=2000"});
    let token = bot.slash(ADA, "speak", options);
    bot.see(&token, "the text growing", being_written).await;
    bot.begin_to_stop();
    bot.stop().await;
    let done = bot.answer(&token).await;
    assert!(
        footer(&done).contains("40 tokens") && !footer(&done).contains("failed"),
        "{}",
        footer(&done)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_words_wait_for_no_pace_and_no_hanging_frame() {
    let mut bot = Bot::start_with(|config| {
        config.grace_period = Duration::ZERO;
        config.discord.edit_interval = Duration::from_secs(30);
    })
    .await;
    bot.sandbox
        .plan_fault("PATCH", "/messages/@original", &RequestFault::Hang, 1);
    let token = bot.slash(ADA, "speak", long());
    bot.until("the first frame on its way", |_| {
        let frames = bot.requests(&token);
        frames
            .iter()
            .any(|request| request.method == "PATCH")
            .then_some(())
    })
    .await;
    bot.stop().await;
    let ended = bot.answer(&token).await;
    assert!(
        footer(&ended).contains("failed: the bot was stopped"),
        "{}",
        footer(&ended)
    );
}
