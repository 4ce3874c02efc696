//! Actions on a stored fill session.

use super::blanks::Blanks;
use super::candidates::TypedCandidates;
use super::filler::Filler;
use super::inspection::Inspection;
use super::state::{FillCursor, FillOperation, FillState, WordChoice};
use crate::domain::{FillSession, FillStep, FilledBlank};
use crate::pool::Owner;
use crate::service::refusal::Refusal;
use crate::service::writing::request::GenerationRequest;
use generation::{Seed, Settings, TokenId};

/// The result of an action.
pub(super) struct ActionResult {
    /// The state after the action.
    pub(super) state: FillState,
    /// The steps after the action; `None` if the action did not change them.
    pub(super) steps: Option<Vec<FillStep>>,
}

/// A stored session with the means to perform actions on it.
#[derive(Clone, Copy)]
pub(super) struct Session<'a> {
    pub(super) filler: Filler<'a>,
    pub(super) owner: Owner,
    pub(super) stored: &'a FillSession,
}

impl Session<'_> {
    pub(super) async fn perform(
        self,
        action: Option<FillOperation>,
    ) -> Result<ActionResult, Refusal> {
        let Self { filler, stored, .. } = self;
        let seed = Seed::try_from(stored.seed).map_err(Refusal::from)?;
        let request = filler.request(self.settings(), seed)?;
        let blanks = filler.blanks(&request, &stored.steps);
        let own = stored.words.as_deref();
        let own = own
            .map(|typed| TypedCandidates::parse(typed, blanks.len()))
            .transpose()?;
        let cursor = action
            .as_ref()
            .map(FillOperation::cursor)
            .unwrap_or_default();
        if cursor.blank >= blanks.len() {
            return Err(Refusal::NoBlanks);
        }
        let steps = self.steps_after(action, &blanks, own.as_ref()).await?;
        let (blanks, cursor) = match &steps {
            None => (blanks, cursor),
            Some(steps) => {
                let blanks = filler.blanks(&request, steps);
                let cursor = self.cursor_after(steps, &blanks, cursor);
                (blanks, cursor)
            }
        };
        filler.check_room(&blanks.draft().0)?;
        let inspection = Inspection {
            cursor,
            top: stored.top as usize,
            own: own.as_ref(),
        };
        let state = filler.inspect(self.owner, &blanks, inspection).await?;
        // Words that are allowed separately can form a banned phrase.
        let text: String = state.spans.iter().map(|span| span.text.as_str()).collect();
        filler.check_bans(&text)?;
        let undoable = !steps.as_ref().unwrap_or(&stored.steps).is_empty();
        Ok(ActionResult {
            state: FillState {
                id: stored.id.clone(),
                undoable,
                ..state
            },
            steps,
        })
    }

    /// The steps after `action`; `None` if the action only moves the cursor.
    async fn steps_after(
        self,
        action: Option<FillOperation>,
        blanks: &Blanks<'_>,
        own: Option<&TypedCandidates>,
    ) -> Result<Option<Vec<FillStep>>, Refusal> {
        let steps = &self.stored.steps;
        Ok(match action {
            None | Some(FillOperation::Move(_)) => None,
            Some(FillOperation::Choose(blank, choice)) => {
                let step = self.chosen(blanks, blank, choice, own)?;
                Some([steps.clone(), vec![step]].concat())
            }
            Some(FillOperation::Undo(_)) => {
                let (_, rest) = steps.split_last().ok_or(Refusal::NothingToUndo)?;
                Some(rest.to_vec())
            }
            Some(FillOperation::Finish(_)) => {
                let step = self.finished(blanks).await?;
                Some([steps.clone(), vec![step]].concat())
            }
        })
    }

    /// The cursor after the steps have changed: at the blank of an undone step, or else at the next open blank.
    fn cursor_after(
        self,
        steps: &[FillStep],
        blanks: &Blanks<'_>,
        cursor: FillCursor,
    ) -> FillCursor {
        let undone = self.stored.steps.get(steps.len());
        let blank = match undone.and_then(|step| step.first()) {
            Some(put) => put.blank.min(blanks.len() - 1),
            None => next_open(blanks, cursor.blank),
        };
        FillCursor { blank, page: 0 }
    }

    fn settings(self) -> Settings {
        let FillSession {
            text,
            options,
            temperature,
            ..
        } = self.stored;
        Settings {
            prompt: Some(text.clone()),
            options: Some(options.clone()).filter(|options| !options.is_empty()),
            temperature: temperature.and_then(|temperature| temperature.try_into().ok()),
            ..Settings::default()
        }
    }

    /// The step that fills `blank` with a chosen word, or every blank with a word of the chosen candidate.
    fn chosen(
        self,
        blanks: &Blanks<'_>,
        blank: usize,
        choice: WordChoice,
        own: Option<&TypedCandidates>,
    ) -> Result<FillStep, Refusal> {
        let filler = self.filler;
        let spelled = |blank: usize, word: &str| -> Result<String, Refusal> {
            let tokens = filler.spelled(blanks, blank, word)?;
            let pieces = tokens.iter().map(|&token| filler.vocabulary.piece(token));
            Ok(pieces.collect::<Vec<_>>().join(" "))
        };
        let puts: Vec<(usize, String, String)> = match choice {
            WordChoice::Piece(piece) => {
                let known = filler.vocabulary.token(&piece).is_some();
                known.then_some(()).ok_or(Refusal::NoBlanks)?;
                vec![(blank, piece.clone(), piece)]
            }
            WordChoice::Typed(word) => vec![(blank, spelled(blank, &word)?, word)],
            WordChoice::Own(number) => {
                let candidate = own.and_then(|own| own.for_blank(blank).nth(number));
                candidate
                    .ok_or(Refusal::NoBlanks)?
                    .into_iter()
                    .map(|(blank, word)| Ok((blank, spelled(blank, word)?, word.to_owned())))
                    .collect::<Result<_, Refusal>>()?
            }
        };
        let mut target = blanks.clone();
        let put = |(blank, word, typed): (usize, String, String)| {
            let tokens: Option<Vec<_>> = word
                .split(' ')
                .map(|piece| filler.vocabulary.token(piece))
                .collect();
            let tokens = tokens.ok_or_else(|| Refusal::WordUnknown(typed.clone()))?;
            target.fill(blank, tokens, &typed)?;
            Ok(FilledBlank { blank, word })
        };
        puts.into_iter().map(put).collect()
    }

    /// The step that accepts the proposed words of all open blanks.
    async fn finished(self, blanks: &Blanks<'_>) -> Result<FillStep, Refusal> {
        let draft = self.filler.proposed(self.owner, blanks).await?.draft;
        let (_, ranges) = blanks.draft();
        let put = |blank: usize| {
            let token = draft.positions()[ranges[blank].start].token;
            FilledBlank {
                blank,
                word: self.filler.vocabulary.piece(token).to_owned(),
            }
        };
        let open = (0..blanks.len()).filter(|&blank| !blanks.is_filled(blank));
        Ok(open.map(put).collect())
    }
}

/// The next open blank from `from` on, cyclically; `from` itself if all are filled.
fn next_open(blanks: &Blanks<'_>, from: usize) -> usize {
    let count = blanks.len();
    let mut cyclic = (0..count).map(|step| (from + step) % count);
    cyclic
        .find(|&blank| !blanks.is_filled(blank))
        .unwrap_or(from)
}

impl Filler<'_> {
    /// The blanks of `request` after `steps`. Words that the vocabulary no longer contains are skipped.
    fn blanks<'a>(self, request: &'a GenerationRequest, steps: &[FillStep]) -> Blanks<'a> {
        let mut blanks = Blanks::new(request);
        for put in steps.iter().flatten() {
            let pieces = put.word.split(' ');
            let tokens: Option<Vec<TokenId>> =
                pieces.map(|piece| self.vocabulary.token(piece)).collect();
            if let Some(tokens) = tokens {
                // A step for a blank that no longer exists is skipped as well.
                let _ = blanks.fill(put.blank, tokens, &put.word);
            }
        }
        blanks
    }
}
