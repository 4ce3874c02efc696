//! `/fill`.

use serde_json::json;

use crate::harness::{ADA, Bot, description, footer, plain};

#[tokio::test(flavor = "multi_thread")]
async fn blanks_are_filled_and_five_words_are_shown_for_each() {
    let bot = Bot::start().await;
    let token = bot.slash(
        ADA,
        "fill",
        json!({"text": "The old man ___ the door and looked at the [MASK]."}),
    );
    let done = bot.answer(&token).await;
    let text = description(&done);
    assert!(
        text.starts_with("The old man **") && text.ends_with("**."),
        "{text}"
    );
    let fields = done.embeds[0]["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 2);
    for field in fields {
        let lines: Vec<&str> = field["value"].as_str().unwrap().lines().collect();
        assert!(
            lines.len() == 5 && lines.iter().all(|line| line.contains('%')),
            "{lines:?}"
        );
    }
    assert!(
        footer(&done).starts_with("2 blanks · 3 passes"),
        "{}",
        footer(&done)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_place_in_the_pool_is_enough() {
    let bot = Bot::start_with(|config| config.pool.generations = 1).await;
    let token = bot.slash(ADA, "fill", json!({"text": "The old man ___ the door."}));
    let done = bot.answer(&token).await;
    assert!(footer(&done).starts_with("1 blank"), "{}", done.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_sentence_is_filled_the_same_way_again() {
    let bot = Bot::start().await;
    let fill = async || {
        let token = bot.slash(
            ADA,
            "fill",
            json!({"text": "She ___ the ___ into the ___.", "top": 1}),
        );
        plain(&description(&bot.answer(&token).await))
    };
    let first = fill().await;
    assert_eq!(fill().await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_blanks_fit_and_one_more_is_refused_with_the_numbers() {
    let bot = Bot::start().await;
    let text = |blanks: usize| format!("so{}", " and ___".repeat(blanks));
    let token = bot.slash(ADA, "fill", json!({"text": text(50), "order": "joint"}));
    let done = bot.answer(&token).await;
    assert!(
        !done.is_ephemeral() && footer(&done).starts_with("50 blanks"),
        "{}",
        done.text()
    );
    let token = bot.slash(ADA, "fill", json!({"text": text(51)}));
    assert_eq!(
        bot.told(&token).await,
        "There are 51 blanks; at most 50 are filled at once."
    );
}
