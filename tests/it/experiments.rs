//! The experiments with which all of this began, of DaertML's `bert_has_a_mouth`, on this project's model. What is checked
//! is their form: which positions change, what stays, that a fixed point is reached, that tags change the words.

use serde_json::Value;

use crate::cli::json;

const CONTEXT: &str =
    "Sandwiches are made of bread and other ingredients like ham, cheese, lettuce, tomato...";
const NOISE: &str = "[MASK] [PAD] cheese Meal Food Ham we need to add [MASK].";

fn speak(prompt: &str, strategy: &str, more: &[&str]) -> String {
    let arguments = ["speak", prompt, "--strategy", strategy, "--json"];
    let answer: Value = json(&[&arguments, more].concat());
    answer["text"].as_str().unwrap().to_owned()
}

/// The words that stand in the blanks of `prompt`; everything else must be as it was typed.
fn filled(prompt: &str, text: &str) -> Vec<String> {
    let mut rest = text;
    let mut words = Vec::new();
    for (number, typed) in prompt.split("___").enumerate() {
        let place = if typed.is_empty() && number > 0 {
            rest.len()
        } else {
            rest.find(typed)
                .unwrap_or_else(|| panic!("{typed:?} is gone from {text:?}"))
        };
        if number > 0 {
            words.push(rest[..place].to_owned());
        } else {
            assert_eq!(place, 0, "{text}");
        }
        rest = &rest[place + typed.len()..];
    }
    assert_eq!(rest, "");
    for word in &words {
        assert!(!word.is_empty() && !word.contains(' '), "{words:?}");
    }
    words
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

#[test]
fn one_appending_mask_after_another_fails() {
    let prompt = "In order to make a sandwich, first";
    let text = speak(prompt, "naive", &["--length", "20"]);
    let written = text.strip_prefix(prompt).unwrap();
    let letters = written.chars().filter(|c| c.is_alphabetic()).count();
    let marks = written.chars().filter(char::is_ascii_punctuation).count();
    assert!(marks > letters, "{text}");
}

#[test]
fn two_slots_with_later_ones_still_empty_are_filled_in_one_sentence() {
    let prompt = "In order to make a sandwich, first slice some ___, then put together ___, add ___ sauce, and add ___ and ___.";
    let mut words = filled(prompt, &speak(prompt, "template", &[]));
    assert_eq!(words.len(), 5);
    words.dedup();
    assert_eq!(
        words.len(),
        5,
        "neighbouring slots do not repeat each other"
    );
}

#[test]
fn three_slots_with_the_context_behind_leave_the_context_alone() {
    let prompt = format!("In order to ___ a ___ we need to add ___. {CONTEXT}");
    assert_eq!(filled(&prompt, &speak(&prompt, "template", &[])).len(), 3);
}

#[test]
fn four_slots_of_the_same_sentence_are_filled_too() {
    let prompt = format!("In order to ___ ___ ___ we need to add ___. {CONTEXT}");
    assert_eq!(filled(&prompt, &speak(&prompt, "template", &[])).len(), 4);
}

#[test]
fn five_words_of_noise_become_a_sentence_of_the_same_length() {
    let options = [
        "--context",
        CONTEXT,
        "--set",
        "order=l2r",
        "--set",
        "sweeps=1",
    ];
    let arguments = ["speak", NOISE, "--strategy", "denoise", "--json"];
    let answer = json(&[&arguments[..], &options].concat());
    // The model took the padding and the masks for words as well, and looked at each of the twelve tokens once.
    assert_eq!(
        (&answer["tokens"], &answer["passes"]),
        (&12.into(), &12.into())
    );
    let text = answer["text"].as_str().unwrap();
    assert!(
        !text.contains('[') && !text.contains("ham, cheese"),
        "{text}"
    );
    assert_ne!(words(text)[..4], words(NOISE)[..4], "{text}");
}

#[test]
fn six_further_sweeps_find_nothing_more_to_change() {
    let swept = |sweeps: &str| {
        let sweeps = format!("sweeps={sweeps}");
        let options = ["--context", CONTEXT, "--set", "order=l2r", "--set", &sweeps];
        let arguments = ["speak", NOISE, "--strategy", "denoise", "--json"];
        json(&[&arguments[..], &options].concat())
    };
    let stable = swept("50");
    // The last sweep over the twelve tokens changed nothing, so no further one was begun.
    let sweeps = stable["passes"].as_u64().unwrap() / 12;
    assert!((2..50).contains(&sweeps), "{stable}");
    assert_eq!(swept(&(sweeps - 1).to_string())["text"], stable["text"]);
}

#[test]
fn seven_a_sweep_may_go_on_through_the_context() {
    let prompt = format!("{NOISE} {CONTEXT}");
    let tokens = |prompt: &str| -> Value {
        let set = ["--set", "order=l2r", "--set", "sweeps=1", "--set", "gain=0"];
        let arguments = ["speak", prompt, "--strategy", "denoise", "--json"];
        json(&[&arguments[..], &set].concat())
    };
    let answer = tokens(&prompt);
    // Every token is looked at once, those of the context as well.
    assert_eq!(answer["passes"], answer["tokens"]);
    assert!(answer["tokens"].as_u64().unwrap() > 25, "{answer}");
    assert!(!answer["text"].as_str().unwrap().contains('['), "{answer}");
}

#[test]
fn eight_tags_behind_the_text_change_its_words() {
    let prompt = "Sandwiches are made of bread and other ingredients like ___, ___, ___, ___...";
    let with = |tags| {
        let options = ["--tags", tags, "--set", "strength=1"];
        filled(prompt, &speak(prompt, "template", &options))
    };
    let healthy = with("healthy, vegetables, delicious, fit, energy");
    let unhealthy = with("unhealthy, fat, obesity, hamburger, bad, obese");
    assert_ne!(healthy, unhealthy);
}
