//! A request as it arrived: method, path, JSON, and files.

use axum::body::{Bytes, to_bytes};
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderName, Method, header};
use serde_json::{Value, json};

use super::super::world::attachment::{LARGEST, extent};
use super::super::{ApiError, RequestBody, SandboxState, Upload, lock, now};

/// Discord takes requests up to this size.
const MOST_BYTES: usize = 25 << 20;

/// A request reduced to what the routes look at.
pub(super) struct RestRequest {
    pub(super) method: Method,
    /// The path behind the version.
    pub(super) segments: Vec<String>,
    query: String,
    pub(super) body: RequestBody,
    pub(super) authorised: bool,
}

impl RestRequest {
    pub(super) async fn read(
        shared: &SandboxState,
        request: Request,
        path: &str,
    ) -> Result<Self, ApiError> {
        let authorised = header_of(&request, header::AUTHORIZATION)
            .strip_prefix("Bot ")
            .is_some_and(|token| !token.is_empty());
        let with_files =
            header_of(&request, header::CONTENT_TYPE).starts_with("multipart/form-data");
        let query = request.uri().query().unwrap_or_default().to_owned();
        let method = request.method().clone();
        let segments = path.split('/').skip(1).map(str::to_owned).collect();
        let bytes = whole(request).await;
        let body = match bytes {
            Ok((request, _)) if with_files => form(shared, request).await?,
            Ok((_, bytes)) => json_body(&bytes)?.into(),
            Err(error) => return Err(error),
        };
        Ok(Self {
            method,
            segments,
            query,
            body,
            authorised,
        })
    }

    /// Whether the query says yes to something; libraries have several words for that, and Discord takes them all.
    pub(super) fn wants(&self, key: &str) -> bool {
        self.asked(key)
            .is_some_and(|said| ["true", "True", "1"].contains(&said))
    }

    /// What the query says of something.
    pub(super) fn asked(&self, key: &str) -> Option<&str> {
        let mut pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

fn header_of(request: &Request, name: HeaderName) -> &str {
    let value = request.headers().get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn too_large() -> ApiError {
    ApiError::new(413, 40_005, "Request entity too large")
}

/// Reads a request to its end, if that comes soon enough. The request can be read once more.
async fn whole(request: Request) -> Result<(Request, Bytes), ApiError> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MOST_BYTES).await.map_err(|_| too_large())?;
    Ok((Request::from_parts(parts, bytes.clone().into()), bytes))
}

fn json_body(bytes: &Bytes) -> Result<Value, ApiError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes).map_err(|error| {
        ApiError::new(
            400,
            50_109,
            format!("The request body contains invalid JSON: {error}"),
        )
    })
}

fn broken(error: &str) -> ApiError {
    ApiError::form(
        "payload_json",
        "BASE_TYPE_BAD_FORM",
        format!("Invalid form: {error}"),
    )
}

/// A body with files: `payload_json` and `files[0]`, `files[1]` …
async fn form(shared: &SandboxState, request: Request) -> Result<RequestBody, ApiError> {
    let mut form = open(request).await?;
    let mut body = RequestBody::from(json!({}));
    while let Some(field) = next(&mut form).await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "payload_json" {
            let bytes = content(field).await?;
            body.json =
                serde_json::from_slice(&bytes).map_err(|error| broken(&error.to_string()))?;
        } else if field.file_name().is_some() {
            let place = name
                .trim_start_matches(|c: char| !c.is_ascii_digit())
                .trim_end_matches(']');
            let place = place.parse().unwrap_or(body.files.len() as u64);
            body.files.push(keep(shared, field, place).await?);
        }
    }
    Ok(body)
}

async fn open(request: Request) -> Result<Multipart, ApiError> {
    Multipart::from_request(request, &())
        .await
        .map_err(|error| broken(&error.body_text()))
}

async fn next(form: &mut Multipart) -> Result<Option<Field<'_>>, ApiError> {
    form.next_field()
        .await
        .map_err(|error| broken(&error.body_text()))
}

async fn content(field: Field<'_>) -> Result<Bytes, ApiError> {
    field
        .bytes()
        .await
        .map_err(|error| broken(&error.body_text()))
}

/// Keeps a file of a form.
async fn keep(shared: &SandboxState, field: Field<'_>, place: u64) -> Result<Upload, ApiError> {
    let given = field.file_name().unwrap_or_default();
    let name: String = given
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let bytes = content(field).await?;
    let upload = Upload {
        place,
        id: shared.with_world(|world| world.next_id(now())),
        kind: kind_of(&name).to_owned(),
        name,
        size: bytes.len(),
        extent: extent(&bytes),
    };
    if bytes.len() <= LARGEST {
        lock(&shared.files).keep(upload.id, bytes.to_vec());
    }
    Ok(upload)
}

/// The one file of somebody's own that a page sends.
pub(in super::super) async fn upload(
    shared: &SandboxState,
    request: Request,
) -> Result<Upload, ApiError> {
    let (request, _) = whole(request).await?;
    let mut form = open(request).await?;
    let field = next(&mut form)
        .await?
        .filter(|field| field.file_name().is_some());
    let upload = keep(shared, field.ok_or_else(|| broken("no file"))?, 0).await?;
    if upload.size > LARGEST {
        return Err(too_large());
    }
    shared.with_world(|world| world.add_upload(&upload));
    Ok(upload)
}

/// What is in a file with such a name.
pub(in super::super) fn kind_of(name: &str) -> &'static str {
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
