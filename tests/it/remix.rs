//! *Remix*: the form under a text, and what is written with it.

use sandbox::{ChannelMessage, World};
use serde_json::{Value, json};

use crate::harness::{ADA, BEN, Bot, description, footer, plain};

async fn text(bot: &Bot) -> ChannelMessage {
    let options = json!({
        "prompt": "The old man", "strategy": "gibbs", "length": 8, "seed": 5, "temperature": 0.8, "options": "iterations=20",
    });
    let token = bot.slash(ADA, "speak", options);
    bot.spoken(&token).await
}

/// The fields of a form with what stands in them.
fn filled(modal: &Value) -> Vec<(&str, &str)> {
    let rows = modal["components"].as_array().unwrap();
    let inputs = rows.iter().map(|row| &row["components"][0]);
    inputs
        .map(|input| {
            let text = |name: &str| input[name].as_str().unwrap_or_default();
            (text("custom_id"), text("value"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_holds_the_texts_settings_and_what_is_changed_there_is_written_with() {
    let mut bot = Bot::start().await;
    let first = text(&bot).await;
    bot.restart().await;
    let opened = bot.press(BEN, &first, "Remix");
    let form = bot.modal(&opened).await;
    assert_eq!(
        filled(&form),
        [
            ("prompt", "The old man"),
            ("strategy", "gibbs"),
            ("temperature", "0.8"),
            ("length", "8"),
            ("options", "iterations=20"),
        ]
    );
    let change = [
        ("prompt", "The young woman"),
        ("length", "5"),
        ("options", ""),
    ];
    let sent = bot.submit(BEN, &opened, &change).await;
    let remixed = bot.spoken(&sent).await;
    assert!(
        remixed.content.starts_with(&format!("<@{BEN}> remixed `")),
        "{}",
        remixed.content
    );
    assert!(plain(&description(&remixed)).starts_with("The young woman"));
    let told = footer(&remixed);
    assert!(
        told.starts_with("gibbs · temperature 0.8 · ") && told.contains(" · length 5 · "),
        "{told}"
    );
    // The text itself is as it was, and the new one has the same buttons.
    let now = bot.sandbox.world(|world| world.message(first.id).cloned());
    assert_eq!(now.unwrap().embeds, first.embeds);
    let token = bot.press(ADA, &remixed, "Reroll");
    assert!(footer(&bot.spoken(&token).await).contains(" · length 5 · "));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_what_to_do() {
    let bot = Bot::start().await;
    let first = text(&bot).await;
    for (field, typed, refusal) in [
        ("strategy", "shouting", "shouting"),
        ("temperature", "hot", "from 0 to 5"),
        ("length", "0", "from 1 to "),
        ("options", "volume=11", "volume"),
    ] {
        let opened = bot.press(BEN, &first, "Remix");
        let sent = bot.submit(BEN, &opened, &[(field, typed)]).await;
        let told = bot.told(&sent).await;
        assert!(told.contains(refusal), "{field}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_on_a_server_where_the_bot_is_a_guest_counts_for_no_server() {
    let bot = Bot::start().await;
    let lounge = bot.in_channel(World::LOUNGE);
    let short = json!({"prompt": "The old man", "length": 3});
    let first = bot.spoken(&lounge.slash(BEN, "speak", short)).await;
    let opened = lounge.press(BEN, &first, "Remix");
    let sent = lounge.submit(BEN, &opened, &[("length", "4")]).await;
    bot.spoken(&sent).await;
    let export = bot.answer(&bot.slash(BEN, "export", json!({}))).await;
    let file = bot
        .sandbox
        .file_content(export.attachments[0]["url"].as_str().unwrap());
    let kept: Value = serde_json::from_slice(&file.unwrap()).unwrap();
    let texts = kept["kept"]["texts"].as_array().unwrap();
    assert_eq!(texts.len(), 2, "{kept:#}");
    for text in texts {
        assert_eq!(text["server_id"], "0", "{text:#}");
    }
}
