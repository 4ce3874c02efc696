//! How a text was written: it is written once more, with the same model, settings and seed, and watched.

use crate::generation::{Settings, SlotState};
use crate::inference::{Frame, Owner};
use crate::model::Speller;
use crate::store::Text;

use super::desk::Desk;
use super::utterance::text_of;
use super::{Caller, Order, Refusal, SessionError, Sessions};

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
    /// Writes `text` once more, as far as it was written, for `caller`.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn replay(&self, caller: &Caller, text: &Text) -> Result<Replay, SessionError> {
        let (parts, user) = (&self.parts, caller.user);
        let house = self.house(caller).await?;
        house.admit(caller)?;
        let seat = Desk::sit_down(&self.desk, caller, house.running(&parts.limits))?;
        let settings: Settings = text.settings();
        let order = Order::new(&parts.vocabulary, &parts.limits, &settings, text.seed)?
            .banning(&parts.bans.and(&house.bans), &parts.vocabulary)?;
        let recording = parts.pool.record(Owner(user.0), order.begin(), text.passes);
        let frames = tokio::select! {
            () = seat.stop.cancelled() => return Err(Refusal::Stopped.into()),
            frames = recording => frames?.map_err(Refusal::Model)?,
        };
        let speller = Speller::new(&parts.vocabulary, &order.prompt);
        let came_out = frames.last().map(|frame| {
            let spans = parts.vocabulary.render(&order.prompt, &frame.draft);
            text_of(&spans)
        });
        Ok(Replay {
            steps: frames.iter().map(|frame| step(&speller, frame)).collect(),
            same: came_out.as_ref() == Some(&text.text),
        })
    }
}

fn step(speller: &Speller<'_>, frame: &Frame) -> Step {
    let slots = frame.draft.slots().iter();
    let tokens = slots
        .zip(speller.spell(&frame.draft))
        .map(|(slot, spelled)| Token {
            state: match slot.state {
                SlotState::Given => TokenState::Given,
                _ if spelled.text.is_empty() => TokenState::Open,
                SlotState::Open => TokenState::Open,
                SlotState::Written(confidence) => TokenState::Written(confidence),
                SlotState::Fixed => TokenState::Written(1.0),
            },
            text: spelled.text,
            spaced: spelled.spaced,
        });
    Step {
        passes: frame.passes,
        tokens: tokens.collect(),
    }
}
