//! Metropolis-Hastings: the model proposes words, which are kept if they make the whole text more probable.
//!
//! Goyal, Dyer and Berg-Kirkpatrick 2021, "Exposing the Implicit Energy Networks behind Masked Language Models via
//! Metropolis-Hastings" (arXiv:2106.02736). The energy of a text is minus the sum of its tokens' logits, each with that
//! token masked (raw), or of their log-probabilities (normalised). A proposal masks a block of positions, draws each
//! from the model at the sampling's temperature, and is accepted with probability min(1, exp(E - E') q(old) / q(new)).
//! Ours, for speed: only the potentials near a change are computed again, and all of them once per epoch; and the chain
//! starts from a draft. Only written tokens count for the energy. Top-k and top-p are ignored, since the stationary
//! distribution of the chain depends on the proposals.

use super::lookahead::first_draft;
use super::{About, PUBLISHED_DEFAULTS, Strategy, sampling};
use crate::chain::Chained;
use crate::option::option_choices;
use crate::schedule::BlockSchedule;
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, Position, Progress, Query,
    SampledToken, Sampler, Sampling, Scores, StrategyOption, Turn, Want,
};

option_choices! {
    /// The potential of a token, whose negative sum is the energy.
    enum Energy {
        /// The logit.
        Raw = "raw",
        /// The log-probability.
        Normalised = "normalised",
    }
}

option_choices! {
    /// The initial state of the chain.
    enum MhStart {
        /// A text of the strategy `lookahead`.
        Draft = "draft",
        /// Masks.
        Masks = "masks",
        /// Random words.
        Random = "random",
    }
}

const ENERGY: StrategyOption<Energy> =
    StrategyOption::choice("energy", "Whether logits or log-probabilities are summed.");
const EPOCHS: StrategyOption<usize> = StrategyOption::integer(
    "epochs",
    (1, 500),
    3,
    "How often each position is proposed.",
);
const BLOCK: StrategyOption<usize> = StrategyOption::integer(
    "block",
    (1, 16),
    4,
    "Positions proposed together at first; it falls to 1.",
);
const WINDOW: StrategyOption<usize> = StrategyOption::integer(
    "window",
    (0, 100),
    8,
    "How far from a change the energy is renewed; 0 is everywhere.",
);
const START: StrategyOption<MhStart> = StrategyOption::choice(
    "start",
    "From a text of lookahead's, from masks, or from random words.",
);

/// The strategy `mh`.
pub(super) struct MhStrategy;

impl Strategy for MhStrategy {
    fn name(&self) -> &'static str {
        "mh"
    }

    fn summary(&self) -> &'static str {
        "Proposes other words and keeps them if the whole text gets more probable (Metropolis-Hastings)."
    }

    fn about(&self) -> About {
        About {
            how: "It starts from a text of lookahead's. Again and again it hides a few words, draws others, and asks how \
                  probable every word around them is now. The change is accepted or thrown away so that, in the long run, \
                  texts appear as often as the model's energy says.",
            source: "Goyal, Dyer & Berg-Kirkpatrick 2021 (arXiv:2106.02736). The window around a change and the start \
                     from a draft are ours.",
            when: "For research: with window=0 a sampler with a known target. It takes very many passes.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        sampling(0.8, 0, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                ENERGY.spec(),
                EPOCHS.spec(),
                BLOCK.spec(),
                WINDOW.spec(),
                START.spec(),
            ]
        }
    }

    fn common_options(&self) -> [OptionSpec; 3] {
        PUBLISHED_DEFAULTS
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        let schedule = blocks(options);
        let window = window(options);
        let epoch = |epoch: usize| {
            let block = schedule.size(epoch);
            let evaluated = tokens.min(window.map_or(tokens, |window| block * (2 * window + 1)));
            tokens + tokens.div_ceil(block) * (1 + evaluated)
        };
        tokens + (0..schedule.epochs).map(epoch).sum::<usize>()
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let tokens = draft.writable().len();
        if params.options.get(START) != MhStart::Draft || tokens == 0 {
            return Box::new(MhChain::new(draft, params));
        }
        let schedule = blocks(&params.options);
        let turns = |epoch| 2 * tokens.div_ceil(schedule.size(epoch)) + 1;
        let expected = (0..schedule.epochs).map(turns).sum();
        // The draft was drawn with the seed itself.
        let chain = Params {
            seed: params.seed.variation(1),
            ..params.clone()
        };
        Box::new(Chained::new(
            first_draft(draft, params),
            expected,
            move |draft| Box::new(MhChain::new(draft, &chain)),
        ))
    }
}

