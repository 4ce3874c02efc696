//! Stored texts: found by id, varied, continued and deleted.

use super::handle::GenerationHandle;
use super::service::Writing;
use super::variation::{continued, remixed, without_first_sentence};
use crate::domain::{Text, TextId, TextQuery, TextScope, UserId};
use crate::service::caller::Caller;
use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::refusal::{Refusal, ServiceError};
use generation::Settings;
use model::PromptError;

/// Maximum number of times that a text that is too long to continue is shortened.
const MAX_SHORTENINGS: usize = 400;

/// The result of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// The stored text is deleted, and its message can be.
    Text,
    /// The stored text remains, since it belongs to another guild; a moderator may only delete the message here.
    Message,
}

impl Writing {
    /// The text with this id. Letter case and surrounding white space are ignored.
    ///
    /// # Errors
    /// When there is no such text, or the store fails.
    pub async fn text(&self, id: &TextId) -> Result<Text, ServiceError> {
        let id = TextId::from(id.as_str().trim().to_lowercase());
        let text = self.store.text(&id).await?;
        text.ok_or_else(|| Refusal::NoText(id).into())
    }

    /// The text with this id, if the bot may show it at the caller's location.
    ///
    /// # Errors
    /// As [`Self::text`], and when the guild's rules deny the caller texts here or ban a word of the text.
    pub async fn presentable_text(
        &self,
        caller: &Caller,
        id: &TextId,
    ) -> Result<Text, ServiceError> {
        let policy = self.policy.for_caller(caller).await?;
        policy.authorize(caller)?;
        let text = self.text(id).await?;
        let allowed = policy.check_text(&self.vocabulary, &text.text);
        allowed.map_err(|_| Refusal::BannedHere)?;
        Ok(text)
    }

    /// The newest texts of `user` whose id begins with `typed` or whose text contains it, at most `max`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn recent_texts(
        &self,
        user: UserId,
        typed: &str,
        max: u32,
    ) -> Result<Vec<Text>, ServiceError> {
        let page = TextQuery {
            limit: max,
            offset: 0,
            search: typed.trim(),
        };
        Ok(self.store.newest_texts(TextScope::User(user), page).await?)
    }

    /// Begins a text with the settings of `text` and another seed.
    ///
    /// # Errors
    /// When the request is refused, or the store fails.
    pub async fn reroll(
        &self,
        caller: &Caller,
        text: &Text,
    ) -> Result<GenerationHandle, ServiceError> {
        let settings = Settings {
            seed: None,
            ..text.settings()
        };
        self.begin_child(caller, &settings, text).await
    }

    /// Begins a text with the settings of `form`, which is a complete, edited copy of the settings of `text`. The seed
    /// stays the same, so that only the edits make a difference. Without edits this is a reroll.
    ///
    /// # Errors
    /// When the request is refused, or the store fails.
    pub async fn remix(
        &self,
        caller: &Caller,
        text: &Text,
        form: Settings,
    ) -> Result<GenerationHandle, ServiceError> {
        let settings = remixed(text, form);
        if settings == text.settings() {
            return self.reroll(caller, text).await;
        }
        let settings = settings.over(self.preferences.defaults());
        self.begin_child(caller, &settings, text).await
    }

    async fn begin_child(
        &self,
        caller: &Caller,
        settings: &Settings,
        parent: &Text,
    ) -> Result<GenerationHandle, ServiceError> {
        let policy = self.policy.for_caller(caller).await?;
        self.begin(caller, &policy, settings, Some(parent.id.clone()))
            .await
    }

    /// Begins a continuation of `text`, with the same strategy if that one can continue texts. If the text is too long
    /// for the model, the prompt is its last sentences only: compare the prompt of the handle's request.
    ///
    /// # Errors
    /// When the request is refused, or the store fails.
    pub async fn continue_text(
        &self,
        caller: &Caller,
        text: &Text,
    ) -> Result<GenerationHandle, ServiceError> {
        let policy = self.policy.for_caller(caller).await?;
        let mut settings = continuation_settings(&policy, text, self.preferences.defaults());
        let parent = || Some(text.id.clone());
        for _ in 0..MAX_SHORTENINGS {
            match self.begin(caller, &policy, &settings, parent()).await {
                Err(ServiceError::Refused(Refusal::Prompt(
                    PromptError::TooLong { .. }
                    | PromptError::TooManyCharacters { .. }
                    | PromptError::TooManyBlanks { .. },
                ))) => {}
                begun => return begun,
            }
            let prompt = settings.prompt.as_deref().unwrap_or_default();
            settings.prompt = Some(without_first_sentence(prompt).to_owned());
        }
        self.begin(caller, &policy, &settings, parent()).await
    }

    /// Deletes a text, if `caller` may: its author anywhere, moderators those of their guild.
    ///
    /// # Errors
    /// When there is no such text, `caller` may not delete it, or the store fails.
    pub async fn delete(&self, caller: &Caller, id: &TextId) -> Result<Deletion, ServiceError> {
        let text = self.text(id).await?;
        let owner = text.user;
        if !caller.may_moderate(owner) {
            return Err(Refusal::NotYoursToDelete.into());
        }
        if caller.user != owner && text.server != caller.location.guild {
            return Ok(Deletion::Message);
        }
        self.store.delete_text(&text.id).await?;
        self.traces.remove(&text.id);
        Ok(Deletion::Text)
    }

    /// Whether the model in use wrote `text`.
    pub fn is_current_model(&self, text: &Text) -> bool {
        text.model == self.model.fingerprint
    }
}

/// The settings of a continuation of `text` under `policy`.
fn continuation_settings(policy: &GuildPolicy, text: &Text, defaults: &Settings) -> Settings {
    let mut settings = continued(text, policy.default_strategy()).over(defaults);
    settings.length = policy.cap_length(settings.length);
    settings
}
