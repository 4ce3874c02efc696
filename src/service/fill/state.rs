//! A sentence with blanks as it stands: what was put into them, what the model proposes for the others, and what else
//! might stand there.

use std::ops::Range;

use crate::domain::FillStep;
use crate::pool::{Outcome, Owner, Snapshot};
use generation::{
    Draft, FillOrder, LogitRow, SampledToken, Sampler, Seed, Temperature, TokenId, strategy,
};
use model::Span;

use crate::service::fill::candidates::TypedCandidates;
use crate::service::{Candidate, Filler, GenerationRequest, RankedCandidate, Refusal};

/// Words of one page of those that somebody can choose from.
pub(in crate::service) const PAGE: usize = 25;
/// Pages beyond which the first comes again.
const PAGES: usize = 4;

/// Where in a sentence somebody is choosing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spot {
    /// The blank, from 0.
    pub blank: usize,
    /// The page of words for it, from 0.
    pub page: usize,
}

impl Spot {
    /// The same blank with other words.
    #[must_use]
    pub fn next_page(self) -> Self {
        Self {
            page: (self.page + 1) % PAGES,
            ..self
        }
    }
}

/// One blank as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Blank {
    /// The word in it.
    pub word: String,
    /// Whether somebody put it there; else it is proposed.
    pub chosen: bool,
    /// What else might stand there; none for a blank that is settled and not the current one.
    pub candidates: Vec<Candidate>,
}

/// A sentence with blanks as it may be shown now.
#[derive(Debug, Clone, PartialEq)]
pub struct FillState {
    /// Names it.
    pub id: String,
    /// Which blank is being chosen for.
    pub spot: Spot,
    /// The sentence with all blanks filled, in stretches of one origin.
    pub spans: Vec<Span>,
    /// Its blanks.
    pub blanks: Vec<Blank>,
    /// How many words are to be shown for each blank.
    pub top: usize,
    /// The person's own candidates, best first.
    pub ranking: Vec<RankedCandidate>,
    /// In which order the blanks are filled, and pieces of the person's own candidates scored.
    pub fill_order: FillOrder,
    /// Whether there is a step to undo.
    pub undoable: bool,
    /// What proposed words are drawn with; at temperature 0 the seed does not matter.
    pub temperature: Temperature,
    /// Where the random numbers start.
    pub seed: Seed,
    /// Sequences scored for this look at it.
    pub passes: u64,
}

/// The blanks of a sentence with what was put into them.
#[derive(Clone)]
pub(in crate::service) struct Blanks<'a> {
    order: &'a GenerationRequest,
    /// The part of the draft that each blank is of, and how many blanks that part has.
    parts: Vec<(usize, usize)>,
    put: Vec<Option<Vec<TokenId>>>,
    /// Blanks that are still open, but wider than one token.
    widths: Vec<usize>,
}

impl<'a> Blanks<'a> {
    /// The blanks of `order`, none of them filled.
    pub(in crate::service) fn new(order: &'a GenerationRequest) -> Self {
        let draft = order.draft();
        let open = draft.open();
        let part = |&position: &usize| draft.positions()[position].segment;
        let of_part = |wanted: usize| {
            open.iter()
                .filter(|position| part(position) == wanted)
                .count()
        };
        let parts: Vec<(usize, usize)> = open
            .iter()
            .map(|position| (part(position), of_part(part(position))))
            .collect();
        Self {
            order,
            put: vec![None; parts.len()],
            widths: vec![1; parts.len()],
            parts,
        }
    }

    pub(in crate::service) fn order(&self) -> &'a GenerationRequest {
        self.order
    }

    pub(in crate::service) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(in crate::service) fn is_filled(&self, blank: usize) -> bool {
        self.put[blank].is_some()
    }

    /// Puts a word, in tokens, into a blank.
    pub(in crate::service) fn put(
        &mut self,
        blank: usize,
        tokens: Vec<TokenId>,
        word: &str,
    ) -> Result<(), Refusal> {
        self.widen(blank, &tokens, word)?;
        self.put[blank] = Some(tokens);
        Ok(())
    }

    /// Empties a blank and makes room in it for `tokens`.
    pub(in crate::service) fn widen(
        &mut self,
        blank: usize,
        tokens: &[TokenId],
        word: &str,
    ) -> Result<(), Refusal> {
        let (_, neighbours) = *self.parts.get(blank).ok_or(Refusal::NoBlanks)?;
        if neighbours > 1 && tokens.len() > 1 {
            return Err(Refusal::NoRoom(word.to_owned()));
        }
        self.put[blank] = None;
        self.widths[blank] = tokens.len();
        Ok(())
    }

    /// Empties a blank.
    pub(in crate::service) fn open(&mut self, blank: usize) {
        (self.put[blank], self.widths[blank]) = (None, 1);
    }

    /// The draft with all that was put in place, and where each blank is in it.
    pub(in crate::service) fn draft(&self) -> (Draft, Vec<Range<usize>>) {
        let mut draft = self.order.draft().clone();
        for (&(part, _), &width) in self.parts.iter().zip(&self.widths) {
            if width > 1 {
                draft = draft.resized(part, width);
            }
        }
        let mut position = 0;
        let mut places = Vec::with_capacity(self.len());
        for ((part, _), &width) in self.parts.iter().zip(&self.widths) {
            while draft.positions()[position].segment != *part {
                position += 1;
            }
            places.push(position..position + width);
            position += width;
        }
        for (tokens, place) in self.put.iter().zip(&places) {
            for (&token, position) in tokens.iter().flatten().zip(place.clone()) {
                draft.write(position, token, 1.0);
            }
        }
        (draft, places)
    }
}

