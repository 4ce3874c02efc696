//! Handles gateway events: registers the commands and dispatches interactions to the registries.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::Value;
use serenity::async_trait;
use serenity::client::{Context, EventHandler};
use serenity::model::application::{
    CommandInteraction, ComponentInteraction, Interaction, ModalInteraction,
};
use serenity::model::gateway::Ready;
use serenity::model::id::{ApplicationId, InteractionId, UserId};
use tracing::Instrument;

use super::bot::Bot;
use super::custom_id::CustomId;
use super::error_report::finish;
use super::http::Deadline;
use super::interaction::{
    AutocompleteContext, CommandContext, CommandError, ComponentContext, ModalContext, has_user,
};
use super::view::limits::SUGGESTIONS;
use super::{command, component, context_menu, locale, modal};

/// How long the registration of the commands is retried.
const REGISTRATION: Duration = Duration::from_mins(10);
const STOPPING: &str = "the bot is being restarted; try again in a minute";

/// serenity's event handler. Each interaction is handled in a task of its own.
pub(super) struct Events {
    bot: Arc<Bot>,
}

impl Events {
    /// The event handler of `bot`.
    pub(super) fn new(bot: Arc<Bot>) -> Self {
        Self { bot }
    }
}

#[async_trait]
impl EventHandler for Events {
    async fn ready(&self, _: Context, ready: Ready) {
        tracing::info!(
            bot = ready.user.name,
            servers = ready.guilds.len(),
            "connected"
        );
        let bot = Arc::clone(&self.bot);
        let first_shard = ready.shard.is_none_or(|shard| shard.id.0 == 0);
        if first_shard {
            tokio::spawn(async move { register(&bot, ready.application.id).await });
        }
    }

    async fn interaction_create(&self, _: Context, interaction: Interaction) {
        if !has_user(&interaction) {
            tracing::warn!("an interaction without a user is ignored");
            return;
        }
        let bot = Arc::clone(&self.bot);
        let span = |kind: &'static str, name: &str, user: UserId, id: InteractionId| {
            tracing::info_span!("interaction", kind, name, user = user.get(), id = id.get())
        };
        match interaction {
            Interaction::Command(it) => {
                let span = span("command", &it.data.name, it.user.id, it.id);
                self.bot.tasks.spawn(run(bot, it).instrument(span));
            }
            Interaction::Component(it) => {
                let span = span("component", &it.data.custom_id, it.user.id, it.id);
                self.bot.tasks.spawn(press(bot, it).instrument(span));
            }
            Interaction::Modal(it) => {
                let span = span("form", &it.data.custom_id, it.user.id, it.id);
                self.bot.tasks.spawn(submit(bot, it).instrument(span));
            }
            Interaction::Autocomplete(it) => {
                let span = span("typing", &it.data.name, it.user.id, it.id);
                self.bot.tasks.spawn(complete(bot, it).instrument(span));
            }
            _ => tracing::debug!("an interaction of an unused kind is ignored"),
        }
    }
}

/// Registers all commands. One request replaces them all, so that at no moment one is missing or left over.
async fn register(bot: &Bot, application: ApplicationId) {
    let slash = command::ALL.iter().map(|command| command.describe(bot));
    let menus = context_menu::ALL.iter().map(|menu| menu.describe());
    let commands: Vec<_> = slash.chain(menus).collect();
    let commands = serde_json::to_value(commands).unwrap_or(Value::Null);
    let commands = locale::localised(commands);
    let deadline = Deadline::after(REGISTRATION);
    match bot.api.set_commands(application, &commands, deadline).await {
        Ok(()) => tracing::info!("commands are registered"),
        Err(error) => {
            tracing::error!(%error, "commands could not be registered; those of the last start stay");
        }
    }
}

async fn run(bot: Arc<Bot>, interaction: CommandInteraction) {
    let name = interaction.data.name.clone();
    let mut context = CommandContext::new(Arc::clone(&bot), interaction);
    let result = if bot.stopping.is_cancelled() {
        Err(CommandError::Refused(STOPPING.to_owned()))
    } else if let Some(command) = command::find(&name) {
        catch_panic(command.run(&mut context)).await
    } else if let Some(menu) = context_menu::find(&name) {
        catch_panic(menu.run(&mut context)).await
    } else {
        Err(CommandError::Refused(format!(
            "there is no command /{name} any more; Discord will notice soon"
        )))
    };
    finish(&mut context.reply, result).await;
}

async fn press(bot: Arc<Bot>, interaction: ComponentInteraction) {
    let id = CustomId::decode(&interaction.data.custom_id);
    let mut context = ComponentContext::new(Arc::clone(&bot), interaction);
    // *Stop* works while the bot shuts down.
    let refused = bot.stopping.is_cancelled() && !matches!(id, Some(CustomId::Stop(_)));
    let result = match id {
        _ if refused => Err(CommandError::Refused(STOPPING.to_owned())),
        Some(id) => catch_panic(Box::pin(component::press(id, &mut context))).await,
        None => Err(CommandError::outdated()),
    };
    finish(&mut context.reply, result).await;
}

async fn submit(bot: Arc<Bot>, interaction: ModalInteraction) {
    let id = CustomId::decode(&interaction.data.custom_id);
    let mut context = ModalContext::new(Arc::clone(&bot), interaction);
    let result = match id {
        _ if bot.stopping.is_cancelled() => Err(CommandError::Refused(STOPPING.to_owned())),
        Some(id) => catch_panic(Box::pin(modal::submit(id, &mut context))).await,
        None => Err(CommandError::outdated()),
    };
    finish(&mut context.reply, result).await;
}

/// Offers values while the user types. Errors are only logged, because Discord has no place to show them.
async fn complete(bot: Arc<Bot>, interaction: CommandInteraction) {
    let command = command::find(&interaction.data.name);
    let context = AutocompleteContext::new(bot, &interaction);
    let (Some(command), Some(mut context)) = (command, context) else {
        return;
    };
    let mut suggestions = command.complete(&context).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "autocomplete failed");
        Vec::new()
    });
    suggestions.truncate(SUGGESTIONS);
    if let Err(error) = context.reply.suggest(&suggestions).await {
        tracing::debug!(%error, "suggestions could not be sent");
    }
}

/// Turns a panic of a handler into an error, so that the user is told.
async fn catch_panic(
    handler: impl Future<Output = Result<(), CommandError>>,
) -> Result<(), CommandError> {
    let panicked = |_| Err(CommandError::Internal("a command panicked".to_owned()));
    AssertUnwindSafe(handler)
        .catch_unwind()
        .await
        .unwrap_or_else(panicked)
}
