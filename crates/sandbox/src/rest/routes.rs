//! The routing table: the endpoints of Discord that exist here.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::state::{SandboxState, now};
use super::super::world::{ApiError, HistoryCursor, World, parse_snowflake};
use super::request::RestRequest;

/// The result of a route: JSON (200), nothing (204), or an error.
pub(super) type RouteResult = Result<Option<Value>, ApiError>;

/// Routes a request to its handler. Unknown routes are 404.
pub(super) fn route(state: &Arc<SandboxState>, request: &RestRequest) -> RouteResult {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let is_public = matches!(
        segments[..],
        ["gateway"] | ["interactions" | "webhooks", ..]
    );
    if !is_public && !request.is_authorized {
        return Err(ApiError::new(401, 0, "401: Unauthorized"));
    }
    match (request.method.as_str(), &segments[..]) {
        ("GET", ["gateway"]) => Ok(Some(json!({"url": state.gateway_url()}))),
        ("GET", ["gateway", "bot"]) => Ok(Some(json!({
            "url": state.gateway_url(), "shards": 1,
            "session_start_limit": {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1},
        }))),
        ("GET", ["users", "@me"]) => Ok(Some(state.with_world(|world| world.bot_json()))),
        ("POST", ["users", "@me", "channels"]) => {
            let user = parse_snowflake(&request.body.json["recipient_id"]);
            state
                .with_world(|world| world.create_dm(user.unwrap_or(0)))
                .map(Some)
        }
        ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => {
            Ok(Some(application()))
        }
        (method, ["applications", id, "commands"]) if is_own(id) => {
            commands(state, method, &request.body.json)
        }
        (method, ["channels", channel, rest @ ..]) => {
            let channel = channel
                .parse()
                .map_err(|_| ApiError::unknown(10_003, "Channel"))?;
            self::channel(state, method, channel, (rest, request))
        }
        ("POST", ["interactions", id, token, "callback"]) => {
            let id = id
                .parse()
                .map_err(|_| ApiError::unknown(10_062, "interaction"))?;
            state
                .with_world(|world| world.create_response(now(), id, token, &request.body))
                .map(|response| request.query_flag("with_response").then_some(response))
        }
        ("POST", ["webhooks", id, token]) if is_own(id) => state
            .with_world(|world| world.create_followup(now(), token, &request.body))
            .map(Some),
        (method, ["webhooks", id, token, "messages", which]) if is_own(id) => {
            response_message(state, method, (token, which), request)
        }
        _ => Err(unknown_route()),
    }
}

fn commands(state: &SandboxState, method: &str, body: &Value) -> RouteResult {
    match method {
        "PUT" => {
            let problem = || ApiError::form("", "LIST_TYPE_CONVERT", "Only lists are accepted.");
            let commands = body.as_array().cloned().ok_or_else(problem)?;
            state
                .with_world(|world| world.overwrite_commands(now(), commands))
                .map(|commands| Some(Value::Array(commands)))
        }
        "GET" => Ok(Some(
            state.with_world(|world| world.commands().to_vec().into()),
        )),
        _ => Err(unknown_route()),
    }
}

/// The routes of a message of an interaction: `@original` or a follow-up.
fn response_message(
    state: &SandboxState,
    method: &str,
    (token, which): (&str, &str),
    request: &RestRequest,
) -> RouteResult {
    let id = match which {
        "@original" => None,
        id => Some(message_id(id)?),
    };
    match method {
        "GET" => state
            .with_world(|world| world.get_response(now(), token, id))
            .map(Some),
        "PATCH" => state
            .with_world(|world| world.edit_response(now(), token, id, &request.body))
            .map(Some),
        "DELETE" => state
            .with_world(|world| world.delete_response(now(), token, id))
            .map(|()| None),
        _ => Err(unknown_route()),
    }
}

/// The routes of a channel.
fn channel(
    state: &SandboxState,
    method: &str,
    channel: u64,
    (rest, request): (&[&str], &RestRequest),
) -> RouteResult {
    match (method, rest) {
        ("GET", []) => state
            .with_world(|world| world.channel_json(channel))
            .map(Some),
        ("POST", ["typing"]) => state
            .with_world(|world| world.channel_json(channel))
            .map(|_| None),
        ("POST", ["messages"]) => state
            .with_world(|world| world.create_message(now(), channel, &request.body))
            .map(Some),
        ("GET", ["messages"]) => history(state, channel, request),
        ("GET", ["messages", id]) => {
            let id = message_id(id)?;
            state
                .with_world(|world| world.get_message(channel, id))
                .map(Some)
        }
        ("PATCH", ["messages", id]) => {
            let id = message_id(id)?;
            state
                .with_world(|world| world.edit_message(now(), channel, id, &request.body))
                .map(Some)
        }
        ("DELETE", ["messages", id]) => {
            let id = message_id(id)?;
            state
                .with_world(|world| world.delete_message_by_bot(channel, id))
                .map(|()| None)
        }
        _ => Err(unknown_route()),
    }
}

fn history(state: &SandboxState, channel: u64, request: &RestRequest) -> RouteResult {
    let cursor = match (request.query_value("before"), request.query_value("after")) {
        (Some(id), _) => HistoryCursor::Before(message_id(id)?),
        (None, Some(id)) => HistoryCursor::After(message_id(id)?),
        (None, None) if request.query_value("around").is_some() => return Err(unknown_route()),
        (None, None) => HistoryCursor::Newest,
    };
    let limit = request.query_value("limit").unwrap_or("50").parse().ok();
    let limit = limit
        .filter(|limit| (1..=100).contains(limit))
        .ok_or_else(|| {
            let problem = "int value should be from 1 to 100.";
            ApiError::form("limit", "NUMBER_TYPE_MAX", problem)
        })?;
    let messages = state.with_world(|world| world.get_messages(channel, cursor, limit))?;
    Ok(Some(messages.into()))
}

fn message_id(id: &str) -> Result<u64, ApiError> {
    id.parse().map_err(|_| ApiError::unknown(10_008, "Message"))
}

fn is_own(application: &str) -> bool {
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
