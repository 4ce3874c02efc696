//! Reading of request bodies up to Discord's maximum size.

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;

use super::super::world::ApiError;

/// Discord's maximum size of a request, in bytes.
const MAX_REQUEST_BYTES: usize = 25 << 20;

/// Reads the whole body. The returned request can be read again.
///
/// # Errors
/// If the body exceeds `MAX_REQUEST_BYTES`.
pub(super) async fn buffer(request: Request) -> Result<(Request, Bytes), ApiError> {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MAX_REQUEST_BYTES)
        .await
        .map_err(|_| ApiError::too_large())?;
    Ok((Request::from_parts(parts, bytes.clone().into()), bytes))
}
