//! Buttons and menus under messages: what pressing one does.
//!
//! All that a component needs to know is in its `custom_id` (its name, a colon, and an argument) and in the database, so
//! that it works whoever presses it and whenever, after a restart as well. To add one, write `component/<name>.rs` with a
//! unit struct that implements `Component`, then add its `mod` line and its entry in `ALL`.

mod continue_;
mod delete;
mod fill;
mod forget_me;
mod guild;
mod history;
mod preset;
mod queue;
mod remix;
mod reroll;
mod reveal;
mod settings;
mod stop;
mod trace;
mod vote;

use serenity::all::ButtonStyle;
use serenity::async_trait;
use serenity::builder::{CreateActionRow, CreateButton};

use super::interaction::context::{CommandError, ComponentContext};
use crate::service::Caller;

pub(super) use continue_::go_on;
pub(super) use fill::{fill_rows, named, rewritten};
pub(super) use forget_me::forget_row;
pub(super) use history::{history_row, page_of};
pub(super) use preset::preset_row;
pub(super) use queue::queue_rows;
pub(super) use stop::stop_row;
pub(super) use vote::duel_rows;

/// All components.
const ALL: &[&dyn Component] = &[
    &stop::StopButton,
    &reroll::RerollButton,
    &continue_::ContinueButton,
    &remix::RemixButton,
    &trace::TraceButton,
    &delete::DeleteButton,
    &fill::FillControls,
    &history::HistoryButton,
    &queue::QueueControls,
    &forget_me::ForgetMeButton,
    &settings::SettingsControls,
    &guild::GuildControls,
    &preset::PresetButton,
    &vote::VoteButton,
    &reveal::RevealButton,
];

/// Something under a message that people press or choose from.
#[async_trait]
pub(super) trait Component: Sync {
    /// The part of its `custom_id` before the colon. It must never change: messages with it stay for years.
    fn name(&self) -> &'static str;

    /// Does what pressing it does. Who presses, and what the argument says, must be checked here.
    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError>;
}

/// The component of that name.
pub(super) fn find(name: &str) -> Option<&'static dyn Component> {
    ALL.iter()
        .copied()
        .find(|component| component.name() == name)
}

/// The row under a text that is kept.
pub(super) fn result_row(id: &str) -> CreateActionRow {
    CreateActionRow::Buttons(vec![
        button(&reroll::RerollButton, id, "Reroll"),
        button(&continue_::ContinueButton, id, "Continue"),
        button(&remix::RemixButton, id, "Remix"),
        button(&trace::TraceButton, id, "How?"),
        button(&delete::DeleteButton, id, "Delete"),
    ])
}

/// Who did what with which text, for everybody to see; a text from a button does not say whose it is.
pub(super) fn note(caller: &Caller, did: &str, id: &str) -> String {
    format!("<@{}> {did} `{}`.", caller.user.0, id)
}

/// A quiet button for `component`.
pub(super) fn button(component: &dyn Component, argument: &str, label: &str) -> CreateButton {
    CreateButton::new(format!("{}:{argument}", component.name()))
        .label(label)
        .style(ButtonStyle::Secondary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_leave_room_for_an_argument() {
        let names: HashSet<_> = ALL.iter().map(|component| component.name()).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(
            names
                .iter()
                .all(|name| (1..=20).contains(&name.len()) && !name.contains(':'))
        );
    }
}
