//! Behaviour of the world, without network and clock.

mod attachments;
mod channels;
mod invocations;
mod limits;
mod messages;
mod responses;

use super::*;

const NOW: Timestamp = Timestamp(1_795_000_000_000);
const GENERAL: u64 = 1_300_000_000_000_000_000;
const ADA: u64 = 1_400_000_000_000_000_000;
const BEN: u64 = ADA + 1;

fn later(milliseconds: u64) -> Timestamp {
    Timestamp(NOW.0 + milliseconds)
}

fn world() -> World {
    let mut world = World::new("http://sandbox");
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
    let data = last_dispatch(world);
    (data["id"].as_str().unwrap().parse().unwrap(), token)
}

fn last_dispatch(world: &mut World) -> Value {
    let dispatch = |outgoing| match outgoing {
        OutboxEvent::Dispatch { data, .. } => Some(data),
        OutboxEvent::Page { .. } => None,
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

fn body(json: Value) -> RequestBody {
    json.into()
}

/// Responds to the interaction with a message of the bot, and returns the newest message's id.
fn respond(world: &mut World, token: &str, data: &Value) -> u64 {
    let id = world.interactions[token].id;
    world
        .create_response(NOW, id, token, &body(json!({"type": 4, "data": data})))
        .unwrap();
    world.take_outbox();
    world.responses(token).last().unwrap().id
}

/// Performs an action of a user. Returns the token and the data of the interaction.
fn invoke(world: &mut World, user: u64, channel: u64, invocation: &Invocation) -> (String, Value) {
    let token = world.invoke(NOW, user, channel, invocation).unwrap();
    let data = last_dispatch(world);
    (token, data)
}
