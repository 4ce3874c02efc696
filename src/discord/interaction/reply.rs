//! The answer to one interaction: promised, given, refused, or changed later.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serenity::builder::CreateModal;

use super::super::Bot;
use super::super::http::api::{DiscordApi, Suggestion};
use super::super::http::deadline::Deadline;
use super::super::http::error::RequestError;
use super::super::http::interaction_token::InteractionToken;
use super::deferred::Remembered;
use crate::discord::view::message::Message;
use crate::service::Services;

/// Discord wants the first answer within three seconds.
const FIRST_ANSWER: Duration = Duration::from_millis(2_500);
/// An interaction can be answered for 15 minutes; a little is left for the last words.
const LIFE: Duration = Duration::from_mins(14);
/// The last words may use nearly all the time that `LIFE` leaves.
const LAST_WORDS: Duration = Duration::from_secs(50);

/// What has been said so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Silent,
    Promised { private: bool },
    Answered,
}

/// The answer to one interaction.
pub(in crate::discord) struct Reply {
    api: Arc<DiscordApi>,
    services: Arc<Services>,
    token: InteractionToken,
    began: Instant,
    stage: Stage,
    /// While somebody waits for more than was said at once.
    remembered: Option<Remembered>,
}

impl Reply {
    pub(in crate::discord) fn new(bot: &Bot, token: InteractionToken) -> Self {
        Self {
            api: Arc::clone(&bot.api),
            services: Arc::clone(&bot.services),
            token,
            began: Instant::now(),
            stage: Stage::Silent,
            remembered: None,
        }
    }

    /// When no answer is possible any more.
    pub(in crate::discord) fn expires_at(&self) -> Instant {
        self.began + LIFE
    }

    fn first_answer(&self) -> Deadline {
        Deadline::at(self.began + FIRST_ANSWER)
    }

    fn must_arrive(&self) -> Deadline {
        Deadline::at(self.expires_at() + LAST_WORDS)
    }

    /// Promises an answer for everybody; they see "thinking…".
    pub(in crate::discord) async fn defer(&mut self) -> Result<(), RequestError> {
        self.defer_as(false).await
    }

    /// Promises an answer for the person who asked alone.
    pub(in crate::discord) async fn defer_ephemeral(&mut self) -> Result<(), RequestError> {
        self.defer_as(true).await
    }

    async fn defer_as(&mut self, private: bool) -> Result<(), RequestError> {
        // First, so that there is no moment at which a promise is made that a killed bot would not know of.
        self.remember().written().await;
        let deferred = self
            .api
            .defer(&self.token, private, self.first_answer())
            .await;
        match deferred {
            // Somebody may see "thinking…" by now. If not, what follows is refused as well.
            Err(error) if error.is_uncertain() => {
                tracing::warn!(%error, "a promise may have arrived or not");
            }
            deferred => deferred?,
        }
        self.stage = Stage::Promised { private };
        Ok(())
    }

    fn remember(&mut self) -> &mut Remembered {
        let begin = || Remembered::begin(&self.services, &self.token);
        self.remembered.get_or_insert_with(begin)
    }

    /// Nothing more is to come, and nobody has to hear of it at the next start.
    pub(in crate::discord) async fn close(&mut self) {
        if let Some(remembered) = self.remembered.take() {
            remembered.end().await;
        }
    }

    /// Answers, or keeps the promise.
    pub(in crate::discord) async fn answer(
        &mut self,
        message: &Message,
    ) -> Result<(), RequestError> {
        let (message, more) = message.clone().parted();
        match self.stage {
            Stage::Silent => {
                self.api
                    .respond(&self.token, &message, self.first_answer())
                    .await?;
            }
            Stage::Promised { .. } | Stage::Answered => {
                self.api
                    .edit(&self.token, &message, self.must_arrive())
                    .await?;
            }
        }
        self.stage = Stage::Answered;
        for message in &more {
            self.follow_up(message).await?;
        }
        Ok(())
    }

    /// Shows a frame of a text in the making. Tried once.
    pub(in crate::discord) async fn stream_edit(
        &mut self,
        message: &Message,
    ) -> Result<(), RequestError> {
        self.api
            .edit(&self.token, message, Deadline::SingleAttempt)
            .await?;
        self.stage = Stage::Answered;
        self.remember();
        Ok(())
    }

    /// Makes the message under which a button was pressed look like `message`.
    pub(in crate::discord) async fn update(
        &mut self,
        message: &Message,
    ) -> Result<(), RequestError> {
        if self.stage != Stage::Silent {
            return self.answer(message).await;
        }
        self.api
            .update(&self.token, message, self.first_answer())
            .await?;
        self.stage = Stage::Answered;
        Ok(())
    }

    /// Opens a form. Only possible as the first answer.
    pub(in crate::discord) async fn open_modal(
        &mut self,
        modal: &CreateModal,
    ) -> Result<(), RequestError> {
        self.api
            .open_modal(&self.token, modal, self.first_answer())
            .await?;
        self.stage = Stage::Answered;
        Ok(())
    }

    /// Offers values for the option that somebody is typing.
    pub(in crate::discord) async fn suggest(
        &mut self,
        suggestions: &[Suggestion],
    ) -> Result<(), RequestError> {
        self.api
            .suggest(&self.token, suggestions, self.first_answer())
            .await
    }

    /// Sends a further message, for everybody or, if it is private, for the person alone.
    pub(in crate::discord) async fn follow_up(
        &mut self,
        message: &Message,
    ) -> Result<(), RequestError> {
        self.api
            .follow_up(&self.token, message, self.must_arrive())
            .await
    }

    /// Takes the answer away; after [`Reply::acknowledge`], the message under which the button was pressed.
    pub(in crate::discord) async fn delete(&mut self) -> Result<(), RequestError> {
        self.api.delete(&self.token, self.must_arrive()).await
    }

    /// Takes notice of a button without showing anything. What is answered afterwards changes the message it is under.
    pub(in crate::discord) async fn acknowledge(&mut self) -> Result<(), RequestError> {
        self.api
            .acknowledge(&self.token, self.first_answer())
            .await?;
        self.stage = Stage::Answered;
        Ok(())
    }

    /// Tells the person who asked, and nobody else, why not. A public promise is taken back first, since Discord would
    /// show what comes next in its place, to everybody.
    pub(in crate::discord) async fn refuse(&mut self, sentence: &str) -> Result<(), RequestError> {
        let message = Message::text(sentence).private();
        match self.stage {
            Stage::Silent | Stage::Promised { private: true } => self.answer(&message).await,
            Stage::Promised { private: false } => {
                let deleted = self.api.delete(&self.token, self.must_arrive()).await;
                deleted.or_else(|error| if error.is_gone() { Ok(()) } else { Err(error) })?;
                self.api
                    .follow_up(&self.token, &message, self.must_arrive())
                    .await
            }
            Stage::Answered => {
                self.api
                    .follow_up(&self.token, &message, self.must_arrive())
                    .await
            }
        }
    }
}

/// Errors begin in lower case and end without a full stop; people read sentences, in which nothing is read as Markdown.
pub(in crate::discord) fn sentence_case(text: &str) -> String {
    let shown = crate::discord::view::markdown::escaped(text);
    let mut characters = shown.chars();
    let first: String = characters
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    let end = if shown.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{end}", characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_read_as_sentences() {
        assert_eq!(
            sentence_case("length must be at most 200"),
            "Length must be at most 200."
        );
        assert_eq!(sentence_case("Discord is away!"), "Discord is away!");
        assert_eq!(sentence_case(""), ".");
    }
}
