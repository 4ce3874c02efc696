//! What was written: kept, found again, varied, continued, deleted.

use crate::domain::{Text, TextOutcome, TextQuery, TextScope};
use generation::Settings;
use generation::strategy;
use model::PromptError;

use crate::service::{Caller, Ending, GenerationHandle, Refusal, SessionError, Sessions, UserId};

/// How often a text that is too long to go on from is shortened.
const SHORTENINGS: usize = 400;

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// The text with all that was kept of it; its id means nothing any more.
    Text,
    /// Nothing that is kept: a moderator may take the message away, but the text is from somewhere else.
    Message,
}

impl Sessions {
    /// Keeps an ended text in the database, and its drafts in memory.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(&self, utterance: &GenerationHandle) -> Result<(), SessionError> {
        self.parts.store.add_text(&self.text_of(utterance)).await?;
        self.keep_reel(utterance);
        Ok(())
    }

    /// Keeps the drafts of a text that is in the database.
    pub(in crate::service) fn keep_reel(&self, utterance: &GenerationHandle) {
        let trace = utterance.trace();
        self.reels.keep(utterance.id(), utterance.user(), trace);
    }

    /// An ended text with all that is known of it.
    pub(in crate::service) fn text_of(&self, utterance: &GenerationHandle) -> Text {
        let (view, order) = (utterance.view(), utterance.order());
        let provenance = utterance.provenance();
        Text {
            id: utterance.id().to_owned(),
            user: utterance.user(),
            server: provenance.place.server,
            channel: Some(provenance.place.channel),
            parent: provenance.parent.clone(),
            prompt: order.prompt.text().to_owned(),
            text: view.text(),
            strategy: order.strategy.name().into(),
            sampling: order.params.sampling,
            length: order.length,
            seed: order.params.seed,
            options: order.options.clone(),
            steering: order.steering.clone(),
            model: self.parts.model.fingerprint.clone(),
            tokens: view.tokens,
            passes: view.passes,
            milliseconds: u64::try_from(view.elapsed.as_millis()).unwrap_or(u64::MAX),
            ended: match view.ending {
                Some(Ending::Done) => TextOutcome::Done,
                Some(Ending::Stopped) => TextOutcome::Stopped,
                Some(Ending::Failed(_)) | None => TextOutcome::Failed,
            },
            kept_at: 0,
        }
    }

    /// The text with this id, however it was typed.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn text(&self, id: &str) -> Result<Text, SessionError> {
        let id = id.trim().to_lowercase();
        let text = self.parts.store.text(&id).await?;
        text.ok_or_else(|| Refusal::NoText(id).into())
    }

    /// The same, if it may be shown where `caller` is.
    ///
    /// # Errors
    /// When `caller` may have no texts there, or it holds a word that is banned there, and as above.
    pub async fn text_here(&self, caller: &Caller, id: &str) -> Result<Text, SessionError> {
        let house = self.house(caller).await?;
        house.authorize(caller)?;
        let text = self.text(id).await?;
        let bans = self.parts.bans.union(&house.bans);
        let plain = self.parts.vocabulary.plain(&text.text);
        match bans.find_in(&plain) {
            Some(_) => Err(Refusal::BannedHere.into()),
            None => Ok(text),
        }
    }

    /// The newest texts of `user` whose id begins with `typed`, or that contain it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest(
        &self,
        user: UserId,
        typed: &str,
        most: u32,
    ) -> Result<Vec<Text>, SessionError> {
        let page = TextQuery {
            limit: most,
            offset: 0,
            search: typed.trim(),
        };
        Ok(self
            .parts
            .store
            .newest_texts(TextScope::User(user), page)
            .await?)
    }

    /// Begins the same again with another seed.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn reroll(
        &self,
        caller: &Caller,
        text: &Text,
    ) -> Result<GenerationHandle, SessionError> {
        let settings = Settings {
            seed: None,
            ..text.settings()
        };
        self.begin(caller, &settings, Some(text.id.clone())).await
    }

    /// Begins the same with some things changed, which `form` has all of. The seed stays, so that nothing but the change
    /// makes the difference; if nothing changes, it is a reroll.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn remix(
        &self,
        caller: &Caller,
        text: &Text,
        form: Settings,
    ) -> Result<GenerationHandle, SessionError> {
        let settings = remixed(text, form);
        if settings == text.settings() {
            return self.reroll(caller, text).await;
        }
        let settings = settings.over(self.defaults());
        self.begin(caller, &settings, Some(text.id.clone())).await
    }

    /// Begins to go on from where `text` ended, in its way if that is one that goes on. If the whole of it is too long to be
    /// gone on from, its last sentences are taken: compare the order's prompt.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn go_on(
        &self,
        caller: &Caller,
        text: &Text,
    ) -> Result<GenerationHandle, SessionError> {
        let house = self.house(caller).await?;
        let mut settings = continued(text, house.first_choice()).over(self.defaults());
        settings.length = house.at_most(settings.length);
        for _ in 0..SHORTENINGS {
            match self.begin(caller, &settings, Some(text.id.clone())).await {
                Err(SessionError::Refused(Refusal::Prompt(
                    PromptError::TooLong { .. }
                    | PromptError::TooManyCharacters { .. }
                    | PromptError::TooManyBlanks { .. },
                ))) => {}
                begun => return begun,
            }
            let prompt = settings.prompt.as_deref().unwrap_or_default();
            settings.prompt = Some(without_first_sentence(prompt).to_owned());
        }
        self.begin(caller, &settings, Some(text.id.clone())).await
    }

    /// Forgets a text for good, if `caller` may: its author anywhere, moderators what was asked for on their server.
    ///
    /// # Errors
    /// When there is no such text, `caller` may not, or the database fails.
    pub async fn delete(&self, caller: &Caller, id: &str) -> Result<Deletion, SessionError> {
        let text = self.text(id).await?;
        let owner = text.user;
        if !caller.may_touch(owner) {
            return Err(Refusal::NotYoursToDelete.into());
        }
        if caller.user != owner && text.server != caller.place.server {
            return Ok(Deletion::Message);
        }
        self.parts.store.delete_text(&text.id).await?;
        self.reels.forget(&text.id);
        Ok(Deletion::Text)
    }

    /// Whether the model that writes now is the one that wrote `text`.
    pub fn wrote(&self, text: &Text) -> bool {
        text.model == self.parts.model.fingerprint
    }
}

