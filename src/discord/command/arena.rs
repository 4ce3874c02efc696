//! `/arena`: two texts from one prompt, and people decide which is better before they know how each was written.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::super::sender::Suggestion;
use super::super::{Bot, duel};
use super::{Call, Command, Fault, Typing, options};
use crate::service::{Contestant, Pair, Refusal};
use generation::Settings;

const STOPPED: &str = "the bot was stopped before both texts were written";
const TOO_SLOW: &str =
    "Discord gives a reply 15 minutes, and they were over before both texts were written";

pub(super) struct Arena;

#[async_trait]
impl Command for Arena {
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
            options::prompt(
                bot,
                "prompt",
                "The text to go on from. Mark blanks with ___ or [MASK].",
            ),
            way(
                "first",
                "One way to write, such as gibbs 0.8; by lot if left open.",
            ),
            way("second", "The other way; by lot if left open."),
            options::length(bot),
        ]
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        let entrant = |name| call.text(name).map(str::parse::<Contestant>).transpose();
        let entrants = [entrant("first")?, entrant("second")?];
        let settings = Settings {
            prompt: call.text("prompt").map(str::to_owned),
            length: call.number("length")?,
            ..Settings::default()
        };
        call.reply.promise().await?;
        let pair = call
            .bot
            .sessions
            .pair(&call.caller, settings, entrants)
            .await?;
        // Only a courtesy: without it there is "thinking…".
        let shown = call.reply.show(&duel::waiting(pair.id())).await.is_ok();
        match written(call, pair).await {
            Ok(pair) => {
                let duel = call.bot.sessions.open_duel(pair).await?;
                Ok(call.reply.answer(&duel::blind(&duel)).await?)
            }
            Err(fault) => {
                if shown {
                    call.reply.delete().await?;
                }
                Err(fault)
            }
        }
    }

    async fn complete(&self, typing: &Typing) -> Result<Vec<Suggestion>, Fault> {
        let (sessions, caller) = (&typing.bot.sessions, &typing.caller);
        let names = sessions.entrants(caller, &typing.typed).await?;
        let suggestions = names.into_iter().map(|name| Suggestion {
            name: name.clone(),
            value: name,
        });
        Ok(suggestions.collect())
    }
}

/// Waits until both texts are there.
async fn written(call: &Call, mut pair: Pair) -> Result<Pair, Fault> {
    let finished: Result<(), Refusal> = tokio::select! {
        finished = pair.finished() => finished,
        () = call.bot.ending.cancelled() => return Err(Fault::Refused(STOPPED.to_owned())),
        () = tokio::time::sleep_until(call.reply.ends().into()) => {
            return Err(Fault::Refused(TOO_SLOW.to_owned()));
        }
    };
    finished?;
    Ok(pair)
}
