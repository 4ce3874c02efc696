//! Message events and the endpoints that read messages.

use super::*;

const GUILD_MESSAGES: u64 = 1 << 9;
const DIRECT_MESSAGES: u64 = 1 << 12;
const MESSAGE_CONTENT: u64 = 1 << 15;

/// The events that were dispatched to the bot since the last call.
fn dispatched(world: &mut World) -> Vec<(&'static str, Value)> {
    let dispatch = |outgoing| match outgoing {
        OutboxEvent::Dispatch { event, data } => Some((event, data)),
        OutboxEvent::Page { .. } => None,
    };
    world
        .take_outbox()
        .into_iter()
        .filter_map(dispatch)
        .collect()
}

#[test]
fn message_events_require_the_intent_of_their_channel() {
    let mut world = world();
    world.post_as_user(NOW, BEN, GENERAL, "hello").unwrap();
    world.set_intents(GUILD_MESSAGES | MESSAGE_CONTENT);
    world
        .post_as_user(NOW, BEN, World::FIRST_DM + 1, "psst")
        .unwrap();
    world
        .post_as_user(NOW, BEN, World::LOUNGE, "without the bot")
        .unwrap();
    assert_eq!(dispatched(&mut world), []);
    let id = world
        .post_as_user(NOW, BEN, GENERAL, "hello again")
        .unwrap();
    world.delete_message(id);
    let events = dispatched(&mut world);
    let [(made, message), (deleted, gone)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((*made, *deleted), ("MESSAGE_CREATE", "MESSAGE_DELETE"));
    assert_eq!(message["content"], "hello again");
    assert!(message["member"]["joined_at"].is_string());
    assert_eq!(
        (&gone["id"], &gone["guild_id"]),
        (&message["id"], &message["guild_id"])
    );
    world.set_intents(DIRECT_MESSAGES);
    world.post_as_user(NOW, BEN, GENERAL, "hello").unwrap();
    world
        .post_as_user(NOW, BEN, World::FIRST_DM + 1, "psst")
        .unwrap();
    let events = dispatched(&mut world);
    assert_eq!(events.len(), 1);
    let message = &events[0].1;
    assert!(
        message["content"] == "psst"
            && message["guild_id"].is_null()
            && message["channel_type"] == 1
    );
}

#[test]
fn responses_cause_message_events() {
    let mut world = world();
    world.set_intents(GUILD_MESSAGES);
    let (id, token) = say(&mut world);
    let promise = body(json!({"type": 5}));
    world.create_response(NOW, id, &token, &promise).unwrap();
    world
        .edit_response(NOW, &token, None, &body(json!({"content": "done"})))
        .unwrap();
    let private = body(json!({"content": "private", "flags": 64}));
    world.create_followup(NOW, &token, &private).unwrap();
    let events = dispatched(&mut world);
    let told: Vec<_> = events
        .iter()
        .map(|(event, data)| (*event, data["content"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("MESSAGE_CREATE", Some("")),
            ("MESSAGE_UPDATE", Some("done"))
        ]
    );
    world.set_intents(DIRECT_MESSAGES);
    world.create_followup(NOW, &token, &private).unwrap();
    let events = dispatched(&mut world);
    assert!(
        events[0].1["guild_id"].is_null(),
        "private ones go to the person and the bot: {events:?}"
    );
}

#[test]
fn content_is_hidden_without_its_intent_unless_the_bot_is_mentioned() {
    let mut world = world();
    world.set_intents(GUILD_MESSAGES);
    let id = world.post_as_user(NOW, BEN, GENERAL, "among us").unwrap();
    let mention = format!("<@{}> hello, <@{ADA}>", World::APPLICATION);
    world.post_as_user(NOW, BEN, GENERAL, &mention).unwrap();
    let events = dispatched(&mut world);
    assert_eq!(
        (&events[0].1["content"], &events[1].1["content"]),
        (&json!(""), &json!(mention))
    );
    let mentioned: Vec<_> = events[1].1["mentions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| &user["id"])
        .collect();
    assert_eq!(
        mentioned,
        [
            &json!(World::APPLICATION.to_string()),
            &json!(ADA.to_string())
        ]
    );
    assert_eq!(world.get_message(GENERAL, id).unwrap()["content"], "");
    world.set_intents(GUILD_MESSAGES | MESSAGE_CONTENT);
    assert_eq!(
        world.get_message(GENERAL, id).unwrap()["content"],
        "among us"
    );
}

#[test]
fn message_history_is_paginated() {
    let mut world = world();
    let ids: Vec<u64> = (0..4)
        .map(|n| world.post_as_user(later(n), BEN, GENERAL, "hello").unwrap())
        .collect();
    world
        .post_as_user(NOW, BEN, GENERAL + 1, "elsewhere")
        .unwrap();
    let read = |part, max| -> Vec<u64> {
        let messages = world.get_messages(GENERAL, part, max).unwrap();
        messages
            .iter()
            .filter_map(|message| parse_snowflake(&message["id"]))
            .collect()
    };
    assert_eq!(read(HistoryCursor::Newest, 2), [ids[3], ids[2]]);
    assert_eq!(read(HistoryCursor::Before(ids[2]), 9), [ids[1], ids[0]]);
    assert_eq!(read(HistoryCursor::After(ids[0]), 2), [ids[2], ids[1]]);
    world.set_bot_permissions(GENERAL, channel::VIEW_CHANNEL);
    assert_eq!(
        world.get_messages(GENERAL, HistoryCursor::Newest, 9),
        Ok(vec![])
    );
    assert_eq!(
        code(world.get_messages(World::LOUNGE, HistoryCursor::Newest, 9)),
        50_001
    );
}

#[test]
fn snowflakes_may_be_numbers() {
    let mut world = world();
    let first = world.post_as_user(NOW, BEN, GENERAL, "hello").unwrap();
    let reply = json!({"content": "hi", "message_reference": {"message_id": first}});
    let sent = world.create_message(NOW, GENERAL, &body(reply)).unwrap();
    assert_eq!(sent["message_reference"]["message_id"], first.to_string());
}
