//! What can be done with a text once it is written: the buttons under it, and finding it again.

use sandbox::ChannelMessage;
use serde_json::json;

use crate::harness::{ADA, BEN, Bot, being_written, description, footer, plain};

const PROMPT: &str = "In order to make a sandwich, first";
/// Neither author nor moderator.
const CHIOMA: u64 = BEN + 1;

/// A finished text of `user`'s, with the settings that its footer tells.
async fn text(bot: &Bot, user: u64) -> ChannelMessage {
    let options = json!({"prompt": PROMPT, "strategy": "gibbs", "length": 8, "seed": 5, "temperature": 0.8, "options": "iterations=20"});
    let token = bot.slash(user, "speak", options);
    bot.spoken(&token).await
}

fn id(message: &ChannelMessage) -> String {
    let footer = footer(message);
    let (_, rest) = footer.split_once(" · id ").unwrap();
    rest.split(' ').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_can_reroll_a_text_and_two_at_once_both_get_one() {
    let bot = Bot::start().await;
    let first = text(&bot, ADA).await;
    let (ben, chioma) = (
        bot.press(BEN, &first, "Reroll"),
        bot.press(CHIOMA, &first, "Reroll"),
    );
    let (ben, chioma) = (bot.spoken(&ben).await, bot.spoken(&chioma).await);
    for (message, user) in [(&ben, BEN), (&chioma, CHIOMA)] {
        assert_eq!(
            message.content,
            format!("<@{user}> rerolled `{}`.", id(&first))
        );
        // A mark stands close to the prompt.
        let shown = description(message);
        assert!(shown.starts_with(PROMPT) && shown.contains("**"), "{shown}");
        assert!(
            footer(message).starts_with("gibbs · temperature 0.8 · seed ")
                && footer(message).contains(" · length 8 · "),
            "{}",
            footer(message)
        );
        assert_ne!(description(message), description(&first));
    }
    assert_ne!(description(&ben), description(&chioma));
    assert!(id(&ben) != id(&first) && id(&ben) != id(&chioma));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_goes_on_from_its_end_again_and_again() {
    let bot = Bot::start().await;
    let mut message = text(&bot, ADA).await;
    for _ in 0..3 {
        let before = plain(&description(&message));
        let token = bot.press(BEN, &message, "Continue");
        message = bot.spoken(&token).await;
        let after = plain(&description(&message));
        assert!(
            after.starts_with(&before) && after.len() > before.len(),
            "{before} | {after}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_too_long_to_go_on_from_goes_on_from_its_end_and_says_so() {
    let bot = Bot::start_with(|config| config.limits.prompt_characters = 200).await;
    let prompt = "The old man went to the sea. ".repeat(6);
    let token = bot.slash(ADA, "speak", json!({"prompt": prompt, "length": 12}));
    let mut message = bot.spoken(&token).await;
    while !message.content.contains("only its end") {
        let token = bot.press(ADA, &message, "Continue");
        message = bot.spoken(&token).await;
    }
    assert!(plain(&description(&message)).starts_with("The old man went"));
}

#[tokio::test(flavor = "multi_thread")]
async fn buttons_still_work_after_a_restart() {
    let mut bot = Bot::start().await;
    let first = text(&bot, ADA).await;
    bot.restart().await;
    let token = bot.press(BEN, &first, "Reroll");
    bot.spoken(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_deleted_by_its_author_and_by_moderators_and_by_nobody_else() {
    let bot = Bot::start().await;
    let first = text(&bot, BEN).await;
    let token = bot.press(CHIOMA, &first, "Delete");
    assert_eq!(
        bot.told(&token).await,
        "Only the person who asked for this text, or a moderator, can delete it."
    );
    for (user, message) in [(BEN, first), (ADA, text(&bot, BEN).await)] {
        // Pressed before the message goes, answered after it.
        let reroll = bot.press(user, &message, "Delete");
        assert_eq!(
            bot.told(&reroll).await,
            "Deleted. The text and its settings are forgotten."
        );
        let gone = bot
            .sandbox
            .world(|world| world.message(message.id).is_none());
        assert!(gone);
        let other = text(&bot, CHIOMA).await;
        let token = bot.forge(CHIOMA, &other, &format!("reroll:{}", id(&message)));
        assert!(
            bot.told(&token).await.starts_with("There is no text"),
            "its id means nothing any more"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_made_up_are_refused_kindly() {
    let bot = Bot::start().await;
    let first = text(&bot, ADA).await;
    for name in ["reroll", "continue", "delete"] {
        for argument in ["zzzzzzzz", "", "a:b:c", "'; DROP TABLE texts; --", "👩‍🚀"] {
            let token = bot.forge(BEN, &first, &format!("{name}:{argument}"));
            let told = bot.told(&token).await;
            assert!(
                told.starts_with("There is no text \"")
                    && told.ends_with("; it was deleted, or the id has a typing mistake."),
                "{name}:{argument} {told}"
            );
        }
    }
    let token = bot.forge(BEN, &first, "of-another-version:1");
    assert!(
        bot.told(&token)
            .await
            .starts_with("This is from another version")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_brought_back_as_it_looked_with_its_settings_and_buttons() {
    let mut bot = Bot::start().await;
    let first = text(&bot, ADA).await;
    bot.restart().await;
    let typed = format!(" {} ", id(&first).to_uppercase());
    let token = bot.slash(BEN, "show", json!({"id": typed}));
    let shown = bot.answer(&token).await;
    assert_eq!(
        shown.content,
        format!("`{}`, asked for by <@{ADA}>.", id(&first))
    );
    assert_eq!(description(&shown), description(&first));
    assert_eq!(footer(&shown), footer(&first));
    assert_eq!(shown.embeds[0]["color"], first.embeds[0]["color"]);
    assert_eq!(shown.components, first.components);
    let token = bot.press(ADA, &first, "Delete");
    bot.told(&token).await;
    for label in ["Reroll", "Continue", "Remix", "Delete"] {
        let token = bot.press(BEN, &shown, label);
        let told = bot.told(&token).await;
        assert!(told.starts_with("There is no text"), "{label}: {told}");
    }
    let token = bot.slash(BEN, "show", json!({"id": id(&first)}));
    assert!(bot.told(&token).await.starts_with("There is no text"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_texts_are_suggested_by_their_ids_and_words() {
    let bot = Bot::start().await;
    let mut ids = Vec::new();
    for prompt in ["The sea is", "The hill is"] {
        let options = json!({"prompt": prompt, "strategy": "blocks", "length": 3});
        let token = bot.slash(ADA, "speak", options);
        ids.push(id(&bot.spoken(&token).await));
    }
    let offered = async |user: u64, typed: &str| {
        let options = json!({"id": {"typed": typed}});
        let choices = bot.autocomplete(user, "show", options).await;
        let value = |choice: &serde_json::Value| choice["value"].as_str().unwrap().to_owned();
        choices.iter().map(value).collect::<Vec<_>>()
    };
    // Both are of the same second, perhaps.
    let all = offered(ADA, "").await;
    assert!(all.len() == 2 && ids.iter().all(|id| all.contains(id)));
    assert_eq!(offered(ADA, &ids[0][..4]).await, [ids[0].clone()]);
    assert_eq!(offered(ADA, "hill").await, [ids[1].clone()]);
    assert_eq!(offered(ADA, "zebra").await, [""; 0]);
    assert_eq!(
        offered(BEN, "").await,
        [""; 0],
        "those of others are theirs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_can_be_rewritten_gently_or_strongly() {
    let bot = Bot::start().await;
    let typed = "The old man house goed to the sea with his banana.";
    let mut texts = Vec::new();
    for strength in ["below=0.01 gain=2", "below=0.3 gain=0.2 sweeps=8"] {
        let options = json!({"text": typed, "strength": strength, "seed": 1});
        let token = bot.slash(ADA, "rewrite", options);
        let done = bot.spoken(&token).await;
        assert!(footer(&done).starts_with("denoise · "), "{}", footer(&done));
        assert_eq!(done.content, format!("> {typed}"));
        texts.push(plain(&description(&done)));
    }
    assert!(texts[0] != texts[1] && texts[0] != typed, "{texts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keywords_appear_with_or_without_a_beginning() {
    let bot = Bot::start().await;
    for prompt in [None, Some("On a dark night")] {
        let mut options = json!({"words": "sea, storm", "length": 12, "seed": 3});
        if let Some(prompt) = prompt {
            options["prompt"] = json!(prompt);
        }
        let token = bot.slash(ADA, "keywords", options);
        let done = bot.spoken(&token).await;
        let text = plain(&description(&done));
        assert!(
            text.starts_with(prompt.unwrap_or_default())
                && text.to_lowercase().contains("sea")
                && text.contains("storm"),
            "{text}"
        );
        let token = bot.press(BEN, &done, "Reroll");
        let again = plain(&description(&bot.spoken(&token).await));
        assert!(again != text && again.contains("storm"), "{again}");
    }
    let token = bot.slash(ADA, "keywords", json!({"words": " , "}));
    assert!(
        bot.told(&token)
            .await
            .starts_with("The strategy keywords needs words")
    );
}

/// The content of a file under a message.
async fn file(message: &ChannelMessage, name: &str) -> Vec<u8> {
    let files = message.attachments.iter();
    let file = files.clone().find(|file| file["filename"] == name);
    let url = file.unwrap_or_else(|| panic!("{name} is there"))["url"]
        .as_str()
        .unwrap();
    let got = reqwest::get(url).await;
    got.unwrap().bytes().await.unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_text_was_written_is_shown_to_whoever_asks_as_a_film_and_in_words() {
    let mut bot = Bot::start().await;
    for strategy in ["lookahead", "gibbs", "maskgit", "best-of"] {
        let options = json!({"prompt": PROMPT, "strategy": strategy, "length": 10, "seed": 5});
        let token = bot.slash(ADA, "speak", options);
        let first = bot.spoken(&token).await;
        if strategy == "gibbs" {
            bot.restart().await;
        }
        let token = bot.press(BEN, &first, "How?");
        let how = bot.answer(&token).await;
        assert!(how.is_ephemeral());
        let told = description(&how);
        assert!(
            told.contains("seed 5") && told.contains("\npass ") && !told.contains("otherwise"),
            "{strategy}: {told}"
        );
        assert!(file(&how, "how.gif").await.starts_with(b"GIF89a"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_since_the_start_need_not_be_written_again_to_show_how() {
    let mut bot = Bot::start().await;
    let options = json!({"prompt": PROMPT, "strategy": "gibbs", "length": 10, "seed": 5});
    let first = bot.spoken(&bot.slash(ADA, "speak", options)).await;
    // One text at a time is allowed.
    let endless =
        json!({"prompt": PROMPT, "strategy": "gibbs", "length": 60, "options": "iterations=5000"});
    let token = bot.slash(ADA, "speak", endless.clone());
    bot.see(&token, "the text growing", being_written).await;
    let soon = bot.answer(&bot.press(ADA, &first, "How?")).await;
    bot.slash(ADA, "stop", json!({}));
    bot.answer(&token).await;

    bot.restart().await;
    let token = bot.slash(ADA, "speak", endless);
    bot.see(&token, "the text growing", being_written).await;
    let refused = bot.told(&bot.press(ADA, &first, "How?")).await;
    assert!(
        refused.starts_with("You have a text in the making"),
        "{refused}"
    );
    bot.slash(ADA, "stop", json!({}));
    bot.answer(&token).await;
    let later = bot.answer(&bot.press(ADA, &first, "How?")).await;
    assert_eq!(description(&soon), description(&later));
    assert_eq!(file(&soon, "how.gif").await, file(&later, "how.gif").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_text_that_was_stopped_only_what_was_written_is_shown() {
    let bot = Bot::start().await;
    let options =
        json!({"prompt": PROMPT, "strategy": "gibbs", "length": 60, "options": "iterations=5000"});
    let token = bot.slash(ADA, "speak", options);
    let writing = bot.see(&token, "the text growing", being_written).await;
    bot.press(ADA, &writing, "Stop");
    let stopped = bot.answer(&token).await;
    let token = bot.press(ADA, &stopped, "How?");
    let told = description(&bot.answer(&token).await);
    assert!(!told.contains("otherwise"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_that_surprise_the_model_are_listed_and_coloured() {
    let bot = Bot::start().await;
    let text = "The cat sat on the parliament.";
    for private in [false, true] {
        let token = bot.slash(ADA, "score", json!({"text": text, "private": private}));
        let scored = bot.answer(&token).await;
        assert_eq!(scored.is_ephemeral(), private);
        let told = plain(&description(&scored));
        let (_, first) = told.split_once("first:\n").unwrap();
        assert!(
            first.lines().next().unwrap().ends_with("bits  parliament"),
            "{told}"
        );
        assert_eq!(first.lines().count(), 7, "{told}");
        let card = file(&scored, "surprise.png").await;
        assert!(card.starts_with(b"\x89PNG"));
    }
    for (text, refusal) in [
        ("\u{200b}", "There is nothing to score;"),
        (&"! ".repeat(600), "The text has 600 tokens;"),
    ] {
        let token = bot.slash(ADA, "score", json!({"text": text}));
        let told = bot.told(&token).await;
        assert!(told.starts_with(refusal), "{told}");
    }
}
