//! How a text was written: from its drafts, as long as they are in memory; after that it is written once more, with the same
//! model, settings and seed, and watched.

use crate::domain::Text;
use crate::pool::{Frame, Owner};
use generation::{PositionState, Settings};
use model::{Prompt, Speller};

use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::writing::handle::text_of;
use crate::service::writing::running::RunningJobs;
use crate::service::{Caller, GenerationRequest, Refusal, SessionError, Sessions};

/// How a text was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// From the beginning to the end; the first one is before anything was written.
    pub steps: Vec<Step>,
    /// Whether the same text came out.
    pub same: bool,
}

/// A text on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Sequences scored by then.
    pub passes: u64,
    /// All of it. A place means the same position in every step.
    pub tokens: Vec<Token>,
}

/// What stands at one position.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Its letters; of an open place, nothing.
    pub text: String,
    /// Whether a space stands before it.
    pub spaced: bool,
    /// How it came there.
    pub state: TokenState,
}

/// How a token came to its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TokenState {
    /// It was typed.
    Given,
    /// Nothing is there.
    Open,
    /// The model wrote it, being so sure of it: 0 to 1.
    Written(f32),
}

impl Sessions {
    /// How `text` was written, as far as it was, for `caller`.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn replay(&self, caller: &Caller, text: &Text) -> Result<Replay, SessionError> {
        let vocabulary = &self.parts.vocabulary;
        let house = self.house(caller).await?;
        house.authorize(caller)?;
        let prompt = Prompt::parse(&text.prompt);
        let (frames, same) = if let Some(trace) = self.reels.of(&text.id) {
            (trace.frames(), true)
        } else {
            let frames = self.written_again(caller, &house, text).await?;
            let came_out = frames
                .last()
                .map(|frame| text_of(&vocabulary.render(&prompt, &frame.draft)));
            let same = came_out.as_ref() == Some(&text.text);
            (frames, same)
        };
        let speller = Speller::new(vocabulary, &prompt);
        let steps = frames.iter().map(|frame| step(&speller, frame)).collect();
        Ok(Replay { steps, same })
    }

    /// Writes `text` once more, as far as it was written.
    async fn written_again(
        &self,
        caller: &Caller,
        house: &GuildPolicy,
        text: &Text,
    ) -> Result<Vec<Frame>, SessionError> {
        let parts = &self.parts;
        let seat = RunningJobs::acquire(&self.desk, caller, house.running(&parts.limits))?;
        let settings: Settings = text.settings();
        let order = GenerationRequest::new(&parts.vocabulary, &parts.limits, &settings, text.seed)?
            .banning(&parts.bans.union(&house.bans), &parts.vocabulary)?;
        let owner = Owner(caller.user.0);
        let recording = parts.pool.record(owner, order.begin(), text.passes);
        tokio::select! {
            () = seat.stop.cancelled() => Err(Refusal::Stopped.into()),
            frames = recording => Ok(frames?.map_err(Refusal::Model)?),
        }
    }
}

fn step(speller: &Speller<'_>, frame: &Frame) -> Step {
    let slots = frame.draft.positions().iter();
    let tokens = slots
        .zip(speller.spell(&frame.draft))
        .map(|(slot, spelled)| Token {
            state: match slot.state {
                PositionState::Given => TokenState::Given,
                _ if spelled.text.is_empty() => TokenState::Open,
                PositionState::Open => TokenState::Open,
                PositionState::Written(confidence) => TokenState::Written(confidence),
                PositionState::Fixed => TokenState::Written(1.0),
            },
            text: spelled.text,
            spaced: spelled.spaced,
        });
    Step {
        passes: frame.passes,
        tokens: tokens.collect(),
    }
}
