//! Metropolis-Hastings: words are proposed by the model and kept if they make the whole text more probable.
//!
//! Goyal, Dyer and Berg-Kirkpatrick 2021, "Exposing the Implicit Energy Networks behind Masked Language Models via
//! Metropolis-Hastings" (arXiv:2106.02736). The energy of a text is minus the sum of its tokens' logits, each with that
//! token masked (raw), or of their log-probabilities (normalised). A proposal masks a block of positions, draws each from
//! the model at the sampling's temperature, and is accepted with probability min(1, exp(E - E') q(old) / q(new)). Ours,
//! for speed: only the potentials near a change are renewed, all of them with each epoch; and the chain starts from a
//! draft. Only written tokens count for the energy. Top-k and top-p play no part, since the law of the chain depends on
//! the proposals.

use super::{About, PUBLISHED_DEFAULTS, Strategy, first_draft, prefer};
use crate::chain::Chained;
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, Position, PositionState,
    Progress, Query, SampledToken, Sampler, Sampling, Scores, Turn, Want,
};

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
        prefer(0.8, 0, 1.0)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                OptionSpec::choice(
                    "energy",
                    &["raw", "normalised"],
                    "Whether logits or log-probabilities are summed.",
                ),
                OptionSpec::whole(
                    "epochs",
                    (1, 500),
                    "3",
                    "How often each position is proposed.",
                ),
                OptionSpec::whole(
                    "block",
                    (1, 16),
                    "4",
                    "Positions proposed together at first; it falls to 1.",
                ),
                OptionSpec::whole(
                    "window",
                    (0, 100),
                    "8",
                    "How far from a change the energy is renewed; 0 is everywhere.",
                ),
                OptionSpec::choice(
                    "start",
                    &["draft", "masks", "random"],
                    "From a text of lookahead's, from masks, or from random words.",
                ),
            ]
        }
    }

    fn common_options(&self) -> [OptionSpec; 3] {
        PUBLISHED_DEFAULTS
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        let schedule = BlockSchedule::new(options);
        let window = window(options);
        let epoch = |epoch: usize| {
            let block = schedule.size(epoch);
            let renewed = tokens.min(window.map_or(tokens, |window| block * (2 * window + 1)));
            tokens + tokens.div_ceil(block) * (1 + renewed)
        };
        tokens + (0..schedule.epochs).map(epoch).sum::<usize>()
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let blanks = draft.writable().len();
        if params.options.choice("start") != "draft" || blanks == 0 {
            return Box::new(MhChain::new(draft, params));
        }
        let schedule = BlockSchedule::new(&params.options);
        let turns = |epoch| 2 * blanks.div_ceil(schedule.size(epoch)) + 1;
        let expected = (0..schedule.epochs).map(turns).sum();
        // The draft was drawn from the seed itself.
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

/// How many positions are proposed together in each epoch.
#[derive(Clone, Copy)]
struct BlockSchedule {
    epochs: usize,
    first: usize,
}

impl BlockSchedule {
    fn new(options: &OptionValues) -> Self {
        Self {
            epochs: options.whole("epochs"),
            first: options.whole("block"),
        }
    }

    /// From the first size to 1, evenly.
    fn size(self, epoch: usize) -> usize {
        let last = (self.epochs - 1).max(1);
        self.first - (self.first - 1) * epoch.min(last) / last
    }
}

/// How far from a change the energy is renewed; `None` is everywhere.
fn window(options: &OptionValues) -> Option<usize> {
    Some(options.whole("window")).filter(|&window| window > 0)
}

/// What the chain waits for.
enum MhPhase {
    /// Potentials of all written positions.
    Refresh,
    /// Distributions at these positions, hidden together.
    Propose(Vec<usize>),
    /// Potentials at `renewed` positions after a proposal.
    Evaluate(Proposal),
    Done,
}

/// A change that is in the draft already and may be taken back.
struct Proposal {
    old: Vec<(usize, Position)>,
    renewed: Vec<usize>,
    /// log q(old) - log q(new)
    log_ratio: f64,
}

struct MhChain {
    sampler: Sampler,
    temperature: f64,
    raw: bool,
    window: Option<usize>,
    blocks: BlockSchedule,
    epoch: usize,
    /// The written positions in the order in which this epoch proposes them; those left.
    order: Vec<usize>,
    /// log-potential of each position; only those of free ones count.
    potentials: Vec<f64>,
    phase: MhPhase,
    done: usize,
}

impl MhChain {
    fn new(draft: Draft, params: &Params) -> Self {
        let blocks = BlockSchedule::new(&params.options);
        let mut chain = Self {
            potentials: vec![0.0; draft.len()],
            sampler: Sampler::from_params(draft, params),
            temperature: params.sampling.temperature.get(),
            raw: params.options.choice("energy") == "raw",
            window: window(&params.options),
            blocks,
            epoch: 0,
            order: Vec::new(),
            phase: MhPhase::Done,
            done: 0,
        };
        if params.options.choice("start") == "random" {
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
        // What is still open is drawn first; there is no energy before.
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

    /// One question for the potential of each of `positions`.
    fn potentials_of(&self, positions: &[usize]) -> Vec<Query> {
        let draft = &self.sampler.draft;
        let ask = |&position: &usize| {
            let there = Want::Named(vec![draft.positions()[position].token]);
            draft.query_masking(&[position], &[position], there)
        };
        positions.iter().map(ask).collect()
    }

    fn potential(&self, answer: &Scores) -> f64 {
        let row = &answer.rows[0];
        let guess = row.guesses[0];
        f64::from(if self.raw {
            guess.logit
        } else {
            row.log_probability(guess)
        })
    }

    /// Draws for `block`, whose distributions are `rows`, and puts the change into the draft.
    fn propose(&mut self, block: &[usize], rows: &[LogitRow]) {
        let was_open = self.sampler.draft.is_open(block[0]);
        let old: Vec<(usize, Position)> = block
            .iter()
            .map(|&position| (position, self.sampler.draft.positions()[position]))
            .collect();
        // All of the block counts as hidden when the rules are asked, so that the way back has the same choices.
        for &position in block {
            self.sampler.draft.reopen(position);
        }
        let mut drawn = Vec::new();
        let mut log_ratio = 0.0;
        for ((position, slot), row) in old.iter().zip(rows) {
            let draw = self
                .sampler
                .propose(self.temperature, *position, row, slot.token);
            log_ratio += draw.log_ratio;
            drawn.push(draw.choice);
        }
        for (&position, choice) in block.iter().zip(&drawn) {
            self.sampler.write_sampled(position, *choice);
        }
        if let ([_], f64::NEG_INFINITY) = (block, log_ratio) {
            // The rules would never write what stands there, so the chain leaves it for good.
            log_ratio = f64::INFINITY;
        }
        let forbidden = block
            .iter()
            .zip(&drawn)
            .any(|(&position, choice)| !self.sampler.permits(position, choice.token));
        let changed =
            |((_, slot), choice): (&(usize, Position), &SampledToken)| slot.token != choice.token;
        if was_open {
            self.begin_epoch();
        } else if forbidden {
            // Words of a block may each be allowed and not stand together; such a text has no probability.
            self.restore(old);
            self.next_block();
        } else if old.iter().zip(&drawn).any(changed) {
            let near = |position: &usize| {
                let reached = |window: usize| {
                    block
                        .iter()
                        .any(|changed| changed.abs_diff(*position) <= window)
                };
                self.window.is_none_or(reached)
            };
            let renewed = self
                .sampler
                .draft
                .writable()
                .into_iter()
                .filter(near)
                .collect();
            self.phase = MhPhase::Evaluate(Proposal {
                old,
                renewed,
                log_ratio,
            });
        } else {
            self.next_block();
        }
    }

    fn accept_or_reject(&mut self, proposal: Proposal, answers: &[Scores]) {
        let new: Vec<f64> = answers
            .iter()
            .map(|answer| self.potential(answer))
            .collect();
        let renewed = &proposal.renewed;
        let before: f64 = renewed
            .iter()
            .map(|&position| self.potentials[position])
            .sum();
        let log_acceptance = new.iter().sum::<f64>() - before + proposal.log_ratio;
        if self.sampler.rng.unit().ln() < log_acceptance {
            for (&position, potential) in renewed.iter().zip(new) {
                self.potentials[position] = potential;
            }
        } else {
            self.restore(proposal.old);
        }
        self.next_block();
    }

    fn restore(&mut self, old: Vec<(usize, Position)>) {
        for (position, slot) in old {
            if let PositionState::Written(confidence) = slot.state {
                self.sampler.draft.write(position, slot.token, confidence);
            }
        }
    }
}

impl Generation for MhChain {
    fn ask(&mut self) -> Turn {
        let draft = &self.sampler.draft;
        match &self.phase {
            MhPhase::Done => Turn::Done,
            MhPhase::Refresh => Turn::Ask(self.potentials_of(&draft.writable())),
            MhPhase::Propose(block) => {
                Turn::Ask(vec![draft.query_masking(block, block, Want::All)])
            }
            MhPhase::Evaluate(proposal) => Turn::Ask(self.potentials_of(&proposal.renewed)),
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

    /// Logits of two words at two places, given the word at the other place (the last column: given a mask). They are not
    /// the conditionals of any joint, but they define energies.
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
    fn blocks_shrink_to_one() {
        let blocks = BlockSchedule {
            epochs: 3,
            first: 4,
        };
        let sizes: Vec<usize> = (0..3).map(|epoch| blocks.size(epoch)).collect();
        assert_eq!(sizes, [4, 3, 1]);
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
