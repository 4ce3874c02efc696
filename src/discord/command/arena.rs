//! `/arena`: two texts from one prompt, and a blind vote on which is better.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::http::Suggestion;
use super::{AutocompleteContext, Command, CommandContext, CommandError, options};
use crate::discord::bot::Bot;
use crate::discord::view::duel;
use crate::service::{Contestant, DuelGeneration, Refusal};
use generation::Setting;

const STOPPED: &str = "the bot was stopped before both texts were written";
const TOO_SLOW: &str =
    "Discord gives a reply 15 minutes, and they were over before both texts were written";

pub(super) struct ArenaCommand;

#[async_trait]
impl Command for ArenaCommand {
    fn name(&self) -> &'static str {
        "arena"
    }

    fn summary(&self) -> &'static str {
        "Writes two texts in secret ways, and everybody votes which is better."
    }

    fn example(&self) -> &'static str {
        "/arena prompt: The old lighthouse keeper opened the door and"
    }

    fn options(&self, bot: &Bot) -> Vec<CreateCommandOption> {
        let way = |name, description| {
            CreateCommandOption::new(Kind::String, name, description)
                .max_length(40)
                .set_autocomplete(true)
        };
        vec![
            options::setting(bot, Setting::Prompt),
            way(
                "first",
                "One way to write, such as gibbs 0.8; by lot if left open.",
            ),
            way("second", "The other way; by lot if left open."),
            options::setting(bot, Setting::Length),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let entrant = |name| context.text(name).map(str::parse::<Contestant>).transpose();
        let entrants = [entrant("first")?, entrant("second")?];
        let settings = options::settings(context)?;
        context.reply.defer().await?;
        let pair = context
            .bot
            .services
            .arena
            .begin(&context.caller, settings, entrants)
            .await?;
        // Optional: if it fails, "thinking…" stays.
        let shown = context
            .reply
            .stream_edit(&duel::waiting(pair.id()))
            .await
            .is_ok();
        match written(context, pair).await {
            Ok(pair) => {
                let duel = context.bot.services.arena.open_duel(pair).await?;
                Ok(context.reply.answer(&duel::blind(&duel)).await?)
            }
            Err(fault) => {
                if shown {
                    context.reply.delete().await?;
                }
                Err(fault)
            }
        }
    }

    async fn complete(
        &self,
        context: &AutocompleteContext,
    ) -> Result<Vec<Suggestion>, CommandError> {
        let (services, caller) = (&context.bot.services, &context.caller);
        let names = services.arena.suggestions(caller, &context.typed).await?;
        let suggestions = names.into_iter().map(|name| Suggestion {
            name: name.clone(),
            value: name,
        });
        Ok(suggestions.collect())
    }
}

/// Waits until both texts are finished.
async fn written(
    context: &CommandContext,
    mut pair: DuelGeneration,
) -> Result<DuelGeneration, CommandError> {
    let finished: Result<(), Refusal> = tokio::select! {
        finished = pair.finished() => finished,
        () = context.bot.ending.cancelled() => return Err(CommandError::Refused(STOPPED.to_owned())),
        () = tokio::time::sleep_until(context.reply.expires_at().into()) => {
            return Err(CommandError::Refused(TOO_SLOW.to_owned()));
        }
    };
    finished?;
    Ok(pair)
}
