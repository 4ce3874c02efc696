//! Slash commands: `ALL` both registers and dispatches.
//!
//! To add one, write `command/<name>.rs` with a unit struct `<Name>Command` that implements `Command`, add its `mod`
//! line and its entry in `ALL`, and its texts to every file of `locale/`.

mod about;
mod arena;
mod export;
mod fill;
mod forget_me;
mod help;
mod history;
mod keywords;
mod leaderboard;
mod options;
mod preset;
mod queue;
pub(super) mod rewrite;
mod score;
mod server;
mod settings;
mod show;
mod speak;
mod stats;
mod stop;

use serenity::async_trait;
use serenity::builder::CreateCommand;
use serenity::model::Permissions;
use serenity::model::application::{InstallationContext, InteractionContext};

use super::bot::Bot;
use super::http::Suggestion;
use super::interaction::{AutocompleteContext, CommandContext, CommandError};

/// All commands, in the order of `/help`.
pub(super) const ALL: &[&dyn Command] = &[
    &speak::SpeakCommand,
    &fill::FillCommand,
    &rewrite::RewriteCommand,
    &keywords::KeywordsCommand,
    &score::ScoreCommand,
    &show::ShowCommand,
    &settings::SettingsCommand,
    &preset::PresetCommand,
    &server::ServerCommand,
    &stop::StopCommand,
    &history::HistoryCommand,
    &queue::QueueCommand,
    &stats::StatsCommand,
    &export::ExportCommand,
    &forget_me::ForgetMeCommand,
    &arena::ArenaCommand,
    &leaderboard::LeaderboardCommand,
    &about::AboutCommand,
    &help::HelpCommand,
];

/// Who sees a command in Discord's menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Everybody, in servers, in direct messages, and with a user installation everywhere.
    Everybody,
    /// In servers, members with the permission *Manage Server*. A server can override that, so the command checks it
    /// again.
    Managers,
}

/// A slash command.
#[async_trait]
pub(super) trait Command: Sync {
    /// The name behind the slash.
    fn name(&self) -> &'static str;

    /// The description in Discord's menu: one sentence of at most 100 characters.
    fn summary(&self) -> &'static str;

    /// An example call, for `/help`.
    fn example(&self) -> &'static str;

    /// Who sees the command.
    fn audience(&self) -> Audience {
        Audience::Everybody
    }

    /// The options, in the order in which Discord shows them.
    fn options(&self, bot: &Bot) -> Vec<serenity::builder::CreateCommandOption> {
        let _ = bot;
        Vec::new()
    }

    /// Handles a call.
    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError>;

    /// Suggestions for an option that is registered with autocomplete, best first. Discord shows the first 25.
    async fn complete(
        &self,
        context: &AutocompleteContext,
    ) -> Result<Vec<Suggestion>, CommandError> {
        let _ = context;
        Ok(Vec::new())
    }
}

impl dyn Command {
    /// The command as it is registered with Discord.
    pub(super) fn describe(&self, bot: &Bot) -> CreateCommand {
        let command = CreateCommand::new(self.name())
            .description(self.summary())
            .set_options(self.options(bot));
        if self.audience() == Audience::Managers {
            return command
                .default_member_permissions(Permissions::MANAGE_GUILD)
                .integration_types(vec![InstallationContext::Guild])
                .contexts(vec![InteractionContext::Guild]);
        }
        command
            .integration_types(vec![InstallationContext::Guild, InstallationContext::User])
            .contexts(vec![
                InteractionContext::Guild,
                InteractionContext::BotDm,
                InteractionContext::PrivateChannel,
            ])
    }
}

/// The command with that name.
pub(super) fn find(name: &str) -> Option<&'static dyn Command> {
    ALL.iter().copied().find(|command| command.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_every_text_fits_discords_menu() {
        let names: HashSet<_> = ALL.iter().map(|command| command.name()).collect();
        assert_eq!(names.len(), ALL.len());
        for command in ALL {
            assert!(
                (1..=32).contains(&command.name().len())
                    && command
                        .name()
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c == '-')
            );
            assert!(
                (1..=100).contains(&command.summary().chars().count()),
                "{}",
                command.name()
            );
            assert!(
                command
                    .example()
                    .starts_with(&format!("/{}", command.name())),
                "{}",
                command.example()
            );
        }
    }
}
