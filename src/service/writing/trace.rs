//! The trace of a stored text: how the model wrote it, step by step. The trace comes from the cache; once evicted, it
//! is recorded anew by a second generation with the same model, settings and seed.

use super::request::GenerationRequest;
use super::running::RunningJobs;
use super::service::Writing;
use super::view::plain_text;
use crate::domain::Text;
use crate::pool::{Frame, Owner};
use crate::service::caller::Caller;
use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::refusal::{Refusal, ServiceError};
use generation::PositionState;
use model::{Prompt, Speller};

/// The trace of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct TextTrace {
    /// The steps in order. The first one is before the model wrote anything.
    pub steps: Vec<TraceStep>,
    /// Whether the trace leads to the stored text. A second generation can differ on another machine.
    pub reproduced: bool,
}

/// One step of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceStep {
    /// The number of sequences scored before this step.
    pub passes: u64,
    /// The tokens at all positions. An index means the same position in every step.
    pub tokens: Vec<TraceToken>,
}

/// The token at one position.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceToken {
    /// The token's text; empty at an open position.
    pub text: String,
    /// Whether a space precedes the token.
    pub spaced: bool,
    /// The state of the position.
    pub state: TokenState,
}

/// The state of a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TokenState {
    /// The token is part of the prompt.
    Given,
    /// The position is open.
    Open,
    /// The model wrote the token with this confidence, 0 to 1.
    Written(f32),
}

impl Writing {
    /// The trace of `text`.
    ///
    /// # Errors
    /// When the request is refused, or the store fails.
    pub async fn trace(&self, caller: &Caller, text: &Text) -> Result<TextTrace, ServiceError> {
        let policy = self.policy.for_caller(caller).await?;
        policy.authorize(caller)?;
        let prompt = Prompt::parse(&text.prompt);
        let (frames, reproduced) = if let Some(trace) = self.traces.get(&text.id) {
            (trace.frames(), true)
        } else {
            let frames = self.record_anew(caller, &policy, text).await?;
            let rendered = frames
                .last()
                .map(|frame| plain_text(&self.vocabulary.render(&prompt, &frame.draft)));
            let reproduced = rendered.as_ref() == Some(&text.text);
            (frames, reproduced)
        };
        let speller = Speller::new(&self.vocabulary, &prompt);
        let steps = frames.iter().map(|frame| step(&speller, frame)).collect();
        Ok(TextTrace { steps, reproduced })
    }

    /// Repeats the generation of `text`, up to the pass at which it ended, and records its frames.
    async fn record_anew(
        &self,
        caller: &Caller,
        policy: &GuildPolicy,
        text: &Text,
    ) -> Result<Vec<Frame>, ServiceError> {
        let permit = RunningJobs::acquire(&self.jobs, caller, policy.max_running())?;
        let request =
            GenerationRequest::under(policy, &self.vocabulary, &text.settings(), text.seed)?;
        let owner = Owner(caller.user.0);
        let recording = self.pool.record(owner, request.begin(), text.passes);
        tokio::select! {
            () = permit.stop.cancelled() => Err(Refusal::Stopped.into()),
            frames = recording => Ok(frames?.map_err(Refusal::Model)?),
        }
    }
}

fn step(speller: &Speller<'_>, frame: &Frame) -> TraceStep {
    let positions = frame.draft.positions().iter();
    let tokens = positions
        .zip(speller.spell(&frame.draft))
        .map(|(position, spelled)| TraceToken {
            state: match position.state {
                PositionState::Given => TokenState::Given,
                _ if spelled.open => TokenState::Open,
                PositionState::Open => TokenState::Open,
                PositionState::Written(confidence) => TokenState::Written(confidence),
                PositionState::Fixed => TokenState::Written(1.0),
            },
            text: spelled.text,
            spaced: spelled.spaced,
        });
    TraceStep {
        passes: frame.passes,
        tokens: tokens.collect(),
    }
}
