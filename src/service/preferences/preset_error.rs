//! Refusals that concern presets, as sentences for people.

use super::preset_code::CodeError;

/// Maximum number of presets per user.
pub(in crate::service) const MAX_PRESETS: usize = 25;
/// Maximum characters of a preset's name.
pub const MAX_PRESET_NAME: usize = 32;

/// Why an action on a preset is refused. Displays as a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresetError {
    /// The name is empty, too long, or has control characters.
    #[error("the name of a preset must have 1 to {MAX_PRESET_NAME} characters on one line")]
    Name,
    /// The user has no preset of this name.
    #[error("you have no preset {0:?}; /preset list shows those you have")]
    Unknown(String),
    /// The user has the maximum number of presets.
    #[error(
        "you have {MAX_PRESETS} presets, and more are not kept; take one away with /preset delete"
    )]
    TooMany,
    /// The user has no settings that a preset could hold.
    #[error("you have set nothing that could be kept; choose something with /settings set first")]
    Nothing,
    /// The settings do not fit a code, or a code cannot be decoded.
    #[error(transparent)]
    Code(#[from] CodeError),
}
