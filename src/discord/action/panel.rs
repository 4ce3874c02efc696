//! Builds the settings panel of a scope.

use crate::discord::Bot;
use crate::discord::view::message::Message;
use crate::discord::view::settings::Panel;
use crate::service::{Caller, Scope, SessionError};
use generation::Settings;

/// The panel of a scope, under the sentence `said`. `own` are the settings of the scope itself.
pub(in crate::discord) async fn panel(
    bot: &Bot,
    caller: &Caller,
    scope: Scope,
    said: &str,
    own: &Settings,
) -> Result<Message, SessionError> {
    let effective = bot.sessions.effective_for(caller, scope).await?;
    let panel = Panel {
        said,
        scope,
        strategies: bot.sessions.strategies().collect(),
        effective: &effective,
        own,
    };
    Ok(panel.message())
}
