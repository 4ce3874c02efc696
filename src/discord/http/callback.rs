//! The first response to an interaction, which Discord calls its callback. It must arrive within three seconds.

use serde::Serialize;
use serde_json::{Value, json};
use serenity::builder::CreateModal;

use super::super::view::message::Message;
use super::api::DiscordApi;
use super::deadline::Deadline;
use super::error::RequestError;
use super::interaction_token::InteractionToken;
use super::rate_limit::RequestClass;
use super::request_body::with_message;

/// The message flag for "only the user of the interaction sees this".
const EPHEMERAL: u32 = 1 << 6;

/// Who sees a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) enum Visibility {
    /// Everybody in the channel.
    Public,
    /// Only the user of the interaction.
    Ephemeral,
}

/// A value that autocomplete offers for an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::discord) struct Suggestion {
    /// The label, at most 100 characters.
    pub(in crate::discord) name: String,
    /// The value that the option takes, at most 100 characters.
    pub(in crate::discord) value: String,
}

/// Discord's interaction callback types.
#[derive(Debug, Clone, Copy)]
enum CallbackType {
    Message = 4,
    DeferredMessage = 5,
    DeferredUpdate = 6,
    UpdateMessage = 7,
    Autocomplete = 8,
    Modal = 9,
}

/// Every method fails if the request fails, e.g. because the interaction already has a response.
impl DiscordApi {
    /// Defers the response; people see "thinking…".
    pub(in crate::discord) async fn defer(
        &self,
        token: &InteractionToken,
        visibility: Visibility,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let data = match visibility {
            Visibility::Public => json!({}),
            Visibility::Ephemeral => json!({"flags": EPHEMERAL}),
        };
        self.callback(token, CallbackType::DeferredMessage, &data, deadline)
            .await
    }

    /// Acknowledges a component. People see nothing, and edits of the response change the component's message.
    pub(in crate::discord) async fn acknowledge(
        &self,
        token: &InteractionToken,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        self.callback(token, CallbackType::DeferredUpdate, &Value::Null, deadline)
            .await
    }

    /// Responds with a message.
    pub(in crate::discord) async fn respond(
        &self,
        token: &InteractionToken,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        self.message_callback(token, CallbackType::Message, message, deadline)
            .await
    }

    /// Replaces the content of the component's message.
    pub(in crate::discord) async fn update(
        &self,
        token: &InteractionToken,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        self.message_callback(token, CallbackType::UpdateMessage, message, deadline)
            .await
    }

    /// Opens a modal.
    pub(in crate::discord) async fn open_modal(
        &self,
        token: &InteractionToken,
        modal: &CreateModal,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        self.callback(token, CallbackType::Modal, &json!(modal), deadline)
            .await
    }

    /// Offers values for the option that the user is typing.
    pub(in crate::discord) async fn suggest(
        &self,
        token: &InteractionToken,
        suggestions: &[Suggestion],
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let data = json!({"choices": suggestions});
        self.callback(token, CallbackType::Autocomplete, &data, deadline)
            .await
    }

    async fn callback(
        &self,
        token: &InteractionToken,
        kind: CallbackType,
        data: &Value,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let mut body = json!({"type": kind as u8});
        if !data.is_null() {
            body["data"] = data.clone();
        }
        let body = body.to_string();
        let request = || token.callback().body(Some(body.clone().into_bytes()));
        let sent = self.client.send(RequestClass::Callback, deadline, request);
        sent.await.map(drop)
    }

    async fn message_callback(
        &self,
        token: &InteractionToken,
        kind: CallbackType,
        message: &Message,
        deadline: Deadline,
    ) -> Result<(), RequestError> {
        let body = json!({"type": kind as u8, "data": message.body()});
        let request = || with_message(token.callback(), &body, message);
        let sent = self.client.send(RequestClass::Callback, deadline, request);
        sent.await.map(drop)
    }
}
