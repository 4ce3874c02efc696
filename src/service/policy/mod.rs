//! What operators and guilds allow: rules, quotas, denials and limits.

pub(in crate::service) mod denied;
pub(in crate::service) mod guild_policy;
pub(in crate::service) mod limits;
