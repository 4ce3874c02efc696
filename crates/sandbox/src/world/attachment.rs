//! Files that come with messages, and which of them a message keeps.

use serde_json::{Value, json};

use super::{ApiError, World, id_in};

/// Files of one message.
const FILES: usize = 10;
/// The largest single file, in bytes.
pub(crate) const LARGEST: usize = 10 << 20;

/// A file as it arrived: its content is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its number in the form: 2 for `files[2]`.
    pub place: u64,
    /// Discord's number for it.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// What is in it, such as `image/png`.
    pub kind: String,
    /// In bytes.
    pub size: usize,
    /// Width and height of a picture.
    pub extent: Option<[u32; 2]>,
}

impl Upload {
    fn json(&self, world: &World, described: &Value) -> Value {
        let name = described["filename"].as_str().unwrap_or(&self.name);
        let url = format!("{}/sandbox/files/{}/{name}", world.base, self.id);
        let mut file = json!({
            "id": self.id.to_string(), "filename": name, "size": self.size, "url": url, "proxy_url": url,
            "content_type": self.kind,
        });
        if let Some([width, height]) = self.extent {
            (file["width"], file["height"]) = (json!(width), json!(height));
        }
        if let Some(description) = described["description"].as_str() {
            file["description"] = json!(description);
        }
        file
    }
}

/// What a request brings: its JSON, and the files that came with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RequestBody {
    /// The JSON.
    pub json: Value,
    /// The files.
    pub files: Vec<Upload>,
}

impl From<Value> for RequestBody {
    fn from(json: Value) -> Self {
        let files = Vec::new();
        Self { json, files }
    }
}

impl RequestBody {
    /// The part under `key`, with the files.
    pub(super) fn part(&self, key: &str) -> Self {
        let json = self.json.get(key).cloned().unwrap_or_else(|| json!({}));
        let files = self.files.clone();
        Self { json, files }
    }
}

impl World {
    /// Keeps a file of somebody's own, which an option of a command can name then.
    pub fn add_upload(&mut self, upload: &Upload) {
        let file = upload.json(self, &Value::Null);
        self.uploads.insert(upload.id, file);
    }

    /// The files of a message after a request: those it had and keeps, then the new ones. Without a list in the request
    /// all stay; else only those that are listed, by their number or by their place in the form.
    ///
    /// # Errors
    /// When a file is too large, there are too many, or one is listed that there is not.
    pub(super) fn merged_attachments(
        &self,
        old: &[Value],
        body: &RequestBody,
    ) -> Result<Vec<Value>, ApiError> {
        if body.files.iter().any(|file| file.size > LARGEST) {
            return Err(ApiError::new(413, 40_005, "Request entity too large"));
        }
        let mut files = Vec::new();
        if let Some(listed) = body.json["attachments"].as_array() {
            for (index, entry) in listed.iter().enumerate() {
                files.push(self.listed_attachment(old, body, entry).ok_or_else(|| {
                    let problem = format!("There is no file {}", entry["id"]);
                    ApiError::form(
                        &format!("attachments.{index}.id"),
                        "ATTACHMENT_NOT_FOUND",
                        problem,
                    )
                })?);
            }
            let is_listed = |file: &&Upload| {
                listed
                    .iter()
                    .any(|entry| id_in(&entry["id"]) == Some(file.place))
            };
            if let Some(lost) = body.files.iter().find(|file| !is_listed(file)) {
                let problem = format!("files[{}] is not listed", lost.place);
                return Err(ApiError::form(
                    "attachments",
                    "ATTACHMENT_NOT_FOUND",
                    problem,
                ));
            }
        } else {
            files.extend(old.iter().cloned());
            files.extend(body.files.iter().map(|file| file.json(self, &Value::Null)));
        }
        if files.len() > FILES {
            let problem = format!("Must be {FILES} or fewer in length, not {}.", files.len());
            return Err(ApiError::form(
                "attachments",
                "BASE_TYPE_MAX_LENGTH",
                problem,
            ));
        }
        Ok(files)
    }

    fn listed_attachment(&self, old: &[Value], body: &RequestBody, entry: &Value) -> Option<Value> {
        let id = id_in(&entry["id"])?;
        let new = body.files.iter().find(|file| file.place == id);
        let kept = || {
            old.iter()
                .find(|file| id_in(&file["id"]) == Some(id))
                .cloned()
        };
        new.map(|file| file.json(self, entry)).or_else(kept)
    }
}

/// Embeds with `attachment://name` replaced by the address of that file of the message.
///
/// # Errors
/// When there is no such file. Discord shows a broken picture then.
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
                    let problem = format!("There is no attachment {name:?}");
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

/// Width and height of a picture, read from the beginning of a PNG or GIF.
pub(crate) fn extent(bytes: &[u8]) -> Option<[u32; 2]> {
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
