//! The body of a request that carries a message: JSON, or multipart if the message has files.

use serde_json::Value;
use serenity::builder::CreateAttachment;
use serenity::http::{Multipart, MultipartUpload, Request};

use super::super::view::message::{File, Message};

/// `request` with the JSON `body` and the files of `message`.
pub(super) fn with_message<'a>(
    request: Request<'a>,
    body: &Value,
    message: &Message,
) -> Request<'a> {
    let files = message.files();
    if files.is_empty() {
        return request.body(Some(body.to_string().into_bytes()));
    }
    let upload = |file: &File| CreateAttachment::bytes(file.bytes.clone(), file.name);
    request.multipart(Some(Multipart {
        upload: MultipartUpload::Attachments(files.iter().map(upload).collect()),
        fields: Vec::new(),
        payload_json: Some(body.to_string()),
    }))
}
