//! Buttons: what they are called, and what pressing one does.
//!
//! All that a button needs to know is in its `custom_id`, so that it works whoever presses it and whenever.

use serenity::all::ButtonStyle;
use serenity::builder::{CreateActionRow, CreateButton};
use serenity::model::application::ComponentInteraction;

use super::Bot;
use super::call::{Fault, is_moderator};
use super::reply::Reply;
use crate::session::UserId;

const STOP: &str = "stop";

/// The row under a text in the making.
pub(super) fn stop_row(id: &str) -> CreateActionRow {
    let stop = CreateButton::new(format!("{STOP}:{id}"))
        .label("Stop")
        .style(ButtonStyle::Secondary);
    CreateActionRow::Buttons(vec![stop])
}

/// Somebody pressed a button.
pub(super) async fn press(
    bot: &Bot,
    interaction: &ComponentInteraction,
    reply: &mut Reply,
) -> Result<(), Fault> {
    let user = UserId(interaction.user.id.get());
    let moderator = is_moderator(
        interaction
            .member
            .as_ref()
            .and_then(|member| member.permissions),
    );
    match interaction.data.custom_id.split_once(':') {
        Some((STOP, id)) => {
            bot.sessions.stop(user, id, moderator)?;
            Ok(reply.notice().await?)
        }
        _ => Err(Fault::Refused(
            "this button is from another version of the bot; run the command again".to_owned(),
        )),
    }
}
