//! The ways to make a masked model speak: a registry with one file each.
//!
//! To add one, write `strategy/<name>.rs` with a unit struct that implements [`Strategy`] and its tests, then add its
//! `mod` line and its entry in [`ALL`]. Menus, help and the tests that walk the registry take it from there.

mod gibbs;
mod lookahead;
mod naive;
mod template;

use super::{Draft, Generation, Knob, Params, Sampling};

/// All strategies in the order of the menus; the first is the default.
pub const ALL: &[&dyn Strategy] = &[
    &lookahead::Lookahead,
    &template::Template,
    &gibbs::Gibbs,
    &naive::Naive,
];

/// A way to write text with a masked model.
pub trait Strategy: Sync {
    /// What it is called in menus: lower case, words joined by hyphens.
    fn name(&self) -> &'static str;

    /// What it does, in one sentence of at most 100 characters.
    fn summary(&self) -> &'static str;

    /// How it draws tokens when nobody says otherwise.
    fn sampling(&self) -> Sampling;

    /// The settings that only it has.
    fn knobs(&self) -> &'static [Knob] {
        &[]
    }

    /// Whether it writes new text behind a prompt with so many blanks, or only fills them.
    fn continues(&self, blanks: usize) -> bool {
        let _ = blanks;
        true
    }

    /// A generation that will write all open positions of `draft`. Deterministic in `draft` and `params`.
    fn begin(&self, draft: Draft, params: &Params) -> Box<dyn Generation>;
}

/// The strategy of that name.
pub fn find(name: &str) -> Option<&'static dyn Strategy> {
    ALL.iter().copied().find(|strategy| strategy.name() == name)
}

/// The names of all strategies, in menu order.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|strategy| strategy.name()).collect()
}

/// The sampling a strategy prefers, from constants that are within their ranges.
fn prefer(temperature: f64, top_k: u32, top_p: f64) -> Sampling {
    const VALID: &str = "a test walks the preferences of all strategies";
    Sampling {
        temperature: temperature.try_into().expect(VALID),
        top_k: f64::from(top_k).try_into().expect(VALID),
        top_p: top_p.try_into().expect(VALID),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generation::toy::{drive, ids, lexicon, params_for, row};
    use crate::generation::{Part, SlotState, Turn};
    use std::collections::HashSet;

    fn begin(strategy: &dyn Strategy, seed: u32) -> Box<dyn Generation> {
        let parts = [
            Part::Given(ids("the cat")),
            Part::Blank(1),
            Part::Given(ids("and the")),
            Part::Region(6),
        ];
        strategy.begin(
            Draft::new(lexicon(), &parts),
            &params_for(strategy, "", seed),
        )
    }

    fn text_of(strategy: &dyn Strategy, seed: u32) -> Vec<u32> {
        let mut generation = begin(strategy, seed);
        drive(&mut *generation, |_, place| {
            row(if place % 2 == 0 {
                "dog bird , fish . the cat"
            } else {
                "fish and cat bird . dog the"
            })
        });
        generation
            .draft()
            .slots()
            .iter()
            .map(|slot| slot.token.0)
            .collect()
    }

    #[test]
    fn names_are_unique_and_every_text_fits_a_menu() {
        let unique: HashSet<_> = names().into_iter().collect();
        assert_eq!(unique.len(), ALL.len());
        for strategy in ALL {
            assert!(
                strategy
                    .name()
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '-'),
                "{}",
                strategy.name()
            );
            assert!(
                (10..=100).contains(&strategy.summary().chars().count()),
                "{}: {}",
                strategy.name(),
                strategy.summary()
            );
            for knob in strategy.knobs() {
                assert!(
                    !knob.summary.is_empty() && knob.summary.chars().count() <= 100,
                    "{}",
                    knob.name
                );
            }
        }
    }

    #[test]
    fn every_strategy_accepts_its_own_defaults() {
        for strategy in ALL {
            let _ = params_for(*strategy, "", 1);
        }
    }

    #[test]
    fn every_strategy_leaves_nothing_open_and_the_prompt_alone() {
        for strategy in ALL {
            let mut generation = begin(*strategy, 3);
            drive(&mut *generation, |_, _| row("dog fish bird and . cat the"));
            let draft = generation.draft();
            assert!(draft.open().is_empty(), "{}", strategy.name());
            let given: Vec<_> = draft
                .slots()
                .iter()
                .filter(|slot| slot.state == SlotState::Given)
                .map(|slot| slot.token)
                .collect();
            assert_eq!(given, ids("the cat and the"), "{}", strategy.name());
            assert_eq!(generation.ask(), Turn::Done, "{}", strategy.name());
        }
    }

    #[test]
    fn every_strategy_is_reproducible_from_its_seed() {
        for strategy in ALL {
            assert_eq!(
                text_of(*strategy, 8),
                text_of(*strategy, 8),
                "{}",
                strategy.name()
            );
        }
    }

    #[test]
    fn asking_twice_gives_the_same_turn() {
        for strategy in ALL {
            let mut generation = begin(*strategy, 4);
            assert_eq!(generation.ask(), generation.ask(), "{}", strategy.name());
        }
    }

    #[test]
    fn progress_grows_to_its_end() {
        for strategy in ALL {
            let mut generation = begin(*strategy, 5);
            assert_eq!(generation.progress().done, 0, "{}", strategy.name());
            drive(&mut *generation, |_, _| row("dog fish bird and . cat the"));
            let progress = generation.progress();
            assert_eq!(progress.done, progress.of, "{}", strategy.name());
        }
    }

    #[test]
    fn no_question_is_longer_than_the_draft_and_its_room() {
        for strategy in ALL {
            let mut generation = begin(*strategy, 6);
            let longest = drive(&mut *generation, |_, _| row("dog fish bird and . cat the"))
                .iter()
                .map(|q| q.tokens.len())
                .max();
            assert!(longest.unwrap() <= 11 + Draft::ROOM, "{}", strategy.name());
        }
    }
}
