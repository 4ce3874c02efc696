//! Commands in the menu of a message: "Apps", then one of these.
//!
//! To add one, write `context_menu/<name>.rs` with a unit struct that implements `Menu`, then add its `mod` line and its entry in
//! `ALL`.

mod continue_;
mod message_text;
mod rewrite;
mod score;

use serenity::async_trait;
use serenity::builder::CreateCommand;
use serenity::model::application::{CommandType, InstallationContext, InteractionContext};

use super::interaction::context::{CommandContext, CommandError};

/// All of them, in the order in which Discord shows them.
pub(super) const ALL: &[&dyn Menu] = &[
    &continue_::ContinueMenu,
    &rewrite::RewriteMenu,
    &score::ScoreMenu,
];

/// A command in the menu of a message.
#[async_trait]
pub(super) trait Menu: Sync {
    /// What the menu says, at most 32 characters.
    fn name(&self) -> &'static str;

    /// Does it with the message [`CommandContext::target`].
    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError>;
}

impl dyn Menu {
    /// The command as Discord registers it.
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

/// The one of that name.
pub(super) fn find(name: &str) -> Option<&'static dyn Menu> {
    ALL.iter().copied().find(|menu| menu.name() == name)
}
