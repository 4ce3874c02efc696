//! Limits of messages and embeds.

use serde_json::Value;

use super::super::ApiError;
use super::component::check_components;
use super::{check_url, count, each, required, text};

const MAX_CONTENT: usize = 2000;
const MAX_EMBEDS: usize = 10;
const MAX_EMBED_TEXT: usize = 6000;
const MAX_FIELDS: usize = 25;

/// Texts of an embed: JSON pointer, path in errors, maximum length.
const EMBED_TEXTS: [(&str, &str, usize); 4] = [
    ("/title", "title", 256),
    ("/description", "description", 4096),
    ("/footer/text", "footer.text", 2048),
    ("/author/name", "author.name", 256),
];
/// URLs in an embed: JSON pointer and path in errors. Images may also refer to attachments.
const EMBED_IMAGES: [(&str, &str); 4] = [
    ("/image/url", "image.url"),
    ("/thumbnail/url", "thumbnail.url"),
    ("/footer/icon_url", "footer.icon_url"),
    ("/author/icon_url", "author.icon_url"),
];
const EMBED_LINKS: [(&str, &str); 2] = [("/url", "url"), ("/author/url", "author.url")];

/// Parts of an embed of which at least one must be present.
const EMBED_PARTS: [&str; 7] = [
    "title",
    "description",
    "fields",
    "image",
    "thumbnail",
    "footer",
    "author",
];

/// How a body is applied to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum MessageWrite {
    /// A new message, which must not be empty.
    Create {
        /// Number of files in the request.
        files: usize,
    },
    /// An edit. Fields that the body lacks stay.
    Edit,
}

/// Checks the body of a message.
pub(in super::super) fn check_message(body: &Value, write: MessageWrite) -> Result<(), ApiError> {
    text("content", &body["content"], 0..=MAX_CONTENT)?;
    count("embeds", &body["embeds"], 0..=MAX_EMBEDS)?;
    let mut total = 0;
    for (index, embed) in each(&body["embeds"]) {
        total += check_embed(&format!("embeds.{index}"), embed)?;
    }
    if total > MAX_EMBED_TEXT {
        let problem =
            format!("Embed size exceeds maximum size of {MAX_EMBED_TEXT}, with {total} characters");
        return Err(ApiError::form("embeds", "MAX_EMBED_SIZE_EXCEEDED", problem));
    }
    check_components(&body["components"])?;
    let MessageWrite::Create { files } = write else {
        return Ok(());
    };
    let none = |key: &str| body[key].as_array().is_none_or(Vec::is_empty);
    let content = body["content"].as_str().unwrap_or_default();
    if content.trim().is_empty() && files == 0 && none("embeds") && none("components") {
        return Err(ApiError::new(400, 50_006, "Cannot send an empty message"));
    }
    Ok(())
}

/// Checks an embed. Returns the length that counts towards the limit of all embeds.
fn check_embed(path: &str, embed: &Value) -> Result<usize, ApiError> {
    let mut total = 0;
    for (pointer, name, max) in EMBED_TEXTS {
        if let Some(value) = embed.pointer(pointer) {
            total += text(&format!("{path}.{name}"), value, 0..=max)?;
        }
    }
    check_embed_urls(path, embed)?;
    let color = embed["color"].as_u64();
    if color.is_some_and(|color| color > 0xff_ffff) {
        let problem = "int value should be less than or equal to 16777215.";
        let path = format!("{path}.color");
        return Err(ApiError::form(&path, "NUMBER_TYPE_MAX", problem));
    }
    count(&format!("{path}.fields"), &embed["fields"], 0..=MAX_FIELDS)?;
    for (index, field) in each(&embed["fields"]) {
        let path = format!("{path}.fields.{index}");
        total += text(&format!("{path}.name"), &field["name"], 1..=256)?
            + text(&format!("{path}.value"), &field["value"], 1..=1024)?;
    }
    if EMBED_PARTS.into_iter().all(|key| embed[key].is_null()) {
        return Err(required(&format!("{path}.description")));
    }
    Ok(total)
}

fn check_embed_urls(path: &str, embed: &Value) -> Result<(), ApiError> {
    for (pointer, name) in EMBED_IMAGES {
        let schemes = &["http", "https", "attachment"];
        check_url(&format!("{path}.{name}"), embed.pointer(pointer), schemes)?;
    }
    for (pointer, name) in EMBED_LINKS {
        let schemes = &["http", "https"];
        check_url(&format!("{path}.{name}"), embed.pointer(pointer), schemes)?;
    }
    Ok(())
}
