//! A bot with verbs: people run commands, press buttons and see messages. Whatever the bot sends is held against
//! Discord's OpenAPI document when the harness is dropped.

pub(crate) mod openapi;
mod place;
mod scripted;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use mouthpiece::config::Config;
use mouthpiece::discord::{ApiBaseUrl, Secret};
use sandbox::{ChannelMessage, RecordedRequest, Sandbox, World};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The people and the channel of every new sandbox.
pub(crate) const ADA: u64 = 1_400_000_000_000_000_000;
pub(crate) const BEN: u64 = ADA + 1;
pub(crate) const GENERAL: u64 = 1_300_000_000_000_000_000;

/// Maximum wait for a condition. Generous, since a busy machine is slow; a passing test never waits this long.
pub(crate) const LIMIT: Duration = Duration::from_mins(5);
/// Interval at which a condition is checked again if the sandbox reports no change.
pub(crate) const POLL: Duration = Duration::from_secs(1);

/// The bot's token; no log may ever hold it.
pub(crate) const TOKEN: &str = "token-that-nobody-may-see";

pub(crate) use place::Place;
use place::component;
pub(crate) use scripted::{Scripted, callback};

/// A running bot in a sandbox of its own.
pub(crate) struct Bot {
    pub(crate) sandbox: Arc<Sandbox>,
    general: Place,
    config: Config,
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
    /// Holds the database until the test is over.
    _folder: TempDir,
}

impl Bot {
    /// A bot as it comes, but with faster edits.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A bot with a changed configuration.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let sandbox = Arc::new(Sandbox::start(0).await.unwrap());
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::from_sources(None, Vec::new()).unwrap();
        config.discord.api_base_url = ApiBaseUrl::parse(&sandbox.url());
        config.discord.token = Some(Secret::new(TOKEN));
        config.discord.edit_interval = Duration::from_millis(250);
        config.store = folder.path().join("store.sqlite3");
        change(&mut config);
        let stop = CancellationToken::new();
        let task = serve(config.clone(), stop.clone());
        let bot = Self {
            general: Place::new(&sandbox, GENERAL),
            sandbox,
            config,
            stop,
            task,
            _folder: folder,
        };
        bot.until("the bot is there", |world| {
            (!world.commands().is_empty()).then_some(())
        })
        .await;
        bot
    }

    /// Stops the bot and starts it again on the same database.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.sandbox.world(sandbox::World::clear_commands);
        self.stop = CancellationToken::new();
        self.task = serve(self.config.clone(), self.stop.clone());
        self.until("the bot is back", |world| {
            (!world.commands().is_empty()).then_some(())
        })
        .await;
    }

    /// Tells the bot to stop and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        timeout(LIMIT, &mut self.task)
            .await
            .expect("the bot stops")
            .unwrap()
            .unwrap();
    }

    /// Waits until the bot has ended by itself.
    pub(crate) async fn ended(mut self) -> anyhow::Result<()> {
        let ended = timeout(LIMIT, &mut self.task).await;
        ended.expect("the bot ends").unwrap()
    }

    /// The file of its database.
    pub(crate) fn store(&self) -> &std::path::Path {
        &self.config.store
    }

    /// Tells the bot to stop, and does not wait.
    pub(crate) fn begin_to_stop(&self) {
        self.stop.cancel();
    }

    /// Waits until `look` sees something in the world.
    pub(crate) async fn until<T>(&self, what: &str, look: impl Fn(&World) -> Option<T>) -> T {
        let looking = async {
            loop {
                let mut changes = self.sandbox.changes();
                if let Some(seen) = self.sandbox.world(|world| look(world)) {
                    return seen;
                }
                // A bot that has ended changes nothing any more.
                let something = timeout(POLL, changes.next()).await.is_ok();
                assert!(
                    something || !self.task.is_finished(),
                    "the bot has ended, so never seen: {what}"
                );
            }
        };
        if let Ok(seen) = timeout(LIMIT, looking).await {
            return seen;
        }
        panic!(
            "never seen: {what} (the bot is {})\n{}",
            if self.task.is_finished() {
                "gone"
            } else {
                "running"
            },
            self.transcript()
        )
    }

    /// Waits for an answer to an interaction that `fits`.
    pub(crate) async fn see(
        &self,
        token: &str,
        what: &str,
        fits: impl Fn(&ChannelMessage) -> bool,
    ) -> ChannelMessage {
        self.until(what, |world| {
            world
                .responses(token)
                .find(|message| fits(message))
                .cloned()
        })
        .await
    }

    /// The finished answer to an interaction: no promise, no button to stop it.
    pub(crate) async fn answer(&self, token: &str) -> ChannelMessage {
        let finished = |message: &ChannelMessage| !message.is_thinking() && !being_written(message);
        self.see(token, "a finished answer", finished).await
    }

    /// A finished text that did not fail.
    pub(crate) async fn spoken(&self, token: &str) -> ChannelMessage {
        let done = self.answer(token).await;
        let footer = footer(&done);
        assert!(
            footer.contains(" tokens · ") && !footer.contains("failed"),
            "{footer}"
        );
        done
    }

    /// What a person is told privately, with nothing left that others could see.
    pub(crate) async fn told(&self, token: &str) -> String {
        let message = self.answer(token).await;
        assert!(message.is_ephemeral(), "a refusal is private: {message:?}");
        let others = self.sandbox.world(|world| world.responses(token).count());
        assert_eq!(others, 1, "nothing else is left of the command");
        message.content
    }

    /// The requests about one interaction.
    pub(crate) fn requests(&self, token: &str) -> Vec<RecordedRequest> {
        self.sandbox
            .requests()
            .into_iter()
            .filter(|request| request.path.contains(token))
            .collect()
    }

    /// What everybody saw and said, for failures.
    fn transcript(&self) -> String {
        let messages = self.sandbox.world(|world| {
            world
                .messages()
                .map(|m| format!("  {:?}: {}", m.flags, m.text()))
                .collect::<Vec<_>>()
        });
        let requests: Vec<String> = self
            .sandbox
            .requests()
            .iter()
            .map(|r| format!("  {} {} {}", r.status, r.method, r.path))
            .collect();
        format!(
            "messages:\n{}\nrequests:\n{}",
            messages.join("\n"),
            requests.join("\n")
        )
    }
}

fn serve(config: Config, stop: CancellationToken) -> JoinHandle<anyhow::Result<()>> {
    tokio::spawn(async move {
        let ended = mouthpiece::app::serve(config, stop).await;
        if let Err(error) = &ended {
            eprintln!("the bot failed: {error:#}");
        }
        ended
    })
}

/// What people do without saying where, they do in the first channel.
impl Deref for Bot {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.general
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.stop.cancel();
        if !std::thread::panicking() {
            for request in self.sandbox.requests() {
                openapi::check(&request);
            }
        }
    }
}

/// Whether a message shows a text in the making: it has a button to stop it.
pub(crate) fn being_written(message: &ChannelMessage) -> bool {
    component(message, |component| {
        component["custom_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("stop:"))
    })
    .is_some()
}

/// The description of a message's embed.
pub(crate) fn description(message: &ChannelMessage) -> String {
    message.embeds[0]["description"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// The footer of a message's embed.
pub(crate) fn footer(message: &ChannelMessage) -> String {
    message.embeds[0]["footer"]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Text without the marks that keep Discord from reading it as Markdown.
pub(crate) fn plain(markdown: &str) -> String {
    markdown.replace("**", "").replace('\\', "")
}
