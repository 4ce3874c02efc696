//! The handle of a running generation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::request::GenerationRequest;
use super::running::Permit;
use super::view::{GenerationOutcome, GenerationView};
use crate::domain::{TextId, UserId};
use crate::pool::{JobHandle, Outcome, Snapshot, Trace};
use crate::service::caller::Location;
use model::Vocabulary;

/// The context of a generation that is stored with its text.
#[derive(Debug, Clone)]
pub(in crate::service) struct GenerationContext {
    /// The location of the request.
    pub(in crate::service) location: Location,
    /// The id of the text that this one varies or continues.
    pub(in crate::service) parent: Option<TextId>,
    /// The guild's minimum interval between two edits of a reply.
    pub(in crate::service) edit_interval: Option<Duration>,
}

/// A running generation. Dropping the handle cancels the generation.
pub struct GenerationHandle {
    permit: Permit,
    context: GenerationContext,
    request: GenerationRequest,
    running: JobHandle,
    trace: Trace,
    vocabulary: Arc<Vocabulary>,
    began: Instant,
    ended: Option<FinalState>,
}

/// The state at the moment of the outcome. Later snapshots are ignored.
struct FinalState {
    elapsed: Duration,
    outcome: GenerationOutcome,
    snapshot: Snapshot,
}

impl GenerationHandle {
    pub(in crate::service) fn new(
        permit: Permit,
        context: GenerationContext,
        request: GenerationRequest,
        (running, trace): (JobHandle, Trace),
        vocabulary: Arc<Vocabulary>,
    ) -> Self {
        Self {
            permit,
            context,
            request,
            running,
            trace,
            vocabulary,
            began: Instant::now(),
            ended: None,
        }
    }

    /// The guild's minimum interval between two edits of a reply.
    pub fn edit_interval(&self) -> Option<Duration> {
        self.context.edit_interval
    }

    /// The id of the text.
    pub fn id(&self) -> &TextId {
        &self.permit.id
    }

    /// The user who made the request.
    pub fn user(&self) -> UserId {
        self.permit.user
    }

    pub(in crate::service) fn context(&self) -> &GenerationContext {
        &self.context
    }

    /// The request.
    pub fn request(&self) -> &GenerationRequest {
        &self.request
    }

    /// Waits until [`Self::view`] changes. Returns `false` once the final state was returned.
    pub async fn changed(&mut self) -> bool {
        if self.ended.is_some() {
            return false;
        }
        tokio::select! {
            () = self.permit.stop.cancelled() => self.end(GenerationOutcome::Stopped),
            more = self.running.changed() => match self.running.snapshot().outcome {
                Outcome::Running if more => {}
                Outcome::Running => {
                    self.end(GenerationOutcome::Failed("the text was lost".to_owned()));
                }
                Outcome::Done => self.end(GenerationOutcome::Done),
                Outcome::Failed(reason) => self.end(GenerationOutcome::Failed(reason)),
            },
        }
        true
    }

    fn end(&mut self, outcome: GenerationOutcome) {
        self.ended = Some(FinalState {
            elapsed: self.began.elapsed(),
            outcome,
            snapshot: self.running.snapshot(),
        });
    }

    /// The final snapshot, or the newest one while the generation runs.
    fn snapshot(&self) -> Snapshot {
        let last = self.ended.as_ref().map(|ended| ended.snapshot.clone());
        last.unwrap_or_else(|| self.running.snapshot())
    }

    /// The trace up to the current snapshot.
    pub(in crate::service) fn trace(&self) -> Trace {
        let Snapshot { draft, passes, .. } = self.snapshot();
        self.trace.until(passes, &draft)
    }

    /// The current state.
    pub fn view(&self) -> GenerationView {
        let Snapshot {
            draft,
            progress,
            passes,
            ..
        } = self.snapshot();
        let ended = self.ended.as_ref();
        GenerationView {
            spans: self.vocabulary.render(&self.request.prompt, &draft),
            ahead: self.running.ahead(),
            progress,
            tokens: draft.written(),
            passes,
            elapsed: ended.map_or_else(|| self.began.elapsed(), |ended| ended.elapsed),
            outcome: ended.map(|ended| ended.outcome.clone()),
        }
    }
}
