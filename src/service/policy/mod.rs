//! What operators and guilds allow: limits, rules, quotas, banned words, and the denials that follow from them.

pub(in crate::service) mod banned_words;
pub(in crate::service) mod denied;
pub(in crate::service) mod guild_policy;
pub(in crate::service) mod limits;
pub(in crate::service) mod quota;
pub(in crate::service) mod service;
