//! Every request to Discord's API that the bot makes, in Discord's words; how they get there is the courier's business.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use serenity::builder::{CreateAttachment, CreateModal};
use serenity::http::{LightMethod, Multipart, MultipartUpload, Request, Route};
use serenity::model::id::ApplicationId;

use super::super::gateway::SessionStartLimit;
use super::super::{DiscordError, Secret, Settings};
use super::client::RestClient;
use super::deadline::Deadline;
use super::error::RequestError;
use super::interaction_token::InteractionToken;
use super::rate_limit::RequestClass;
use crate::discord::view::message::{File, Message};

/// What Discord says of its gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) struct GatewayInfo {
    pub(in crate::discord) url: String,
    pub(in crate::discord) shards: u32,
    pub(in crate::discord) session_start_limit: SessionStartLimit,
}

/// A value that an option may take, as it is offered while somebody types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::discord) struct Suggestion {
    /// What people see, at most 100 characters.
    pub(in crate::discord) name: String,
    /// What the option becomes, at most 100 characters.
    pub(in crate::discord) value: String,
}

/// Says everything that the bot has to say to Discord over HTTP.
pub(in crate::discord) struct DiscordApi {
    client: RestClient,
}

impl DiscordApi {
    pub(in crate::discord) fn new(
        settings: &Settings,
        token: &Secret,
    ) -> Result<Self, DiscordError> {
        Ok(Self {
            client: RestClient::new(settings, token)?,
        })
    }

    /// The client for what serenity sends itself.
    pub(in crate::discord) fn client(&self) -> reqwest::Client {
        self.client.client()
    }