fn blocks(options: &OptionValues) -> BlockSchedule {
    BlockSchedule {
        epochs: options.get(EPOCHS),
        first: options.get(BLOCK),
    }
}

/// The distance from a change up to which potentials are computed again; `None` is unlimited.
fn window(options: &OptionValues) -> Option<usize> {
    Some(options.get(WINDOW)).filter(|&window| window > 0)
}

/// The answers that the chain waits for.
enum MhPhase {
    /// Potentials of all written positions.
    Refresh,
    /// Distributions at these positions, masked together.
    Propose(Vec<usize>),
    /// Potentials at the `evaluated` positions of a proposal.
    Evaluate(Proposal),
    Done,
}

/// A change that is in the draft already and is undone if it is rejected.
struct Proposal {
    old: Vec<(usize, Position)>,
    /// The positions whose potentials are computed again.
    evaluated: Vec<usize>,
    /// log q(old) - log q(new)
    log_ratio: f64,
}

struct MhChain {
    sampler: Sampler,
    temperature: f64,
    energy: Energy,
    window: Option<usize>,
    blocks: BlockSchedule,
    epoch: usize,
    /// The writable positions that this epoch has not proposed yet, the next one last.
    order: Vec<usize>,
    /// The potential of each position; only those of writable positions count.
    potentials: Vec<f64>,
    phase: MhPhase,
    done: usize,
}

impl MhChain {
    fn new(draft: Draft, params: &Params) -> Self {
        let mut chain = Self {
            potentials: vec![0.0; draft.len()],
            sampler: Sampler::from_params(draft, params),
            temperature: params.sampling.temperature.get(),
            energy: params.options.get(ENERGY),
            window: window(&params.options),
            blocks: blocks(&params.options),
            epoch: 0,
            order: Vec::new(),
            phase: MhPhase::Done,
            done: 0,
        };
        if params.options.get(START) == MhStart::Random {
            chain.sampler.fill_with_random_words();
        }
        if !chain.sampler.draft.writable().is_empty() {
            chain.begin_epoch();
        }
        chain
    }

    fn begin_epoch(&mut self) {
        self.order = self.sampler.draft.writable();
        self.sampler.rng.shuffle(&mut self.order);
        // Open positions are drawn first; a text with masks has no energy.
        let open = self.sampler.draft.open();
        self.phase = match open.first() {
            Some(&position) => MhPhase::Propose(vec![position]),
            None => MhPhase::Refresh,
        };
    }

    fn next_block(&mut self) {
        if self.order.is_empty() {
            self.epoch += 1;
            if self.epoch == self.blocks.epochs {
                self.phase = MhPhase::Done;
            } else {
                self.begin_epoch();
            }
            return;
        }
        let size = self.blocks.size(self.epoch).min(self.order.len());
        let mut block = self.order.split_off(self.order.len() - size);
        block.sort_unstable();
        self.phase = MhPhase::Propose(block);
    }

    /// One query per position, for the potential of its token.
    fn potential_queries(&self, positions: &[usize]) -> Vec<Query> {
        let draft = &self.sampler.draft;
        let query = |&position: &usize| {
            let token = Want::Named(vec![draft.positions()[position].token]);
            draft.query_masking(&[position], &[position], token)
        };
        positions.iter().map(query).collect()
    }

    fn potential(&self, answer: &Scores) -> f64 {
        let (row, guess) = (&answer.rows[0], answer.rows[0].guesses[0]);
        f64::from(match self.energy {
            Energy::Raw => guess.logit,
            Energy::Normalised => row.log_probability(guess),
        })
    }

    /// Draws tokens for `block` from `rows` and writes them.
    fn propose(&mut self, block: &[usize], rows: &[LogitRow]) {
        let was_open = self.sampler.draft.is_open(block[0]);
        let old: Vec<(usize, Position)> = block
            .iter()
            .map(|&position| (position, self.sampler.draft.positions()[position]))
            .collect();
        let (drawn, log_ratio) = self.draw_block(&old, rows);
        let forbidden = block
            .iter()
            .zip(&drawn)
            .any(|(&position, sampled)| !self.sampler.permits(position, sampled.token));
        let changed = |((_, before), sampled): (&(usize, Position), &SampledToken)| {
            before.token != sampled.token
        };
        if was_open {
            self.begin_epoch();
        } else if forbidden {
            // Words of a block may each be permitted and not stand together; such a text has probability 0.
            self.restore(old);
            self.next_block();
        } else if old.iter().zip(&drawn).any(changed) {
            self.phase = MhPhase::Evaluate(Proposal {
                old,
                evaluated: self.near(block),
                log_ratio,
            });
        } else {
            self.next_block();
        }
    }

