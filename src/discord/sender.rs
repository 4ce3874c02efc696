//! Every request to Discord's API that the bot makes, in Discord's words; how they get there is the courier's business.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use serenity::builder::{CreateAttachment, CreateModal};
use serenity::http::{LightMethod, Multipart, MultipartUpload, Request, Route};
use serenity::model::id::ApplicationId;

use super::budget::Errand;
use super::courier::Courier;
use super::message::{File, Message};
use super::patience::Patience;
use super::relay::Allowance;
use super::send_error::SendError;
use super::ticket::Ticket;
use super::{DiscordError, Secret, Settings};

/// What Discord says of its gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gateway {
    pub(super) url: String,
    pub(super) shards: u32,
    pub(super) allowance: Allowance,
}

/// A value that an option may take, as it is offered while somebody types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Suggestion {
    /// What people see, at most 100 characters.
    pub(super) name: String,
    /// What the option becomes, at most 100 characters.
    pub(super) value: String,
}

/// Says everything that the bot has to say to Discord over HTTP.
pub(super) struct Sender {
    courier: Courier,
}

impl Sender {
    pub(super) fn new(settings: &Settings, token: &Secret) -> Result<Self, DiscordError> {
        Ok(Self {
            courier: Courier::new(settings, token)?,
        })
    }

    /// The client for what serenity sends itself.
    pub(super) fn client(&self) -> reqwest::Client {
        self.courier.client()
    }

