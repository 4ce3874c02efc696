//! Which of Discord's routes there are, and what answers them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::world::id_in;
use super::super::{ApiError, HistoryCursor, SandboxState, World, now};
use super::request::RestRequest;

/// What a route answers: nothing, or JSON.
pub(super) type RouteResult = Result<Option<Value>, ApiError>;

pub(super) fn answer(shared: &Arc<SandboxState>, call: &RestRequest) -> RouteResult {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let open = matches!(
        segments[..],
        ["gateway"] | ["interactions" | "webhooks", ..]
    );
    if !open && !call.authorised {
        return Err(ApiError::new(401, 0, "401: Unauthorized"));
    }
    match (call.method.as_str(), &segments[..]) {
        ("GET", ["gateway"]) => Ok(Some(json!({"url": shared.gateway_url()}))),
        ("GET", ["gateway", "bot"]) => Ok(Some(json!({
            "url": shared.gateway_url(), "shards": 1,
            "session_start_limit": {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1},
        }))),
        ("GET", ["users", "@me"]) => Ok(Some(shared.with_world(|world| world.bot_json()))),
        ("POST", ["users", "@me", "channels"]) => {
            let user = id_in(&call.body.json["recipient_id"]);
            shared
                .with_world(|world| world.create_dm(user.unwrap_or(0)))
                .map(Some)
        }
        ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => {
            Ok(Some(application()))
        }
        (method, ["applications", id, "commands"]) if own(id) => {
            commands(shared, method, &call.body.json)
        }
        (method, ["channels", channel, rest @ ..]) => {
            let channel = channel
                .parse()
                .map_err(|_| ApiError::unknown(10_003, "Channel"))?;
            in_channel(shared, method, channel, (rest, call))
        }
        ("POST", ["interactions", id, token, "callback"]) => {
            let id = id
                .parse()
                .map_err(|_| ApiError::unknown(10_062, "interaction"))?;
            shared
                .with_world(|world| world.create_response(now(), id, token, &call.body))
                .map(|said| call.wants("with_response").then_some(said))
        }
        ("POST", ["webhooks", id, token]) if own(id) => shared
            .with_world(|world| world.create_followup(now(), token, &call.body))
            .map(Some),
        (method, ["webhooks", id, token, "messages", which]) if own(id) => {
            reply(shared, method, (token, which), call)
        }
        _ => Err(unknown_route()),
    }
}

fn commands(shared: &SandboxState, method: &str, body: &Value) -> RouteResult {
    match method {
        "PUT" => {
            let problem = || ApiError::form("", "LIST_TYPE_CONVERT", "Only lists are accepted.");
            let commands = body.as_array().cloned().ok_or_else(problem)?;
            shared
                .with_world(|world| world.overwrite_commands(now(), commands))
                .map(|commands| Some(Value::Array(commands)))
        }
        "GET" => Ok(Some(
            shared.with_world(|world| world.commands().to_vec().into()),
        )),
        _ => Err(unknown_route()),
    }
}

/// The routes of messages that belong to an interaction.
fn reply(
    shared: &SandboxState,
    method: &str,
    (token, which): (&str, &str),
    call: &RestRequest,
) -> RouteResult {
    let id = match which {
        "@original" => None,
        id => Some(message_id(id)?),
    };
    match method {
        "GET" => shared
            .with_world(|world| world.get_response(now(), token, id))
            .map(Some),
        "PATCH" => shared
            .with_world(|world| world.edit_response(now(), token, id, &call.body))
            .map(Some),
        "DELETE" => shared
            .with_world(|world| world.delete_response(now(), token, id))
            .map(|()| None),
        _ => Err(unknown_route()),
    }
}

/// The routes of a channel, for bots that are there themselves.
fn in_channel(
    shared: &SandboxState,
    method: &str,
    channel: u64,
    (rest, call): (&[&str], &RestRequest),
) -> RouteResult {
    match (method, rest) {
        ("GET", []) => shared
            .with_world(|world| world.channel_json(channel))
            .map(Some),
        ("POST", ["typing"]) => shared
            .with_world(|world| world.channel_json(channel))
            .map(|_| None),
        ("POST", ["messages"]) => shared
            .with_world(|world| world.create_message(now(), channel, &call.body))
            .map(Some),
        ("GET", ["messages"]) => history(shared, channel, call),
        ("GET", ["messages", id]) => {
            let id = message_id(id)?;
            shared
                .with_world(|world| world.get_message(channel, id))
                .map(Some)
        }
        ("PATCH", ["messages", id]) => {
            let id = message_id(id)?;
            shared
                .with_world(|world| world.edit_message(now(), channel, id, &call.body))
                .map(Some)
        }
        ("DELETE", ["messages", id]) => {
            let id = message_id(id)?;
            shared
                .with_world(|world| world.delete_message_by_bot(channel, id))
                .map(|()| None)
        }
        _ => Err(unknown_route()),
    }
}

fn history(shared: &SandboxState, channel: u64, call: &RestRequest) -> RouteResult {
    let part = match (call.asked("before"), call.asked("after")) {
        (Some(id), _) => HistoryCursor::Before(message_id(id)?),
        (None, Some(id)) => HistoryCursor::After(message_id(id)?),
        (None, None) if call.asked("around").is_some() => return Err(unknown_route()),
        (None, None) => HistoryCursor::Newest,
    };
    let most = call.asked("limit").unwrap_or("50").parse().ok();
    let most = most
        .filter(|most| (1..=100).contains(most))
        .ok_or_else(|| {
            let problem = "int value should be from 1 to 100.";
            ApiError::form("limit", "NUMBER_TYPE_MAX", problem)
        })?;
    let messages = shared.with_world(|world| world.get_messages(channel, part, most))?;
    Ok(Some(messages.into()))
}

fn message_id(id: &str) -> Result<u64, ApiError> {
    id.parse().map_err(|_| ApiError::unknown(10_008, "Message"))
}

fn own(application: &str) -> bool {
    application == World::APPLICATION.to_string()
}

fn unknown_route() -> ApiError {
    ApiError::new(404, 0, "404: Not Found")
}

fn application() -> Value {
    json!({
        "id": World::APPLICATION.to_string(), "name": "Mouthpiece", "icon": null, "description": "", "bot_public": true,
        "bot_require_code_grant": false, "verify_key": "0", "flags": 0, "team": null, "summary": "",
        "owner": {"id": "1100000000000000000", "username": "owner", "discriminator": "0", "global_name": null, "avatar": null},
    })
}
