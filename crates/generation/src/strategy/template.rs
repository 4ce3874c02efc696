//! Fills the blanks of a text, all of which is visible from the start.
//!
//! Three orders: from the left; the most confident blank first ("easy-first", as in the code of Ghazvininejad et al.
//! 2019 and Mansimov et al. 2019); or all from one pass ("joint"), which is fast and mixes readings, because the model
//! predicts every blank independently of the others. Where the width of a blank is unknown, one to three tokens are
//! tried and scored.

use super::{About, Strategy, Task, sampling};
use crate::option::option_choices;
use crate::score::{self, Metric};
use crate::{
    Draft, FillOrder, Generation, LogitRow, OptionSpec, OptionValues, Params, Progress, Query,
    Repetition, SampledToken, Sampler, Sampling, Scores, StrategyOption, Turn,
};

/// Maximum width of a blank that is tried, in tokens.
const MAX_WIDTH: usize = 3;
/// Passes to try all widths of one blank: each token is written and scored once.
const WIDTH_SEARCH_PASSES: usize = MAX_WIDTH * (MAX_WIDTH + 1);

option_choices! {
    /// The width of the blanks.
    enum BlankWidth {
        /// As many tokens as were marked.
        Given = "given",
        /// One token.
        One = "1",
        /// Two tokens.
        Two = "2",
        /// Three tokens.
        Three = "3",
        /// The best-scored of 1 to [`MAX_WIDTH`] tokens, for each blank.
        Auto = "auto",
    }
}

option_choices! {
    /// Whether a word may be written into more than one blank.
    enum Repeats {
        /// It may not.
        No = "no",
        /// It may.
        Yes = "yes",
    }
}

/// The option `order`.
pub const ORDER: StrategyOption<FillOrder> = StrategyOption::choice(
    "order",
    "Which blank comes next: the most certain, the leftmost, or all at once.",
);
const WIDTH: StrategyOption<BlankWidth> = StrategyOption::choice(
    "width",
    "Tokens for each blank: as many as were marked, a number, or the best of 1 to 3.",
);
const REPEATS: StrategyOption<Repeats> = StrategyOption::choice(
    "repeats",
    "Whether a word may be written into more than one blank.",
);

/// The strategy `template`.
pub(super) struct TemplateStrategy;

impl Strategy for TemplateStrategy {
    fn name(&self) -> &'static str {
        "template"
    }

    fn summary(&self) -> &'static str {
        "Fills the blanks you leave in the text, most certain first."
    }

    fn about(&self) -> About {
        About {
            how: "It shows the model the whole text with its blanks and fills one after another: the most certain first, \
                  or from the left, or all at once from a single pass. Words that were written already are not written \
                  again, so that lists do not repeat themselves. With width=auto each blank is tried one, two and three \
                  tokens wide, and the best-scored width stays.",
            source: "Easy-first: Ghazvininejad et al. 2019 (arXiv:1904.09324, code) and Mansimov et al. 2019 \
                     (arXiv:1905.12790). The widths and the rule for lists are ours.",
            when: "For sentences with holes, recipes, forms, lists.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        sampling(0.0, 40, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[ORDER.spec(), WIDTH.spec(), REPEATS.spec()] }
    }

    fn task(&self, blanks: usize, options: &OptionValues) -> Task {
        if blanks == 0 {
            return Task::Continue;
        }
        let widest = match options.get(WIDTH) {
            BlankWidth::Given | BlankWidth::One => 1,
            BlankWidth::Two => 2,
            BlankWidth::Three | BlankWidth::Auto => MAX_WIDTH,
        };
        Task::Fill { widest }
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        match (options.get(WIDTH), options.get(ORDER)) {
            (BlankWidth::Auto, _) => WIDTH_SEARCH_PASSES * tokens,
            (_, FillOrder::Joint) => 1,
            // Blanks may have been marked narrower.
            (BlankWidth::Two, _) => 2 * tokens,
            (BlankWidth::Three, _) => 3 * tokens,
            (BlankWidth::Given | BlankWidth::One, _) => tokens,
        }
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let blanks = draft.blanks();
        let order = params.options.get(ORDER);
        let filling = |draft| BlankFilling::new(sampler(draft, params), order, FillScope::All);
        let resized = |width| {
            let resize = |draft: Draft, &segment: &usize| draft.resized(segment, width);
            filling(blanks.iter().fold(draft.clone(), resize))
        };
        match params.options.get(WIDTH) {
            BlankWidth::Auto if !blanks.is_empty() => {
                Box::new(WidthSearch::new(sampler(draft, params), blanks))
            }
            BlankWidth::Auto | BlankWidth::Given => Box::new(filling(draft)),
            BlankWidth::One => Box::new(resized(1)),
            BlankWidth::Two => Box::new(resized(2)),
            BlankWidth::Three => Box::new(resized(3)),
        }
    }
}

