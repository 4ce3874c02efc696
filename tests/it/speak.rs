//! The command `/speak`.

use sandbox::ChannelMessage;
use serde_json::json;

use crate::harness::{ADA, BEN, Bot, being_written, description, footer, plain};

const PROMPT: &str = "In order to make a sandwich, first";

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_text_continues_the_prompt_and_names_its_settings() {
    let bot = Bot::start_with(|config| config.pool.workers = 1).await;
    let options = json!({"prompt": PROMPT, "strategy": "gibbs", "length": 40, "seed": 5});
    let token = bot.slash(ADA, "speak", options);
    let done = bot.answer(&token).await;
    assert!(
        description(&done).starts_with("In order to make a sandwich, first"),
        "{}",
        description(&done)
    );
    assert!(!done.is_ephemeral() && done.edited.is_some());
    assert!(
        footer(&done).starts_with("gibbs · temperature 1 · seed 5 · length 40 · 40 tokens · "),
        "{}",
        footer(&done)
    );
    let requests = bot.requests(&token);
    assert_eq!(
        (requests[0].method.as_str(), requests[0].status),
        ("POST", 204),
        "the deferred response comes first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_text_is_shown_with_its_progress() {
    let bot = Bot::start().await;
    let long =
        json!({"prompt": PROMPT, "strategy": "gibbs", "length": 100, "options": "iterations=5000"});
    let token = bot.slash(ADA, "speak", long);
    let writing = bot.see(&token, "the text growing", being_written).await;
    assert!(footer(&writing).contains("writing"), "{}", footer(&writing));
    bot.until("further edits", |_| {
        let requests = bot.requests(&token);
        let edits = requests.iter().filter(|request| request.method == "PATCH");
        (edits.count() >= 3).then_some(())
    })
    .await;
    bot.slash(ADA, "stop", json!({}));
    bot.answer(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_everybody_the_same_text_and_another_seed_another() {
    let bot = Bot::start().await;
    let text = async |user, seed| {
        let token = bot.slash(
            user,
            "speak",
            json!({"prompt": PROMPT, "length": 12, "seed": seed}),
        );
        description(&bot.answer(&token).await)
    };
    let first = text(ADA, 7).await;
    assert_eq!(text(BEN, 7).await, first);
    assert_ne!(text(ADA, 8).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_typed_is_shown_as_typed() {
    let bot = Bot::start().await;
    let typed = "iPhone *USERS* say: “naïve café” 👩‍🚀 日本語 <@123> @everyone ||x|| `code`";
    let token = bot.slash(ADA, "speak", json!({"prompt": typed, "length": 5}));
    let done = bot.answer(&token).await;
    assert!(
        plain(&description(&done)).starts_with(typed),
        "{}",
        description(&done)
    );
    let mention = |message: &ChannelMessage| {
        !description(message).contains(" @everyone") && !description(message).contains("<@123>")
    };
    assert!(mention(&done), "{}", description(&done));
}

#[tokio::test(flavor = "multi_thread")]
async fn blanks_are_filled_and_the_text_goes_on() {
    let bot = Bot::start().await;
    let token = bot.slash(
        ADA,
        "speak",
        json!({"prompt": "The ___ opened the door and", "length": 8}),
    );
    let text = plain(&description(&bot.answer(&token).await));
    assert!(
        text.starts_with("The ") && text.contains(" opened the door and ") && !text.contains("___"),
        "{text}"
    );
    let token = bot.slash(
        ADA,
        "speak",
        json!({"prompt": "The ___ opened the [MASK].", "strategy": "template"}),
    );
    let text = plain(&description(&bot.answer(&token).await));
    assert!(
        text.ends_with('.') && text.split(' ').count() == 5,
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strategy_of_the_menu_writes() {
    let bot = Bot::start().await;
    let menu = bot.sandbox.world(|world| {
        let speak = world
            .commands()
            .iter()
            .find(|command| command["name"] == "speak")
            .unwrap();
        let options = speak["options"].as_array().unwrap();
        options
            .iter()
            .find(|option| option["name"] == "strategy")
            .unwrap()["choices"]
            .clone()
    });
    for choice in menu.as_array().unwrap() {
        let strategy = choice["value"].as_str().unwrap();
        let mut options = json!({"prompt": PROMPT, "strategy": strategy, "length": 6, "seed": 1});
        if strategy == "keywords" {
            options["keywords"] = json!("sea");
        }
        let token = bot.slash(ADA, "speak", options);
        let done = bot.answer(&token).await;
        assert!(
            footer(&done).starts_with(strategy) && footer(&done).contains(" tokens · "),
            "{}",
            footer(&done)
        );
    }
    let count = generation::strategy::ALL.len();
    assert_eq!(menu.as_array().unwrap().len(), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_text_of_the_same_person_is_refused_politely_while_the_first_is_written() {
    let bot = Bot::start().await;
    let long =
        json!({"prompt": PROMPT, "strategy": "gibbs", "length": 100, "options": "iterations=5000"});
    let first = bot.slash(ADA, "speak", long);
    bot.see(&first, "the first text growing", |m| {
        !m.components.is_empty()
    })
    .await;
    let second = bot.slash(ADA, "speak", json!({"prompt": PROMPT}));
    let told = bot.told(&second).await;
    assert!(
        told.starts_with("You have a text in the making already"),
        "{told}"
    );
    let other = bot.slash(BEN, "speak", json!({"prompt": PROMPT, "length": 5}));
    assert!(
        footer(&bot.answer(&other).await).contains(" tokens · "),
        "others are not held up"
    );
    bot.slash(ADA, "stop", json!({}));
    bot.answer(&first).await;
    let third = bot.slash(ADA, "speak", json!({"prompt": PROMPT, "length": 5}));
    assert!(!bot.answer(&third).await.is_ephemeral());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_whose_message_is_deleted_is_cancelled() {
    let bot = Bot::start().await;
    let long =
        json!({"prompt": PROMPT, "strategy": "gibbs", "length": 100, "options": "iterations=5000"});
    let token = bot.slash(ADA, "speak", long);
    let message = bot.see(&token, "the text growing", being_written).await;
    bot.sandbox.world(|world| world.delete_message(message.id));
    // The permit is released once the next edit finds no message.
    loop {
        let token = bot.slash(ADA, "speak", json!({"prompt": PROMPT, "length": 5}));
        if !bot.answer(&token).await.is_ephemeral() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_too_long_for_an_embed_comes_as_a_file() {
    let bot = Bot::start_with(|config| config.limits.prompt_characters = 6000).await;
    // A word outside the vocabulary, and therefore a single token.
    let prompt = "x".repeat(5000);
    let token = bot.slash(ADA, "speak", json!({"prompt": prompt, "length": 5}));
    let done = bot.answer(&token).await;
    let url = done.attachments[0]["url"].as_str().unwrap();
    let file = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(
        file.starts_with(&prompt) && file.len() > prompt.len(),
        "the file has the whole text"
    );
    assert!(
        plain(&description(&done)).ends_with(&file[file.len() - 10..]),
        "{}",
        description(&done)
    );
}
