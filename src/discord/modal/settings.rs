//! The form of a settings panel: one typed value.

use super::{CommandError, ModalContext};
use crate::discord::action::panel::panel;
use crate::discord::custom_id::{SettingsAction, SettingsId};
use crate::discord::view::markdown::escaped;
use crate::discord::view::refusal;
use crate::discord::view::settings::{FIELD, OUTDATED_FORM};
use crate::discord::view::text::shortened;
use crate::service::ServiceError;

/// Maximum length of the typed value that is shown again when it is refused, in UTF-16 code units.
const ECHOED: usize = 1_200;

pub(super) async fn submit(
    id: &SettingsId,
    context: &mut ModalContext,
) -> Result<(), CommandError> {
    let (scope, SettingsAction::Edit(setting)) = (id.scope, &id.action) else {
        return Err(CommandError::Refused(OUTDATED_FORM.to_owned()));
    };
    let typed = context.field(FIELD).map(str::to_owned);
    let (bot, caller) = (&context.bot, &context.caller);
    let change = |settings| {
        Ok(match &typed {
            Some(typed) => setting.set(&settings, typed)?,
            None => setting.unset(settings),
        })
    };
    let own = match bot.services.preferences.change(caller, scope, change).await {
        Ok(own) => own,
        Err(error) => return Err(echoed(error, typed.as_deref())),
    };
    let panel = panel(bot, caller, scope, "Kept.", &own).await?;
    Ok(context.reply.update(&panel).await?)
}

/// The refusal, with a long value as it was typed: the form is gone by now, and the work should not be lost.
fn echoed(error: ServiceError, typed: Option<&str>) -> CommandError {
    match (error, typed) {
        (ServiceError::Refused(reason), Some(typed))
            if typed.chars().count() > 20 && refusal::marked(&reason).is_none() =>
        {
            let typed = escaped(&shortened(typed, ECHOED));
            let sentence = escaped(&reason.to_string());
            CommandError::RefusedInMarkdown(format!("{sentence}\nYou had written:\n{typed}"))
        }
        (error, _) => error.into(),
    }
}