    /// Where the gateway is, and how many connections it wants.
    pub(super) async fn gateway(&self, patience: Patience) -> Result<Gateway, SendError> {
        let ask = |route: Route<'static>| {
            self.courier.deliver(Errand::Other, patience, move || {
                Request::new(route, LightMethod::Get)
            })
        };
        let answer = match ask(Route::GatewayBot).await {
            // Not every Discord-compatible server has the route that also tells the shards.
            Err(SendError::Refused { status: 404, .. }) => ask(Route::Gateway).await?,
            answer => answer?,
        };
        let url = answer["url"]
            .as_str()
            .ok_or_else(|| SendError::Unavailable("no gateway was named".to_owned()))?;
        let shards = answer["shards"]
            .as_u64()
            .and_then(|shards| u32::try_from(shards).ok())
            .unwrap_or(1)
            .max(1);
        Ok(Gateway {
            url: url.to_owned(),
            shards,
            allowance: allowance(&answer["session_start_limit"]),
        })
    }

    /// Replaces all commands of the application by `commands`.
    pub(super) async fn register(
        &self,
        application: ApplicationId,
        commands: &Value,
        patience: Patience,
    ) -> Result<(), SendError> {
        let route = Route::Commands {
            application_id: application,
        };
        self.courier
            .deliver(Errand::Other, patience, || {
                Request::new(route, LightMethod::Put).body(Some(bytes(commands)))
            })
            .await
            .map(drop)
    }

    /// Promises an answer; people see "thinking…".
    pub(super) async fn defer(
        &self,
        ticket: &Ticket,
        private: bool,
        patience: Patience,
    ) -> Result<(), SendError> {
        let data = if private {
            json!({"flags": 1 << 6})
        } else {
            json!({})
        };
        self.callback(ticket, &json!({"type": 5, "data": data}), patience)
            .await
    }

    /// Tells Discord that a button was noticed; nothing is shown.
    pub(super) async fn notice(
        &self,
        ticket: &Ticket,
        patience: Patience,
    ) -> Result<(), SendError> {
        self.callback(ticket, &json!({"type": 6}), patience).await
    }

    /// Answers at once.
    pub(super) async fn answer(
        &self,
        ticket: &Ticket,
        message: &Message,
        patience: Patience,
    ) -> Result<(), SendError> {
        self.first(ticket, 4, message, patience).await
    }

    /// Makes the message under which a button was pressed look like `message`, at once.
    pub(super) async fn update(
        &self,
        ticket: &Ticket,
        message: &Message,
        patience: Patience,
    ) -> Result<(), SendError> {
        self.first(ticket, 7, message, patience).await
    }

    /// Opens a form.
    pub(super) async fn open(
        &self,
        ticket: &Ticket,
        modal: &CreateModal,
        patience: Patience,
    ) -> Result<(), SendError> {
        self.callback(ticket, &json!({"type": 9, "data": modal}), patience)
            .await
    }

    /// Offers values for the option that somebody is typing.
    pub(super) async fn suggest(
        &self,
        ticket: &Ticket,
        suggestions: &[Suggestion],
        patience: Patience,
    ) -> Result<(), SendError> {
        let body = json!({"type": 8, "data": {"choices": suggestions}});
        self.callback(ticket, &body, patience).await
    }

    async fn first(
        &self,
        ticket: &Ticket,
        kind: u8,
        message: &Message,
        patience: Patience,
    ) -> Result<(), SendError> {
        let body = json!({"type": kind, "data": message.body()});
        self.courier
            .deliver(Errand::Callback, patience, || {
                with_files(ticket.callback(), &body, message.files())
            })
            .await
            .map(drop)
    }

    async fn callback(
        &self,
        ticket: &Ticket,
        body: &Value,
        patience: Patience,
    ) -> Result<(), SendError> {
        self.courier
            .deliver(Errand::Callback, patience, || {
                ticket.callback().body(Some(bytes(body)))
            })
            .await
            .map(drop)
    }

    /// Makes the answer look like `message`. Without patience it is a frame, which is sent only if there is room for it.
    pub(super) async fn edit(
        &self,
        ticket: &Ticket,
        message: &Message,
        patience: Patience,
    ) -> Result<(), SendError> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: ticket.application,
            token: ticket.token.expose(),
        };
        let errand = match patience {
            Patience::Once => Errand::Frame(ticket.lane()),
            Patience::Until(_) => Errand::Answer(ticket.lane()),
        };
        self.courier
            .deliver(errand, patience, || {
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
    pub(super) async fn shown(
        &self,
        ticket: &Ticket,
        patience: Patience,
    ) -> Result<Value, SendError> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: ticket.application,
            token: ticket.token.expose(),
        };
        let errand = Errand::Answer(ticket.lane());
        self.courier
            .deliver(errand, patience, || Request::new(route, LightMethod::Get))
            .await
    }

    /// Puts a sentence above `embeds`, and takes the buttons away.
    pub(super) async fn note(
        &self,
        ticket: &Ticket,
        sentence: &str,
        embeds: &Value,
        patience: Patience,
    ) -> Result<(), SendError> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: ticket.application,
            token: ticket.token.expose(),
        };
        let body = json!({
            "content": sentence,
            "embeds": embeds,
            "components": [],
            "allowed_mentions": {"parse": []},
        });
        let errand = Errand::Answer(ticket.lane());
        self.courier
            .deliver(errand, patience, || {
                Request::new(route, LightMethod::Patch).body(Some(bytes(&body)))
            })
            .await
            .map(drop)
    }

    /// Takes the answer away.
    pub(super) async fn delete(
        &self,
        ticket: &Ticket,
        patience: Patience,
    ) -> Result<(), SendError> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: ticket.application,
            token: ticket.token.expose(),
        };
        self.courier
            .deliver(Errand::Answer(ticket.lane()), patience, || {
                Request::new(route, LightMethod::Delete)
            })
            .await
            .map(drop)
    }

    /// Sends a further message.
    pub(super) async fn follow_up(
        &self,
        ticket: &Ticket,
        message: &Message,
        patience: Patience,
    ) -> Result<(), SendError> {
        let route = Route::WebhookFollowupMessages {
            application_id: ticket.application,
            token: ticket.token.expose(),
        };
        self.courier
            .deliver(Errand::Answer(ticket.lane()), patience, || {
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
fn allowance(said: &Value) -> Allowance {
    let usual = Allowance::default();
    let number = |name: &str, usual: u32| {
        said[name]
            .as_u64()
            .map_or(usual, |number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    let resets_in = said["reset_after"].as_u64().filter(|&wait| wait > 0);
    Allowance {
        total: number("total", usual.total).max(1),
        left: number("remaining", usual.left),
        resets_in: resets_in.map_or(usual.resets_in, Duration::from_millis),
        at_once: number("max_concurrency", usual.at_once).max(1),
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
