//! Filling blanks by hand: begun with a command, gone on with by buttons, whenever that is.

use crate::domain::{FillSession, FillStep, FilledBlank};
use crate::pool::Owner;
use generation::{Seed, Settings};

use crate::service::fill::candidates::TypedCandidates;
use crate::service::fill::filler::STRATEGY;
use crate::service::fill::state::{Blanks, Look};
use crate::service::policy::guild_policy::GuildPolicy;
use crate::service::writing::running::{RunningJobs, fresh_id};
use crate::service::{
    Caller, FillState, Filler, Refusal, SessionError, Sessions, Spot, fresh_seed,
};

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The sentence and how the proposed words are chosen; what is left open is as the strategy prefers.
    pub settings: Settings,
    /// How many words to show for each blank.
    pub top: u32,
    /// Candidates of the person's own, separated by commas.
    pub words: Option<String>,
}

/// A word that somebody chooses for a blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// A piece of the vocabulary.
    Piece(String),
    /// The person's own candidate with this number.
    Own(usize),
    /// Whatever was typed.
    Typed(String),
}

/// What somebody does with a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Looks at a blank, or at other words for it.
    Look(Spot),
    /// Puts a word into a blank.
    Choose(usize, Pick),
    /// Takes the last step back.
    Undo(Spot),
    /// Keeps everything that is proposed.
    Finish(Spot),
}

impl Act {
    fn spot(&self) -> Spot {
        match self {
            Self::Look(spot) | Self::Undo(spot) | Self::Finish(spot) => *spot,
            Self::Choose(blank, _) => Spot {
                blank: *blank,
                page: 0,
            },
        }
    }
}

impl Sessions {
    /// Begins a sentence with blanks: fills them, and names what else might stand there. What `caller` has set does not
    /// count here.
    ///
    /// # Errors
    /// When it is refused, or the database fails.
    pub async fn begin_cloze(&self, caller: &Caller, ask: Ask) -> Result<FillState, SessionError> {
        let cloze = FillSession {
            id: fresh_id(),
            user: caller.user,
            text: ask.settings.prompt.clone().unwrap_or_default(),
            options: ask.settings.options.clone().unwrap_or_default(),
            temperature: ask.settings.temperature.map(f64::from),
            seed: ask.settings.seed.unwrap_or_else(fresh_seed).get(),
            top: ask.top,
            words: ask.words,
            steps: Vec::new(),
        };
        let house = self.house(caller).await?;
        // Kept while the seat is taken, so that whoever is forgotten meanwhile leaves nothing behind.
        let work = async {
            let worked = self.worked(&cloze, None, &house).await?;
            let kept = self.parts.store.add_fill_session(&cloze).await;
            Ok(kept.map(|()| worked.sheet))
        };
        Ok(self.seated(caller, &house, work).await??)
    }

    /// Goes on with the sentence `id`.
    ///
    /// # Errors
    /// When it is not `caller`'s, or not kept any more; when it is refused, or the database fails.
    pub async fn go_on_with_cloze(
        &self,
        caller: &Caller,
        id: &str,
        act: Act,
    ) -> Result<FillState, SessionError> {
        let cloze = self.check_cloze(caller, id).await?;
        let house = self.house(caller).await?;
        let work = self.worked(&cloze, Some(act), &house);
        let worked = self.seated(caller, &house, work).await?;
        if let Some(steps) = &worked.steps {
            let store = &self.parts.store;
            if !store.replace_fill_steps(id, &cloze.steps, steps).await? {
                return Err(Refusal::Overtaken.into());
            }
        }
        Ok(worked.sheet)
    }

    /// The sentence `id`, if it is `caller`'s.
    ///
    /// # Errors
    /// When it is not, or not kept any more, or the database fails.
    pub async fn check_cloze(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<FillSession, SessionError> {
        let cloze = self.parts.store.fill_session(id).await?;
        let cloze = cloze.ok_or(Refusal::NoBlanks)?;
        if cloze.user == caller.user {
            Ok(cloze)
        } else {
            Err(Refusal::NotYourBlanks.into())
        }
    }

    /// Does some work for `caller` that takes a seat, until it is stopped, if the server allows it.
    async fn seated<T>(
        &self,
        caller: &Caller,
        house: &GuildPolicy,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        house.authorize(caller)?;
        let most = house.running(&self.parts.limits);
        let seat = RunningJobs::acquire(&self.desk, caller, most)?;
        seat.writes(STRATEGY);
        tokio::select! {
            () = seat.stop.cancelled() => Err(Refusal::Stopped),
            done = work => done,
        }
    }

    /// What `act` makes of a sentence.
    async fn worked(
        &self,
        cloze: &FillSession,
        act: Option<Act>,
        house: &GuildPolicy,
    ) -> Result<Worked, Refusal> {
        let parts = &self.parts;
        let bans = parts.bans.union(&house.bans);
        let filler = Filler {
            pool: &parts.pool,
            vocabulary: &parts.vocabulary,
            limits: &parts.limits,
            bans: &bans,
        };
        let work = Work {
            filler,
            owner: Owner(cloze.user.0),
            cloze,
        };
        work.perform(act).await
    }
}

/// A sentence that somebody did something with.
struct Worked {
    sheet: FillState,
    /// The steps from now on, if they are others than before.
    steps: Option<Vec<FillStep>>,
}

/// Somebody doing something with a sentence.
#[derive(Clone, Copy)]
struct Work<'a> {
    filler: Filler<'a>,
    owner: Owner,
    cloze: &'a FillSession,
}

