//! `/settings`: what a person has set for all texts to come.

use serenity::async_trait;
use serenity::builder::{CreateCommandOption, CreateEmbed};
use serenity::model::application::CommandOptionType as Kind;

use super::super::Bot;
use super::super::markdown::escaped;
use super::super::message::Message;
use super::{Call, Command, Fault, options};
use crate::generation;
use crate::generation::Seed;
use crate::session::Sessions;

/// What can be set back, besides everything.
const NAMES: [&str; 11] = [
    "prompt",
    "strategy",
    "temperature",
    "length",
    "seed",
    "top_k",
    "top_p",
    "options",
    "tags",
    "context",
    "keywords",
];
/// More of a prompt is not shown in the list.
const SHOWN: usize = 600;

pub(super) struct Settings;

#[async_trait]
impl Command for Settings {
    fn name(&self) -> &'static str {
        "settings"
    }

    fn summary(&self) -> &'static str {
        "Shows or changes what your texts are written with from now on."
    }

    fn example(&self) -> &'static str {
        "/settings set strategy: gibbs temperature: 0.8"
    }

    fn options(&self, bot: &Bot) -> Vec<CreateCommandOption> {
        let what =
            CreateCommandOption::new(Kind::String, "what", "Leave it out to set everything back.");
        let what = NAMES
            .iter()
            .fold(what, |what, name| what.add_string_choice(*name, *name));
        let subcommand =
            |name, description| CreateCommandOption::new(Kind::SubCommand, name, description);
        vec![
            subcommand("show", "Shows your settings and where each comes from."),
            subcommand("set", "Keeps settings for all your texts to come.")
                .set_sub_options(options::writing(bot)),
            subcommand("reset", "Sets one setting back, or all of them.").add_sub_option(what),
        ]
    }

    async fn run(&self, call: &mut Call) -> Result<(), Fault> {
        let change = options::settings(call)?;
        call.reply.promise_privately().await?;
        let sessions = &call.bot.sessions;
        let (title, settings) = match call.subcommand() {
            Some("set") if change == generation::Settings::default() => {
                return Err(Fault::Refused(
                    "choose at least one thing to set, such as strategy or temperature".to_owned(),
                ));
            }
            Some("set") => (
                "Kept. Your settings are now",
                sessions
                    .change(call.caller.user, |settings| change.over(&settings))
                    .await?,
            ),
            Some("reset") => {
                let what = call.text("what").map(str::to_owned);
                (
                    "Set back. Your settings are now",
                    sessions
                        .change(call.caller.user, |settings| {
                            without(settings, what.as_deref())
                        })
                        .await?,
                )
            }
            _ => ("Your settings", sessions.settings(call.caller.user).await?),
        };
        let embed = CreateEmbed::new()
            .title(title)
            .description(list(&settings, sessions));
        Ok(call.reply.answer(&Message::embed(embed).private()).await?)
    }
}

/// `settings` with one thing, or everything, left open again.
fn without(settings: generation::Settings, what: Option<&str>) -> generation::Settings {
    let mut settings = settings;
    match what {
        Some("prompt") => settings.prompt = None,
        // The options were the strategy's.
        Some("strategy") => (settings.strategy, settings.options) = (None, None),
        Some("temperature") => settings.temperature = None,
        Some("length") => settings.length = None,
        Some("seed") => settings.seed = None,
        Some("top_k") => settings.top_k = None,
        Some("top_p") => settings.top_p = None,
        Some("options") => settings.options = None,
        Some("tags") => settings.tags = None,
        Some("context") => settings.context = None,
        Some("keywords") => settings.keywords = None,
        _ => settings = generation::Settings::default(),
    }
    settings
}

/// Every setting with its value and where that comes from.
fn list(own: &generation::Settings, sessions: &Sessions) -> String {
    let both = own.clone().over(sessions.defaults());
    let preferred = both
        .strategy()
        .and_then(|strategy| both.params(strategy, Seed::from(0)))
        .map(|params| params.sampling)
        .ok();
    let line = |name: &str, own: Option<String>, otherwise: String| match own {
        Some(value) => format!("**{name}** {} · yours", escaped(&value)),
        None => format!("**{name}** {otherwise}"),
    };
    let text = |number: &dyn std::fmt::Display| number.to_string();
    let default = |name: Option<&String>| {
        name.map_or("-".to_owned(), |name| {
            format!("{} · default", escaped(name))
        })
    };
    let strategys = |value: Option<String>| {
        value.map_or("-".to_owned(), |value| format!("{value} · the strategy's"))
    };
    let prompt = own
        .prompt
        .as_ref()
        .map(|prompt| prompt.chars().take(SHOWN).collect());
    [
        line("prompt", prompt, "none".to_owned()),
        line(
            "strategy",
            own.strategy.clone(),
            default(both.strategy.as_ref()),
        ),
        line(
            "temperature",
            own.temperature.as_ref().map(|t| text(t)),
            strategys(preferred.map(|p| text(&p.temperature))),
        ),
        line(
            "top_k",
            own.top_k.as_ref().map(|k| text(k)),
            strategys(preferred.map(|p| text(&p.top_k))),
        ),
        line(
            "top_p",
            own.top_p.as_ref().map(|p| text(p)),
            strategys(preferred.map(|p| text(&p.top_p))),
        ),
        line(
            "length",
            own.length.as_ref().map(|n| text(n)),
            default(both.length.map(|n| n.to_string()).as_ref()),
        ),
        line(
            "seed",
            own.seed.as_ref().map(|s| text(s)),
            "a new one each time".to_owned(),
        ),
        line("options", own.options.clone(), "none".to_owned()),
        line("tags", own.tags.clone(), "none".to_owned()),
        line("context", own.context.clone(), "none".to_owned()),
        line("keywords", own.keywords.clone(), "none".to_owned()),
    ]
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_can_be_set_back_alone() {
        let full = generation::Settings {
            prompt: Some("a".into()),
            strategy: Some("gibbs".into()),
            temperature: "1".parse().ok(),
            top_k: "1".parse().ok(),
            top_p: "1".parse().ok(),
            length: "1".parse().ok(),
            seed: "1".parse().ok(),
            options: Some("iterations=2".into()),
            tags: Some("warm".into()),
            context: Some("It was warm.".into()),
            keywords: Some("sun".into()),
        };
        for name in NAMES {
            let left = without(full.clone(), Some(name));
            assert_ne!(left, full, "{name}");
            assert_ne!(left, generation::Settings::default(), "{name}");
        }
        assert_eq!(without(full, None), generation::Settings::default());
    }
}
