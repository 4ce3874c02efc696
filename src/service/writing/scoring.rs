//! Scores of given texts: the surprisal of each word under the model.

use std::sync::Arc;

use super::running::RunningJobs;
use super::service::Writing;
use crate::pool::Owner;
use crate::service::caller::Caller;
use crate::service::refusal::{Refusal, ServiceError};
use generation::score::{self, Metric, Score};
use generation::{Draft, Segment};
use model::{Spelled, Vocabulary};

/// A word with its surprisal.
#[derive(Debug, Clone, PartialEq)]
pub struct WordSurprisal {
    /// The word as it was typed.
    pub text: String,
    /// Whether a space precedes the word.
    pub spaced: bool,
    /// The surprisal in bits: minus the binary logarithm of the word's probability. The metric is PLL-word-l2r, under
    /// which the pieces of a word do not reveal each other.
    pub bits: f64,
}

/// A text with the surprisal of its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Scoring {
    /// The words and punctuation marks of the text.
    pub words: Vec<WordSurprisal>,
    /// The score of the whole text, in nats.
    pub score: Score,
}

impl Scoring {
    /// The total surprisal in bits.
    pub fn bits(&self) -> f64 {
        self.words.iter().map(|word| word.bits).sum()
    }

    /// The words by descending surprisal.
    pub fn most_surprising(&self) -> Vec<&WordSurprisal> {
        let mut words: Vec<&WordSurprisal> = self.words.iter().collect();
        words.sort_by(|a, b| b.bits.total_cmp(&a.bits));
        words
    }
}

impl Writing {
    /// Scores `text`.
    ///
    /// # Errors
    /// When the request is refused, `text` contains a banned word, or the store fails.
    pub async fn score(&self, caller: &Caller, text: &str) -> Result<Scoring, ServiceError> {
        let policy = self.policy.for_caller(caller).await?;
        policy.authorize(caller)?;
        // The reply shows the text, usually to everyone.
        policy.check_text(&self.vocabulary, text)?;
        Ok(self.scored(caller, text, policy.max_running()).await?)
    }

    async fn scored(
        &self,
        caller: &Caller,
        text: &str,
        max_running: usize,
    ) -> Result<Scoring, Refusal> {
        let permit = RunningJobs::acquire(&self.jobs, caller, max_running)?;
        let vocabulary = &self.vocabulary;
        let pieces = vocabulary.spelled(text)?;
        let most = vocabulary.token_table().max_tokens() - Draft::MAX_QUERY_OVERHEAD;
        match pieces.len() {
            0 => return Err(Refusal::NothingToScore),
            given if given > most => return Err(Refusal::TooLongToScore { given, most }),
            _ => {}
        }
        let tokens = pieces.iter().map(|piece| piece.token).collect();
        let draft = Draft::new(
            Arc::clone(vocabulary.token_table()),
            &[Segment::Given(tokens)],
        );
        let positions: Vec<usize> = (0..draft.len()).collect();
        let queries = score::queries(&draft, &positions, Metric::PllWordL2r);
        let asked = self.pool.ask(Owner(caller.user.0), draft.clone(), queries);
        let answers = tokio::select! {
            () = permit.stop.cancelled() => return Err(Refusal::Stopped),
            answers = asked => answers?.map_err(Refusal::Model)?,
        };
        let score = score::score(&draft, &positions, &answers);
        let words = join_pieces(vocabulary, pieces, &score.tokens);
        Ok(Scoring { words, score })
    }
}

/// Joins the pieces of each word. `log_probabilities` has the logarithm of each piece's probability, in nats.
fn join_pieces(
    vocabulary: &Vocabulary,
    pieces: Vec<Spelled>,
    log_probabilities: &[f64],
) -> Vec<WordSurprisal> {
    let mut words: Vec<WordSurprisal> = Vec::new();
    for (piece, nats) in pieces.into_iter().zip(log_probabilities) {
        let bits = -nats / std::f64::consts::LN_2;
        match words.last_mut() {
            // A token of white space belongs to the word behind it.
            Some(word) if word.text.is_empty() || vocabulary.continues(piece.token) => {
                word.text.push_str(&piece.text);
                word.bits += bits;
            }
            _ => words.push(WordSurprisal {
                text: piece.text,
                spaced: piece.spaced,
                bits,
            }),
        }
    }
    words
}
