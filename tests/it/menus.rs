//! The commands in the menu of a message: *Continue*, *Rewrite* and *Score with BERT*.

use serde_json::json;

use crate::harness::{ADA, BEN, Bot, description, footer, plain};

const SAID: &str = "The cat sat on the parliament.";

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_said_is_continued_rewritten_and_scored() {
    let bot = Bot::start().await;
    let message = bot.say(BEN, SAID);
    let token = bot.menu(ADA, "Continue with BERT", &message);
    let longer = plain(&description(&bot.spoken(&token).await));
    assert!(longer.starts_with(SAID) && longer.len() > SAID.len() + 20);
    let token = bot.menu(ADA, "Rewrite with BERT", &message);
    let rewritten = bot.spoken(&token).await;
    assert!(footer(&rewritten).starts_with("denoise · "));
    let words = plain(&description(&rewritten));
    assert_ne!(words, SAID);
    assert_eq!(words.split(' ').count(), SAID.split(' ').count(), "{words}");
    let token = bot.menu(ADA, "Score with BERT", &message);
    let scored = bot.answer(&token).await;
    assert!(scored.is_ephemeral(), "nobody is marked before others");
    assert!(plain(&description(&scored)).contains("parliament"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bots_own_texts_are_gone_on_from_as_they_are_kept() {
    let bot = Bot::start().await;
    let options = json!({"prompt": "She said *no*: \"The sea", "length": 5, "strategy": "blocks"});
    let token = bot.slash(BEN, "speak", options);
    let text = bot.spoken(&token).await;
    let words = plain(&description(&text));
    let token = bot.menu(ADA, "Continue with BERT", &text);
    let longer = bot.spoken(&token).await;
    assert!(longer.content.starts_with(&format!("<@{ADA}> continued `")));
    assert!(
        plain(&description(&longer)).starts_with(words.trim_end_matches('"')),
        "{words} | {}",
        description(&longer)
    );
    let token = bot.menu(ADA, "Score with BERT", &text);
    assert!(plain(&description(&bot.answer(&token).await)).contains("sea"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_words_is_refused() {
    let bot = Bot::start().await;
    let message = bot.say(BEN, " \u{200b} ");
    for menu in ["Continue with BERT", "Rewrite with BERT", "Score with BERT"] {
        let token = bot.menu(ADA, menu, &message);
        let told = bot.told(&token).await;
        assert!(!told.is_empty() && told.ends_with('.'), "{menu}: {told}");
    }
}