    /// Where the gateway is, and how many connections it wants.
    pub(in crate::discord) async fn gateway(
        &self,
        deadline: Deadline,
    ) -> Result<GatewayInfo, RequestError> {
        let ask = |route: Route<'static>| {
            self.client.send(RequestClass::Other, deadline, move || {
                Request::new(route, LightMethod::Get)
            })
        };
        let respond = match ask(Route::GatewayBot).await {
            // Not every Discord-compatible server has the route that also tells the shards.
            Err(RequestError::Rejected { status: 404, .. }) => ask(Route::Gateway).await?,
            respond => respond?,
        };
        let url = respond["url"]
            .as_str()
            .ok_or_else(|| RequestError::Unavailable("no gateway was named".to_owned()))?;
        let shards = respond["shards"]
            .as_u64()
            .and_then(|shards| u32::try_from(shards).ok())
            .unwrap_or(1)
            .max(1);
        Ok(GatewayInfo {
            url: url.to_owned(),
            shards,
            session_start_limit: session_start_limit(&respond["session_start_limit"]),
        })
    }

    /// Replaces all commands of the application by `commands`.
    pub(in crate::discord) async fn register(
        &self,
        application: ApplicationId,
        commands: &Value,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let route = Route::Commands {
            application_id: application,
        };
        self.client
            .send(RequestClass::Other, deadline, || {
                Request::new(route, LightMethod::Put).body(Some(bytes(commands)))
            })
            .await
            .map(drop)
    }

    /// Promises an answer; people see "thinking…".
    pub(in crate::discord) async fn defer(
        &self,
        token: &InteractionToken,
        private: bool,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let data = if private {
            json!({"flags": 1 << 6})
        } else {
            json!({})
        };
        self.callback(token, &json!({"type": 5, "data": data}), deadline)
            .await
    }

    /// Tells Discord that a button was noticed; nothing is shown.
    pub(in crate::discord) async fn acknowledge(
        &self,
        token: &InteractionToken,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        self.callback(token, &json!({"type": 6}), deadline).await
    }

    /// Answers at once.
    pub(in crate::discord) async fn respond(
        &self,
        token: &InteractionToken,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        self.first(token, 4, message, deadline).await
    }

    /// Makes the message under which a button was pressed look like `message`, at once.
    pub(in crate::discord) async fn update(
        &self,
        token: &InteractionToken,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        self.first(token, 7, message, deadline).await
    }

    /// Opens a form.
    pub(in crate::discord) async fn open_modal(
        &self,
        token: &InteractionToken,
        modal: &CreateModal,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        self.callback(token, &json!({"type": 9, "data": modal}), deadline)
            .await
    }

    /// Offers values for the option that somebody is typing.
    pub(in crate::discord) async fn suggest(
        &self,
        token: &InteractionToken,
        suggestions: &[Suggestion],
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let body = json!({"type": 8, "data": {"choices": suggestions}});
        self.callback(token, &body, deadline).await
    }

    async fn first(
        &self,
        token: &InteractionToken,
        kind: u8,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let body = json!({"type": kind, "data": message.body()});
        self.client
            .send(RequestClass::Callback, deadline, || {
                with_files(token.callback(), &body, message.files())
            })
            .await
            .map(drop)
    }

    async fn callback(
        &self,
        token: &InteractionToken,
        body: &Value,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        self.client
            .send(RequestClass::Callback, deadline, || {
                token.callback().body(Some(bytes(body)))
            })
            .await
            .map(drop)
    }

    /// Makes the answer look like `message`. Without patience it is a frame, which is sent only if there is room for it.
    pub(in crate::discord) async fn edit(
        &self,
        token: &InteractionToken,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: token.application,
            token: token.token.expose(),
        };
        let class = match deadline {
            Deadline::SingleAttempt => RequestClass::StreamingEdit(token.bucket_key()),
            Deadline::At(_) => RequestClass::Response(token.bucket_key()),
        };
        self.client
            .send(class, deadline, || {
                with_files(
                    Request::new(route, LightMethod::Patch),
                    &message.body(),
                    message.files(),
                )
            })
            .await
            .map(drop)
    }

    /// The answer as it stands on Discord.
    pub(in crate::discord) async fn get_response(
        &self,
        token: &InteractionToken,
        deadline: Deadline,
    ) -> Result<Value, RequestError> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: token.application,
            token: token.token.expose(),
        };
        let class = RequestClass::Response(token.bucket_key());
        self.client
            .send(class, deadline, || Request::new(route, LightMethod::Get))
            .await
    }

    /// Puts a sentence above `embeds`, and takes the buttons away.
    pub(in crate::discord) async fn edit_raw(
        &self,
        token: &InteractionToken,
        sentence: &str,
        embeds: &Value,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: token.application,
            token: token.token.expose(),
        };
        let body = json!({
            "content": sentence,
            "embeds": embeds,
            "components": [],
            "allowed_mentions": {"parse": []},
        });
        let class = RequestClass::Response(token.bucket_key());
        self.client
            .send(class, deadline, || {
                Request::new(route, LightMethod::Patch).body(Some(bytes(&body)))
            })
            .await
            .map(drop)
    }

    /// Takes the answer away.
    pub(in crate::discord) async fn delete(
        &self,
        token: &InteractionToken,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: token.application,
            token: token.token.expose(),
        };
        self.client
            .send(RequestClass::Response(token.bucket_key()), deadline, || {
                Request::new(route, LightMethod::Delete)
            })
            .await
            .map(drop)
    }

    /// Sends a further message.
    pub(in crate::discord) async fn follow_up(
        &self,
        token: &InteractionToken,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let route = Route::WebhookFollowupMessages {
            application_id: token.application,
            token: token.token.expose(),
        };
        self.client
            .send(RequestClass::Response(token.bucket_key()), deadline, || {
                with_files(
                    Request::new(route, LightMethod::Post),
                    &message.body(),
                    message.files(),
                )
            })
            .await
            .map(drop)
    }
}

/// How many sessions may begin, as far as the server says so.
fn session_start_limit(said: &Value) -> SessionStartLimit {
    let usual = SessionStartLimit::default();
    let number = |name: &str, usual: u32| {
        said[name]
            .as_u64()
            .map_or(usual, |number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    let reset_after = said["reset_after"].as_u64().filter(|&wait| wait > 0);
    SessionStartLimit {
        total: number("total", usual.total).max(1),
        remaining: number("remaining", usual.remaining),
        reset_after: reset_after.map_or(usual.reset_after, Duration::from_millis),
        max_concurrency: number("max_concurrency", usual.max_concurrency).max(1),
    }
}

fn bytes(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

/// `body` as the request's body, with the files if there are any.
fn with_files<'a>(request: Request<'a>, body: &Value, files: &[File]) -> Request<'a> {
    if files.is_empty() {
        return request.body(Some(bytes(body)));
    }
    let upload = |file: &File| CreateAttachment::bytes(file.bytes.clone(), file.name);
    request.multipart(Some(Multipart {
        upload: MultipartUpload::Attachments(files.iter().map(upload).collect()),
        fields: Vec::new(),
        payload_json: Some(body.to_string()),
    }))
}
