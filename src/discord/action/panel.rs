//! Builds the settings panel of a scope.

use crate::discord::bot::Bot;
use crate::discord::view::message::Message;
use crate::discord::view::settings::Panel;
use crate::service::{Caller, Scope, ServiceError};
use generation::Settings;

/// The panel of a scope, under the sentence `said`. `own` are the settings of the scope itself.
pub(in crate::discord) async fn panel(
    bot: &Bot,
    caller: &Caller,
    scope: Scope,
    said: &str,
    own: &Settings,
) -> Result<Message, ServiceError> {
    let effective = bot.services.preferences.resolved_for(caller, scope).await?;
    let panel = Panel {
        said,
        scope,
        strategies: bot.services.writing.strategies().collect(),
        effective: &effective,
        own,
    };
    Ok(panel.message())
}