impl Work<'_> {
    async fn perform(self, act: Option<Act>) -> Result<Worked, Refusal> {
        let Self { filler, cloze, .. } = self;
        let seed = Seed::try_from(cloze.seed).map_err(Refusal::from)?;
        let order = filler.order(self.settings(), seed)?;
        let blanks = filler.blanks(&order, &cloze.steps);
        let typed = cloze.words.as_deref();
        let words = typed
            .map(|typed| TypedCandidates::parse(typed, blanks.len()))
            .transpose()?;
        let spot = act.as_ref().map(Act::spot).unwrap_or_default();
        if spot.blank >= blanks.len() {
            return Err(Refusal::NoBlanks);
        }
        let steps = match act {
            None | Some(Act::Look(_)) => None,
            Some(Act::Choose(blank, pick)) => {
                let step = self.chosen(&blanks, blank, pick, words.as_ref())?;
                Some([cloze.steps.clone(), vec![step]].concat())
            }
            Some(Act::Undo(_)) => {
                let (_, rest) = cloze.steps.split_last().ok_or(Refusal::NothingToUndo)?;
                Some(rest.to_vec())
            }
            Some(Act::Finish(_)) => {
                let step = self.finished(&blanks).await?;
                Some([cloze.steps.clone(), vec![step]].concat())
            }
        };
        let (after, spot) = match &steps {
            None => (blanks, spot),
            Some(steps) => {
                let undone = cloze.steps.get(steps.len()).and_then(|step| step.first());
                let after = filler.blanks(&order, steps);
                let blank = match undone {
                    Some(put) => put.blank.min(after.len() - 1),
                    None => next(&after, spot.blank),
                };
                (after, Spot { blank, page: 0 })
            }
        };
        filler.check_room(&after.draft().0)?;
        let look = Look {
            spot,
            top: cloze.top as usize,
            words: words.as_ref(),
        };
        let sheet = filler.look(self.owner, &after, look).await?;
        // Words that are allowed alone may make a phrase that is not.
        let sentence: String = sheet.spans.iter().map(|span| span.text.as_str()).collect();
        filler.check_bans(&sentence)?;
        let undoable = !steps.as_ref().unwrap_or(&cloze.steps).is_empty();
        Ok(Worked {
            sheet: FillState {
                id: cloze.id.clone(),
                undoable,
                ..sheet
            },
            steps,
        })
    }

    fn settings(self) -> Settings {
        let FillSession {
            text,
            options,
            temperature,
            ..
        } = self.cloze;
        Settings {
            prompt: Some(text.clone()),
            options: Some(options.clone()).filter(|options| !options.is_empty()),
            temperature: temperature.and_then(|temperature| temperature.try_into().ok()),
            ..Settings::default()
        }
    }

    /// The step that puts a chosen word, or one for each blank, into its place.
    fn chosen(
        self,
        blanks: &Blanks<'_>,
        blank: usize,
        pick: Pick,
        words: Option<&TypedCandidates>,
    ) -> Result<FillStep, Refusal> {
        let filler = self.filler;
        let spelled = |word: &str| -> Result<String, Refusal> {
            let tokens = filler.spelled(word)?;
            let pieces = tokens.iter().map(|&token| filler.vocabulary.piece(token));
            Ok(pieces.collect::<Vec<_>>().join(" "))
        };
        let puts: Vec<(usize, String, String)> = match pick {
            Pick::Piece(piece) => {
                let known = filler.vocabulary.token(&piece).is_some();
                known.then_some(()).ok_or(Refusal::NoBlanks)?;
                vec![(blank, piece.clone(), piece)]
            }
            Pick::Typed(word) => vec![(blank, spelled(&word)?, word)],
            Pick::Own(number) => {
                let candidate = words.and_then(|words| words.for_blank(blank).nth(number));
                candidate
                    .ok_or(Refusal::NoBlanks)?
                    .into_iter()
                    .map(|(blank, word)| Ok((blank, spelled(word)?, word.to_owned())))
                    .collect::<Result<_, Refusal>>()?
            }
        };
        let mut room = blanks.clone();
        let put = |(blank, word, typed): (usize, String, String)| {
            let tokens: Option<Vec<_>> = word
                .split(' ')
                .map(|piece| filler.vocabulary.token(piece))
                .collect();
            let tokens = tokens.ok_or_else(|| Refusal::WordUnknown(typed.clone()))?;
            room.put(blank, tokens, &typed)?;
            Ok(FilledBlank { blank, word })
        };
        puts.into_iter().map(put).collect()
    }

    /// The step that keeps what is proposed for all open blanks.
    async fn finished(self, blanks: &Blanks<'_>) -> Result<FillStep, Refusal> {
        let (draft, places) = (
            self.filler.proposed(self.owner, blanks).await?.draft,
            blanks.draft().1,
        );
        let put = |blank: usize| {
            let token = draft.positions()[places[blank].start].token;
            FilledBlank {
                blank,
                word: self.filler.vocabulary.piece(token).to_owned(),
            }
        };
        let open = (0..blanks.len()).filter(|&blank| !blanks.is_filled(blank));
        Ok(open.map(put).collect())
    }
}

/// Where to go on after a choice: at the next open blank, if there is one.
fn next(blanks: &Blanks<'_>, from: usize) -> usize {
    let count = blanks.len();
    let mut onward = (0..count).map(|step| (from + step) % count);
    onward
        .find(|&blank| !blanks.is_filled(blank))
        .unwrap_or(from)
}
