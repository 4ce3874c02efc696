//! The inspection of blanks: what the model proposes for them, and which other words are probable.

use std::ops::Range;

use super::blanks::Blanks;
use super::candidates::TypedCandidates;
use super::filler::{BlankCandidate, Filler};
use super::state::{Blank, FillCursor, FillState, PAGE_SIZE};
use crate::pool::{Outcome, Owner, Snapshot};
use crate::service::refusal::Refusal;
use generation::strategy;
use generation::{LogitRow, SampledToken, Sampler};

/// The parameters of an inspection.
#[derive(Clone, Copy)]
pub(super) struct Inspection<'a> {
    /// The current blank and page.
    pub(super) cursor: FillCursor,
    /// The number of candidates to show per blank.
    pub(super) top: usize,
    /// The user's own candidates.
    pub(super) own: Option<&'a TypedCandidates>,
}

impl Filler<'_> {
    /// The state of `blanks`: proposed words for the open ones, candidates, and the ranking of the user's own
    /// candidates. The session's id and its undo flag are not set.
    ///
    /// # Errors
    /// When the pool is full or the model fails.
    pub(super) async fn inspect(
        self,
        owner: Owner,
        blanks: &Blanks<'_>,
        inspection: Inspection<'_>,
    ) -> Result<FillState, Refusal> {
        let request = blanks.request();
        let (_, ranges) = blanks.draft();
        let (candidates, asked) = self.candidates(owner, blanks, inspection).await?;
        let finished = self.proposed(owner, blanks).await?;
        let ranking = match inspection.own {
            Some(own) => {
                self.rank(owner, own, blanks, inspection.cursor.blank)
                    .await?
            }
            None => Vec::new(),
        };
        let word = |range: &Range<usize>| {
            let tokens = range.clone().map(|i| finished.draft.positions()[i].token);
            self.vocabulary.phrase(tokens)
        };
        let blank =
            |((index, range), candidates): ((usize, &Range<usize>), Vec<BlankCandidate>)| Blank {
                word: word(range),
                chosen: blanks.is_filled(index),
                candidates,
            };
        Ok(FillState {
            id: String::new(),
            cursor: inspection.cursor,
            spans: self.vocabulary.render(&request.prompt, &finished.draft),
            blanks: ranges
                .iter()
                .enumerate()
                .zip(candidates)
                .map(blank)
                .collect(),
            top: inspection.top,
            ranking,
            fill_order: request.fill_order(),
            undoable: false,
            temperature: request.params.sampling.temperature,
            seed: request.params.seed,
            passes: finished.passes + asked,
        })
    }

    /// Fills the open blanks with the strategy.
    ///
    /// # Errors
    /// When the pool is full or the model fails.
    pub(super) async fn proposed(
        self,
        owner: Owner,
        blanks: &Blanks<'_>,
    ) -> Result<Snapshot, Refusal> {
        let request = blanks.request();
        let begun = strategy::begin(request.strategy, blanks.draft().0, &request.params);
        let finished = self.pool.submit(owner, begun)?.finished().await;
        match finished.outcome {
            Outcome::Failed(reason) => Err(Refusal::Model(reason)),
            Outcome::Running | Outcome::Done => Ok(finished),
        }
    }

    /// The candidates for each open blank and for the current one, and the number of sequences scored.
    async fn candidates(
        self,
        owner: Owner,
        blanks: &Blanks<'_>,
        inspection: Inspection<'_>,
    ) -> Result<(Vec<Vec<BlankCandidate>>, u64), Refusal> {
        let FillCursor { blank, page } = inspection.cursor;
        let mut opened = blanks.clone();
        opened.open(blank);
        let most = PAGE_SIZE * (page + 1);
        // The open blanks are scored with all words in place; a filled current blank is scored with itself open.
        let variants: Vec<&Blanks<'_>> = if blanks.is_filled(blank) {
            vec![blanks, &opened]
        } else {
            vec![blanks]
        };
        let mut found = vec![Vec::new(); blanks.len()];
        let mut asked = 0;
        for variant in variants {
            let (draft, ranges) = variant.draft();
            let open: Vec<usize> = (0..variant.len())
                .filter(|&blank| !variant.is_filled(blank) && found[blank].is_empty())
                .collect();
            if open.is_empty() {
                continue;
            }
            let positions: Vec<usize> = open.iter().map(|&blank| ranges[blank].start).collect();
            let query = draft.query(&positions, Sampler::want_top(most));
            let answers = self.pool.ask(owner, draft.clone(), vec![query]).await?;
            let answers = answers.map_err(Refusal::Model)?;
            let rows = answers.iter().flat_map(|scores| &scores.rows);
            let sampler = Sampler::new(draft, &variant.request().params);
            for ((&index, &position), row) in open.iter().zip(&positions).zip(rows) {
                let first = if index == blank { PAGE_SIZE * page } else { 0 };
                found[index] = self.named(&sampler, position, row, first..first + PAGE_SIZE);
            }
            asked += 1;
        }
        Ok((found, asked))
    }

    fn named(
        self,
        sampler: &Sampler,
        position: usize,
        row: &LogitRow,
        wanted: Range<usize>,
    ) -> Vec<BlankCandidate> {
        let offers = sampler.top_tokens(position, row, wanted.end);
        let candidate = |choice: &SampledToken| BlankCandidate {
            token: self.vocabulary.piece(choice.token).to_owned(),
            word: self.vocabulary.shown(choice.token),
            probability: choice.confidence,
        };
        offers.iter().skip(wanted.start).map(candidate).collect()
    }
}
