//! The settings of the hub, which are in the environment variables of `huggingface_hub` and in no file of this program.

use hub::{HubSettings, SettingsError};

/// The settings of the hub in the environment of this process.
///
/// # Errors
/// When a variable has a value that cannot be used.
pub fn hub_settings() -> Result<HubSettings, SettingsError> {
    HubSettings::from_variables(&|name| std::env::var(name).ok())
}