/// A sampler that does not repeat written words, unless the options permit it. Words of the text around the blanks may
/// appear in them.
fn sampler(draft: Draft, params: &Params) -> Sampler {
    let sampler = Sampler::new(draft, params);
    match Repetition::from_options(&params.options) {
        Some(_) => sampler.with_style_rules(Repetition {
            penalty: 1.0,
            window: 0,
            once: params.options.get(REPEATS) == Repeats::No,
        }),
        None => sampler,
    }
}

/// Fills the blanks of `draft` with the `params` of any strategy, the most confident first. The region stays open and
/// hidden.
pub(super) fn fill_blanks(draft: Draft, params: &Params) -> Box<dyn Generation> {
    let sampler = Sampler::from_params(draft, params);
    Box::new(BlankFilling::new(
        sampler,
        FillOrder::Confident,
        FillScope::Blanks,
    ))
}

/// The positions that are filled and visible.
#[derive(Clone, Copy, PartialEq)]
enum FillScope {
    All,
    /// Without the region, in place of which a full stop is visible.
    Blanks,
}

/// Fills the open positions in some order.
struct BlankFilling {
    sampler: Sampler,
    order: FillOrder,
    scope: FillScope,
    turns: usize,
    done: usize,
}

impl BlankFilling {
    fn new(sampler: Sampler, order: FillOrder, scope: FillScope) -> Self {
        let mut filling = Self {
            sampler,
            order,
            scope,
            turns: 0,
            done: 0,
        };
        let open = filling.open().len();
        filling.turns = match order {
            FillOrder::Joint => open.min(1),
            FillOrder::Confident | FillOrder::LeftToRight => open,
        };
        filling
    }

    /// The open positions of the scope, left to right.
    fn open(&self) -> Vec<usize> {
        let mut open = self.sampler.draft.open();
        open.retain(|&position| self.in_scope(position));
        open
    }

    fn in_scope(&self, position: usize) -> bool {
        self.scope == FillScope::All || !self.sampler.draft.in_region(position)
    }

    fn query(&self, asked: &[usize]) -> Query {
        let draft = &self.sampler.draft;
        let in_scope = |&position: &usize| self.in_scope(position);
        let visible: Vec<usize> = (0..draft.len()).filter(in_scope).collect();
        let full_stop = draft.token_table().special().full_stop;
        let behind = if visible.len() < draft.len() {
            full_stop.as_slice()
        } else {
            &[]
        };
        draft.query_visible(&visible, asked, behind, self.sampler.want())
    }

    /// Samples a token for every position of `open` and writes the most confident one. Removes its position from `open`
    /// and its row from `rows`.
    fn write_most_confident(&mut self, open: &mut Vec<usize>, rows: &mut Vec<LogitRow>) {
        let sampled: Vec<SampledToken> = open
            .iter()
            .zip(&*rows)
            .map(|(&position, row)| self.sampler.sample(position, row))
            .collect();
        let best = (0..sampled.len()).min_by(|&a, &b| {
            sampled[b]
                .confidence
                .total_cmp(&sampled[a].confidence)
                .then(a.cmp(&b))
        });
        if let Some(best) = best {
            self.sampler.write_sampled(open.remove(best), sampled[best]);
            rows.remove(best);
        }
    }
}

