//! Settings of users, channels and guilds, the presets of users, and the settings that apply to a request.

pub mod preset_code;
pub(in crate::service) mod preset_error;
pub(in crate::service) mod presets;
pub(in crate::service) mod resolved;
pub(in crate::service) mod scope;
pub(in crate::service) mod service;
