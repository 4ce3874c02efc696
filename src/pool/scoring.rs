//! Queries without a generation: they share queue and batches with the jobs, and return plain answers.

use tokio::sync::oneshot;

use super::{Outcome, Owner, Pool, SubmitError};
use generation::{Draft, Generation, Progress, Query, Scores, Turn};

impl Pool {
    /// Scores `queries` about `draft`, in the batches of the running jobs. Dropping the future cancels them.
    ///
    /// # Errors
    /// When the pool is full or stopping.
    ///
    /// The inner error is the reason why the model could not answer, as a sentence for people.
    pub async fn ask(
        &self,
        owner: Owner,
        draft: Draft,
        queries: Vec<Query>,
    ) -> Result<Result<Vec<Scores>, String>, SubmitError> {
        let (sender, receiver) = oneshot::channel();
        let mut running = self.submit(
            owner,
            Box::new(ScoringJob {
                draft,
                queries,
                sender: Some(sender),
            }),
        )?;
        let reason = match running.finished().await.outcome {
            Outcome::Failed(reason) => reason,
            Outcome::Running | Outcome::Done => "the question was lost".to_owned(),
        };
        Ok(receiver.await.map_err(|_| reason))
    }
}

/// A generation of one turn that changes nothing in its draft.
struct ScoringJob {
    draft: Draft,
    queries: Vec<Query>,
    sender: Option<oneshot::Sender<Vec<Scores>>>,
}

impl Generation for ScoringJob {
    fn ask(&mut self) -> Turn {
        if self.sender.is_some() && !self.queries.is_empty() {
            Turn::Ask(self.queries.clone())
        } else {
            Turn::Done
        }
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        if let Some(sender) = self.sender.take() {
            // The receiver is gone if the future was dropped.
            let _ = sender.send(scores);
        }
    }

    fn draft(&self) -> &Draft {
        &self.draft
    }

    fn progress(&self) -> Progress {
        Progress {
            done: usize::from(self.sender.is_none()),
            of: 1,
        }
    }
}