    /// Draws and writes a token for each of the `old` positions; returns the tokens and log q(old) - log q(new).
    fn draw_block(
        &mut self,
        old: &[(usize, Position)],
        rows: &[LogitRow],
    ) -> (Vec<SampledToken>, f64) {
        // The whole block counts as masked when the rules are applied, so that the reverse proposal has the same
        // candidates.
        for &(position, _) in old {
            self.sampler.draft.reopen(position);
        }
        let mut drawn = Vec::new();
        let mut log_ratio = 0.0;
        for ((position, before), row) in old.iter().zip(rows) {
            let proposed = self
                .sampler
                .propose(self.temperature, *position, row, before.token);
            log_ratio += proposed.log_ratio;
            drawn.push(proposed.sampled);
        }
        for (&(position, _), sampled) in old.iter().zip(&drawn) {
            self.sampler.write_sampled(position, *sampled);
        }
        if old.len() == 1 && log_ratio == f64::NEG_INFINITY {
            // The rules would never write the old token, so the chain leaves this state for good.
            log_ratio = f64::INFINITY;
        }
        (drawn, log_ratio)
    }

    /// The writable positions whose potentials a change of `block` may affect.
    fn near(&self, block: &[usize]) -> Vec<usize> {
        let mut positions = self.sampler.draft.writable();
        if let Some(window) = self.window {
            let near = |position: &usize| block.iter().any(|at| at.abs_diff(*position) <= window);
            positions.retain(near);
        }
        positions
    }

    fn accept_or_reject(&mut self, proposal: Proposal, answers: &[Scores]) {
        let new: Vec<f64> = answers.iter().map(|it| self.potential(it)).collect();
        let evaluated = &proposal.evaluated;
        let before: f64 = evaluated.iter().map(|&at| self.potentials[at]).sum();
        let log_acceptance = new.iter().sum::<f64>() - before + proposal.log_ratio;
        if self.sampler.rng.unit().ln() < log_acceptance {
            for (&position, potential) in evaluated.iter().zip(new) {
                self.potentials[position] = potential;
            }
        } else {
            self.restore(proposal.old);
        }
        self.next_block();
    }

    fn restore(&mut self, old: Vec<(usize, Position)>) {
        for (position, before) in old {
            self.sampler.draft.restore(position, before);
        }
    }
}

impl Generation for MhChain {
    fn ask(&mut self) -> Turn {
        let draft = &self.sampler.draft;
        match &self.phase {
            MhPhase::Done => Turn::Done,
            MhPhase::Refresh => Turn::Ask(self.potential_queries(&draft.writable())),
            MhPhase::Propose(block) => {
                Turn::Ask(vec![draft.query_masking(block, block, Want::All)])
            }
            MhPhase::Evaluate(proposal) => Turn::Ask(self.potential_queries(&proposal.evaluated)),
        }
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        self.done += 1;
        match std::mem::replace(&mut self.phase, MhPhase::Done) {
            MhPhase::Done => {}
            MhPhase::Refresh => {
                for (position, answer) in self.sampler.draft.writable().into_iter().zip(&scores) {
                    self.potentials[position] = self.potential(answer);
                }
                self.next_block();
            }
            MhPhase::Propose(block) => self.propose(&block, &scores[0].rows),
            MhPhase::Evaluate(proposal) => self.accept_or_reject(proposal, &scores),
        }
    }

    fn draft(&self) -> &Draft {
        &self.sampler.draft
    }

