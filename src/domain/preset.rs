//! Named settings of a user.

use generation::Settings;

/// Settings stored under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    /// Name in its owner's spelling. Names that differ in case only are equal.
    pub name: String,
    /// The stored settings.
    pub settings: Settings,
}