impl Generation for BlankFilling {
    fn ask(&mut self) -> Turn {
        let open = self.open();
        match (open.first(), self.order) {
            (None, _) => Turn::Done,
            (Some(&leftmost), FillOrder::LeftToRight) => Turn::Ask(vec![self.query(&[leftmost])]),
            (Some(_), _) => Turn::Ask(vec![self.query(&open)]),
        }
    }

    fn answer(&mut self, mut scores: Vec<Scores>) {
        let mut open = self.open();
        let rows = &mut scores[0].rows;
        match self.order {
            FillOrder::LeftToRight => self.sampler.write(open[0], &rows[0]),
            FillOrder::Confident => self.write_most_confident(&mut open, rows),
            // The most confident first here too, so that of two neighbours with the same word that one keeps it.
            FillOrder::Joint => {
                while !open.is_empty() {
                    self.write_most_confident(&mut open, rows);
                }
            }
        }
        self.done += 1;
    }

    fn draft(&self) -> &Draft {
        &self.sampler.draft
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            of: self.turns,
        }
    }
}

/// Finds the width of one blank after another from the left: each width is filled, then scored by PLL-word-l2r per word
/// with the later blanks still open.
struct WidthSearch {
    /// One sampler for each width of the current blank; a single one when all blanks are done.
    tried: Vec<Sampler>,
    /// The blanks that are left, the current one first.
    blanks: Vec<usize>,
    scoring: bool,
    turns: usize,
    done: usize,
}

impl WidthSearch {
    fn new(sampler: Sampler, blanks: Vec<usize>) -> Self {
        let turns = blanks.len() * (MAX_WIDTH + 1);
        let mut generation = Self {
            tried: Vec::new(),
            blanks,
            scoring: false,
            turns,
            done: 0,
        };
        generation.try_widths(sampler);
        generation
    }

    fn try_widths(&mut self, sampler: Sampler) {
        self.scoring = false;
        let Some(&blank) = self.blanks.first() else {
            self.tried = vec![sampler];
            return;
        };
        let resized = |width| sampler.with_draft(sampler.draft.resized(blank, width));
        self.tried = (1..=MAX_WIDTH).map(resized).collect();
    }

    /// The positions of the current blank.
    fn blank(&self, draft: &Draft) -> Vec<usize> {
        let here =
            |position: &usize| Some(&draft.positions()[*position].segment) == self.blanks.first();
        (0..draft.len()).filter(here).collect()
    }

    /// The next position of the current blank to write.
    fn next(&self, draft: &Draft) -> Option<usize> {
        self.blank(draft)
            .into_iter()
            .find(|&position| draft.is_open(position))
    }

    fn write_next(&mut self, scores: Vec<Scores>) {
        let mut scores = scores.into_iter();
        for index in 0..self.tried.len() {
            if let Some(next) = self.next(&self.tried[index].draft) {
                let answer = scores.next().expect("one answer per query");
                self.tried[index].write(next, &answer.rows[0]);
            }
        }
        let filled = |sampler: &Sampler| self.next(&sampler.draft).is_none();
        self.scoring = self.tried.iter().all(filled);
    }

    fn keep_best(&mut self, scores: Vec<Scores>) {
        let mut scores = scores.into_iter();
        let per_word: Vec<f64> = self
            .tried
            .iter()
            .map(|sampler| {
                let positions = self.blank(&sampler.draft);
                let own: Vec<Scores> = scores.by_ref().take(positions.len()).collect();
                score::score(&sampler.draft, &positions, &own).per_word()
            })
            .collect();
        let best = (0..per_word.len())
            .max_by(|&a, &b| per_word[a].total_cmp(&per_word[b]).then(b.cmp(&a)))
            .unwrap_or(0);
        self.blanks.remove(0);
        let best = self.tried.swap_remove(best);
        self.try_widths(best);
    }
}

impl Generation for WidthSearch {
    fn ask(&mut self) -> Turn {
        if self.blanks.is_empty() {
            return Turn::Done;
        }
        let mut turn = Vec::new();
        for Sampler { draft, .. } in &self.tried {
            if self.scoring {
                turn.extend(score::queries(
                    draft,
                    &self.blank(draft),
                    Metric::PllWordL2r,
                ));
            } else if let Some(next) = self.next(draft) {
                turn.push(draft.query(&[next], self.tried[0].want()));
            }
        }
        Turn::Ask(turn)
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.done += 1;
        if self.scoring {
            self.keep_best(scores);
        } else {
            self.write_next(scores);
        }
    }

