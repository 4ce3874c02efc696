//! Forms: what a submission does.
//!
//! A form has the [`CustomId`] of the component that opens it, or one of its own. To add one, write `modal/<name>.rs` with a
//! function `submit`, then add its `mod` line and its arm in [`submit`]. A form is opened with `Reply::open_modal`, as the
//! first response to a command or a component.

mod fill;
mod guild;
mod remix;
mod settings;

use super::custom_id::CustomId;
use super::interaction::{CommandError, ModalContext};

/// Handles a submission of the form `id`. Discord lets anybody forge an id, so each handler checks who submits, and that
/// what the id is about exists.
pub(super) async fn submit(id: CustomId, context: &mut ModalContext) -> Result<(), CommandError> {
    match id {
        CustomId::Fill(id) => fill::submit(&id, context).await,
        CustomId::Remix(text) => remix::submit(&text, context).await,
        CustomId::Settings(id) => settings::submit(&id, context).await,
        CustomId::Guild(id) => guild::submit(&id, context).await,
        _ => Err(CommandError::outdated()),
    }
}
