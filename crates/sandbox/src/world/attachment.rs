//! Attachments: uploaded files, and which attachments a message keeps.

use serde_json::{Value, json};

use super::{ApiError, World, parse_snowflake};

/// Maximum number of attachments of a message.
const MAX_FILES: usize = 10;
/// Maximum size of a file, in bytes.
pub(crate) const MAX_FILE_BYTES: usize = 10 << 20;

/// An uploaded file. Its content is in the file store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Index in the form: 2 for `files[2]`.
    pub index: u64,
    /// Id of the attachment.
    pub id: u64,
    /// File name, sanitized.
    pub name: String,
    /// Content type, such as `image/png`.
    pub content_type: String,
    /// Size in bytes.
    pub size: usize,
    /// Width and height in pixels, if the file is a PNG or GIF image.
    pub dimensions: Option<[u32; 2]>,
}

impl Upload {
    fn json(&self, world: &World, described: &Value) -> Value {
        let name = described["filename"].as_str().unwrap_or(&self.name);
        let url = format!("{}/sandbox/files/{}/{name}", world.base, self.id);
        let mut file = json!({
            "id": self.id.to_string(), "filename": name, "size": self.size, "url": url, "proxy_url": url,
            "content_type": self.content_type,
        });
        if let Some([width, height]) = self.dimensions {
            (file["width"], file["height"]) = (json!(width), json!(height));
        }
        if let Some(description) = described["description"].as_str() {
            file["description"] = json!(description);
        }
        file
    }
}

/// The body of a request: JSON and files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RequestBody {
    /// The JSON body, or `payload_json` of a form.
    pub json: Value,
    /// The files of a form.
    pub files: Vec<Upload>,
}

impl From<Value> for RequestBody {
    fn from(json: Value) -> Self {
        let files = Vec::new();
        Self { json, files }
    }
}

impl RequestBody {
    /// The JSON under `key` (an empty object if there is none), with all files.
    pub(super) fn part(&self, key: &str) -> Self {
        let json = self.json.get(key).cloned().unwrap_or_else(|| json!({}));
        let files = self.files.clone();
        Self { json, files }
    }
}

impl World {
    /// Registers an uploaded file of a user, which an attachment option of a command can refer to.
    pub fn add_upload(&mut self, upload: &Upload) {
        let file = upload.json(self, &Value::Null);
        self.uploads.insert(upload.id, file);
    }

    /// The attachments of a message after a request: kept ones first, then new ones. If the body has an `attachments`
    /// list, only listed attachments remain; an entry refers to an existing attachment by id or to a new file by index.
    ///
    /// # Errors
    /// If a file is too large, there are too many attachments, or the list and the files do not match.
    pub(super) fn merged_attachments(
        &self,
        old: &[Value],
        body: &RequestBody,
    ) -> Result<Vec<Value>, ApiError> {
        if body.files.iter().any(|file| file.size > MAX_FILE_BYTES) {
            return Err(ApiError::too_large());
        }
        let attachments = if let Some(listed) = body.json["attachments"].as_array() {
            self.listed_attachments(old, body, listed)?
        } else {
            let new = body.files.iter().map(|file| file.json(self, &Value::Null));
            old.iter().cloned().chain(new).collect()
        };
        if attachments.len() > MAX_FILES {
            let given = attachments.len();
            let problem = format!("Must be {MAX_FILES} or fewer in length, not {given}.");
            return Err(ApiError::form(
                "attachments",
                "BASE_TYPE_MAX_LENGTH",
                problem,
            ));
        }
        Ok(attachments)
    }

    /// The attachments that the entries of an `attachments` list refer to. The list must name every file of the request.
    fn listed_attachments(
        &self,
        old: &[Value],
        body: &RequestBody,
        listed: &[Value],
    ) -> Result<Vec<Value>, ApiError> {
        let mut attachments = Vec::new();
        for (index, entry) in listed.iter().enumerate() {
            attachments.push(self.listed_attachment(old, body, entry).ok_or_else(|| {
                let id = &entry["id"];
                let problem =
                    format!("The message has no attachment {id}, and the request no such file.");
                let path = format!("attachments.{index}.id");
                ApiError::form(&path, "ATTACHMENT_NOT_FOUND", problem)
            })?);
        }
        let is_listed = |file: &&Upload| {
            let mut entries = listed.iter();
            entries.any(|entry| parse_snowflake(&entry["id"]) == Some(file.index))
        };
        if let Some(lost) = body.files.iter().find(|file| !is_listed(file)) {
            let problem = format!("files[{}] is missing in `attachments`.", lost.index);
            return Err(ApiError::form(
                "attachments",
                "ATTACHMENT_NOT_FOUND",
                problem,
            ));
        }
        Ok(attachments)
    }

    fn listed_attachment(&self, old: &[Value], body: &RequestBody, entry: &Value) -> Option<Value> {
        let id = parse_snowflake(&entry["id"])?;
        let new = body.files.iter().find(|file| file.index == id);
        let kept = || {
            old.iter()
                .find(|file| parse_snowflake(&file["id"]) == Some(id))
                .cloned()
        };
        new.map(|file| file.json(self, entry)).or_else(kept)
    }
}

/// Replaces `attachment://name` in embeds by the URL of that attachment.
///
/// # Errors
/// If there is no such attachment. Discord accepts that and shows a broken image.
pub(super) fn resolve(embeds: &[Value], files: &[Value]) -> Result<Vec<Value>, ApiError> {
    let mut embeds = embeds.to_vec();
    for (index, embed) in embeds.iter_mut().enumerate() {
        for (pointer, part) in [
            ("/image/url", "image"),
            ("/thumbnail/url", "thumbnail"),
            ("/footer/icon_url", "footer"),
            ("/author/icon_url", "author"),
        ] {
            let Some(url) = embed.pointer_mut(pointer) else {
                continue;
            };
            let Some(name) = url
                .as_str()
                .and_then(|url| url.strip_prefix("attachment://"))
            else {
                continue;
            };
            let file = files
                .iter()
                .find(|file| file["filename"] == name)
                .ok_or_else(|| {
                    let problem = format!("The message has no attachment {name:?}.");
                    ApiError::form(
                        &format!("embeds.{index}.{part}"),
                        "ATTACHMENT_NOT_FOUND",
                        problem,
                    )
                })?;
            *url = file["url"].clone();
            for key in ["width", "height"] {
                embed[part][key] = file[key].clone();
            }
        }
    }
    Ok(embeds)
}

/// Width and height in pixels of a PNG or GIF image, read from its header.
pub(crate) fn image_dimensions(bytes: &[u8]) -> Option<[u32; 2]> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let side = |at: usize| {
            bytes
                .get(at..at + 4)?
                .try_into()
                .ok()
                .map(u32::from_be_bytes)
        };
        Some([side(16)?, side(20)?])
    } else if bytes.starts_with(b"GIF8") {
        let side = |at: usize| {
            bytes
                .get(at..at + 2)?
                .try_into()
                .ok()
                .map(u16::from_le_bytes)
        };
        Some([side(6)?.into(), side(8)?.into()])
    } else {
        None
    }
}
