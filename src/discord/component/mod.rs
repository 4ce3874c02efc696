//! Components: what the buttons and menus under messages do.
//!
//! All that a component needs to know is in its [`CustomId`] and in the database, so that it works for whoever presses it
//! and at any time, after a restart as well. To add one, add a variant to `custom_id.rs`, write `component/<name>.rs` with
//! a function `press`, then add its `mod` line and its arm in [`press`]; the compiler asks for the arm. A view shows it
//! with `view::controls::button`.

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

use super::custom_id::CustomId;
use super::interaction::{CommandError, ComponentContext};

/// Handles a press of the component `id`. Discord lets anybody forge an id, so each handler checks who presses, and that
/// what the id is about exists.
pub(super) async fn press(
    id: CustomId,
    context: &mut ComponentContext,
) -> Result<(), CommandError> {
    match id {
        CustomId::Stop(generation) => stop::press(&generation, context).await,
        CustomId::Reroll(text) => reroll::press(&text, context).await,
        CustomId::Continue(text) => continue_::press(&text, context).await,
        CustomId::Remix(text) => remix::press(&text, context).await,
        CustomId::Trace(text) => trace::press(&text, context).await,
        CustomId::Delete(text) => delete::press(&text, context).await,
        CustomId::Fill(id) => fill::press(&id, context).await,
        CustomId::History(id) => history::press(&id, context).await,
        CustomId::Queue(action) => queue::press(action, context).await,
        CustomId::ForgetMe(confirmed) => forget_me::press(confirmed, context).await,
        CustomId::Settings(id) => settings::press(id, context).await,
        CustomId::Guild(id) => guild::press(&id, context).await,
        CustomId::Preset(action) => preset::press(action, context).await,
        CustomId::Vote(id) => vote::press(&id, context).await,
        CustomId::Reveal(duel) => reveal::press(&duel, context).await,
    }
}
