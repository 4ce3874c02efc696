//! Absorbing-state discrete diffusion: every token starts as a mask and is revealed at a random time.
//!
//! D3PM (Austin et al. 2021, arXiv:2107.03006) and MDLM (Sahoo et al. 2024, arXiv:2406.07524): between the times t and
//! s a masked token is revealed with probability (α(s) - α(t)) / (1 - α(t)), drawn from the model. ReMDM (Wang et al.
//! 2025, arXiv:2503.00307) also masks revealed tokens again, with probability σ. As in MDLM's cached sampler, the model
//! is asked only when something is revealed. The confident order is LLaDA's (Nie et al. 2025, arXiv:2502.09992).

use super::{About, Strategy, sampling};
use crate::option::option_choices;
use crate::{
    Draft, Generation, LogitRow, OptionSpec, OptionValues, Params, PositionState, Progress,
    SampledToken, Sampler, Sampling, Scores, StrategyOption, Turn,
};

/// ReMDM's loop: the share of tokens that is revealed while the loop is on.
const ALPHA_ON: f64 = 0.9;
/// The time at which the loop starts.
const T_ON: f64 = 0.55;
/// The time at which the loop ends.
const T_OFF: f64 = 0.05;

option_choices! {
    /// What decides which tokens are revealed.
    enum RevealOrder {
        /// Chance.
        Random = "random",
        /// The model's confidence.
        Confident = "confident",
    }
}

option_choices! {
    /// How revealed tokens are masked again, by ReMDM's names.
    enum Remask {
        /// Never.
        None = "none",
        /// With a constant probability between the times [`T_ON`] and [`T_OFF`].
        Loop = "loop",
        /// With a constant probability.
        Cap = "cap",
        /// With a constant share of the maximum probability.
        Rescale = "rescale",
        /// With a probability that falls with the token's confidence.
        Conf = "conf",
    }
}

const STEPS: StrategyOption<usize> = StrategyOption::integer(
    "steps",
    (0, 2000),
    0,
    "How many moments time has; 0 is one per token, two with remask.",
);
const ORDER: StrategyOption<RevealOrder> = StrategyOption::choice(
    "order",
    "Whether chance or the model's confidence says what is revealed.",
);
const REMASK: StrategyOption<Remask> = StrategyOption::choice(
    "remask",
    "How revealed words are masked again, by ReMDM's names.",
);
const ETA: StrategyOption<f64> = StrategyOption::real(
    "eta",
    (0.0, 1.0),
    0.0,
    "How often revealed words are masked again; 0 is as published: loop 0.02, cap 0.008, rescale 0.015.",
);

/// The strategy `diffusion`.
pub(super) struct DiffusionStrategy;

impl Strategy for DiffusionStrategy {
    fn name(&self) -> &'static str {
        "diffusion"
    }

    fn summary(&self) -> &'static str {
        "Reveals words at random times out of nothing but masks, as diffusion models do."
    }

    fn about(&self) -> About {
        About {
            how: "All positions are masks at time 1. On the way to time 0 each is revealed at a random moment, drawn from \
                  what the model believes then. With remask, some revealed words become masks again and get a second \
                  chance.",
            source: "Austin et al. 2021, D3PM (arXiv:2107.03006); Sahoo et al. 2024, MDLM (arXiv:2406.07524); remasking \
                     from Wang et al. 2025, ReMDM (arXiv:2503.00307); confident order from LLaDA (arXiv:2502.09992).",
            when: "To watch a text appear everywhere at once, and to compare with diffusion language models.",
        }
    }

    fn sampling(&self, _: &OptionValues) -> Sampling {
        sampling(0.8, 0, 0.9)
    }

    fn options(&self) -> &'static [OptionSpec] {
        const { &[STEPS.spec(), ORDER.spec(), REMASK.spec(), ETA.spec()] }
    }

    fn passes(&self, tokens: usize, options: &OptionValues) -> usize {
        steps(tokens, options)
    }

    fn write(&self, draft: Draft, params: &Params) -> Box<dyn Generation> {
        let writable = draft.open();
        let mut generation = DiffusionDecoding {
            steps: steps(writable.len(), &params.options),
            order: params.options.get(ORDER),
            remask: params.options.get(REMASK),
            eta: Some(params.options.get(ETA)).filter(|&eta| eta > 0.0),
            sampler: Sampler::from_params(draft, params),
            sampling: params.sampling,
            writable,
            revealed: Vec::new(),
            remasked: Vec::new(),
            done: 0,
        };
        generation.advance();
        Box::new(generation)
    }
}

/// The number of time steps for `tokens` tokens.
fn steps(tokens: usize, options: &OptionValues) -> usize {
    match (options.get(STEPS), options.get(REMASK)) {
        (0, Remask::None) => tokens,
        (0, _) => 2 * tokens,
        (steps, _) => steps,
    }
}

