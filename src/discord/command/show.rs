//! `/show`: a stored text, with its settings and its buttons.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::bot::Bot;
use super::{AutocompleteContext, Command, CommandContext, CommandError, Suggestion};
use crate::discord::view::limits::SUGGESTION_TEXT;
use crate::discord::view::text::{self, Caption};
use crate::service::{GenerationView, Text, TextId};

/// Number of texts that are suggested.
const SUGGESTED: u32 = 25;
const OTHER_MODEL: &str =
    "Another model wrote it than the one here now, with which the same settings give another text.";

pub(super) struct ShowCommand;

#[async_trait]
impl Command for ShowCommand {
    fn name(&self) -> &'static str {
        "show"
    }

    fn summary(&self) -> &'static str {
        "Brings a text back by its id, with its settings and its buttons."
    }

    fn example(&self) -> &'static str {
        "/show id: 3fk2m9xq"
    }

    fn options(&self, _: &Bot) -> Vec<CreateCommandOption> {
        let id = CreateCommandOption::new(
            Kind::String,
            "id",
            "Stands under every text. Your newest texts are offered; words find those that have them.",
        );
        vec![id.required(true).max_length(100).set_autocomplete(true)]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let id = TextId::from(context.text("id").unwrap_or_default());
        context.reply.defer().await?;
        let services = &context.bot.services;
        let text = services
            .writing
            .presentable_text(&context.caller, &id)
            .await?;
        let mut note = format!("`{}`, asked for by <@{}>.", text.id, text.user);
        if !services.writing.is_current_model(&text) {
            note = format!("{note} {OTHER_MODEL}");
        }
        let shown = text::text(&GenerationView::of(&text), &Caption::of(&text).noting(note));
        Ok(context.reply.answer(&shown).await?)
    }

    async fn complete(
        &self,
        context: &AutocompleteContext,
    ) -> Result<Vec<Suggestion>, CommandError> {
        let services = &context.bot.services;
        let newest = services
            .writing
            .recent_texts(context.caller.user, &context.typed, SUGGESTED);
        Ok(newest.await?.iter().map(offer).collect())
    }
}

/// The suggestion for a text: its id, and as much of the text as fits.
fn offer(text: &Text) -> Suggestion {
    let words = text.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let label = format!("{} · {words}", text.id);
    let mut name: String = label.chars().take(SUGGESTION_TEXT).collect();
    if name.len() < label.len() {
        name.pop();
        name.push('…');
    }
    Suggestion {
        name,
        value: text.id.to_string(),
    }
}
