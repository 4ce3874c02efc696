//! Plain types that `store`, `service` and `discord` share: identifiers, texts, duels, presets, rules.
//!
//! No SQL, no I/O, nothing of Discord's API. `store` maps these types to rows, `service` works with them, `discord`
//! shows them.

mod duel;
mod fill_session;
mod ids;
mod pending_response;
mod personal_data;
mod preset;
mod quota_window;
mod rules;
mod text;
mod totals;

pub use duel::{Duel, DuelSide, VoteChoice, VoteCount, VoteRecord};
pub use fill_session::{FillSession, FillStep, FilledBlank};
pub use ids::{ApplicationId, ChannelId, DuelId, GuildId, InteractionId, RoleId, TextId, UserId};
pub use pending_response::{PendingResponse, RecoverableResponse};
pub use personal_data::{ExportPart, PersonalDataCount};
pub use preset::Preset;
pub use quota_window::QuotaWindow;
pub use rules::{Quota, Rules};
#[cfg(test)]
pub(crate) use text::tests::text as example_text;
pub use text::{Text, TextOutcome, TextQuery, TextScope};
pub use totals::StrategyTotals;
