//! What people can see of their own data, take with them, and have deleted.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use crate::harness::{ADA, BEN, Bot, being_written, description, footer};

async fn speak(bot: &Bot, user: u64, prompt: &str) -> String {
    let options = json!({"prompt": prompt, "strategy": "naive", "length": 3});
    let token = bot.slash(user, "speak", options);
    bot.spoken(&token).await;
    token
}

fn field(message: &sandbox::ChannelMessage, name: &str) -> String {
    let fields = message.embeds[0]["fields"].as_array().unwrap();
    let field = fields.iter().find(|field| field["name"] == name).unwrap();
    field["value"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_texts_are_listed_page_by_page() {
    let bot = Bot::start().await;
    for number in 0..12 {
        speak(&bot, ADA, &format!("Text number {number} is")).await;
    }
    let token = bot.slash(ADA, "history", json!({}));
    let first = bot.answer(&token).await;
    let list = description(&first);
    assert!(first.is_ephemeral() && list.lines().count() == 10, "{list}");
    assert!(list.contains("naive · Text number"), "{list}");
    bot.press(ADA, &first, "Older");
    let second = bot
        .see(&token, "the second page", |message| {
            message.embeds[0]["title"] == "Your texts, page 2"
        })
        .await;
    assert_eq!(description(&second).lines().count(), 2);
    bot.press(ADA, &second, "Newer");
    let back = bot
        .see(&token, "the first page again", |message| {
            message.embeds[0]["title"] == "Your texts, page 1"
        })
        .await;
    assert_eq!(description(&back), list);
    let token = bot.slash(BEN, "history", json!({}));
    let none = description(&bot.answer(&token).await);
    assert_eq!(none, "There are none yet; `/speak` writes one.");
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_are_those_of_the_person_the_server_and_everybody_after_a_restart_too() {
    let mut bot = Bot::start().await;
    speak(&bot, ADA, "The sea is").await;
    speak(&bot, BEN, "The hill is").await;
    speak(&bot, BEN, "The road is").await;
    bot.restart().await;
    let token = bot.slash(ADA, "stats", json!({}));
    let shown = bot.answer(&token).await;
    assert!(field(&shown, "For you").starts_with("1 text\n3 tokens\n"));
    for name in ["On this server", "Everywhere"] {
        let sums = field(&shown, name);
        assert!(
            sums.starts_with("3 texts\n9 tokens\n") && sums.ends_with("most with naive (3)"),
            "{sums}"
        );
    }
    assert!(footer(&shown).starts_with("up for "), "{}", footer(&shown));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_a_file_for_the_person_alone() {
    let bot = Bot::start().await;
    speak(&bot, ADA, "The sea is").await;
    speak(&bot, BEN, "The hill is").await;
    let token = bot.slash(ADA, "export", json!({}));
    let exported = bot.answer(&token).await;
    assert!(exported.is_ephemeral());
    let file = &exported.attachments[0];
    assert_eq!(file["filename"], "mouthpiece.json");
    let content = reqwest::get(file["url"].as_str().unwrap()).await.unwrap();
    let content: serde_json::Value = serde_json::from_str(&content.text().await.unwrap()).unwrap();
    let texts = content["kept"]["texts"].as_array().unwrap();
    assert_eq!(texts.len(), 1, "one's own and nobody else's: {content}");
    assert_eq!(texts[0]["user_id"], ADA.to_string());
    assert!(texts[0]["text"].as_str().unwrap().starts_with("The sea is"));
    let token = bot.slash(ADA, "export", json!({"part": 2}));
    assert_eq!(
        bot.told(&token).await,
        "There is no part 2; the last one is part 1."
    );
}

/// How many rows of a bot's database have this number anywhere.
async fn rows_about(bot: &Bot, user: u64) -> Vec<String> {
    let url = format!("sqlite://{}?mode=ro", bot.store().display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let columns = "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'";
    let columns = sqlx::query(columns)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let mut found = Vec::new();
    for row in columns {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let count =
            format!("SELECT COUNT(*) FROM {table} WHERE CAST({column} AS TEXT) LIKE '%{user}%'");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        if count > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_is_nowhere_in_the_database_and_others_stay() {
    let bot = Bot::start().await;
    for user in [ADA, BEN] {
        speak(&bot, user, "The sea is").await;
        let token = bot.slash(user, "settings", json!({"set": {"length": 7}}));
        bot.answer(&token).await;
    }
    let token = bot.slash(ADA, "fill", json!({"text": "The ___ is blue."}));
    let filled = bot.answer(&token).await;
    let long = json!({"prompt": "Once upon a time", "strategy": "gibbs", "length": 100, "options": "iterations=5000"});
    let running = bot.slash(ADA, "speak", long);
    bot.see(&running, "the text growing", being_written).await;
    let token = bot.slash(ADA, "forget-me", json!({}));
    let question = bot.answer(&token).await;
    assert!(question.is_ephemeral());
    assert!(
        description(&question).contains("settings: 1\ntexts: 1\nfilled sentences: 1\n"),
        "{}",
        description(&question)
    );
    bot.press(ADA, &question, "Delete everything");
    let done = bot
        .see(&token, "the deletion", |message| {
            message.embeds[0]["title"] == "Deleted"
        })
        .await;
    // The text that was stopped by it was kept first, and counts.
    assert!(
        description(&done).starts_with("settings: 1\ntexts: 2\nfilled sentences: 1\n"),
        "{}",
        description(&done)
    );
    assert!(footer(&bot.answer(&running).await).contains("stopped"));
    assert_eq!(rows_about(&bot, ADA).await, [""; 0]);
    assert!(
        rows_about(&bot, BEN)
            .await
            .contains(&"texts.user_id".to_owned())
    );
    let token = bot.slash(ADA, "settings", json!({"show": {}}));
    assert!(!description(&bot.answer(&token).await).contains("yours"));
    let press = bot.press(ADA, &filled, "Finish for me");
    assert_eq!(
        bot.told(&press).await,
        "This sentence cannot be filled any more; begin it again with /fill."
    );
    let token = bot.slash(BEN, "settings", json!({"show": {}}));
    assert!(description(&bot.answer(&token).await).contains("**length** 7 · yours"));
}
