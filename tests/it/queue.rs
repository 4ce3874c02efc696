//! `/queue`.

use sandbox::{ChannelMessage, Invocation};
use serde_json::{Value, json};

use crate::harness::{ADA, BEN, Bot, GENERAL, being_written, description, footer};

fn long() -> Value {
    json!({"prompt": "Once upon a time", "strategy": "gibbs", "length": 100, "options": "iterations=5000"})
}

fn fields(message: &ChannelMessage) -> Vec<(String, String)> {
    let fields = message.embeds[0]["fields"].as_array().cloned();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pair = |field: &Value| (text(&field["name"]), text(&field["value"]));
    fields.unwrap_or_default().iter().map(pair).collect()
}

fn stoppable(message: &ChannelMessage) -> Vec<String> {
    let rows = message.components.iter();
    let all = rows.flat_map(|row| row["components"].as_array().unwrap());
    let options = all.filter_map(|component| component["options"].as_array());
    let values = options.flatten().map(|option| &option["value"]);
    values
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_what_is_written_but_only_moderators_whose_it_is() {
    let bot = Bot::start().await;
    let token = bot.slash(BEN, "speak", long());
    bot.see(&token, "the text growing", being_written).await;
    let look = async |user| {
        let token = bot.slash(user, "queue", json!({}));
        bot.answer(&token).await
    };
    let (own, other, moderators) = (look(BEN).await, look(BEN + 1).await, look(ADA).await);
    assert!(own.is_ephemeral() && other.is_ephemeral() && moderators.is_ephemeral());
    let shown = fields(&own);
    assert_eq!(shown[0].0, "For you");
    assert!(shown[0].1.contains("gibbs · being written"), "{shown:?}");
    assert_eq!(stoppable(&own).len(), 1);
    let shown = fields(&other);
    assert!(
        shown[0].0 == "On this server" && !shown[0].1.contains(&BEN.to_string()),
        "{shown:?}"
    );
    assert!(stoppable(&other).is_empty());
    assert!(fields(&moderators)[0].1.contains(&format!("<@{BEN}>")));
    assert!(
        footer(&moderators).starts_with("1 text in all · "),
        "{}",
        footer(&moderators)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moderator_stops_a_text_from_the_list() {
    let bot = Bot::start().await;
    let running = bot.slash(BEN, "speak", long());
    bot.see(&running, "the text growing", being_written).await;
    let token = bot.slash(ADA, "queue", json!({}));
    let list = bot.answer(&token).await;
    let stop = Invocation::Component {
        message: list.id,
        custom_id: "queue:stop".to_owned(),
        values: stoppable(&list),
    };
    bot.sandbox.invoke(ADA, GENERAL, &stop).unwrap();
    let ended = bot.answer(&running).await;
    assert!(footer(&ended).contains("stopped"), "{}", footer(&ended));
    // The list may have been made anew before the text had left it.
    bot.press(ADA, &list, "Look again");
    let empty = bot
        .see(&token, "an empty list", |message| {
            message.embeds[0]["fields"]
                .as_array()
                .is_none_or(Vec::is_empty)
        })
        .await;
    assert_eq!(
        description(&empty),
        "Nothing for you, and nothing on this server."
    );
}
