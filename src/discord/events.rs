//! Gateway events: registers the commands, and dispatches interactions.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

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

use super::custom_id::CustomId;
use super::http::deadline::Deadline;
use super::http::error::RequestError;
use super::http::interaction_token::InteractionToken;
use super::interaction::caller::names_somebody;
use super::interaction::context::{
    AutocompleteContext, CommandContext, CommandError, ComponentContext, ModalContext,
};
use super::interaction::reply::{Reply, sentence_case};
use super::view::limits::SUGGESTIONS;
use super::{Bot, command, component, context_menu, modal};

/// Deadline for registering the commands, including retries.
const REGISTERING: Duration = Duration::from_mins(10);
const STOPPING: &str = "the bot is being restarted; try again in a minute";

/// Spawns a task for each interaction.
pub(super) struct Events {
    bot: Arc<Bot>,
}

impl Events {
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
        if !names_somebody(&interaction) {
            tracing::warn!("an interaction that does not say who asks");
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
            _ => tracing::debug!("an interaction of a kind that is not used"),
        }
    }
}

/// Registers all commands in one request, which replaces the set atomically.
async fn register(bot: &Bot, application: ApplicationId) {
    let slash = command::ALL.iter().map(|command| command.describe(bot));
    let menus = context_menu::ALL.iter().map(|menu| menu.describe());
    let commands: Vec<_> = slash.chain(menus).collect();
    let commands = serde_json::to_value(commands).unwrap_or(Value::Null);
    let commands = super::locale::localised(commands);
    match bot
        .api
        .register(
            application,
            &commands,
            Deadline::at(Instant::now() + REGISTERING),
        )
        .await
    {
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
        contained(command.run(&mut context)).await
    } else if let Some(menu) = context_menu::find(&name) {
        contained(menu.run(&mut context)).await
    } else {
        Err(CommandError::Refused(format!(
            "there is no command /{name} any more; Discord will notice soon"
        )))
    };
    settle(&mut context.reply, result).await;
}

async fn press(bot: Arc<Bot>, interaction: ComponentInteraction) {
    let id = CustomId::decode(&interaction.data.custom_id);
    let mut context = ComponentContext::new(Arc::clone(&bot), interaction);
    // *Stop* works while the bot shuts down.
    let refused = bot.stopping.is_cancelled() && !matches!(id, Some(CustomId::Stop(_)));
    let result = match id {
        _ if refused => Err(CommandError::Refused(STOPPING.to_owned())),
        Some(id) => contained(component::press(id, &mut context)).await,
        None => Err(CommandError::outdated()),
    };
    settle(&mut context.reply, result).await;
}

async fn submit(bot: Arc<Bot>, interaction: ModalInteraction) {
    let id = CustomId::decode(&interaction.data.custom_id);
    let mut context = ModalContext::new(Arc::clone(&bot), interaction);
    let result = match id {
        _ if bot.stopping.is_cancelled() => Err(CommandError::Refused(STOPPING.to_owned())),
        Some(id) => contained(modal::submit(id, &mut context)).await,
        None => Err(CommandError::outdated()),
    };
    settle(&mut context.reply, result).await;
}

/// Responds to an autocomplete interaction. Errors are only logged, since Discord cannot show them.
async fn complete(bot: Arc<Bot>, interaction: CommandInteraction) {
    let token = InteractionToken::new(
        interaction.application_id,
        interaction.id,
        &interaction.token,
        interaction.channel_id,
    );
    let mut reply = Reply::new(&bot, token);
    let context = AutocompleteContext::new(bot, &interaction);
    let (Some(command), Some(context)) = (command::find(&interaction.data.name), context) else {
        return;
    };
    let mut suggestions = command.complete(&context).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "nothing could be suggested");
        Vec::new()
    });
    suggestions.truncate(SUGGESTIONS);
    if let Err(error) = reply.suggest(&suggestions).await {
        tracing::debug!(%error, "suggestions came too late");
    }
}

/// Turns a panic of a handler into a [`CommandError`].
async fn contained(
    work: impl Future<Output = Result<(), CommandError>>,
) -> Result<(), CommandError> {
    let panicked = |_| Err(CommandError::Broken("a command panicked".to_owned()));
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(panicked)
}

/// Reports the result and closes the pending response. If Discord cannot be reached the response stays pending, and the
/// next start recovers it.
async fn settle(reply: &mut Reply, result: Result<(), CommandError>) {
    match said(reply, result).await {
        Ok(()) => reply.close().await,
        Err(error) => {
            // The response itself failed, so the error cannot be shown.
            tracing::warn!(%error, "an answer did not arrive");
            if error.is_gone() {
                reply.close().await;
            }
        }
    }
}

/// Responds with the error, if there is one: a refusal as a sentence, a failure as a reference into the log.
async fn said(reply: &mut Reply, result: Result<(), CommandError>) -> Result<(), RequestError> {
    let sentence = match result {
        Ok(()) => return Ok(()),
        Err(CommandError::Refused(sentence)) => {
            // The sentence is not logged, since it may quote what the person typed.
            tracing::debug!("refused");
            sentence_case(&sentence)
        }
        Err(CommandError::Marked(sentence)) => {
            tracing::debug!("refused");
            sentence
        }
        // Discord may accept plain text where it rejects a message.
        Err(CommandError::Send(error @ RequestError::Rejected { .. }))
            if !error.is_gone() && !error.is_acknowledged() =>
        {
            broken(&error.to_string())
        }
        Err(CommandError::Send(error)) => return Err(error),
        Err(CommandError::Broken(error)) => broken(&error),
    };
    reply.refuse(&sentence).await
}

/// Logs a failure under a random reference, and returns a sentence with that reference.
fn broken(error: &str) -> String {
    let reference = format!("{:06x}", rand::random::<u32>() & 0xff_ffff);
    tracing::error!(error, reference, "a command failed");
    format!(
        "Something broke here; if it happens again, tell whoever runs this bot the number {reference}."
    )
}
