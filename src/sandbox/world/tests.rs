//! How the small Discord behaves.

use super::*;

const NOW: Moment = Moment(1_795_000_000_000);
const GENERAL: u64 = 1_300_000_000_000_000_000;
const ADA: u64 = 1_400_000_000_000_000_000;
const BEN: u64 = ADA + 1;

fn later(milliseconds: u64) -> Moment {
    Moment(NOW.0 + milliseconds)
}

fn world() -> World {
    let mut world = World::new();
    world
        .overwrite_commands(
            NOW,
            vec![json!({"name": "say", "description": "Says something"})],
        )
        .unwrap();
    world.take_outbox();
    world
}

fn say(world: &mut World) -> (u64, String) {
    let token = world
        .invoke(
            NOW,
            ADA,
            GENERAL,
            &Invocation::Command {
                name: "say".into(),
                options: vec![],
            },
        )
        .unwrap();
    let data = told(world);
    (data["id"].as_str().unwrap().parse().unwrap(), token)
}

fn told(world: &mut World) -> Value {
    let dispatch = |outgoing| match outgoing {
        Outgoing::Dispatch { data, .. } => Some(data),
        Outgoing::Page { .. } => None,
    };
    world
        .take_outbox()
        .into_iter()
        .find_map(dispatch)
        .expect("the bot is told")
}

fn code<T: std::fmt::Debug>(result: Result<T, ApiError>) -> u32 {
    result.unwrap_err().code
}

#[test]
fn a_deferred_answer_is_thinking_until_it_is_edited() {
    let mut world = world();
    let (id, token) = say(&mut world);
    world
        .callback(later(10), id, &token, &json!({"type": 5}))
        .unwrap();
    assert!(world.messages().next().unwrap().is_thinking());
    world
        .edit_reply(later(20), &token, None, &json!({"content": "hello"}))
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
        .edit_reply(later(30), &token, None, &json!({"content": "hello you"}))
        .unwrap();
    assert_eq!(world.messages().next().unwrap().edited, Some(later(30)));
}

#[test]
fn an_interaction_is_answered_once_and_in_time() {
    let mut world = world();
    let (id, token) = say(&mut world);
    assert_eq!(
        code(world.callback(later(10), id, "other", &json!({"type": 5}))),
        10_062
    );
    world
        .callback(
            later(10),
            id,
            &token,
            &json!({"type": 4, "data": {"content": "x"}}),
        )
        .unwrap();
    assert_eq!(
        code(world.callback(later(20), id, &token, &json!({"type": 5}))),
        40_060
    );
    let (id, token) = say(&mut world);
    assert_eq!(
        code(world.callback(later(3_001), id, &token, &json!({"type": 5}))),
        10_062
    );
}

#[test]
fn a_token_dies_after_a_quarter_of_an_hour() {
    let mut world = world();
    let (id, token) = say(&mut world);
    world
        .callback(
            later(10),
            id,
            &token,
            &json!({"type": 4, "data": {"content": "x"}}),
        )
        .unwrap();
    assert!(
        world
            .edit_reply(later(899_000), &token, None, &json!({"content": "y"}))
            .is_ok()
    );
    assert_eq!(
        code(world.edit_reply(later(901_000), &token, None, &json!({"content": "z"}))),
        50_027
    );
}

#[test]
fn ephemeral_messages_are_seen_by_one_person() {
    let mut world = world();
    let (id, token) = say(&mut world);
    world
        .callback(
            later(10),
            id,
            &token,
            &json!({"type": 4, "data": {"content": "psst", "flags": 64}}),
        )
        .unwrap();
    let seen = |world: &World, user| {
        world.as_seen_by(user).unwrap()["messages"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((seen(&world, ADA), seen(&world, BEN)), (1, 0));
    assert!(world.take_outbox().iter().all(|out| matches!(
        out,
        Outgoing::Page {
            only: Some(ADA),
            ..
        }
    )));
}

#[test]
fn the_first_follow_up_takes_the_place_of_a_deferred_answer_unless_that_was_deleted() {
    let mut world = world();
    let (id, token) = say(&mut world);
    world
        .callback(later(10), id, &token, &json!({"type": 5}))
        .unwrap();
    world
        .follow_up(
            later(20),
            &token,
            &json!({"content": "secret", "flags": 64}),
        )
        .unwrap();
    assert!(
        !world.messages().next().unwrap().is_ephemeral(),
        "the promise was public, so the answer is"
    );
    let (id, token) = say(&mut world);
    world
        .callback(later(10), id, &token, &json!({"type": 5}))
        .unwrap();
    world.delete_reply(later(15), &token, None).unwrap();
    world
        .follow_up(
            later(20),
            &token,
            &json!({"content": "secret", "flags": 64}),
        )
        .unwrap();
    assert!(world.messages().last().unwrap().is_ephemeral());
}

#[test]
fn buttons_tell_the_bot_which_message_they_are_under() {
    let mut world = world();
    let (id, token) = say(&mut world);
    let row = json!([{"type": 1, "components": [{"type": 2, "style": 4, "label": "Stop", "custom_id": "stop"}]}]);
    world
        .callback(
            later(10),
            id,
            &token,
            &json!({"type": 4, "data": {"content": "x", "components": row}}),
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
    let data = told(&mut world);
    assert_eq!(
        (data["type"].as_u64(), data["message"]["id"].as_str()),
        (Some(3), Some(message.to_string().as_str()))
    );
    let id = data["id"].as_str().unwrap().parse().unwrap();
    world
        .callback(
            NOW,
            id,
            &token,
            &json!({"type": 7, "data": {"content": "stopped", "components": []}}),
        )
        .unwrap();
    assert_eq!(world.message(message).unwrap().content, "stopped");
}

#[test]
fn bodies_beyond_discords_limits_are_refused() {
    let mut world = world();
    let (id, token) = say(&mut world);
    let mut answer = |data: Value| {
        world
            .callback(later(10), id, &token, &json!({"type": 4, "data": data}))
            .unwrap_err()
            .code
    };
    assert_eq!(answer(json!({})), 50_006);
    assert_eq!(answer(json!({"content": "x".repeat(2001)})), 50_035);
    assert_eq!(answer(json!({"content": "😀".repeat(1001)})), 50_035);
    assert_eq!(
        answer(json!({"embeds": [{"description": "x".repeat(4097)}]})),
        50_035
    );
    let half = json!({"description": "x".repeat(3001)});
    assert_eq!(answer(json!({"embeds": [half, half]})), 50_035);
    let button = json!({"type": 2, "style": 1, "label": "a", "custom_id": "same"});
    assert_eq!(
        answer(
            json!({"content": "x", "components": [{"type": 1, "components": [button, button]}]})
        ),
        50_035
    );
}

#[test]
fn commands_beyond_discords_limits_are_refused_and_the_old_ones_stay() {
    let mut world = world();
    let mut put = |command: Value| world.overwrite_commands(NOW, vec![command]).map(|_| ());
    assert!(put(json!({"name": "Say", "description": "x"})).is_err());
    assert!(put(json!({"name": "say", "description": "x".repeat(101)})).is_err());
    assert!(put(json!({"name": "say", "description": ""})).is_err());
    let option = |n: usize| json!({"name": format!("o{n}"), "description": "x", "type": 3});
    assert!(put(json!({"name": "say", "description": "x", "options": (0..26).map(option).collect::<Vec<_>>()})).is_err());
    assert_eq!(world.commands().len(), 1);
}
