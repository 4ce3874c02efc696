//! The form of the panel of settings: one value, typed.

use serenity::async_trait;

use super::{CommandError, Modal, ModalContext};
use crate::discord::view::markdown::escaped;
use crate::discord::view::settings::{self, Panel};
use crate::service::{SessionError, Setting};

/// As much of what was typed is shown again when it cannot be used.
const ECHOED: usize = 1_200;

pub(super) struct SettingsForm;

#[async_trait]
impl Modal for SettingsForm {
    fn name(&self) -> &'static str {
        settings::NAME
    }

    async fn submit(&self, context: &mut ModalContext) -> Result<(), CommandError> {
        let named = context.argument.split_once(':');
        let named = named.and_then(|(scope, setting)| {
            Some((settings::scope_of(scope)?, Setting::named(setting)?))
        });
        let (scope, setting) = named.ok_or_else(|| {
            CommandError::Refused(
                "this form is from another version of the bot; open it again".to_owned(),
            )
        })?;
        let typed = context.field(settings::FIELD).map(str::to_owned);
        let sessions = &context.bot.sessions;
        let change = |settings| match &typed {
            Some(typed) => setting.set(&settings, typed),
            None => Ok(setting.unset(settings)),
        };
        let own = match sessions.change(&context.caller, scope, change).await {
            Ok(own) => own,
            Err(error) => return Err(echoed(error, typed.as_deref())),
        };
        let effective = sessions.effective_for(&context.caller, scope).await?;
        let panel = Panel {
            said: "Kept.",
            scope,
            strategies: sessions.strategies().collect(),
            effective: &effective,
            own: &own,
        };
        Ok(context.reply.update(&panel.message()).await?)
    }
}

/// Why it was not kept, with a long text as it was typed: the form is gone, and the work must not be.
fn echoed(error: SessionError, typed: Option<&str>) -> CommandError {
    match (CommandError::from(error), typed) {
        (CommandError::Refused(sentence), Some(typed)) if typed.chars().count() > 20 => {
            let typed = escaped(&settings::shortened(typed, ECHOED));
            CommandError::Marked(format!("{}\nYou had written:\n{typed}", escaped(&sentence)))
        }
        (fault, _) => fault,
    }
}
