//! The one file that sends: every request to Discord's API, with time limits, retries and pauses.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use serenity::builder::{CreateAttachment, CreateModal};
use serenity::http::{LightMethod, Multipart, MultipartUpload, Request, Route};
use serenity::model::id::ApplicationId;

use super::message::{File, Message};
use super::patience::Patience;
use super::send_error::SendError;
use super::ticket::Ticket;
use super::{DiscordError, Secret, Server, Settings};

/// Waits between attempts grow from this.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// No single pause is longer, whatever a server asks for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Discord's code for an interaction that was answered before.
const ALREADY_ACKNOWLEDGED: i64 = 40_060;

/// What Discord says of its gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gateway {
    pub(super) url: String,
    pub(super) shards: u32,
}

/// A value that an option may take, as it is offered while somebody types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Suggestion {
    /// What people see, at most 100 characters.
    pub(super) name: String,
    /// What the option becomes, at most 100 characters.
    pub(super) value: String,
}

/// Sends requests. serenity builds them; its own client has neither time limits nor retries, and shares one limit among
/// all interactions.
pub(super) struct Sender {
    client: reqwest::Client,
    token: Secret,
    server: Option<Server>,
}

impl Sender {
    pub(super) fn new(settings: &Settings, token: &Secret) -> Result<Self, DiscordError> {
        let limit = settings.request_timeout;
        let client = reqwest::Client::builder()
            .timeout(limit)
            .connect_timeout(limit)
            .no_proxy()
            .build();
        let client = client.map_err(|error| DiscordError::Setup(error.to_string()))?;
        let token = Secret::new(&format!(
            "Bot {}",
            token.expose().trim_start_matches("Bot ")
        ));
        Ok(Self {
            client,
            token,
            server: settings.server.clone(),
        })
    }

    /// The client for what serenity sends itself.
    pub(super) fn client(&self) -> reqwest::Client {
        self.client.clone()
    }

    /// Where the gateway is, and how many connections it wants.
    pub(super) async fn gateway(&self, patience: Patience) -> Result<Gateway, SendError> {
        let ask = |route: Route<'static>| {
            self.send(patience, move || Request::new(route, LightMethod::Get))
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
        self.send(patience, || {
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
        self.send(patience, || {
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
        self.send(patience, || ticket.callback().body(Some(bytes(body))))
            .await
            .map(drop)
    }

    /// Makes the answer look like `message`.
    pub(super) async fn edit(
        &self,
        ticket: &Ticket,
        message: &Message,
        patience: Patience,
    ) -> Result<(), SendError> {
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: ticket.application,
            token: &ticket.token,
        };
        self.send(patience, || {
            with_files(
                Request::new(route, LightMethod::Patch),
                &message.body(),
                message.files(),
            )
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
            token: &ticket.token,
        };
        self.send(patience, || Request::new(route, LightMethod::Delete))
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
            token: &ticket.token,
        };
        self.send(patience, || {
            with_files(
                Request::new(route, LightMethod::Post),
                &message.body(),
                message.files(),
            )
        })
        .await
        .map(drop)
    }

    /// Sends what `request` makes, as long as `patience` lasts.
    async fn send<'a>(
        &self,
        patience: Patience,
        request: impl Fn() -> Request<'a>,
    ) -> Result<Value, SendError> {
        let mut pause = FIRST_PAUSE;
        let mut again = false;
        loop {
            let answered = tokio::time::timeout(patience.attempt(), self.attempt(request()));
            let late = |_| SendError::Unavailable("no answer in time".to_owned());
            let error = match answered.await.map_err(late).flatten() {
                Ok(answer) => return Ok(answer),
                // The attempt before arrived, only its answer did not.
                Err(SendError::Refused {
                    code: ALREADY_ACKNOWLEDGED,
                    ..
                }) if again => {
                    return Ok(Value::Null);
                }
                Err(error @ SendError::Refused { .. }) => return Err(error),
                Err(error) => error,
            };
            again = true;
            let wait = match error {
                SendError::Limited(wait) => wait.min(LONGEST_PAUSE),
                _ => pause,
            };
            let Patience::Until(deadline) = patience else {
                return Err(error);
            };
            if Instant::now() + wait >= deadline {
                return Err(error);
            }
            tracing::warn!(%error, ?wait, "a request failed and is sent again");
            tokio::time::sleep(wait).await;
            // Up to a quarter more each time, so that many waiters do not come back at the same moment.
            pause = (pause * 2)
                .mul_f64(1.0 + f64::from(rand::random::<u8>()) / 1024.0)
                .min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self, request: Request<'_>) -> Result<Value, SendError> {
        let unavailable =
            |error: reqwest::Error| SendError::Unavailable(error.without_url().to_string());
        let built = request.build(
            &self.client,
            self.token.expose(),
            self.server.as_ref().map(Server::url),
        );
        let built = built.map_err(|error| SendError::Unavailable(error.to_string()))?;
        let response = built.send().await.map_err(unavailable)?;
        let status = response.status();
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok()?.parse::<f64>().ok())
        };
        let retry_after = header("retry-after");
        let body = response.bytes().await.map_err(unavailable)?;
        // An answer without a body, or with one that is no JSON, says all it says with its status.
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        match status.as_u16() {
            200..300 => Ok(body),
            429 => {
                let seconds = body["retry_after"]
                    .as_f64()
                    .or(retry_after)
                    .unwrap_or(1.0)
                    .clamp(0.0, 86_400.0);
                Err(SendError::Limited(Duration::from_secs_f64(seconds)))
            }
            500.. => Err(SendError::Unavailable(format!("Discord answered {status}"))),
            status => {
                let message = body["message"]
                    .as_str()
                    .unwrap_or("no reason given")
                    .to_owned();
                Err(SendError::Refused {
                    status,
                    code: body["code"].as_i64().unwrap_or(0),
                    message,
                })
            }
        }
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
