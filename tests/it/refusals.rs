//! Bad input of every kind gets a sentence, and the bot goes on.

use serde_json::{Value, json};

use crate::harness::{ADA, Bot, footer};

async fn told(bot: &Bot, command: &str, options: Value) -> String {
    let token = bot.slash(ADA, command, options);
    bot.told(&token).await
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_that_cannot_be_used_are_refused_with_the_reason() {
    let bot = Bot::start().await;
    let no_prompt = told(&bot, "speak", json!({})).await;
    assert!(
        no_prompt.starts_with("There is no prompt; write one"),
        "{no_prompt}"
    );
    for empty in [
        "",
        "   ",
        "\u{200b}\u{200b}",
        "\u{0}\u{7}\u{1b}",
        "\u{202e}",
    ] {
        let told = told(&bot, "speak", json!({"prompt": empty})).await;
        assert_eq!(
            told, "The prompt is empty; write a few words for the model to go on from.",
            "{empty:?}"
        );
    }
    let only_blanks = told(&bot, "speak", json!({"prompt": "___ [MASK]"})).await;
    assert!(
        only_blanks.starts_with("There are only blanks; put at least one word beside them"),
        "{only_blanks}"
    );
    let too_long = told(&bot, "speak", json!({"prompt": "a".repeat(10_000)})).await;
    assert_eq!(
        too_long,
        "The prompt has 10000 characters; at most 2000 are allowed."
    );
    let too_many_tokens = told(&bot, "speak", json!({"prompt": "! ".repeat(500)})).await;
    assert_eq!(
        too_many_tokens,
        "The prompt has 500 tokens and 40 are to be written; the model takes 509 in all, so shorten the prompt or the length."
    );
    let no_blank = told(&bot, "fill", json!({"text": "Nothing is missing here."})).await;
    assert!(
        no_blank.starts_with("There is no blank to fill; mark one with"),
        "{no_blank}"
    );
    let blanks = told(
        &bot,
        "fill",
        json!({"text": format!("x {}", "___ ".repeat(600))}),
    )
    .await;
    assert!(
        blanks.contains("2402 characters") || blanks.contains("600 blanks"),
        "{blanks}"
    );
    goes_on(&bot).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_outside_their_range_are_refused_with_the_range() {
    let bot = Bot::start().await;
    let cases = [
        (
            json!({"temperature": -1}),
            "Temperature must be a number from 0 to 5, not -1.",
        ),
        (
            json!({"temperature": 1e9}),
            "Temperature must be a number from 0 to 5, not 1000000000.",
        ),
        (
            json!({"length": 0}),
            "Length must be a whole number of tokens from 1 to 400, not 0.",
        ),
        (
            json!({"length": 250}),
            "Length must be at most 200 here, not 250.",
        ),
        (
            json!({"top_k": -5}),
            "Top-k must be a whole number from 0 (off) to 1000, not -5.",
        ),
        (
            json!({"top_p": 1.5}),
            "Top-p must be a number above 0 and at most 1, not 1.5.",
        ),
        (
            json!({"seed": -3}),
            "Seed must be a whole number from 0 to 9007199254740991, not \"-3\".",
        ),
        (
            json!({"strategy": "beam"}),
            &format!(
                "There is no strategy \"beam\"; there are {}.",
                generation::strategy::names().join(", ")
            ),
        ),
        (
            json!({"options": "window"}),
            "Write options as name=value, separated by spaces, not \"window\".",
        ),
        (
            json!({"options": "tries=99"}),
            "Tries must be a whole number from 1 to 32, not \"99\".",
        ),
    ];
    for (mut options, sentence) in cases {
        options["prompt"] = json!("Once");
        assert_eq!(
            told(&bot, "speak", options.clone()).await,
            sentence,
            "{options}"
        );
    }
    goes_on(&bot).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_text_is_no_reason_to_stumble() {
    let bot = Bot::start().await;
    for prompt in [
        "@everyone",
        "<@1> [SEP] [CLS] [PAD]",
        "zero\u{200b}width\u{feff}",
        "\u{1b}[31mred",
        "🙂🙂🙂",
        "Ünïcödé ﷽",
        "`; DROP TABLE texts; --",
        "a\n\n\nb",
    ] {
        let token = bot.slash(ADA, "speak", json!({"prompt": prompt, "length": 4}));
        let done = bot.answer(&token).await;
        assert!(
            !done.is_ephemeral() && !footer(&done).contains("failed"),
            "{prompt:?}: {}",
            done.text()
        );
    }
}

async fn goes_on(bot: &Bot) {
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    bot.spoken(&token).await;
}
