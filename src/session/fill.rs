//! Filling the blanks of a sentence, with what else might stand there.

use std::sync::Arc;

use crate::generation::{Draft, Seed, Settings, Want};
use crate::inference::{Outcome, Owner, Pool};
use crate::model::{Prompt, PromptError, Span, Vocabulary};

use super::desk::Desk;
use super::{Limits, Order, Refusal, SessionError, Sessions, UserId, fresh_seed};

/// The strategy that fills blanks.
const STRATEGY: &str = "template";

/// A word that might stand in a blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// As the vocabulary spells it; `##` marks a piece that continues a word.
    pub token: String,
    /// Its probability with all blanks open, 0 to 1.
    pub probability: f32,
}

/// A sentence with its blanks filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Filling {
    /// The sentence, in stretches of one origin.
    pub spans: Vec<Span>,
    /// For each blank what might stand there, best first.
    pub candidates: Vec<Vec<Candidate>>,
    /// Where the random numbers started; only with a temperature above 0 does it matter.
    pub seed: Seed,
    /// Sequences scored.
    pub passes: u64,
}

impl Filling {
    /// The sentence.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Fills the blanks of what `settings` holds, and names `top` candidates for each, for `owner`.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn make(
        pool: &Pool,
        vocabulary: &Vocabulary,
        limits: &Limits,
        owner: Owner,
        settings: Settings,
        top: usize,
    ) -> Result<Self, Refusal> {
        if settings
            .prompt
            .as_deref()
            .is_some_and(|typed| Prompt::parse(typed).blanks() == 0)
        {
            return Err(PromptError::NoBlank.into());
        }
        let settings = Settings {
            strategy: Some(STRATEGY.to_owned()),
            ..settings
        };
        let order = Order::new(vocabulary, limits, &settings, fresh_seed())?;
        let mut running = pool.submit(owner, order.begin())?;
        let candidates = candidates(pool, vocabulary, owner, order.draft(), top).await?;
        let finished = running.finished().await;
        if let Outcome::Failed(reason) = finished.outcome {
            return Err(Refusal::Model(reason));
        }
        let spans = vocabulary.render(&order.prompt, &finished.draft);
        Ok(Self {
            spans,
            candidates,
            seed: order.params.seed,
            passes: finished.passes + 1,
        })
    }
}

async fn candidates(
    pool: &Pool,
    vocabulary: &Vocabulary,
    owner: Owner,
    draft: &Draft,
    top: usize,
) -> Result<Vec<Vec<Candidate>>, Refusal> {
    let question = draft.question(&draft.open(), Want::Top(top));
    let scores = pool
        .ask(owner, draft.clone(), vec![question])
        .await?
        .map_err(Refusal::Model)?;
    let rows = scores.into_iter().flat_map(|scores| scores.rows);
    Ok(rows
        .map(|row| {
            let candidate = |&guess| {
                let guess: crate::generation::Guess = guess;
                Candidate {
                    token: vocabulary.piece(guess.token).to_owned(),
                    probability: row.probability(guess),
                }
            };
            row.guesses.iter().take(top).map(candidate).collect()
        })
        .collect())
}

impl Sessions {
    /// Fills the blanks of the prompt in `call`, and names `top` candidates for each. What `user` has set counts only
    /// where it fits filling: temperature, top-k and top-p stay as the strategy prefers unless `call` says otherwise.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn fill(
        &self,
        user: UserId,
        call: Settings,
        top: usize,
    ) -> Result<Filling, SessionError> {
        let _seat = Desk::sit_down(&self.desk, user, self.parts.limits.running_per_user)?;
        let parts = &self.parts;
        let settings = Settings {
            length: None,
            ..call
        };
        Ok(Filling::make(
            &parts.pool,
            &Arc::clone(&parts.vocabulary),
            &parts.limits,
            Owner(user.0),
            settings,
            top,
        )
        .await?)
    }
}