/// `form`, made of the settings of `text`, without what belonged to another strategy than the one it has now.
fn remixed(text: &Text, form: Settings) -> Settings {
    let old = text.settings();
    if form.strategy == old.strategy {
        return form;
    }
    let uses_keywords = |strategy: &'static dyn strategy::Strategy| strategy.uses_keywords();
    let keeps_keywords = form.strategy().is_ok_and(uses_keywords);
    Settings {
        top_k: None,
        top_p: None,
        options: form.options.filter(|new| Some(new) != old.options.as_ref()),
        keywords: form.keywords.filter(|_| keeps_keywords),
        ..form
    }
}

/// The settings to go on from `text` with; in the way `otherwise` if its own does not go on.
fn continued(text: &Text, otherwise: &str) -> Settings {
    let old = text.settings();
    let goes_on = text.length.is_some()
        && old
            .strategy()
            .is_ok_and(|strategy| !strategy.needs_keywords());
    let old = if goes_on {
        old
    } else {
        Settings {
            strategy: Some(otherwise.into()),
            length: old.length,
            tags: old.tags,
            context: old.context,
            ..Settings::default()
        }
    };
    Settings {
        prompt: Some(text.text.clone()),
        seed: None,
        keywords: None,
        ..old
    }
}

/// `text` without its first sentence; if it is only one, without its first half.
fn without_first_sentence(text: &str) -> &str {
    let ends = |(at, c): (usize, char)| {
        let rest = &text[at + c.len_utf8()..];
        let rest = rest.trim_start_matches(['"', '”', '’', '\'', ')']);
        let begins = rest.starts_with(char::is_whitespace) && !rest.trim().is_empty();
        (matches!(c, '.' | '!' | '?') && begins).then(|| rest.trim_start())
    };
    let after_sentence = text.char_indices().find_map(ends);
    after_sentence.unwrap_or_else(|| {
        let half = text.chars().count() / 2;
        let middle = text.char_indices().nth(half).map_or(0, |(at, _)| at);
        let second = &text[middle..];
        second.split_once(' ').map_or(second, |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::{Seed, Steering};

    fn text(strategy: &str, options: &str) -> Text {
        let known = strategy::find(strategy).unwrap();
        Text {
            id: "abc".into(),
            user: UserId(1),
            server: Some(2),
            channel: Some(3),
            parent: None,
            prompt: "Once".into(),
            text: "Once more. And again.".into(),
            strategy: strategy.into(),
            sampling: strategy::default_sampling(known),
            length: "9".parse().ok(),
            seed: Seed::from(5),
            options: options.into(),
            steering: Steering {
                keywords: (strategy == "keywords").then(|| "sea".to_owned()),
                ..Steering::default()
            },
            model: "f".into(),
            tokens: 9,
            passes: 9,
            milliseconds: 1,
            ended: TextOutcome::Done,
            kept_at: 0,
        }
    }

    #[test]
    fn a_remix_keeps_what_the_form_says_as_long_as_the_strategy_stays() {
        let text = text("gibbs", "iterations=9");
        let form = Settings {
            prompt: Some("Twice".into()),
            temperature: None,
            ..text.settings()
        };
        assert_eq!(remixed(&text, form.clone()), form);
    }

    #[test]
    fn with_another_strategy_what_belonged_to_the_old_one_is_left_behind() {
        let text = text("keywords", "order=any");
        let to = |strategy: &str, options: &str| {
            let form = Settings {
                strategy: Some(strategy.into()),
                options: Some(options.into()),
                ..text.settings()
            };
            remixed(&text, form)
        };
        let naive = to("naive", "order=any");
        assert_eq!(
            (naive.options, naive.keywords, naive.top_k, naive.top_p),
            (None, None, None, None)
        );
        assert_eq!(naive.seed, Some(Seed::from(5)));
        let best = to("best-of", "samples=2");
        assert_eq!(
            (best.options.as_deref(), best.keywords.as_deref()),
            (Some("samples=2"), Some("sea"))
        );
    }

    #[test]
    fn a_text_goes_on_in_its_way_or_in_the_default_one() {
        let same = continued(&text("gibbs", "iterations=9"), "lookahead");
        assert_eq!(
            (same.strategy.as_deref(), same.options.as_deref()),
            (Some("gibbs"), Some("iterations=9"))
        );
        assert_eq!(same.prompt.as_deref(), Some("Once more. And again."));
        assert_eq!(same.seed, None);
        for (strategy, options, length) in [
            ("template", "", None),
            ("denoise", "gain=1", None),
            ("keywords", "", Some("9")),
        ] {
            let text = Text {
                length: length.and_then(|length| length.parse().ok()),
                ..text(strategy, options)
            };
            let settings = continued(&text, "blocks");
            assert_eq!(settings.strategy.as_deref(), Some("blocks"), "{strategy}");
            assert_eq!((settings.options, settings.keywords), (None, None));
            assert_eq!(settings.length.is_some(), length.is_some());
        }
        let random = continued(&text("denoise", "start=random"), "lookahead");
        assert_eq!(random.strategy.as_deref(), Some("denoise"));
    }

    #[test]
    fn a_text_that_is_too_long_loses_its_first_sentences_first() {
        for (whole, rest) in [
            ("One. Two three. Four.", "Two three. Four."),
            ("“One!” Two.", "Two."),
            ("3.5 is one. Two", "Two"),
            ("one two three four", "four"),
            ("abcdef", "def"),
        ] {
            assert_eq!(without_first_sentence(whole), rest, "{whole}");
        }
    }
}
