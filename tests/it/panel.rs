//! The panel of settings: menus, buttons and forms.

use sandbox::ChannelMessage;
use serde_json::json;

use crate::harness::{ADA, BEN, Bot, description};

async fn panel(bot: &Bot, user: u64) -> ChannelMessage {
    let token = bot.slash(user, "settings", json!({"show": {}}));
    bot.answer(&token).await
}

/// The panel as it is once it says this.
async fn says(bot: &Bot, panel: &ChannelMessage, words: &str) -> ChannelMessage {
    let fits = |world: &sandbox::World| {
        let message = world.messages().find(|message| message.id == panel.id)?;
        description(message)
            .contains(words)
            .then(|| message.clone())
    };
    bot.until(words, fits).await
}

#[tokio::test(flavor = "multi_thread")]
async fn menus_and_buttons_change_the_panel_they_are_under() {
    let mut bot = Bot::start().await;
    let shown = panel(&bot, ADA).await;
    assert!(
        shown.is_ephemeral() && description(&shown).contains("**strategy** causal · default"),
        "{}",
        shown.text()
    );
    bot.choose(ADA, &shown, "settings:me:strategy", &["gibbs"]);
    says(&bot, &shown, "**strategy** gibbs · yours").await;
    // What a panel needs to know is in it, so a restart changes nothing.
    bot.restart().await;
    bot.press(ADA, &shown, "Temperature 1.4");
    let shown = says(&bot, &shown, "**temperature** 1.4 · yours").await;
    bot.choose(ADA, &shown, "settings:me:reset", &["strategy"]);
    let shown = says(&bot, &shown, "**strategy** causal · default").await;
    bot.choose(ADA, &shown, "settings:me:reset", &["all"]);
    says(&bot, &shown, "**temperature** 0.6 · the strategy's").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_has_the_value_of_now_in_it_and_a_bad_one_loses_nothing() {
    let bot = Bot::start().await;
    let token = bot.slash(
        ADA,
        "settings",
        json!({"set": {"length": 7, "prompt": "Once"}}),
    );
    let shown = bot.answer(&token).await;
    let opened = bot.choose(ADA, &shown, "settings:me:change", &["length"]);
    let form = bot.modal(&opened).await;
    assert_eq!(form["components"][0]["components"][0]["value"], "7");
    let refused = bot.submit(ADA, &opened, &[("value", "many")]).await;
    let told = bot.answer(&refused).await;
    assert_eq!(
        told.content,
        "Length must be a whole number of tokens from 1 to 400, not \"many\"."
    );
    assert!(told.is_ephemeral());
    says(&bot, &shown, "**length** 7 · yours").await;

    let opened = bot.choose(ADA, &shown, "settings:me:change", &["length"]);
    bot.submit(ADA, &opened, &[("value", " 9 ")]).await;
    says(&bot, &shown, "**length** 9 · yours").await;

    let opened = bot.choose(ADA, &shown, "settings:me:change", &["options"]);
    let refused = bot
        .submit(
            ADA,
            &opened,
            &[("value", "window=3 colour=red and more of it")],
        )
        .await;
    let told = bot.answer(&refused).await.content;
    assert!(
        told.contains("You had written:\nwindow=3 colour=red"),
        "{told}"
    );

    let opened = bot.choose(ADA, &shown, "settings:me:change", &["prompt"]);
    bot.submit(ADA, &opened, &[("value", "")]).await;
    says(&bot, &shown, "**prompt** none").await;
    assert!(description(&panel(&bot, BEN).await).contains("**length** 40 · default"));
}
