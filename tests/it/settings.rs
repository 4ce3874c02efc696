//! `/settings`, and that a restart loses nothing.

use serde_json::json;

use crate::harness::{ADA, BEN, Bot, description, footer};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_is_used_and_one_call_overrides_it() {
    let bot = Bot::start().await;
    let set = json!({"set": {"prompt": "Long ago", "temperature": 0.3, "length": 6, "seed": 11}});
    let token = bot.slash(ADA, "settings", set);
    let shown = bot.answer(&token).await;
    assert!(
        shown.is_ephemeral() && description(&shown).contains("**temperature** 0.3 · yours"),
        "{}",
        shown.text()
    );
    let token = bot.slash(ADA, "speak", json!({}));
    let done = bot.answer(&token).await;
    assert!(
        description(&done).starts_with("Long ago"),
        "{}",
        description(&done)
    );
    assert!(
        footer(&done).contains("temperature 0.3 · seed 11 · length 6"),
        "{}",
        footer(&done)
    );
    let token = bot.slash(ADA, "speak", json!({"temperature": 0.9, "seed": 1}));
    assert!(footer(&bot.answer(&token).await).contains("temperature 0.9 · seed 1 · length 6"));
    let token = bot.slash(ADA, "speak", json!({}));
    assert!(
        footer(&bot.answer(&token).await).contains("temperature 0.3 · seed 11"),
        "the call changed nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_has_settings_of_their_own_and_they_survive_a_restart() {
    let mut bot = Bot::start().await;
    for (user, length) in [(ADA, 7), (BEN, 9)] {
        let token = bot.slash(user, "settings", json!({"set": {"length": length}}));
        bot.answer(&token).await;
    }
    bot.restart().await;
    for (user, length) in [(ADA, 7), (BEN, 9)] {
        let token = bot.slash(user, "settings", json!({"show": {}}));
        let shown = description(&bot.answer(&token).await);
        assert!(
            shown.contains(&format!("**length** {length} · yours")),
            "{shown}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_setting_or_all_can_be_set_back() {
    let bot = Bot::start().await;
    let token = bot.slash(
        ADA,
        "settings",
        json!({"set": {"length": 7, "temperature": 0.2}}),
    );
    bot.answer(&token).await;
    let token = bot.slash(ADA, "settings", json!({"reset": {"what": "length"}}));
    let shown = description(&bot.answer(&token).await);
    assert!(
        shown.contains("**length** 40 · default") && shown.contains("**temperature** 0.2 · yours"),
        "{shown}"
    );
    let token = bot.slash(ADA, "settings", json!({"reset": {}}));
    assert!(!description(&bot.answer(&token).await).contains("yours"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_and_changes_nothing() {
    let bot = Bot::start().await;
    let refused = async |set| {
        let token = bot.slash(ADA, "settings", json!({ "set": set }));
        bot.told(&token).await
    };
    assert_eq!(
        refused(json!({})).await,
        "Choose at least one thing to set, such as strategy or temperature."
    );
    assert_eq!(
        refused(json!({"length": 300})).await,
        "Length must be at most 200 here, not 300."
    );
    let told = refused(json!({"strategy": "gibbs", "options": "window=3"})).await;
    assert_eq!(
        told,
        "Gibbs has no option \"window\"; it has mode, iterations, burn-in, cool, start, repetition, ending, strength."
    );
    let token = bot.slash(ADA, "settings", json!({"show": {}}));
    assert!(!description(&bot.answer(&token).await).contains("yours"));
}
