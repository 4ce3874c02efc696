//! Presets: kept, used, shared as a code, taken over by others.

use serde_json::{Value, json};

use crate::cli::{complaint, printed};
use crate::harness::{ADA, BEN, Bot, description, footer};

async fn preset(bot: &Bot, user: u64, what: Value) -> sandbox::ChannelMessage {
    let token = bot.slash(user, "preset", what);
    bot.answer(&token).await
}

async fn set(bot: &Bot, user: u64, settings: Value) {
    let token = bot.slash(user, "settings", json!({ "set": settings }));
    bot.answer(&token).await;
}

/// The code in a message.
fn code_in(content: &str) -> String {
    content.split("```").nth(1).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preset_is_kept_used_again_and_forgotten() {
    let mut bot = Bot::start().await;
    set(
        &bot,
        ADA,
        json!({"prompt": "Long ago", "temperature": 0.3, "length": 5}),
    )
    .await;
    let kept = preset(&bot, ADA, json!({"save": {"name": "Calm"}})).await;
    assert!(
        kept.is_ephemeral() && description(&kept).contains("**temperature** 0.3"),
        "{}",
        kept.text()
    );
    set(&bot, ADA, json!({"temperature": 1.2, "length": 9})).await;
    preset(&bot, ADA, json!({"save": {"name": "wild"}})).await;
    bot.restart().await;
    let listed = description(&preset(&bot, ADA, json!({"list": {}})).await);
    assert!(
        listed.contains("**Calm**") && listed.contains("**wild**"),
        "{listed}"
    );
    let used = description(&preset(&bot, ADA, json!({"use": {"name": "calm"}})).await);
    assert!(
        used.contains("You use Calm now.") && used.contains("**temperature** 0.3 · yours"),
        "{used}"
    );
    // For one text only.
    let token = bot.slash(ADA, "speak", json!({"preset": "WILD", "seed": 4}));
    let footer = footer(&bot.spoken(&token).await);
    assert!(
        footer.contains("temperature 1.2 · seed 4 · length 9"),
        "{footer}"
    );
    preset(&bot, ADA, json!({"delete": {"name": "Wild"}})).await;
    let token = bot.slash(ADA, "preset", json!({"use": {"name": "wild"}}));
    assert_eq!(
        bot.told(&token).await,
        "You have no preset \"wild\"; /preset list shows those you have."
    );
    let others = preset(&bot, BEN, json!({"list": {}})).await;
    assert!(
        others.content.starts_with("You have no presets yet."),
        "{}",
        others.content
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_suggested_while_they_are_typed() {
    let bot = Bot::start().await;
    set(&bot, ADA, json!({"length": 5})).await;
    for name in ["calm evening", "Calm morning", "storm"] {
        preset(&bot, ADA, json!({"save": {"name": name}})).await;
    }
    let typed = async |user| {
        let offered = bot
            .autocomplete(user, "preset", json!({"use": {"name": {"typed": "CALM"}}}))
            .await;
        offered
            .iter()
            .map(|choice| choice["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(typed(ADA).await, ["calm evening", "Calm morning"]);
    assert!(typed(BEN).await.is_empty());
    let offered = bot
        .autocomplete(ADA, "speak", json!({"preset": {"typed": "sto"}}))
        .await;
    assert_eq!(offered[0]["value"], "storm");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_preset_is_used_by_others_after_a_restart_and_offline() {
    let mut bot = Bot::start().await;
    set(
        &bot,
        ADA,
        json!({"strategy": "gibbs", "options": "iterations=9", "temperature": 0.7, "seed": 5}),
    )
    .await;
    preset(&bot, ADA, json!({"save": {"name": "cool gibbs"}})).await;
    let shared = preset(&bot, ADA, json!({"share": {"name": "cool gibbs"}})).await;
    assert!(!shared.is_ephemeral(), "everybody sees it");
    let code = code_in(&shared.content);
    bot.restart().await;
    let token = bot.press(BEN, &shared, "Use this preset");
    let panel = bot.answer(&token).await;
    assert!(
        panel.is_ephemeral() && description(&panel).contains("**options** iterations=9 · yours"),
        "{}",
        panel.text()
    );
    let kept = preset(
        &bot,
        BEN,
        json!({"import": {"code": code, "name": "from Ada"}}),
    )
    .await;
    assert!(description(&kept).contains("**seed** 5"), "{}", kept.text());
    let offline = printed(&["preset", "decode", &code]);
    assert_eq!(
        offline,
        "strategy = gibbs\ntemperature = 0.7\nseed = 5\noptions = iterations=9\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_good_code_is_refused_with_the_reason() {
    let bot = Bot::start().await;
    set(&bot, ADA, json!({"length": 5})).await;
    preset(&bot, ADA, json!({"save": {"name": "five"}})).await;
    let code = code_in(
        &preset(&bot, ADA, json!({"share": {"name": "five"}}))
            .await
            .content,
    );
    let last = if code.ends_with('0') { "1" } else { "0" };
    let told = async |code: String| {
        let token = bot.slash(
            BEN,
            "preset",
            json!({"import": {"code": code, "name": "x"}}),
        );
        bot.told(&token).await
    };
    assert!(
        told("hello".to_owned())
            .await
            .starts_with("That is no preset code")
    );
    assert!(
        told(code.replace("MP1", "MP7"))
            .await
            .contains("of version 7")
    );
    assert!(
        told(code[..code.len() - 8].to_owned())
            .await
            .contains("is cut off")
    );
    assert!(
        told(format!("{}{last}", &code[..code.len() - 1]))
            .await
            .contains("typing mistake")
    );
    assert!(
        told(code.replacen('-', "-U", 1))
            .await
            .contains("in place 5 is no part of")
    );
    let offline = complaint(&["preset", "decode", "MP1-000"], &[]);
    assert!(offline.contains("cut off"), "{offline}");
    let nothing = bot.slash(BEN, "preset", json!({"save": {"name": "x"}}));
    assert!(
        bot.told(&nothing)
            .await
            .starts_with("You have set nothing that could be kept")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_five_presets_are_kept_and_one_can_still_be_replaced() {
    let bot = Bot::start().await;
    set(&bot, ADA, json!({"length": 5})).await;
    for number in 0..25 {
        preset(
            &bot,
            ADA,
            json!({"save": {"name": format!("number {number}")}}),
        )
        .await;
    }
    let token = bot.slash(ADA, "preset", json!({"save": {"name": "one more"}}));
    assert!(bot.told(&token).await.starts_with("You have 25 presets"));
    let replaced = preset(&bot, ADA, json!({"save": {"name": "NUMBER 3"}})).await;
    assert!(
        replaced.text().contains("Kept as NUMBER 3"),
        "{}",
        replaced.text()
    );
}
