//! How surprising the model finds the words of a text.

use std::sync::Arc;

use crate::pool::Owner;
use generation::score::{self, Metric, Score};
use generation::{Draft, Segment};

use crate::service::writing::running::RunningJobs;
use crate::service::{Caller, Refusal, SessionError, Sessions};

/// A word with how surprising it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredWord {
    /// As it was typed.
    pub text: String,
    /// Whether a space stands before it.
    pub spaced: bool,
    /// Minus the binary logarithm of its probability: PLL-word-l2r, so its pieces do not give each other away.
    pub bits: f64,
}

/// A text with how surprising it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoring {
    /// Its words and marks.
    pub words: Vec<ScoredWord>,
    /// The score of all of it, in nats.
    pub score: Score,
}

impl Scoring {
    /// The bits of all words together.
    pub fn bits(&self) -> f64 {
        self.words.iter().map(|word| word.bits).sum()
    }

    /// The words with the most surprising first.
    pub fn most_surprising(&self) -> Vec<&ScoredWord> {
        let mut words: Vec<&ScoredWord> = self.words.iter().collect();
        words.sort_by(|a, b| b.bits.total_cmp(&a.bits));
        words
    }
}

impl Sessions {
    /// Scores `text` for `caller`.
    ///
    /// # Errors
    /// When it is refused, a banned word among it, or the database fails.
    pub async fn score(&self, caller: &Caller, text: &str) -> Result<Scoring, SessionError> {
        let house = self.house(caller).await?;
        house.authorize(caller)?;
        // The text is shown, often to everybody.
        self.fit_to_show(&house, text)?;
        let most = house.running(&self.parts.limits);
        Ok(self.scored(caller, text, most).await?)
    }

    /// Scores `text` for `caller`, who may have `most` seats.
    async fn scored(&self, caller: &Caller, text: &str, most: usize) -> Result<Scoring, Refusal> {
        let (parts, user) = (&self.parts, caller.user);
        let seat = RunningJobs::acquire(&self.desk, caller, most)?;
        let vocabulary = &parts.vocabulary;
        let spelled = vocabulary.spelled(text)?;
        let most = vocabulary.token_table().max_tokens() - Draft::MAX_QUERY_OVERHEAD;
        match spelled.len() {
            0 => return Err(Refusal::NothingToScore),
            given if given > most => return Err(Refusal::TooLongToScore { given, most }),
            _ => {}
        }
        let tokens = spelled.iter().map(|spelled| spelled.token).collect();
        let draft = Draft::new(
            Arc::clone(vocabulary.token_table()),
            &[Segment::Given(tokens)],
        );
        let positions: Vec<usize> = (0..draft.len()).collect();
        let questions = score::queries(&draft, &positions, Metric::PllWordL2r);
        let asked = parts.pool.ask(Owner(user.0), draft.clone(), questions);
        let answers = tokio::select! {
            () = seat.stop.cancelled() => return Err(Refusal::Stopped),
            answers = asked => answers?.map_err(Refusal::Model)?,
        };
        let score = score::score(&draft, &positions, &answers);
        let mut words: Vec<ScoredWord> = Vec::new();
        for (piece, nats) in spelled.into_iter().zip(&score.tokens) {
            let bits = -nats / std::f64::consts::LN_2;
            match words.last_mut() {
                Some(word) if vocabulary.continues(piece.token) => {
                    word.text.push_str(&piece.text);
                    word.bits += bits;
                }
                _ => words.push(ScoredWord {
                    text: piece.text,
                    spaced: piece.spaced,
                    bits,
                }),
            }
        }
        Ok(Scoring { words, score })
    }
}
