//! `/server`: for managers: the rules of the server, stopping a member's generations, and resetting a member's quota.

use serenity::async_trait;
use serenity::builder::CreateCommandOption;
use serenity::model::application::CommandOptionType as Kind;

use super::{Audience, Command, CommandContext, CommandError};
use crate::discord::bot::Bot;
use crate::discord::view::guild;
use crate::discord::view::message::Message;
use crate::service::Scope;

pub(super) struct ServerCommand;

#[async_trait]
impl Command for ServerCommand {
    fn name(&self) -> &'static str {
        "server"
    }

    fn summary(&self) -> &'static str {
        "For managers: defaults, allowed channels and roles, quotas and banned words of this server."
    }

    fn example(&self) -> &'static str {
        "/server settings"
    }

    fn audience(&self) -> Audience {
        Audience::Managers
    }

    fn options(&self, _: &Bot) -> Vec<CreateCommandOption> {
        let subcommand =
            |name, description| CreateCommandOption::new(Kind::SubCommand, name, description);
        let user = || CreateCommandOption::new(Kind::User, "user", "Whose.").required(true);
        vec![
            subcommand(
                "settings",
                "Shows and changes what this server has settled.",
            ),
            subcommand(
                "stop",
                "Stops all texts that are being written for somebody here.",
            )
            .add_sub_option(user()),
            subcommand(
                "reset",
                "Counts none of somebody's texts towards the quotas any more.",
            )
            .add_sub_option(user()),
        ]
    }

    async fn run(&self, context: &mut CommandContext) -> Result<(), CommandError> {
        let services = &context.bot.services;
        let message = match (context.subcommand(), context.user("user")) {
            (Some("stop"), Some(user)) => {
                let stopped = services.writing.stop_member(&context.caller, user)?;
                Message::text(match stopped {
                    0 => format!("Nothing is being written for <@{}> here.", user.0),
                    1 => format!("Stopped the text of <@{}>.", user.0),
                    count => format!("Stopped {count} texts of <@{}>.", user.0),
                })
            }
            (Some("reset"), Some(user)) => {
                services.policy.reset_quota(&context.caller, user).await?;
                Message::text(format!(
                    "<@{}> starts afresh: no text counts any more.",
                    user.0
                ))
            }
            _ => {
                let rules = services.policy.rules(&context.caller, None).await?;
                let defaults = services
                    .preferences
                    .stored(&context.caller, Scope::Server)
                    .await?;
                guild::view("", None, &rules, &defaults)
            }
        };
        Ok(context.reply.answer(&message.private()).await?)
    }
}
