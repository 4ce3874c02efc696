//! The sandbox over the wire, with a bot that is nothing but a socket and a client.

use sandbox::World;
use serde_json::{Value, json};

use crate::harness::{ADA, BEN, Scripted, callback};

fn say() -> Value {
    json!([{"name": "say", "description": "x", "integration_types": [0, 1]}])
}

#[tokio::test]
async fn suggestions_come_back_while_somebody_types() {
    let option = |name: &str, kind: u64| json!({"name": name, "description": "x", "type": kind, "autocomplete": true});
    let word = json!({"name": "a", "description": "x", "type": 1, "options": [option("word", 3), option("other", 4)]});
    let commands = json!([{"name": "ask", "description": "x", "options": [word]}]);
    let (mut bot, general) = Scripted::start(&commands).await;
    let offered = json!([{"name": "Cat", "value": "cat"}]);
    let typing = json!({"a": {"word": {"typed": "ca"}, "other": 5}});
    let answer = json!({"type": 8, "data": {"choices": offered}});
    let (seen, told) = tokio::join!(
        general.autocomplete(ADA, "ask", typing),
        bot.answers(&answer)
    );
    assert_eq!(json!(seen), offered);
    assert_eq!(told["type"], 4);
    let given = told["data"]["options"][0]["options"].as_array().unwrap();
    let focused = given.iter().find(|option| option["focused"] == true);
    assert_eq!(focused.unwrap()["value"], "ca");
}

#[tokio::test]
async fn a_dialog_goes_from_a_menu_to_a_changed_message() {
    let (mut bot, general) = Scripted::start(&say()).await;
    general.slash(ADA, "say", json!({}));
    let option = |n: u64| json!({"label": format!("L{n}"), "value": format!("v{n}")});
    let menu = json!({"type": 3, "custom_id": "pick:7", "placeholder": "Pick one", "options": [option(1), option(2)]});
    let row = json!({"type": 1, "components": [menu]});
    let message = bot
        .posts(&json!({"content": "x", "components": [row]}))
        .await;
    let token = general.choose(BEN, &message, "Pick one", &["v2"]);
    let input = json!({"type": 4, "custom_id": "text", "style": 2, "label": "Text"});
    let dialog = json!({"title": "Edit", "custom_id": "d", "components": [{"type": 1, "components": [input]}]});
    let told = bot.answers(&json!({"type": 9, "data": dialog})).await;
    assert_eq!(told["data"]["values"], json!(["v2"]));
    assert_eq!(general.modal(&token).await["title"], "Edit");
    general.submit(BEN, &token, &[("text", "new")]).await;
    let told = bot
        .answers(&json!({"type": 7, "data": {"content": "changed"}}))
        .await;
    assert_eq!(
        told["data"]["components"][0]["components"][0]["value"],
        "new"
    );
    let now = bot
        .sandbox
        .world(|world| world.message(message.id).cloned());
    assert_eq!(now.unwrap().content, "changed");
}

#[tokio::test]
async fn a_command_in_the_menu_of_a_message_brings_it() {
    let (mut bot, general) = Scripted::start(&json!([{"name": "Rate this", "type": 3}])).await;
    let message = general.say(BEN, "my own words");
    general.menu(ADA, "Rate this", &message);
    let told = bot
        .answers(&json!({"type": 5, "data": {"flags": 64}}))
        .await;
    let resolved = &told["data"]["resolved"]["messages"][message.id.to_string()];
    assert_eq!(resolved["content"], "my own words");
}

#[tokio::test]
async fn files_are_there_at_their_address_and_in_embeds() {
    let (mut bot, general) = Scripted::start(&say()).await;
    general.slash(ADA, "say", json!({}));
    let told = bot.hears("INTERACTION_CREATE").await;
    let embed = json!({"image": {"url": "attachment://b.gif"}});
    let answer = json!({"type": 4, "data": {"embeds": [embed], "attachments": [{"id": 0, "filename": "a.txt"}, {"id": 1, "filename": "b.gif"}]}});
    let mut form = Vec::new();
    for (head, content) in [
        ("name=\"payload_json\"", answer.to_string()),
        ("name=\"files[0]\"; filename=\"a.txt\"", "hello".to_owned()),
        (
            "name=\"files[1]\"; filename=\"b.gif\"",
            "GIF89a\u{5}\0\u{6}\0".to_owned(),
        ),
    ] {
        let part = format!("--line\r\ncontent-disposition: form-data; {head}\r\n\r\n{content}\r\n");
        form.extend(part.into_bytes());
    }
    form.extend(b"--line--\r\n");
    let kind = "multipart/form-data; boundary=line".to_owned();
    let path = callback(&told) + "?with_response=true";
    let (status, said) = bot.send("POST", &path, (form, kind)).await;
    assert_eq!(status, 200, "{said}");
    let message = &said["resource"]["message"];
    let image = &message["embeds"][0]["image"];
    assert_eq!((&image["width"], &image["height"]), (&json!(5), &json!(6)));
    assert_eq!(image["url"], message["attachments"][1]["url"]);
    let url = message["attachments"][0]["url"].as_str().unwrap();
    let content = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert_eq!(content, "hello");
}

#[tokio::test]
async fn a_bot_that_people_installed_is_a_guest_elsewhere_and_at_home_in_direct_messages() {
    let (mut bot, general) = Scripted::start(&say()).await;
    let hello = json!({"content": "hello"});
    for (place, status) in [
        (general.in_channel(World::LOUNGE), 403),
        (general.in_channel(World::GROUP_DM), 403),
        (general.in_direct(BEN), 200),
    ] {
        place.slash(BEN, "say", json!({}));
        let message = bot.posts(&hello).await;
        let path = format!("/channels/{}/messages", message.channel);
        assert_eq!(bot.request("POST", &path, &hello).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said_as_discord_says_it() {
    let (mut bot, general) = Scripted::start(&say()).await;
    general.slash(ADA, "say", json!({}));
    let told = bot.hears("INTERACTION_CREATE").await;
    let body = json!({"type": 4, "data": {"embeds": [{"title": "x".repeat(257)}]}});
    let (status, said) = bot.request("POST", &callback(&told), &body).await;
    assert_eq!((status, &said["code"]), (400, &json!(50_035)));
    let errors = &said["errors"]["data"]["embeds"]["0"]["title"]["_errors"][0];
    assert_eq!(errors["code"], "BASE_TYPE_MAX_LENGTH");
}

#[tokio::test]
async fn libraries_write_the_same_request_in_several_ways() {
    let (mut bot, general) = Scripted::start(&say()).await;
    for asks in [
        "with_response=true",
        "with_response=1",
        "x=&with_response=True",
    ] {
        general.slash(ADA, "say", json!({}));
        let told = bot.hears("INTERACTION_CREATE").await;
        let path = format!("{}?{asks}", callback(&told));
        let (status, said) = bot.request("POST", &path, &json!({"type": 5})).await;
        assert_eq!((status, &said["interaction"]["id"]), (200, &told["id"]));
        let token = told["token"].as_str().unwrap();
        for original in ["@original", "%40original"] {
            let path = format!(
                "/webhooks/{}/{token}/messages/{original}",
                World::APPLICATION
            );
            let (status, said) = bot.request("PATCH", &path, &json!({"content": asks})).await;
            assert_eq!((status, &said["content"]), (200, &json!(asks)));
        }
    }
}
