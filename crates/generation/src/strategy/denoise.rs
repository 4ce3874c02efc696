//! Rewriting as error correction: words that do not fit are masked and written again, until nothing changes.
//!
//! A sweep from the left that masks each token in turn is the experiment of DaertML's `bert_has_a_mouth`; scoring each
//! word with itself hidden is Salazar et al. 2020 (arXiv:1910.14659). Ours: the worst words first, neighbours that are
//! bad together masked together (else each holds the other in place), and a word only replaced if the new one is
//! clearly more probable, so that good text is left alone.

use super::{About, Strategy, Task, sampling};
use crate::option::option_choices;
use crate::score::{self, Metric};
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, Position, Progress,
    SampledToken, Sampler, Sampling, Scores, StrategyOption, TokenKind, Turn, Want,
};

option_choices! {
    /// The text that is denoised.
    enum NoiseStart {
        /// The words of the prompt.
        Text = "text",
        /// Random words behind the prompt.
        Random = "random",
        /// Padding tokens behind the prompt.
        Pad = "pad",
        /// Masks behind the prompt.
        Masks = "masks",
    }
}

option_choices! {
    /// The order in which a sweep visits the words.
    enum SweepOrder {
        /// The least probable words first, and only those.
        Worst = "worst",
        /// Every word from the left.
        LeftToRight = "l2r",
    }
}

const START: StrategyOption<NoiseStart> = StrategyOption::choice(
    "start",
    "Your text itself, or new text behind it from random words, [PAD] or masks.",
);
const ORDER: StrategyOption<SweepOrder> = StrategyOption::choice(
    "order",
    "The worst words first, or every word from the left.",
);
const SWEEPS: StrategyOption<usize> =
    StrategyOption::integer("sweeps", (1, 50), 5, "The maximum number of sweeps.");
const BELOW: StrategyOption<f64> = StrategyOption::real(
    "below",
    (0.0, 1.0),
    0.05,
    "Words at least this probable are left alone, worst first.",
);
const GAIN: StrategyOption<f64> = StrategyOption::real(
    "gain",
    (0.0, 20.0),
    0.7,
    "How much more probable, in nats, a new word must be.",
);
const RUN: StrategyOption<usize> = StrategyOption::integer(
    "run",
    (1, 8),
    3,
    "The maximum number of bad neighbours that are masked together.",
);

/// The strategy `denoise`.
pub(super) struct DenoiseStrategy;

impl Strategy for DenoiseStrategy {
    fn name(&self) -> &'static str {
        "denoise"
    }

    fn summary(&self) -> &'static str {
        "Rewrites your text: masks the words that fit worst and writes them again, until nothing changes."
    }

    fn about(&self) -> About {
        About {
            how: "It hides each word in turn and asks how probable it was. The worst are masked, neighbours together, and \
                  written again; a new word stays only if it is clearly more probable than the old one. Sweeps go on until \
                  one changes nothing.",
            source: "The sweeps are the experiment of DaertML/bert_has_a_mouth; scores from Salazar et al. 2020 \
                     (arXiv:1910.14659). Worst-first order, runs and the rule for keeping words are ours.",
            when: "To repair or twist a text you give, or to see what noise turns into.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        sampling(0.0, 40, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                START.spec(),
                ORDER.spec(),
                SWEEPS.spec(),
                BELOW.spec(),
                GAIN.spec(),
                RUN.spec(),
            ]
        }
    }

    fn task(&self, _: usize, options: &OptionValues) -> Task {
        match options.get(START) {
            NoiseStart::Text => Task::Rewrite,
            NoiseStart::Random | NoiseStart::Pad | NoiseStart::Masks => Task::Continue,
        }
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        let per_token = match options.get(ORDER) {
            SweepOrder::LeftToRight => 1,
            // Scored, written, and with its neighbours scored before and after.
            SweepOrder::Worst => 4,
        };
        per_token * tokens * options.get(SWEEPS)
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let options = &params.options;
        let mut sampler = Sampler::from_params(draft, params);
        match options.get(START) {
            NoiseStart::Random => sampler.fill_with_random_words(),
            NoiseStart::Pad => sampler.fill_with_padding(),
            NoiseStart::Text | NoiseStart::Masks => {}
        }
        let mut generation = Denoising {
            sampler,
            order: options.get(ORDER),
            max_sweeps: options.get(SWEEPS),
            below: options.get(BELOW),
            gain: options.get(GAIN),
            max_run: options.get(RUN),
            sweep: 0,
            changed: false,
            queue: Vec::new(),
            phase: DenoisePhase::Done,
            done: 0,
        };
        if !generation.sampler.draft.writable().is_empty() {
            generation.begin_sweep();
        }
        Box::new(generation)
    }
}

