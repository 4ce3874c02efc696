//! Every strategy of the registry keeps the promises of the trait.

use std::collections::HashSet;

use super::*;
use crate::testing::{answers, drive, ids, params_for, row, token_table};
use crate::{
    Guess, LogitRow, OptionKind, PositionState, Query, Seed, SeededRng, Segment, TokenId, Turn,
    Want,
};

/// A prompt with a blank, and a region of eight tokens behind it; or all of it to be rewritten.
fn draft(strategy: &dyn Strategy) -> Draft {
    let text = |words| match strategy.task(1, &defaults(strategy)) {
        Task::Rewrite => Segment::Rewritable(ids(words)),
        _ => Segment::Given(ids(words)),
    };
    let mut segments = vec![text("the cat"), Segment::Blank(1), text("and the")];
    if strategy.task(1, &defaults(strategy)) != Task::Rewrite {
        segments.push(Segment::Region(8));
    }
    Draft::new(token_table(), &segments)
}

fn params(strategy: &dyn Strategy, seed: u32) -> Params {
    Params {
        keywords: vec![ids("fish")],
        ..params_for(strategy, "", seed)
    }
}

fn begun(strategy: &dyn Strategy, seed: u32) -> Box<dyn Generation> {
    begin(strategy, draft(strategy), &params(strategy, seed))
}

/// Different words are likely at different places; every word that is named has a logit.
fn model(query: &Query, place: usize) -> LogitRow {
    let mut row = row(if place.is_multiple_of(2) {
        "dog bird , fish . the cat of"
    } else {
        "fish of and cat bird . dog the"
    });
    if let Want::Named(tokens) = &query.want {
        let named = |&token: &TokenId| row.guess(token).unwrap_or(Guess { token, logit: -9.0 });
        row.guesses = tokens.iter().map(named).collect();
    }
    row
}

fn tokens(strategy: &dyn Strategy, seed: u32) -> Vec<TokenId> {
    let mut generation = begun(strategy, seed);
    drive(&mut *generation, model);
    let positions = generation.draft().positions();
    positions.iter().map(|slot| slot.token).collect()
}

#[test]
fn names_are_unique_and_every_text_fits_a_menu() {
    let unique: HashSet<_> = names().into_iter().collect();
    assert_eq!(unique.len(), ALL.len());
    for strategy in ALL {
        let name = strategy.name();
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{name}"
        );
        let length = strategy.summary().chars().count();
        assert!((10..=100).contains(&length), "{name}: {length}");
        for option in options(*strategy) {
            let length = option.summary.chars().count();
            assert!(
                (10..=100).contains(&length),
                "{name} {}: {length}",
                option.name
            );
        }
        let About { how, source, when } = strategy.about();
        for text in [how, source, when] {
            assert!(text.ends_with('.'), "{name}: {text}");
        }
    }
}

#[test]
fn a_strategy_is_found_by_its_name_and_by_its_aliases_alone() {
    for strategy in ALL {
        for known in strategy.aliases().iter().chain([&strategy.name()]) {
            let found = find(known).map(Strategy::name);
            assert_eq!(found, Some(strategy.name()), "{known}");
        }
        let aliases = strategy.aliases();
        assert!(aliases.iter().all(|alias| !names().contains(alias)));
    }
    assert!(find("student").is_some_and(|found| found.name() == "causal"));
    assert!(find("").is_none() && find("beam").is_none());
}

#[test]
fn the_former_name_of_a_drafter_is_read_as_the_current_one() {
    let best = find("best-of").unwrap();
    let values = |text| OptionValues::parse(best.name(), &options(best), text).unwrap();
    assert_eq!(values("drafter=student"), values("drafter=causal"));
    assert!(best.needs_causal_model(&values("drafter=student")));
    assert!(!best.needs_causal_model(&values("")));
}

