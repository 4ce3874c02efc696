//! Why an image cannot be drawn.

/// Why an image cannot be drawn. Displays as one sentence.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The input is empty.
    #[error("there is nothing to draw: {0}")]
    Empty(&'static str),
    /// The input exceeds a maximum.
    #[error("the image would be too large: it has {found} {what}, and the maximum is {maximum}")]
    TooLarge {
        /// The things that are counted, as a plural.
        what: &'static str,
        /// The count in the input.
        found: usize,
        /// The largest count that is drawn.
        maximum: usize,
    },
    /// A figure is infinite or not a number; the text names it.
    #[error("{0} is not a finite number, so it cannot be drawn")]
    NotFinite(String),
    /// The encoder failed.
    #[error("the image could not be encoded: {0}")]
    Encoding(String),
}

/// Fails with [`ImageError::TooLarge`] if `found` exceeds `maximum`.
pub(super) fn check_maximum(
    what: &'static str,
    found: usize,
    maximum: usize,
) -> Result<(), ImageError> {
    if found > maximum {
        return Err(ImageError::TooLarge {
            what,
            found,
            maximum,
        });
    }
    Ok(())
}
