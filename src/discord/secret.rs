//! A text that must not be logged.

use std::fmt;

/// A secret. It has no `Display`, and its `Debug` hides the text.
///
/// The crate `secrecy` would add a dependency for these few lines, and its type cannot be compared.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, for the request that has to carry it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
