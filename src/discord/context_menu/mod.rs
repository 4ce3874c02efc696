//! Message commands: entries of a message's context menu under *Apps*. [`ALL`] both registers and dispatches.
//!
//! To add one, write `context_menu/<name>.rs` with a unit struct `<Name>Menu` that implements [`Menu`], add its `mod`
//! line and its entry in [`ALL`], and its name to every file of `locale/`.

mod continue_;
mod message_text;
mod rewrite;
mod score;

use serenity::async_trait;
use serenity::builder::CreateCommand;
use serenity::model::application::{CommandType, InstallationContext, InteractionContext};

use super::interaction::{CommandContext, CommandError};

/// All message commands, in the order in which Discord shows them.
pub(super) const ALL: &[&dyn Menu] = &[
    &continue_::ContinueMenu,
    &rewrite::RewriteMenu,
    &score::ScoreMenu,
];

/// A message command.
#[async_trait]
pub(super) trait Menu: Sync {
    /// The name in the menu, at most 32 characters long.
    fn name(&self) -> &'static str;

    /// Handles a call on the message [`CommandContext::target`].
    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError>;
}

impl dyn Menu {
    /// The command as it is registered with Discord.
    pub(super) fn describe(&self) -> CreateCommand {
        CreateCommand::new(self.name())
            .kind(CommandType::Message)
            .integration_types(vec![InstallationContext::Guild, InstallationContext::User])
            .contexts(vec![
                InteractionContext::Guild,
                InteractionContext::BotDm,
                InteractionContext::PrivateChannel,
            ])
    }
}

/// The message command with that name.
pub(super) fn find(name: &str) -> Option<&'static dyn Menu> {
    ALL.iter().copied().find(|menu| menu.name() == name)
}