    fn draft(&self) -> &Draft {
        &self.tried[0].draft
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.done,
            of: self.turns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{drive, ids, params_for, row, text_of, token_table, words};

    const PARTS: fn() -> Vec<Segment> = || {
        vec![
            Segment::Blank(1),
            Segment::Given(ids("dog")),
            Segment::Blank(1),
        ]
    };

    fn run_on(
        segments: &[Segment],
        options: &str,
        model: impl Fn(&Query, usize) -> LogitRow,
    ) -> (Vec<String>, String) {
        let mut generation = TemplateStrategy.write(
            Draft::new(token_table(), segments),
            &params_for(&TemplateStrategy, options, 1),
        );
        let asked = drive(&mut *generation, model)
            .iter()
            .map(|query| words(&query.tokens))
            .collect();
        (asked, text_of(&*generation))
    }

    fn run(options: &str, model: impl Fn(&Query, usize) -> LogitRow) -> (Vec<String>, String) {
        run_on(&PARTS(), options, model)
    }

    /// Certain at the last blank, in doubt at the first.
    fn surer_at_the_end(_: &Query, place: usize) -> LogitRow {
        if place == 3 {
            row("fish")
        } else {
            row("cat bird fish")
        }
    }

    #[test]
    fn the_most_confident_blank_goes_first() {
        let (asked, text) = run("", surer_at_the_end);
        assert_eq!(
            asked,
            [
                "[CLS] [MASK] dog [MASK] [SEP]",
                "[CLS] [MASK] dog fish [SEP]"
            ]
        );
        assert_eq!(text, "cat dog fish");
    }

    #[test]
    fn left_to_right_takes_them_as_they_stand() {
        let (asked, _) = run("order=l2r", surer_at_the_end);
        assert_eq!(asked[1], "[CLS] cat dog [MASK] [SEP]");
    }

    #[test]
    fn joint_takes_one_pass() {
        let (asked, text) = run("order=joint", surer_at_the_end);
        assert_eq!((asked.len(), text.as_str()), (1, "cat dog fish"));
    }

    #[test]
    fn of_two_neighbours_with_the_same_word_the_surer_keeps_it() {
        let model = |_: &Query, place| {
            if place == 2 {
                row("fish")
            } else {
                row("fish cat bird")
            }
        };
        let (_, text) = run_on(&[Segment::Blank(2)], "order=joint", model);
        assert_eq!(text, "cat fish");
    }

    #[test]
    fn a_list_repeats_itself_only_if_it_may() {
        let segments = [
            Segment::Blank(1),
            Segment::Given(ids(",")),
            Segment::Blank(1),
        ];
        let model = |_: &Query, _| row("fish cat");
        assert_eq!(run_on(&segments, "", model).1, "fish , cat");
        assert_eq!(run_on(&segments, "repeats=yes", model).1, "fish , fish");
    }

    #[test]
    fn a_width_can_be_chosen_for_all_blanks() {
        let (asked, _) = run("width=2", |_, _| row("fish cat bird the"));
        assert_eq!(asked[0], "[CLS] [MASK] [MASK] dog [MASK] [MASK] [SEP]");
    }

    #[test]
    fn the_width_with_the_best_score_per_word_stays() {
        // A word with its ending is certain; a word alone is not.
        let model = |query: &Query, place: usize| {
            let left = words(&query.tokens[place - 1..place]);
            let wide = words(&query.tokens).contains("[MASK] [MASK]") || left == "cat";
            match (left.as_str(), wide) {
                ("cat", _) => row("##s"),
                (_, true) => row("cat"),
                _ => row("bird fish cat dog"),
            }
        };
        let (asked, text) = run_on(
            &[Segment::Given(ids("the")), Segment::Blank(1)],
            "width=auto repeats=yes",
            model,
        );
        assert_eq!(text, "the cat ##s");
        assert!(asked.len() <= WIDTH_SEARCH_PASSES);
    }
}
