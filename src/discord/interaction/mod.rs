//! One interaction: who sent it, what was given, and the response to it. Knows no views and no registries.

mod context;

mod reply;

mod deferred;

mod caller;
mod error;
mod pace;

pub(super) use caller::{caller_of_command, caller_of_component, caller_of_modal, has_user};
pub(super) use context::{
    AutocompleteContext, CommandContext, ComponentContext, ModalContext, modal_fields,
    selected_values, unwrap_subcommand,
};
pub(super) use deferred::resolve;
pub(super) use error::CommandError;
pub(super) use pace::Pace;
pub(super) use reply::Reply;
