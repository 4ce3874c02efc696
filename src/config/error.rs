//! Why a configuration is refused.

/// A configuration that cannot be used. Displays as one sentence with the source, the key and the accepted values.
#[derive(Debug, thiserror::Error)]
#[error("{source_name}: {problem}")]
pub struct ConfigError {
    /// A file, or an environment variable.
    pub(super) source_name: String,
    pub(super) problem: String,
}
