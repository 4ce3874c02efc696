//! What Discord tells the bot: it is ready, somebody does something.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use serde_json::Value;
use serenity::async_trait;
use serenity::client::{Context, EventHandler};
use serenity::model::application::{CommandInteraction, ComponentInteraction, Interaction};
use serenity::model::gateway::Ready;
use serenity::model::id::ApplicationId;
use tracing::Instrument;

use super::call::{Call, Fault};
use super::reply::Reply;
use super::sender::{Patience, Ticket};
use super::{Bot, command, component};

/// How long registering the commands is tried.
const REGISTERING: Duration = Duration::from_mins(10);
const STOPPING: &str = "the bot is being restarted; try again in a minute";

/// Hands events on to the bot's tasks.
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
        let bot = Arc::clone(&self.bot);
        match interaction {
            Interaction::Command(interaction) => {
                let span = tracing::info_span!(
                    "command",
                    name = interaction.data.name,
                    user = interaction.user.id.get(),
                    id = interaction.id.get()
                );
                self.bot.tasks.spawn(run(bot, interaction).instrument(span));
            }
            Interaction::Component(interaction) => {
                let span = tracing::info_span!(
                    "component",
                    user = interaction.user.id.get(),
                    id = interaction.id.get()
                );
                self.bot
                    .tasks
                    .spawn(press(bot, interaction).instrument(span));
            }
            _ => tracing::debug!("an interaction of a kind that is not used"),
        }
    }
}

/// One request replaces all commands, so that none is left over and none is missing in between.
async fn register(bot: &Bot, application: ApplicationId) {
    let commands: Vec<_> = command::ALL
        .iter()
        .map(|command| command.describe(bot))
        .collect();
    let commands = serde_json::to_value(commands).unwrap_or(Value::Null);
    match bot
        .sender
        .register(
            application,
            &commands,
            Patience::until(Instant::now() + REGISTERING),
        )
        .await
    {
        Ok(()) => tracing::info!(commands = command::ALL.len(), "commands are registered"),
        Err(error) => {
            tracing::error!(%error, "commands could not be registered; those of the last start stay");
        }
    }
}

async fn run(bot: Arc<Bot>, interaction: CommandInteraction) {
    let name = interaction.data.name.clone();
    let mut call = Call::new(Arc::clone(&bot), interaction);
    let result = match command::find(&name) {
        _ if bot.stopping.is_cancelled() => Err(Fault::Refused(STOPPING.to_owned())),
        Some(command) => contained(command.run(&mut call)).await,
        None => Err(Fault::Refused(format!(
            "there is no command /{name} any more; Discord will notice soon"
        ))),
    };
    settle(&mut call.reply, result).await;
}

async fn press(bot: Arc<Bot>, interaction: ComponentInteraction) {
    let ticket = Ticket {
        application: interaction.application_id,
        interaction: interaction.id,
        token: interaction.token.clone(),
    };
    let mut reply = Reply::new(Arc::clone(&bot.sender), ticket);
    let result = contained(component::press(&bot, &interaction, &mut reply)).await;
    settle(&mut reply, result).await;
}

/// A panic is a fault like any other: the person hears of it, and the bot goes on.
async fn contained(work: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
    let panicked = |_| Err(Fault::Broken("a command panicked".to_owned()));
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(panicked)
}

/// Tells the person what went wrong, if anything did: a sentence if it is about the person's side, else a number under
/// which the log has the rest.
async fn settle(reply: &mut Reply, result: Result<(), Fault>) {
    let sentence = match result {
        Ok(()) => return,
        Err(Fault::Refused(sentence)) => {
            tracing::debug!(sentence, "refused");
            sentence
        }
        Err(Fault::Send(error)) => {
            // The way to the person is what broke.
            tracing::warn!(%error, "an answer did not arrive");
            return;
        }
        Err(Fault::Broken(error)) => {
            let reference = format!("{:06x}", rand::random::<u32>() & 0xff_ffff);
            tracing::error!(error, reference, "a command failed");
            format!(
                "something broke here; if it happens again, tell whoever runs this bot the number {reference}"
            )
        }
    };
    if let Err(error) = reply.refuse(&sentence).await {
        tracing::warn!(%error, "a refusal did not arrive");
    }
}
