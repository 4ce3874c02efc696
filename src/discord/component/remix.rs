//! *Remix*, under a text: a form with its settings, to change some of them.

use serenity::async_trait;

use super::super::modal;
use super::{Component, Fault, Press};

pub(super) struct Remix;

#[async_trait]
impl Component for Remix {
    fn name(&self) -> &'static str {
        "remix"
    }

    async fn press(&self, press: &mut Press) -> Result<(), Fault> {
        let text = press.bot.sessions.text(&press.argument).await?;
        let form = modal::remix_form(&text)?;
        Ok(press.reply.open(&form).await?)
    }
}
