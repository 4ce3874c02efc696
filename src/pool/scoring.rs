//! Questions that are nobody's text: the same queue and batches, and the plain answers back.

use tokio::sync::oneshot;

use super::{Outcome, Owner, Pool, Refused};
use generation::{Draft, Generation, Progress, Query, Scores, Turn};

impl Pool {
    /// Scores `questions`, which are about `draft`, in the batches that run anyway. Dropping the future cancels them.
    ///
    /// # Errors
    /// When the pool is full or stopping.
    ///
    /// The inner error is the reason why the model could not answer, for people.
    pub async fn ask(
        &self,
        owner: Owner,
        draft: Draft,
        questions: Vec<Query>,
    ) -> Result<Result<Vec<Scores>, String>, Refused> {
        let (sender, receiver) = oneshot::channel();
        let mut running = self.submit(
            owner,
            Box::new(Asking {
                draft,
                questions,
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

/// A generation of one turn that writes nothing.
struct Asking {
    draft: Draft,
    questions: Vec<Query>,
    sender: Option<oneshot::Sender<Vec<Scores>>>,
}

impl Generation for Asking {
    fn ask(&mut self) -> Turn {
        if self.sender.is_some() && !self.questions.is_empty() {
            Turn::Ask(self.questions.clone())
        } else {
            Turn::Done
        }
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        if let Some(sender) = self.sender.take() {
            // Whoever asked may have gone away.
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
