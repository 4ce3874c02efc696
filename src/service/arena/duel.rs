//! The stages of a duel: two running generations, votes, and the result.

use std::time::Duration;

use crate::domain::{Duel, TextId, VoteChoice, VoteCount};
use crate::service::refusal::Refusal;
use crate::service::writing::handle::GenerationHandle;
use crate::service::writing::view::GenerationOutcome;

/// The conditions that close a duel, whichever is met first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArenaRules {
    /// Maximum time that a duel stays open.
    pub open_for: Duration,
    /// The number of votes that closes a duel.
    pub votes: u64,
}

/// The two running generations of a duel. Dropping them cancels both.
pub struct DuelGeneration(pub(super) [GenerationHandle; 2]);

/// A closed duel.
#[derive(Debug, Clone, PartialEq)]
pub struct DuelResult {
    /// The duel with its texts.
    pub duel: Duel,
    /// The votes.
    pub votes: VoteCount,
}

/// The outcome of a vote.
#[derive(Debug, Clone, PartialEq)]
pub enum VoteResult {
    /// The vote counts.
    Counted {
        /// The voter's earlier choice, which this vote replaces.
        before: Option<VoteChoice>,
        /// Whether the voter also began the duel.
        own_prompt: bool,
        /// The result, if this vote closed the duel.
        result: Option<Box<DuelResult>>,
    },
    /// The duel is closed, and the vote does not count.
    TooLate(Box<DuelResult>),
}

impl DuelGeneration {
    /// The id of one of the two jobs. Stopping it ends the duel.
    pub fn id(&self) -> &TextId {
        self.0[0].id()
    }

    /// Waits until both texts are complete.
    ///
    /// # Errors
    /// When one of the generations was stopped or failed, since the other one is useless then.
    pub async fn finished(&mut self) -> Result<(), Refusal> {
        let [a, b] = &mut self.0;
        tokio::try_join!(complete(a), complete(b))?;
        Ok(())
    }
}

async fn complete(generation: &mut GenerationHandle) -> Result<(), Refusal> {
    while generation.changed().await {}
    match generation.view().outcome {
        Some(GenerationOutcome::Done) => Ok(()),
        Some(GenerationOutcome::Failed(reason)) => Err(Refusal::Model(reason)),
        Some(GenerationOutcome::Stopped) | None => Err(Refusal::Stopped),
    }
}
