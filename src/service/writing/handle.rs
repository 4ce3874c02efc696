//! One text in the making, as whoever shows it to people sees it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::pool::{JobHandle, Outcome, Snapshot, Trace};
use generation::Progress;
use model::{Span, SpanKind, Vocabulary};

use crate::service::writing::running::Permit;
use crate::service::{GenerationRequest, Place, UserId};

/// How a text ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Finished.
    Done,
    /// Somebody stopped it; what was written by then stays.
    Stopped,
    /// It could not be finished, for this reason.
    Failed(String),
}

/// A text as it may be shown now.
#[derive(Debug, Clone)]
pub struct View {
    /// The text, in stretches of one origin.
    pub spans: Vec<Span>,
    /// How many texts come before it, as long as it waits for its first word.
    pub ahead: Option<usize>,
    /// How far it is.
    pub progress: Progress,
    /// Tokens written.
    pub tokens: usize,
    /// Sequences scored.
    pub passes: u64,
    /// Since it was asked for; stands still when it has ended.
    pub elapsed: Duration,
    /// How it ended, once it has.
    pub ending: Option<Ending>,
}

impl View {
    /// The text alone. Blanks still open show as `___`; what is still open at the end is left out.
    pub fn text(&self) -> String {
        text_of(&self.spans)
    }
}

/// The text of `spans` alone, as in [`View::text`].
pub(in crate::service) fn text_of(spans: &[Span]) -> String {
    let last = spans
        .iter()
        .rposition(|span| !matches!(span.kind, SpanKind::Open(_)))
        .map_or(0, |last| last + 1);
    let show = |span: &Span| {
        if let SpanKind::Open(_) = span.kind {
            "___".to_owned()
        } else {
            span.text.clone()
        }
    };
    spans[..last].iter().map(show).collect()
}

/// Where a text was asked for, and what it came from.
#[derive(Debug, Clone)]
pub(in crate::service) struct Provenance {
    pub(in crate::service) place: Place,
    /// The text that it is a variation or a continuation of.
    pub(in crate::service) parent: Option<String>,
    /// The least time between two looks, if the server wants one.
    pub(in crate::service) pace: Option<Duration>,
}

/// A text in the making. Dropping it cancels it.
pub struct GenerationHandle {
    seat: Permit,
    provenance: Provenance,
    order: GenerationRequest,
    running: JobHandle,
    trace: Trace,
    vocabulary: Arc<Vocabulary>,
    began: Instant,
    ended: Option<Ended>,
}

/// How a text ended, and what it was then.
struct Ended {
    elapsed: Duration,
    ending: Ending,
    last: Snapshot,
}

impl GenerationHandle {
    pub(in crate::service) fn new(
        seat: Permit,
        provenance: Provenance,
        order: GenerationRequest,
        (running, trace): (JobHandle, Trace),
        vocabulary: Arc<Vocabulary>,
    ) -> Self {
        Self {
            seat,
            provenance,
            order,
            running,
            trace,
            vocabulary,
            began: Instant::now(),
            ended: None,
        }
    }

    /// The least time between two looks, if the server wants one.
    pub fn pace(&self) -> Option<Duration> {
        self.provenance.pace
    }

    /// Names the text for people.
    pub fn id(&self) -> &str {
        &self.seat.id
    }

    /// Who asked for it.
    pub fn user(&self) -> UserId {
        self.seat.user
    }

    /// Where it was asked for, and what it came from.
    pub(in crate::service) fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// What was ordered.
    pub fn order(&self) -> &GenerationRequest {
        &self.order
    }

    /// Waits until there is more to see. `false` once the text has ended and its last state was seen.
    pub async fn changed(&mut self) -> bool {
        if self.ended.is_some() {
            return false;
        }
        tokio::select! {
            () = self.seat.stop.cancelled() => self.end(Ending::Stopped),
            more = self.running.changed() => match self.running.snapshot().outcome {
                Outcome::Running if more => {}
                Outcome::Running => self.end(Ending::Failed("the text was lost".to_owned())),
                Outcome::Done => self.end(Ending::Done),
                Outcome::Failed(reason) => self.end(Ending::Failed(reason)),
            },
        }
        true
    }

    fn end(&mut self, ending: Ending) {
        self.ended = Some(Ended {
            elapsed: self.began.elapsed(),
            ending,
            last: self.running.snapshot(),
        });
    }

    /// The newest of it; what was written after its end does not count.
    fn newest(&self) -> Snapshot {
        let ended = self.ended.as_ref().map(|ended| ended.last.clone());
        ended.unwrap_or_else(|| self.running.snapshot())
    }

    /// Its drafts up to now.
    pub(in crate::service) fn trace(&self) -> Trace {
        let Snapshot { draft, passes, .. } = self.newest();
        self.trace.until(passes, &draft)
    }

    /// What may be shown now.
    pub fn view(&self) -> View {
        let Snapshot {
            draft,
            progress,
            passes,
            ..
        } = self.newest();
        let ended = self.ended.as_ref();
        View {
            spans: self.vocabulary.render(&self.order.prompt, &draft),
            ahead: self.running.ahead(),
            progress,
            tokens: draft.written(),
            passes,
            elapsed: ended.map_or_else(|| self.began.elapsed(), |ended| ended.elapsed),
            ending: ended.map(|ended| ended.ending.clone()),
        }
    }
}