impl Remask {
    /// α(t): the share of tokens that is revealed at time `t`, which runs from 1 to 0.
    fn alpha(self, t: f64) -> f64 {
        match self {
            Self::Loop if t >= T_ON => ALPHA_ON * (1.0 - t) / (1.0 - T_ON),
            Self::Loop if t >= T_OFF => ALPHA_ON,
            Self::Loop => ALPHA_ON + (1.0 - ALPHA_ON) * (T_OFF - t) / T_OFF,
            _ => 1.0 - t,
        }
    }

    /// σ: the probability with which a revealed token is masked again between the times `t` and `s`, averaged over all
    /// tokens.
    fn sigma(self, t: f64, s: f64, eta: Option<f64>) -> f64 {
        let maximum = ((1.0 - self.alpha(s)) / self.alpha(t)).min(1.0);
        let eta = eta.unwrap_or(match self {
            Self::Cap => 0.008,
            Self::Rescale => 0.015,
            _ => 0.02,
        });
        match self {
            Self::Loop if (T_OFF..T_ON).contains(&s) && t <= T_ON => eta.min(maximum),
            Self::None | Self::Loop => 0.0,
            Self::Cap => eta.min(maximum),
            Self::Rescale => eta * maximum,
            Self::Conf => maximum,
        }
    }
}

struct DiffusionDecoding {
    sampler: Sampler,
    sampling: Sampling,
    steps: usize,
    order: RevealOrder,
    remask: Remask,
    eta: Option<f64>,
    writable: Vec<usize>,
    /// The positions that the current step reveals; in the confident order, those it chooses from.
    revealed: Vec<usize>,
    /// The positions that the current step masks again; the model sees their tokens until then.
    remasked: Vec<usize>,
    done: usize,
}

impl DiffusionDecoding {
    /// Advances the time until there is something to reveal, or to the end.
    fn advance(&mut self) {
        self.revealed.clear();
        while self.done < self.steps && self.revealed.is_empty() {
            let time = |step: usize| 1.0 - step as f64 / self.steps as f64;
            self.step(time(self.done), time(self.done + 1));
            self.done += 1;
            if self.revealed.is_empty() {
                self.reopen_remasked();
            }
        }
    }

    fn reopen_remasked(&mut self) {
        for position in self.remasked.drain(..) {
            self.sampler.draft.reopen(position);
        }
    }

    fn is_confident(&self) -> bool {
        self.order == RevealOrder::Confident
    }

    /// Chooses what is masked again and what is revealed between the times `t` and `s`.
    fn step(&mut self, t: f64, s: f64) {
        let (alpha_t, alpha_s) = (self.remask.alpha(t), self.remask.alpha(s));
        let sigma = self.remask.sigma(t, s, self.eta);
        let open = self.sampler.draft.open();
        self.choose_remasked(sigma);
        // With remasking by confidence, open tokens are revealed as if nothing were masked again.
        let sigma = if self.remask == Remask::Conf {
            0.0
        } else {
            sigma
        };
        let last = self.done + 1 == self.steps;
        let reveal = (alpha_s - (1.0 - sigma) * alpha_t) / (1.0 - alpha_t);
        let all = last || self.is_confident();
        self.revealed = open
            .into_iter()
            .filter(|_| all || self.sampler.rng.unit() < reveal)
            .collect();
        if self.is_confident() && self.left_to_reveal(alpha_s) == 0 {
            self.revealed.clear();
        }
    }

    /// Draws which revealed tokens are masked again, with the mean probability `sigma`.
    fn choose_remasked(&mut self, sigma: f64) {
        if sigma == 0.0 {
            return;
        }
        let draft = &self.sampler.draft;
        let revealed: Vec<(usize, f64)> = self
            .writable
            .iter()
            .filter_map(|&position| match draft.positions()[position].state {
                PositionState::Written(confidence) => {
                    Some((position, f64::from(-confidence).exp()))
                }
                _ => None,
            })
            .collect();
        let sum: f64 = revealed.iter().map(|(_, weight)| weight).sum();
        for (position, weight) in revealed {
            let sigma = match self.remask {
                Remask::Conf => sigma * weight / sum,
                _ => sigma,
            };
            if self.sampler.rng.unit() < sigma {
                self.remasked.push(position);
            }
        }
    }

    /// In the confident order, the number of tokens still to reveal so that the share `alpha` is revealed.
    fn left_to_reveal(&self, alpha: f64) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the tokens"
        )]
        let wanted = (alpha * self.writable.len() as f64 + 1e-9) as usize;
        let open = self.sampler.draft.open().len() + self.remasked.len();
        wanted.saturating_sub(self.writable.len() - open)
    }
}

