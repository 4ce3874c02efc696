//! Responses to interactions: once, before the deadline, visible to the right users.

use super::*;

#[test]
fn a_deferred_response_is_loading_until_it_is_edited() {
    let mut world = world();
    let (id, token) = say(&mut world);
    world
        .create_response(later(10), id, &token, &body(json!({"type": 5})))
        .unwrap();
    assert!(world.messages().next().unwrap().is_thinking());
    world
        .edit_response(later(20), &token, None, &body(json!({"content": "hello"})))
        .unwrap();
    let message = world.messages().next().unwrap();
    assert_eq!(
        (
            message.content.as_str(),
            message.is_thinking(),
            message.edited
        ),
        ("hello", false, None)
    );
    world
        .edit_response(
            later(30),
            &token,
            None,
            &body(json!({"content": "hello you"})),
        )
        .unwrap();
    assert_eq!(world.messages().next().unwrap().edited, Some(later(30)));
}

#[test]
fn an_interaction_takes_one_response_before_the_deadline() {
    let mut world = world();
    let (id, token) = say(&mut world);
    assert_eq!(
        code(world.create_response(later(10), id, "other", &body(json!({"type": 5})))),
        10_062
    );
    world
        .create_response(
            later(10),
            id,
            &token,
            &body(json!({"type": 4, "data": {"content": "x"}})),
        )
        .unwrap();
    assert_eq!(
        code(world.create_response(later(20), id, &token, &body(json!({"type": 5})))),
        40_060
    );
    let (id, token) = say(&mut world);
    assert_eq!(
        code(world.create_response(later(3_001), id, &token, &body(json!({"type": 5})))),
        10_062
    );
}

#[test]
fn a_token_expires_after_fifteen_minutes() {
    let mut world = world();
    let (id, token) = say(&mut world);
    world
        .create_response(
            later(10),
            id,
            &token,
            &body(json!({"type": 4, "data": {"content": "x"}})),
        )
        .unwrap();
    assert!(
        world
            .edit_response(later(899_000), &token, None, &body(json!({"content": "y"})))
            .is_ok()
    );
    assert_eq!(
        code(world.edit_response(later(901_000), &token, None, &body(json!({"content": "z"})))),
        50_027
    );
}

#[test]
fn ephemeral_messages_are_visible_to_one_user() {
    let mut world = world();
    let (id, token) = say(&mut world);
    world
        .create_response(
            later(10),
            id,
            &token,
            &body(json!({"type": 4, "data": {"content": "psst", "flags": 64}})),
        )
        .unwrap();
    let seen = |world: &World, user| {
        world.page_state(user).unwrap()["messages"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((seen(&world, ADA), seen(&world, BEN)), (1, 0));
    assert!(world.take_outbox().iter().all(|out| matches!(
        out,
        OutboxEvent::Page {
            only: Some(ADA),
            ..
        }
    )));
}

#[test]
fn the_first_follow_up_replaces_a_deferred_response_unless_it_was_deleted() {
    let mut world = world();
    let (id, token) = say(&mut world);
    world
        .create_response(later(10), id, &token, &body(json!({"type": 5})))
        .unwrap();
    world
        .create_followup(
            later(20),
            &token,
            &body(json!({"content": "secret", "flags": 64})),
        )
        .unwrap();
    assert!(
        !world.messages().next().unwrap().is_ephemeral(),
        "the promise was public, so the answer is"
    );
    let (id, token) = say(&mut world);
    world
        .create_response(later(10), id, &token, &body(json!({"type": 5})))
        .unwrap();
    world.delete_response(later(15), &token, None).unwrap();
    world
        .create_followup(
            later(20),
            &token,
            &body(json!({"content": "secret", "flags": 64})),
        )
        .unwrap();
    assert!(world.messages().last().unwrap().is_ephemeral());
}

#[test]
fn a_component_interaction_names_its_message() {
    let mut world = world();
    let (id, token) = say(&mut world);
    let row = json!([{"type": 1, "components": [{"type": 2, "style": 4, "label": "Stop", "custom_id": "stop"}]}]);
    world
        .create_response(
            later(10),
            id,
            &token,
            &body(json!({"type": 4, "data": {"content": "x", "components": row}})),
        )
        .unwrap();
    let message = world.messages().next().unwrap().id;
    world.take_outbox();
    let press = |custom_id: &str| Invocation::Component {
        message,
        custom_id: custom_id.into(),
        values: vec![],
    };
    assert_eq!(
        code(world.invoke(NOW, BEN, GENERAL, &press("other"))),
        50_035
    );
    let token = world.invoke(NOW, BEN, GENERAL, &press("stop")).unwrap();
    let data = last_dispatch(&mut world);
    assert_eq!(
        (data["type"].as_u64(), data["message"]["id"].as_str()),
        (Some(3), Some(message.to_string().as_str()))
    );
    let id = data["id"].as_str().unwrap().parse().unwrap();
    world
        .create_response(
            NOW,
            id,
            &token,
            &body(json!({"type": 7, "data": {"content": "stopped", "components": []}})),
        )
        .unwrap();
    assert_eq!(world.message(message).unwrap().content, "stopped");
}

#[test]
fn a_button_response_is_a_reply_or_an_update() {
    let mut world = world();
    let (_, token) = say(&mut world);
    let row = json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "More", "custom_id": "more"}]}]);
    let message = respond(
        &mut world,
        &token,
        &json!({"content": "x", "components": row}),
    );
    let press = Invocation::Component {
        message,
        custom_id: "more".into(),
        values: vec![],
    };
    for (answer, original) in [(6, true), (5, false)] {
        let (token, data) = invoke(&mut world, BEN, GENERAL, &press);
        let id = data["id"].as_str().unwrap().parse().unwrap();
        world
            .create_response(NOW, id, &token, &body(json!({"type": answer})))
            .unwrap();
        let meant = world.get_response(NOW, &token, None).unwrap();
        assert_eq!(meant["id"] == json!(message.to_string()), original);
        if !original {
            assert_eq!(
                meant["message_reference"]["message_id"],
                message.to_string()
            );
        }
    }
}

#[test]
fn user_installed_apps_may_send_five_follow_ups() {
    let mut world = world();
    let commands = json!([{"name": "say", "description": "x", "integration_types": [0, 1], "contexts": [0, 1, 2]}]);
    let commands = commands.as_array().unwrap().clone();
    world.overwrite_commands(NOW, commands).unwrap();
    let run = Invocation::Command {
        name: "say".into(),
        options: vec![],
    };
    for (channel, max) in [(World::LOUNGE, 5), (World::GROUP_DM, 5), (GENERAL, 20)] {
        let token = world.invoke(NOW, ADA, channel, &run).unwrap();
        respond(&mut world, &token, &json!({"content": "first"}));
        let mut sent = 0;
        while sent < 20
            && world
                .create_followup(NOW, &token, &body(json!({"content": "y"})))
                .is_ok()
        {
            sent += 1;
        }
        assert_eq!(sent, max);
    }
}
