//! What follows the first response to an interaction: edits, deletion and follow-up messages, through the interaction's webhook.

use serde_json::{Value, json};
use serenity::http::LightMethod;

use super::super::view::message::Message;
use super::api::DiscordApi;
use super::deadline::Deadline;
use super::error::RequestError;
use super::interaction_token::InteractionToken;
use super::rate_limit::RequestClass;
use super::request_body::with_message;

/// Every method fails if the request fails, e.g. because the message was deleted or the token has expired.
impl DiscordApi {
    /// Edits the response and waits for room within the rate limit.
    pub(in crate::discord) async fn edit(
        &self,
        token: &InteractionToken,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let class = RequestClass::Response(token.bucket_key());
        self.edit_as(class, token, message, deadline).await
    }

    /// Edits the response if there is room within the rate limit now; a single attempt.
    pub(in crate::discord) async fn streaming_edit(
        &self,
        token: &InteractionToken,
        message: &Message,
    ) -> Result<(), RequestError> {
        let class = RequestClass::StreamingEdit(token.bucket_key());
        self.edit_as(class, token, message, Deadline::SingleAttempt)
            .await
    }

    async fn edit_as(
        &self,
        class: RequestClass,
        token: &InteractionToken,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let body = message.body();
        let request = || with_message(token.original(LightMethod::Patch), &body, message);
        let sent = self.client.send(class, deadline, request);
        sent.await.map(drop)
    }

    /// The response as Discord has it now: a message object.
    pub(in crate::discord) async fn get_response(
        &self,
        token: &InteractionToken,
        deadline: Deadline,
    ) -> Result<Value, RequestError> {
        let class = RequestClass::Response(token.bucket_key());
        let request = || token.original(LightMethod::Get);
        self.client.send(class, deadline, request).await
    }

    /// Replaces the response by `content` and raw `embeds`, without components.
    pub(in crate::discord) async fn edit_raw(
        &self,
        token: &InteractionToken,
        content: &str,
        embeds: &Value,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let body = json!({
            "content": content,
            "embeds": embeds,
            "components": [],
            "allowed_mentions": {"parse": []},
        });
        let body = body.to_string();
        let class = RequestClass::Response(token.bucket_key());
        let request = || {
            let request = token.original(LightMethod::Patch);
            request.body(Some(body.clone().into_bytes()))
        };
        self.client.send(class, deadline, request).await.map(drop)
    }

    /// Deletes the response.
    pub(in crate::discord) async fn delete(
        &self,
        token: &InteractionToken,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let class = RequestClass::Response(token.bucket_key());
        let request = || token.original(LightMethod::Delete);
        self.client.send(class, deadline, request).await.map(drop)
    }

    /// Sends a follow-up message.
    pub(in crate::discord) async fn follow_up(
        &self,
        token: &InteractionToken,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let body = message.body();
        let class = RequestClass::Response(token.bucket_key());
        let request = || with_message(token.follow_up(), &body, message);
        self.client.send(class, deadline, request).await.map(drop)
    }
}