/// All combinations of the choices of `strategy`, its numbers at their defaults or at small values.
fn all_choices(strategy: &dyn Strategy) -> Vec<String> {
    let mut all = vec![String::new()];
    for option in options(strategy) {
        let values: Vec<String> = match option.kind {
            OptionKind::Integer(low, high) => vec![high.min(low + 1).to_string()],
            OptionKind::Real(low, high) => vec![low.midpoint(high).to_string()],
            OptionKind::Choice(names) => names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let with = |text: &String| {
            let text = text.clone();
            let pair = |value: &String| format!("{text} {}={value}", option.name);
            values.iter().map(pair).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    all
}

/// Reading an option that a strategy does not declare panics, so that it is enough to reach every branch.
#[test]
fn every_option_that_is_read_is_declared() {
    for strategy in ALL {
        for text in all_choices(*strategy) {
            let params = Params {
                keywords: vec![ids("fish")],
                ..params_for(*strategy, &text, 9)
            };
            let _ = strategy.needs_causal_model(&params.options);
            let _ = strategy.passes(8, &params.options);
            for blanks in [0, 1] {
                let _ = strategy.task(blanks, &params.options);
            }
            let draft = draft(*strategy).with_suffix(ids("bird and fish"));
            drive(&mut *begin(*strategy, draft, &params), model);
        }
    }
}

#[test]
fn no_option_has_the_name_of_another() {
    for strategy in ALL {
        let options = options(*strategy);
        let unique: HashSet<_> = options.iter().map(|option| option.name).collect();
        assert_eq!(unique.len(), options.len(), "{}", strategy.name());
    }
}

#[test]
fn every_strategy_accepts_its_own_defaults() {
    for strategy in ALL {
        let _ = default_sampling(*strategy);
    }
}

#[test]
fn every_strategy_leaves_nothing_open_and_the_prompt_alone() {
    for strategy in ALL {
        let mut generation = begun(*strategy, 3);
        let given = |draft: &Draft| -> Vec<TokenId> {
            let positions = draft.positions().iter();
            positions
                .filter(|slot| slot.state == PositionState::Given)
                .map(|slot| slot.token)
                .collect()
        };
        let before = given(generation.draft());
        drive(&mut *generation, model);
        let draft = generation.draft();
        assert!(draft.open().is_empty(), "{}", strategy.name());
        assert_eq!(given(draft), before, "{}", strategy.name());
        assert_eq!(generation.ask(), Turn::Done, "{}", strategy.name());
    }
}

#[test]
fn every_strategy_is_reproducible_from_its_seed() {
    for strategy in ALL {
        assert_eq!(
            tokens(*strategy, 8),
            tokens(*strategy, 8),
            "{}",
            strategy.name()
        );
    }
}

#[test]
fn asking_twice_gives_the_same_turn_all_along() {
    for strategy in ALL {
        let mut generation = begun(*strategy, 4);
        while let Turn::Ask(queries) = generation.ask() {
            assert_eq!(
                generation.ask(),
                Turn::Ask(queries.clone()),
                "{}",
                strategy.name()
            );
            generation.answer(answers(&queries, &model));
        }
    }
}

#[test]
fn progress_never_goes_back_and_ends_where_it_said() {
    for strategy in ALL {
        let mut generation = begun(*strategy, 5);
        let mut before = 0;
        while let Turn::Ask(queries) = generation.ask() {
            let progress = generation.progress();
            assert!(
                progress.done >= before && progress.done < progress.of,
                "{}: {progress:?}",
                strategy.name()
            );
            before = progress.done;
            generation.answer(answers(&queries, &model));
        }
        let progress = generation.progress();
        assert_eq!(progress.done, progress.of, "{}", strategy.name());
    }
}

#[test]
fn no_strategy_takes_more_passes_than_it_states() {
    for strategy in ALL {
        let params = params(*strategy, 6);
        let draft = draft(*strategy);
        let stated = strategy.passes(draft.writable().len(), &params.options);
        let mut generation = begin(*strategy, draft, &params);
        let taken = drive(&mut *generation, model).len();
        assert!(taken <= stated, "{}: {taken} > {stated}", strategy.name());
    }
}

#[test]
fn no_question_is_longer_than_the_draft_and_its_room() {
    for strategy in ALL {
        let mut generation = begun(*strategy, 6);
        let most = generation.draft().len() + Draft::MAX_QUERY_OVERHEAD;
        let longest = drive(&mut *generation, model)
            .iter()
            .map(|query| query.tokens.len())
            .max();
        assert!(longest.unwrap() <= most, "{}", strategy.name());
    }
}

#[test]
fn what_steers_from_behind_is_seen_in_every_question_and_never_written() {
    for strategy in ALL {
        let suffix = ids("( mr )");
        let draft = draft(*strategy).with_suffix(suffix.clone());
        let draft_length = draft.len();
        let mut generation = begin(*strategy, draft, &params(*strategy, 6));
        for query in drive(&mut *generation, model) {
            // What a sentence scores on its own is asked without anything around it.
            let whole = query.tokens.len() > draft_length;
            let seen = query.tokens.windows(3).any(|some| some == suffix);
            assert!(seen || !whole, "{}", strategy.name());
        }
        let positions = generation.draft().positions();
        assert!(positions.iter().all(|slot| slot.token != suffix[1]));
    }
}

#[test]
fn guidance_asks_everything_twice_and_strengthens_what_the_tail_favours() {
    let strategy = ALL[0];
    let suffix = ids("fish");
    let draft = Draft::new(
        token_table(),
        &[Segment::Given(ids("the")), Segment::Region(1)],
    );
    let params = params_for(
        strategy,
        "strength=2 sentences=free repetition=1 tries=1",
        1,
    );
    let mut generation = begin(strategy, draft.with_suffix(suffix.clone()), &params);
    let favours = |query: &Query, _: usize| {
        let steered = query.tokens.contains(&suffix[0]);
        // With the suffix "fish" gains on "bird", but is not ahead yet.
        let logit = |word: &str| match (word, steered) {
            ("bird", _) => 8.0,
            ("fish", true) => 6.0,
            ("fish", false) => 3.0,
            _ => -20.0,
        };
        let all: Vec<f32> = (0..u32::try_from(token_table().size()).unwrap())
            .map(|id| logit(&crate::testing::words(&[TokenId(id)])))
            .collect();
        crate::reduce_logits(&all, &query.want)
    };
    let asked = drive(&mut *generation, favours);
    assert_eq!(asked.len(), 2);
    assert_eq!(
        crate::testing::text_of(&*generation),
        "the fish",
        "3 + 3 * (6 - 3) is more than 8"
    );
}

#[test]
fn a_text_ends_with_its_last_sentence_if_it_may() {
    let script = ["the", "cat", "and", "dog", ".", "bird"];
    let ending = |options: &str| {
        let draft = Draft::new(token_table(), &[Segment::Region(6)]);
        let options = format!("sentences=free tries=1 {options}");
        let mut generation = begin(ALL[0], draft, &params_for(ALL[0], &options, 1));
        drive(&mut *generation, |_, place| row(script[place - 1]));
        crate::testing::text_of(&*generation)
    };
    assert_eq!(ending(""), "the cat and dog .");
    assert_eq!(ending("ending=none"), "the cat and dog . bird");
}

/// A random value of every option of `strategy`, small where it determines the running time.
fn any_options(strategy: &dyn Strategy, rng: &mut SeededRng) -> String {
    let pair = |option: &OptionSpec, rng: &mut SeededRng| {
        let value = match option.kind {
            OptionKind::Integer(low, high) => {
                (low as usize + rng.below((high - low).min(12) as usize + 1)).to_string()
            }
            OptionKind::Real(low, high) => (low + rng.unit() * (high - low)).to_string(),
            OptionKind::Choice(words) => words[rng.below(words.len())].to_owned(),
        };
        format!("{}={value}", option.name)
    };
    let options = options(strategy);
    let some: Vec<String> = options.iter().map(|option| pair(option, rng)).collect();
    some.join(" ")
}

/// Some text with blanks, which a strategy with these settings may be given.
fn any_draft(strategy: &dyn Strategy, options: &OptionValues, rng: &mut SeededRng) -> Draft {
    let texts = [
        "the cat",
        "of ( bird",
        "mr . 3",
        "\" and ' s",
        "fish ##s , dog",
    ];
    let mut segments = Vec::new();
    let mut blanks = 0;
    for _ in 0..rng.below(4) {
        segments.push(texts[rng.below(texts.len())]);
        blanks += rng.below(2);
    }
    let task = strategy.task(blanks, options);
    let mut all = Vec::new();
    for (number, text) in segments.into_iter().enumerate() {
        all.push(match task {
            Task::Rewrite => Segment::Rewritable(ids(text)),
            Task::Continue | Task::Fill { .. } => Segment::Given(ids(text)),
        });
        if number < blanks {
            all.push(Segment::Blank(1 + rng.below(2)));
        }
    }
    if task == Task::Continue {
        all.push(Segment::Region(1 + rng.below(14)));
    }
    let draft = Draft::new(token_table(), &all);
    match rng.below(3) {
        0 => draft.with_suffix(ids("bird and fish .")),
        _ => draft,
    }
}

#[test]
fn any_options_and_any_draft_lead_to_a_finished_text() {
    let mut rng = SeededRng::new(Seed::from(11));
    for strategy in ALL {
        for case in 0..80 {
            let options = any_options(*strategy, &mut rng);
            let mut params = params_for(*strategy, &options, case);
            params.sampling = params
                .sampling
                .with_temperature([0.0, 0.7, 1.5][rng.below(3)]);
            params.keywords = [vec![], vec![ids("fish ##s"), ids("dog")]][rng.below(2)].clone();
            let draft = any_draft(*strategy, &params.options, &mut rng);
            let given = |draft: &Draft| -> Vec<TokenId> {
                let positions = draft.positions().iter();
                let given = positions.filter(|slot| slot.state == PositionState::Given);
                given.map(|slot| slot.token).collect()
            };
            let before = given(&draft);
            let mut generation = begin(*strategy, draft, &params);
            drive(&mut *generation, model);
            let draft = generation.draft();
            let name = strategy.name();
            assert!(draft.open().is_empty(), "{name} {options}");
            assert_eq!(given(draft), before, "{name} {options}");
            let progress = generation.progress();
            assert_eq!(progress.done, progress.of, "{name} {options}");
        }
    }
}
