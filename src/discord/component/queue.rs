//! Under `/queue`: *Look again*, and for those who look after the server's texts a menu that stops one.

use serenity::async_trait;
use serenity::builder::{
    CreateActionRow, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};

use super::{CommandError, Component, ComponentContext, button};
use crate::discord::view::lists;
use crate::service;
use crate::service::{Rank, Refusal};

/// Discord's limit.
const OPTIONS: usize = 25;

pub(super) struct QueueControls;

/// The rows under a queue, as somebody of this rank may use it.
pub(in crate::discord) fn queue_rows(queue: &service::Queue, rank: Rank) -> Vec<CreateActionRow> {
    let mut rows = Vec::new();
    let others = queue.others.iter().filter(|_| rank >= Rank::Moderator);
    let stoppable = queue.own.iter().chain(others).take(OPTIONS);
    let option = |entry: &service::Entry| {
        CreateSelectMenuOption::new(format!("{} · {}", entry.id, entry.strategy), &entry.id)
    };
    let options: Vec<CreateSelectMenuOption> = stoppable.map(option).collect();
    if !options.is_empty() {
        let menu = CreateSelectMenu::new("queue:stop", CreateSelectMenuKind::String { options })
            .placeholder("Stop a text");
        rows.push(CreateActionRow::SelectMenu(menu));
    }
    rows.push(CreateActionRow::Buttons(vec![button(
        &QueueControls,
        "look",
        "Look again",
    )]));
    rows
}

#[async_trait]
impl Component for QueueControls {
    fn name(&self) -> &'static str {
        "queue"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let sessions = &context.bot.sessions;
        if context.argument == "stop" {
            let id = context.values.first().ok_or(Refusal::Over)?;
            sessions.stop(&context.caller, id)?;
        }
        let queue = sessions.queue(&context.caller);
        Ok(context
            .reply
            .update(&lists::queue(&queue, context.caller.rank))
            .await?)
    }
}