/// The answers that the sweep waits for.
enum DenoisePhase {
    /// The probability of the word at each of these positions.
    Score(Vec<usize>),
    /// The distribution at the first open position of a masked run.
    Fill(Run),
    /// The probabilities of the new and the old words of a run.
    Compare(Run),
    Done,
}

/// Neighbouring positions that are written again together.
struct Run {
    positions: Vec<usize>,
    /// What stood there before.
    old: Vec<Position>,
    /// Whether `old` holds a mask or padding, which any word improves.
    had_no_words: bool,
}

struct Denoising {
    sampler: Sampler,
    order: SweepOrder,
    max_sweeps: usize,
    /// Words of at least this probability are kept.
    below: f64,
    /// Minimum gain in log-probability, in nats, for which a word is replaced.
    gain: f64,
    max_run: usize,
    sweep: usize,
    /// Whether this sweep has changed anything yet.
    changed: bool,
    /// The runs that are left in this sweep, the next one last.
    queue: Vec<Vec<usize>>,
    phase: DenoisePhase,
    done: usize,
}

impl Denoising {
    fn begin_sweep(&mut self) {
        self.changed = false;
        let draft = &self.sampler.draft;
        let writable = draft.writable().into_iter();
        match self.order {
            SweepOrder::LeftToRight => {
                self.queue = writable.rev().map(|i| vec![i]).collect();
                self.next_run();
            }
            SweepOrder::Worst => {
                // Positions without a word have no score; they are the worst of all.
                let written: Vec<usize> = writable.filter(|&i| draft.has_word(i)).collect();
                if written.is_empty() {
                    self.queue_worst(Vec::new());
                    self.next_run();
                } else {
                    self.phase = DenoisePhase::Score(written);
                }
            }
        }
    }

    /// Queues the runs of positions that have no word, or one whose probability is below the threshold. `scored` are
    /// positions with the log-probabilities of their words.
    fn queue_worst(&mut self, scored: Vec<(usize, f64)>) {
        let draft = &self.sampler.draft;
        let writable = draft.writable().into_iter();
        let mut bad: Vec<(usize, f64)> = writable
            .filter(|&position| !draft.has_word(position))
            .map(|position| (position, f64::NEG_INFINITY))
            .chain(scored.into_iter().filter(|(_, log)| log.exp() < self.below))
            .collect();
        bad.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let mut left: Vec<usize> = bad.iter().map(|(position, _)| *position).collect();
        left.sort_unstable();
        self.queue.clear();
        for (worst, _) in bad {
            if left.binary_search(&worst).is_err() {
                continue;
            }
            let run = self.run_around(worst, &left);
            left.retain(|position| !run.contains(position));
            self.queue.push(run);
        }
        self.queue.reverse();
    }

    /// `worst` with its neighbours among `bad`, and the other pieces of its word.
    fn run_around(&self, worst: usize, bad: &[usize]) -> Vec<usize> {
        let draft = &self.sampler.draft;
        let is_piece = |position: usize| draft.kind(position) == Some(TokenKind::Piece);
        let is_bad = |position: usize| bad.binary_search(&position).is_ok();
        let queued = |position: usize| self.queue.iter().any(|run| run.contains(&position));
        let is_free = |position: usize| draft.is_writable(position) && !queued(position);
        let (mut first, mut last) = (worst, worst);
        while last - first + 1 < self.max_run {
            let next = last + 1;
            if next < draft.len() && is_free(next) && (is_piece(next) || is_bad(next)) {
                last = next;
            } else if first > 0 && is_free(first - 1) && (is_bad(first - 1) || is_piece(first)) {
                first -= 1;
            } else {
                break;
            }
        }
        (first..=last).collect()
    }

