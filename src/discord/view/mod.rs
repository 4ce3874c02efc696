//! Views: how everything the bot sends looks in Discord. Pure functions from values of the service layer to messages.

mod candidate;
pub(in crate::discord) mod controls;
pub(in crate::discord) mod diff;
pub(in crate::discord) mod duel;
pub(in crate::discord) mod fill;
pub(in crate::discord) mod fill_controls;
pub(in crate::discord) mod guild;
pub(in crate::discord) mod guild_forms;
pub(in crate::discord) mod limits;
pub(in crate::discord) mod lists;
pub(in crate::discord) mod markdown;
pub(in crate::discord) mod message;
pub(in crate::discord) mod refusal;
pub(in crate::discord) mod remix;
pub(in crate::discord) mod score;
pub(in crate::discord) mod settings;
pub(in crate::discord) mod text;
pub(in crate::discord) mod trace;