impl Generation for DiffusionDecoding {
    fn ask(&mut self) -> Turn {
        if self.revealed.is_empty() {
            return Turn::Done;
        }
        let draft = &self.sampler.draft;
        Turn::Ask(vec![draft.query(&self.revealed, self.sampler.want())])
    }

    fn answer(&mut self, scores: Vec<Scores>) {
        let revealed = std::mem::take(&mut self.revealed);
        let mut samples: Vec<(usize, SampledToken, &LogitRow)> = Vec::new();
        for (&position, row) in revealed.iter().zip(&scores[0].rows) {
            let token = self.sampler.sample(position, row);
            samples.push((position, token, row));
        }
        samples.sort_by(|a, b| {
            b.1.confidence
                .total_cmp(&a.1.confidence)
                .then(a.0.cmp(&b.0))
        });
        if self.is_confident() {
            let alpha = self
                .remask
                .alpha(1.0 - self.done as f64 / self.steps as f64);
            samples.truncate(self.left_to_reveal(alpha));
        }
        for (position, token, row) in samples {
            self.sampler.commit(self.sampling, position, token, row);
        }
        self.reopen_remasked();
        self.advance();
    }

    fn draft(&self) -> &Draft {
        &self.sampler.draft
    }

    fn progress(&self) -> Progress {
        let of = self.steps;
        let ended = self.revealed.is_empty();
        Progress {
            done: if ended { of } else { self.done - 1 },
            of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{drive, params_for, row, token_table};

    fn asked(options: &str, tokens: usize, seed: u32) -> Vec<usize> {
        let draft = Draft::new(token_table(), &[Segment::Region(tokens)]);
        let mut generation =
            DiffusionStrategy.write(draft, &params_for(&DiffusionStrategy, options, seed));
        let asked = drive(&mut *generation, |_, _| row("bird dog fish cat"));
        assert!(generation.draft().open().is_empty(), "{options}");
        asked.iter().map(|query| query.asked.len()).collect()
    }

    #[test]
    fn every_token_is_revealed_once_and_steps_that_reveal_nothing_cost_nothing() {
        let asked = asked("", 60, 3);
        assert_eq!(asked.iter().sum::<usize>(), 60);
        // With as many steps as tokens, a share of 1/e of the steps reveals nothing.
        assert!((28..=48).contains(&asked.len()), "{asked:?}");
    }

    #[test]
    fn as_many_are_revealed_in_each_tenth_of_the_time() {
        let mut counts = [0usize; 4];
        for seed in 0..50 {
            let revealed = asked("steps=4", 40, seed);
            for (count, n) in counts.iter_mut().zip(revealed) {
                *count += n;
            }
        }
        for count in counts {
            assert!((430..=570).contains(&count), "{counts:?}");
        }
    }

    #[test]
    fn in_the_confident_order_each_step_reveals_an_equal_share() {
        let asked = asked("order=confident steps=10", 40, 1);
        assert_eq!(asked, [40, 36, 32, 28, 24, 20, 16, 12, 8, 4]);
    }

    #[test]
    fn remasking_gives_second_chances_and_still_ends() {
        for remask in ["loop", "cap", "rescale", "conf"] {
            let asked = asked(&format!("remask={remask} eta=0.2"), 40, 2);
            assert!(asked.iter().sum::<usize>() > 40, "{remask} {asked:?}");
            assert!(asked.len() <= 80, "{remask}");
        }
    }

    #[test]
    fn remasking_by_confidence_does_not_hurry_the_first_reveals() {
        let halfway = |options: &str| {
            let draft = Draft::new(token_table(), &[Segment::Region(40)]);
            let mut generation =
                DiffusionStrategy.write(draft, &params_for(&DiffusionStrategy, options, 4));
            while generation.progress().done < 20 {
                let Turn::Ask(queries) = generation.ask() else {
                    break;
                };
                let rows = vec![row("bird dog fish cat"); queries[0].asked.len()];
                generation.answer(vec![Scores { rows }]);
            }
            40 - generation.draft().open().len()
        };
        let (plain, conf) = (halfway("steps=40"), halfway("steps=40 remask=conf"));
        assert!(conf <= plain + 4, "{conf} against {plain}");
    }

    #[test]
    fn the_loop_holds_nine_tenths_between_its_times() {
        for (t, alpha) in [(1.0, 0.0), (0.55, 0.9), (0.3, 0.9), (0.05, 0.9), (0.0, 1.0)] {
            assert!((Remask::Loop.alpha(t) - alpha).abs() < 1e-9, "{t}");
        }
        assert!(Remask::Loop.sigma(0.8, 0.79, None) == 0.0);
        assert!((Remask::Loop.sigma(0.3, 0.29, None) - 0.02).abs() < 1e-12);
    }
}