impl Filler<'_> {
    /// `order` with what `steps` put into its blanks. What the vocabulary does not have any more is left out.
    pub(in crate::service) fn blanks<'a>(
        self,
        order: &'a GenerationRequest,
        steps: &[FillStep],
    ) -> Blanks<'a> {
        let mut blanks = Blanks::new(order);
        for put in steps.iter().flatten() {
            let pieces = put.word.split(' ');
            let tokens: Option<Vec<TokenId>> =
                pieces.map(|piece| self.vocabulary.token(piece)).collect();
            if let Some(tokens) = tokens {
                // A blank that is not there cannot be filled, and nothing else is wrong.
                let _ = blanks.put(put.blank, tokens, &put.word);
            }
        }
        blanks
    }

    /// Looks at the blanks: what the model proposes for the open ones, what else might stand there, and how the person's
    /// own `words` do.
    pub(in crate::service) async fn look(
        self,
        owner: Owner,
        blanks: &Blanks<'_>,
        at: Look<'_>,
    ) -> Result<FillState, Refusal> {
        let order = blanks.order();
        let (_, places) = blanks.draft();
        let (candidates, asked) = self.candidates(owner, blanks, at).await?;
        let finished = self.proposed(owner, blanks).await?;
        let ranking = match at.words {
            Some(words) => self.rank(owner, words, blanks, at.spot.blank).await?,
            None => Vec::new(),
        };
        let word = |place: &Range<usize>| {
            let tokens = place.clone().map(|i| finished.draft.positions()[i].token);
            self.vocabulary.phrase(tokens)
        };
        let blank =
            |((number, place), candidates): ((usize, &Range<usize>), Vec<Candidate>)| Blank {
                word: word(place),
                chosen: blanks.is_filled(number),
                candidates,
            };
        Ok(FillState {
            id: String::new(),
            spot: at.spot,
            spans: self.vocabulary.render(&order.prompt, &finished.draft),
            blanks: places
                .iter()
                .enumerate()
                .zip(candidates)
                .map(blank)
                .collect(),
            top: at.top,
            ranking,
            fill_order: order.fill_order(),
            undoable: false,
            temperature: order.params.sampling.temperature,
            seed: order.params.seed,
            passes: finished.passes + asked,
        })
    }

    /// The draft with all blanks filled: those that are open as the strategy fills them.
    pub(in crate::service) async fn proposed(
        self,
        owner: Owner,
        blanks: &Blanks<'_>,
    ) -> Result<Snapshot, Refusal> {
        let order = blanks.order();
        let begun = strategy::begin(order.strategy, blanks.draft().0, &order.params);
        let finished = self.pool.submit(owner, begun)?.finished().await;
        match finished.outcome {
            Outcome::Failed(reason) => Err(Refusal::Model(reason)),
            Outcome::Running | Outcome::Done => Ok(finished),
        }
    }

    /// The words that might stand in each open blank and in the current one, and how many questions that took.
    async fn candidates(
        self,
        owner: Owner,
        blanks: &Blanks<'_>,
        at: Look<'_>,
    ) -> Result<(Vec<Vec<Candidate>>, u64), Refusal> {
        let Spot { blank, page } = at.spot;
        let mut opened = blanks.clone();
        opened.open(blank);
        let most = PAGE * (page + 1);
        // The open blanks are asked with what is settled in place; the current one, if it is settled, with itself open.
        let looks: Vec<&Blanks<'_>> = if blanks.is_filled(blank) {
            vec![blanks, &opened]
        } else {
            vec![blanks]
        };
        let mut found = vec![Vec::new(); blanks.len()];
        let mut asked = 0;
        for look in looks {
            let (draft, places) = look.draft();
            let open: Vec<usize> = (0..look.len())
                .filter(|&blank| !look.is_filled(blank) && found[blank].is_empty())
                .collect();
            if open.is_empty() {
                continue;
            }
            let positions: Vec<usize> = open.iter().map(|&blank| places[blank].start).collect();
            let question = draft.query(&positions, Sampler::want_top(most));
            let answers = self.pool.ask(owner, draft.clone(), vec![question]).await?;
            let answers = answers.map_err(Refusal::Model)?;
            let rows = answers.iter().flat_map(|scores| &scores.rows);
            let sampler = Sampler::new(draft, &look.order().params);
            for ((&number, &position), row) in open.iter().zip(&positions).zip(rows) {
                let first = if number == blank { PAGE * page } else { 0 };
                found[number] = self.offered(&sampler, position, row, first..first + PAGE);
            }
            asked += 1;
        }
        Ok((found, asked))
    }

    fn offered(
        self,
        sampler: &Sampler,
        position: usize,
        row: &LogitRow,
        wanted: Range<usize>,
    ) -> Vec<Candidate> {
        let offers = sampler.top_tokens(position, row, wanted.end);
        let candidate = |choice: &SampledToken| Candidate {
            token: self.vocabulary.piece(choice.token).to_owned(),
            probability: choice.confidence,
        };
        offers.iter().skip(wanted.start).map(candidate).collect()
    }
}

/// How somebody looks at blanks.
#[derive(Clone, Copy)]
pub(in crate::service) struct Look<'a> {
    pub(in crate::service) spot: Spot,
    pub(in crate::service) top: usize,
    pub(in crate::service) words: Option<&'a TypedCandidates>,
}