    fn progress(&self) -> Progress {
        let writable = self.sampler.draft.writable().len();
        let turns = |epoch| 2 * writable.div_ceil(self.blocks.size(epoch)) + 1;
        let now = 2 * self.order.len().div_ceil(self.blocks.size(self.epoch)) + 1;
        let later: usize = (self.epoch + 1..self.blocks.epochs).map(turns).sum();
        let left = match self.phase {
            MhPhase::Done => 0,
            _ => now + later,
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
    use crate::testing::{answers, chi_square, drive, ids, params_for, row, token_table};
    use crate::{Guess, Segment, TokenId};

    /// Logits of two words at two places, given the word at the other place (the last column: given a mask). They are
    /// not the conditionals of any joint, but they define energies.
    const LOGITS: [[[f32; 3]; 2]; 2] = [
        [[0.3, 2.4, 0.0], [1.1, 1.2, 0.5]],
        [[0.9, 0.1, 0.2], [-0.4, 0.8, 0.0]],
    ];

    fn word(token: TokenId) -> usize {
        let pair = ids("cat dog");
        pair.iter().position(|&known| known == token).unwrap_or(2)
    }

    fn model(query: &Query, place: usize) -> LogitRow {
        let other = word(query.tokens[3 - place]);
        let all: Vec<Guess> = ids("cat dog")
            .into_iter()
            .enumerate()
            .map(|(index, token)| Guess {
                token,
                logit: LOGITS[place - 1][index][other],
            })
            .collect();
        let sum: f32 = all.iter().map(|guess| guess.logit.exp()).sum();
        let wanted = |guess: &&Guess| match &query.want {
            Want::Named(tokens) => tokens.contains(&guess.token),
            _ => true,
        };
        LogitRow {
            guesses: all.iter().filter(wanted).copied().collect(),
            log_normaliser: sum.ln(),
        }
    }

    /// exp(-E) of the four pairs, normalised.
    fn target(raw: bool) -> Vec<f64> {
        let potential = |place: usize, word: usize, other: usize| {
            let logit = |word: usize| f64::from(LOGITS[place][word][other]);
            let normaliser = (logit(0).exp() + logit(1).exp()).ln();
            logit(word) - if raw { 0.0 } else { normaliser }
        };
        let weights: Vec<f64> = (0..4)
            .map(|pair| (pair / 2, pair % 2))
            .map(|(a, b)| (potential(0, a, b) + potential(1, b, a)).exp())
            .collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    }

    /// How often the chain is at each pair after an epoch.
    fn visits(options: &str) -> [u32; 4] {
        let mut counts = [0; 4];
        for seed in 0..4 {
            let draft = Draft::new(token_table(), &[Segment::Region(2)]);
            let options = format!("epochs=500 start=masks {options}");
            let mut chain = MhChain::new(draft, &params_for(&MhStrategy, &options, seed));
            let mut epoch = 0;
            while let Turn::Ask(queries) = chain.ask() {
                chain.answer(answers(&queries, &model));
                // Every fifth state, so that they are nearly independent of each other.
                if chain.epoch > epoch {
                    epoch = chain.epoch;
                    if epoch > 20 && epoch % 5 == 0 {
                        let at = |position: usize| word(chain.draft().positions()[position].token);
                        counts[2 * at(0) + at(1)] += 1;
                    }
                }
            }
        }
        counts
    }

    #[test]
    fn the_chain_visits_texts_as_often_as_their_energies_say() {
        for (raw, options) in [
            (true, "block=1"),
            (true, "block=2"),
            (false, "energy=normalised block=1"),
            (false, "energy=normalised block=2"),
        ] {
            let counts = visits(options);
            let value = chi_square(&counts, &target(raw));
            // 0.1 % of honest chains are above.
            assert!(value < 16.27, "{options}: {value}, {counts:?}");
        }
    }

    #[test]
    fn words_that_may_not_stand_together_never_do() {
        let draft = Draft::new(token_table(), &[Segment::Region(2)]);
        let options = "epochs=200 start=masks block=2 repetition=1.3";
        let mut chain = MhChain::new(draft, &params_for(&MhStrategy, options, 2));
        while let Turn::Ask(queries) = chain.ask() {
            chain.answer(answers(&queries, &model));
            let judged = matches!(chain.phase, MhPhase::Propose(_));
            let (one, two) = (chain.draft().token(0), chain.draft().token(1));
            assert!(!judged || one.is_none() || one != two);
        }
    }

    #[test]
    fn a_wrong_energy_would_be_noticed() {
        let value = chi_square(&visits("energy=normalised block=1"), &target(true));
        assert!(value > 16.27, "{value}");
    }

    #[test]
    fn only_what_is_near_a_change_is_renewed() {
        let draft = Draft::new(token_table(), &[Segment::Region(40)]);
        let params = params_for(&MhStrategy, "window=3 block=1 epochs=1", 1);
        let mut generation = MhStrategy.write(draft, &params);
        let asked = drive(&mut *generation, |query, _| {
            let mut row = row("bird dog fish cat");
            if let Want::Named(tokens) = &query.want {
                row.guesses.retain(|guess| tokens.contains(&guess.token));
                row.guesses.resize(
                    1,
                    Guess {
                        token: tokens[0],
                        logit: -9.0,
                    },
                );
            }
            row
        });
        let refreshed = asked
            .iter()
            .skip(40)
            .take_while(|query| matches!(query.want, Want::Named(_)));
        assert_eq!(refreshed.count(), 40);
        assert!(
            asked.len() <= MhStrategy.passes(40, &params.options),
            "{}",
            asked.len()
        );
    }
}
