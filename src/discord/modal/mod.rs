//! Forms: what becomes of what people fill in.
//!
//! To add one, write `modal/<name>.rs` with a unit struct that implements `Modal`, then add its `mod` line and its entry in
//! `ALL`. A form is opened with `Reply::open`, as the first answer to a command or a button.

mod fill;
mod guild;
mod remix;
mod settings;

use serenity::async_trait;

use super::interaction::context::{CommandError, ModalContext};

pub(super) use fill::word_form;
pub(super) use remix::form as remix_form;

/// All forms.
const ALL: &[&dyn Modal] = &[
    &fill::FillForm,
    &remix::RemixForm,
    &settings::SettingsForm,
    &guild::GuildForm,
];

/// A form.
#[async_trait]
pub(super) trait Modal: Sync {
    /// The part of its `custom_id` before the colon.
    fn name(&self) -> &'static str;

    /// Does what sending it off does. Who sends it, and what the argument says, must be checked here.
    async fn submit(&self, context: &mut ModalContext) -> Result<(), CommandError>;
}

/// The form of that name.
pub(super) fn find(name: &str) -> Option<&'static dyn Modal> {
    ALL.iter().copied().find(|modal| modal.name() == name)
}
