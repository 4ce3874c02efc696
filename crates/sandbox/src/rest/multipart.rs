//! Multipart forms: `payload_json` and files. Contents of files go to the file store.

use axum::body::Bytes;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use serde_json::json;

use super::super::state::{SandboxState, now};
use super::super::sync::lock;
use super::super::world::attachment::{MAX_FILE_BYTES, image_dimensions};
use super::super::world::{ApiError, RequestBody, Upload};
use super::buffer::buffer;

/// Reads the form of a bot: `payload_json`, `files[0]`, `files[1]`, …
pub(super) async fn read_form(
    state: &SandboxState,
    request: Request,
) -> Result<RequestBody, ApiError> {
    let mut form = open(request).await?;
    let mut body = RequestBody::from(json!({}));
    while let Some(field) = next_field(&mut form).await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "payload_json" {
            let bytes = content(field).await?;
            body.json =
                serde_json::from_slice(&bytes).map_err(|error| bad_form(&error.to_string()))?;
        } else if field.file_name().is_some() {
            let index = name
                .trim_start_matches(|c: char| !c.is_ascii_digit())
                .trim_end_matches(']');
            let index = index.parse().unwrap_or(body.files.len() as u64);
            body.files.push(store(state, field, index).await?);
        }
    }
    Ok(body)
}

/// Reads the form of the page: a single file for an attachment option of a command.
pub(in super::super) async fn read_upload(
    state: &SandboxState,
    request: Request,
) -> Result<Upload, ApiError> {
    let (request, _) = buffer(request).await?;
    let mut form = open(request).await?;
    let field = next_field(&mut form)
        .await?
        .filter(|field| field.file_name().is_some());
    let upload = store(state, field.ok_or_else(|| bad_form("no file"))?, 0).await?;
    if upload.size > MAX_FILE_BYTES {
        return Err(ApiError::too_large());
    }
    state.with_world(|world| world.add_upload(&upload));
    Ok(upload)
}

/// Stores a file of a form. A file beyond the maximum size is described but not stored, since its request will be
/// rejected.
async fn store(state: &SandboxState, field: Field<'_>, index: u64) -> Result<Upload, ApiError> {
    let name = sanitized(field.file_name().unwrap_or_default());
    let bytes = content(field).await?;
    let upload = Upload {
        index,
        id: state.with_world(|world| world.next_id(now())),
        content_type: content_type(&name).to_owned(),
        name,
        size: bytes.len(),
        dimensions: image_dimensions(&bytes),
    };
    if bytes.len() <= MAX_FILE_BYTES {
        lock(&state.files).insert(upload.id, bytes.to_vec());
    }
    Ok(upload)
}

/// A file name with every character replaced by `_` that is not alphanumeric, `.`, `_` or `-`.
fn sanitized(name: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || "._-".contains(c);
    name.chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .collect()
}

async fn open(request: Request) -> Result<Multipart, ApiError> {
    Multipart::from_request(request, &())
        .await
        .map_err(|error| bad_form(&error.body_text()))
}

async fn next_field(form: &mut Multipart) -> Result<Option<Field<'_>>, ApiError> {
    form.next_field()
        .await
        .map_err(|error| bad_form(&error.body_text()))
}

async fn content(field: Field<'_>) -> Result<Bytes, ApiError> {
    field
        .bytes()
        .await
        .map_err(|error| bad_form(&error.body_text()))
}

fn bad_form(error: &str) -> ApiError {
    let problem = format!("Invalid form: {error}");
    ApiError::form("payload_json", "BASE_TYPE_BAD_FORM", problem)
}

/// Content type of a file, by the extension of its name.
pub(in super::super) fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("txt" | "md" | "log") => "text/plain; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