    fn next_run(&mut self) {
        if let Some(positions) = self.queue.pop() {
            let draft = &self.sampler.draft;
            let old = positions.iter().map(|&i| draft.positions()[i]).collect();
            let had_no_words = positions.iter().any(|&i| !draft.has_word(i));
            for &position in &positions {
                self.sampler.draft.reopen(position);
            }
            self.phase = DenoisePhase::Fill(Run {
                positions,
                old,
                had_no_words,
            });
            return;
        }
        self.sweep += 1;
        if self.changed && self.sweep < self.max_sweeps {
            self.begin_sweep();
        } else {
            self.phase = DenoisePhase::Done;
        }
    }

    /// The first position of `run` that is open.
    fn next_open(&self, run: &Run) -> Option<usize> {
        let draft = &self.sampler.draft;
        let mut positions = run.positions.iter().copied();
        positions.find(|&position| draft.is_open(position))
    }

    fn fill(&mut self, run: Run, scores: &[Scores]) {
        let row = &scores[0].rows[0];
        let Some(position) = self.next_open(&run) else {
            return self.next_run();
        };
        let sampled = self.sampler.sample(position, row);
        self.sampler.write_sampled(position, sampled);
        if self.next_open(&run).is_some() {
            self.phase = DenoisePhase::Fill(run);
        } else if run.had_no_words {
            self.changed = true;
            self.next_run();
        } else if run.positions.len() > 1 {
            self.phase = DenoisePhase::Compare(run);
        } else {
            self.settle(&run, gain_of_one_word(row, &run, sampled));
        }
    }

    /// Keeps the new words of `run` if they gained enough log-probability, else restores the old ones.
    fn settle(&mut self, run: &Run, gained: f64) {
        let draft = &mut self.sampler.draft;
        let same =
            |(&position, old): (&usize, &Position)| draft.positions()[position].token == old.token;
        let unchanged = run.positions.iter().zip(&run.old).all(same);
        if unchanged || gained.is_nan() || gained <= self.gain {
            restore(draft, run);
        } else {
            self.changed = true;
        }
        self.next_run();
    }
}

/// The gain of `sampled` over the old word of a run of one position: `row`, from which the new word was sampled, holds
/// the probability of the old one as well.
fn gain_of_one_word(row: &LogitRow, run: &Run, sampled: SampledToken) -> f64 {
    let old = row.log_probability_of(run.old[0].token);
    f64::from(sampled.confidence).ln() - old
}

fn restore(draft: &mut Draft, run: &Run) {
    for (&position, &old) in run.positions.iter().zip(&run.old) {
        draft.restore(position, old);
    }
}

impl Generation for Denoising {
    fn ask(&mut self) -> Turn {
        let draft = &self.sampler.draft;
        match &self.phase {
            DenoisePhase::Done => Turn::Done,
            DenoisePhase::Score(positions) => {
                Turn::Ask(score::queries(draft, positions, Metric::Pll))
            }
            DenoisePhase::Fill(run) => {
                let asked: Vec<usize> = self.next_open(run).into_iter().collect();
                let want = match run.positions.len() {
                    1 => Want::All,
                    _ => self.sampler.want(),
                };
                Turn::Ask(vec![draft.query(&asked, want)])
            }
            DenoisePhase::Compare(run) => {
                let mut before = draft.clone();
                restore(&mut before, run);
                let mut turn = score::queries(draft, &run.positions, Metric::Pll);
                turn.extend(score::queries(&before, &run.positions, Metric::Pll));
                Turn::Ask(turn)
            }
        }
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.done += 1;
        let draft = &self.sampler.draft;
        match std::mem::replace(&mut self.phase, DenoisePhase::Done) {
            DenoisePhase::Done => {}
            DenoisePhase::Score(positions) => {
                let score = score::score(draft, &positions, &scores);
                self.queue_worst(positions.into_iter().zip(score.tokens).collect());
                self.next_run();
            }
            DenoisePhase::Fill(run) => self.fill(run, &scores),
            DenoisePhase::Compare(run) => {
                let (now, before) = scores.split_at(run.positions.len());
                let total = |answers| score::score(draft, &run.positions, answers).total();
                let gained = total(now) - total(before);
                self.settle(&run, gained);
            }
        }
    }

