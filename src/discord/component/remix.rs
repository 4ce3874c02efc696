//! *Remix*, under a text: a form with its settings, to change some of them.

use serenity::async_trait;

use super::super::modal;
use super::{CommandError, Component, ComponentContext};

pub(super) struct RemixButton;

#[async_trait]
impl Component for RemixButton {
    fn name(&self) -> &'static str {
        "remix"
    }

    async fn press(&self, context: &mut ComponentContext) -> Result<(), CommandError> {
        let text = context.bot.sessions.text(&context.argument).await?;
        let form = modal::remix_form(&text)?;
        Ok(context.reply.open_modal(&form).await?)
    }
}
