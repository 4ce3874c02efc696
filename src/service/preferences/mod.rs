//! Settings and presets, and the settings that are in force for a caller.

pub mod preset_code;
pub(in crate::service) mod presets;
pub(in crate::service) mod resolved;
pub(in crate::service) mod scope;
pub(in crate::service) mod setting;