    fn draft(&self) -> &Draft {
        &self.sampler.draft
    }

    fn progress(&self) -> Progress {
        let left = match self.phase {
            DenoisePhase::Done => 0,
            _ => 1 + self.queue.len(),
        };
        Progress {
            done: self.done,
            of: self.done + left,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{drive, ids, params_for, row, text_of, token_table, words};
    use crate::{Guess, LogitRow, Query, Segment, TokenId};

    /// Wants "the cat and fish" wherever it can, and finds everything else improbable.
    fn corrector(query: &Query, place: usize) -> LogitRow {
        let right = ["the", "cat", "and", "fish"][(place - 1) % 4];
        let mut row = row(right);
        let others = ["dog", "bird", "cat", "fish", "the", "and", "[PAD]"];
        row.guesses.extend(
            others
                .iter()
                .filter(|word| **word != right)
                .map(|word| Guess {
                    token: ids(word)[0],
                    logit: 0.0,
                }),
        );
        if let Want::Named(tokens) = &query.want {
            let named = |token: &TokenId| row.guess(*token).unwrap();
            row.guesses = tokens.iter().map(named).collect();
        }
        row
    }

    fn run(segments: &[Segment], options: &str) -> (Vec<Query>, String) {
        let draft = Draft::new(token_table(), segments);
        let mut generation =
            DenoiseStrategy.write(draft, &params_for(&DenoiseStrategy, options, 1));
        let asked = drive(&mut *generation, corrector);
        (asked, text_of(&*generation))
    }

    #[test]
    fn wrong_words_are_put_right_and_good_text_is_left_alone() {
        let text = |given| run(&[Segment::Rewritable(ids(given))], "repetition=1").1;
        assert_eq!(text("the dog and fish"), "the cat and fish");
        assert_eq!(text("the cat and fish"), "the cat and fish");
    }

    #[test]
    fn a_sweep_that_changes_nothing_is_the_last() {
        let given = [Segment::Rewritable(ids("the dog and fish"))];
        let (asked, _) = run(&given, "order=l2r repetition=1");
        assert_eq!(asked.len(), 8, "one sweep that changes, one that does not");
        let (asked, _) = run(&given, "order=l2r sweeps=1 repetition=1");
        assert_eq!(asked.len(), 4);
    }

    #[test]
    fn bad_neighbours_are_masked_together() {
        let given = [Segment::Rewritable(ids("dog bird and fish"))];
        let (asked, text) = run(&given, "repetition=1");
        assert_eq!(text, "the cat and fish");
        assert_eq!(
            words(&asked[4].tokens),
            "[CLS] [MASK] [MASK] and fish [SEP]"
        );
    }

    #[test]
    fn a_word_that_is_hardly_better_does_not_replace_the_old_one() {
        let given = [Segment::Rewritable(ids("the dog and fish"))];
        assert_eq!(run(&given, "gain=20 repetition=1").1, "the dog and fish");
    }

    #[test]
    fn given_words_stay_and_every_start_leads_to_text() {
        for start in ["random", "pad", "masks"] {
            let segments = [Segment::Given(ids("dog")), Segment::Region(3)];
            let (_, text) = run(&segments, &format!("start={start} repetition=1"));
            assert_eq!(text, "dog cat and fish", "{start}");
        }
    }

    #[test]
    fn padding_never_stays() {
        for options in ["below=0", "gain=20 order=l2r"] {
            let segments = [Segment::Given(ids("dog")), Segment::Region(3)];
            let (_, text) = run(&segments, &format!("start=pad repetition=1 {options}"));
            assert!(!text.contains("[PAD]"), "{options}: {text}");
        }
    }

    #[test]
    fn blanks_in_the_text_are_filled() {
        let segments = [
            Segment::Rewritable(ids("the")),
            Segment::Blank(1),
            Segment::Rewritable(ids("and fish")),
        ];
        assert_eq!(run(&segments, "repetition=1").1, "the cat and fish");
    }
}
