//! Many texts, what they are worth, and what is said of the strategies.

use std::fs;
use std::path::Path;

use generation::strategy;
use serde_json::Value;

use crate::cli::{complaint, json, mouthpiece, printed};

const PAPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/bert-gen");

fn sampled(out: &Path, more: &[&str]) -> String {
    let out = out.to_str().unwrap();
    let arguments = ["sample", "--len", "8", "--seed", "5", "--out", out];
    printed(&[&arguments, more].concat());
    fs::read_to_string(out).unwrap()
}

fn sidecar(out: &Path) -> Value {
    let path = format!("{}.json", out.display());
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_sample_that_was_stopped_goes_on_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, halves] = ["whole.txt", "halves.txt"].map(|name| folder.path().join(name));
    let all = sampled(&whole, &["--n", "6", "--strategy", "maskgit"]);
    assert_eq!(all.lines().count(), 6);
    sampled(&halves, &["--n", "2", "--strategy", "maskgit"]);
    // A program that was killed has written a line that its sidecar does not know.
    let torn = fs::read_to_string(&halves).unwrap() + "half a li";
    fs::write(&halves, torn).unwrap();
    assert_eq!(
        sampled(&halves, &["--n", "6", "--strategy", "maskgit"]),
        all
    );
    let (one, two) = (sidecar(&whole), sidecar(&halves));
    assert_eq!(
        (&one["each"], &one["recipe"]),
        (&two["each"], &two["recipe"])
    );
    assert_eq!(one["each"][3]["seed"], 8);
}

#[test]
fn a_sampled_text_can_be_written_again_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.txt");
    let more = ["--n", "3", "--prompt", "The sea was", "--form", "text"];
    let texts = sampled(&out, &more);
    let alone = json(&[
        "speak",
        "The sea was",
        "--length",
        "8",
        "--seed",
        "7",
        "--json",
    ]);
    assert_eq!(texts.lines().nth(2), alone["text"].as_str());
}

#[test]
fn a_file_of_another_recipe_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.txt");
    let before = sampled(&out, &["--n", "1", "--strategy", "naive"]);
    let name = out.to_str().unwrap();
    let said = complaint(&["sample", "--len", "9", "--out", name], &[]);
    assert!(said.contains("was begun with other settings"), "{said}");
    fs::write(folder.path().join("other.txt"), "mine\n").unwrap();
    let other = folder.path().join("other.txt");
    let said = complaint(&["sample", "--out", other.to_str().unwrap()], &[]);
    assert!(said.contains("is there already"), "{said}");
    assert_eq!(fs::read_to_string(&out).unwrap(), before);
    assert_eq!(fs::read_to_string(&other).unwrap(), "mine\n");
}

#[test]
fn prompts_are_taken_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let prompts = folder.path().join("prompts.txt");
    fs::write(&prompts, "The cat\n\nA dog\n").unwrap();
    let out = folder.path().join("out.txt");
    let file = prompts.to_str().unwrap();
    let texts = sampled(
        &out,
        &["--prompts", file, "--strategy", "naive", "--n", "3"],
    );
    let begin: Vec<&str> = texts.lines().map(|line| &line[..5]).collect();
    assert_eq!(begin, ["the c", "a dog", "the c"]);
}

#[test]
fn the_papers_gpt_row_is_printed() {
    let file = |name: &str| format!("{PAPER}/{name}");
    let reports = json(&[
        "eval",
        &file("gpt-len40-topk100-temp1.000.txt"),
        "--reference",
        &file("wiki103.5k.txt"),
        "--reference",
        &file("tbc.5k.txt"),
        "--json",
    ]);
    let report = &reports[0];
    let close = |value: &Value, paper: f64| {
        let value = value.as_f64().unwrap();
        assert!(
            (value - paper).abs() <= 0.005 + 1e-9,
            "{value} is not {paper}"
        );
    };
    close(&report["corpus_bleu"]["wiki103.5k.txt"], 10.81);
    close(&report["corpus_bleu"]["tbc.5k.txt"], 30.75);
    close(&report["self_bleu"], 40.02);
    for (n, own, wiki, books) in [
        ("2", 31.13, 33.71, 25.74),
        ("3", 67.01, 72.86, 65.04),
        ("4", 87.28, 91.12, 88.42),
    ] {
        close(&report["unique_self"][n], own);
        close(&report["unique_reference"]["wiki103.5k.txt"][n], wiki);
        close(&report["unique_reference"]["tbc.5k.txt"][n], books);
    }
}

#[test]
fn a_sample_is_measured_with_what_it_cost() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.txt");
    sampled(&out, &["--n", "3", "--strategy", "naive"]);
    let name = out.to_str().unwrap();
    let report = &json(&["eval", name, "--pppl", "2", "--json"])[0];
    assert_eq!(report["name"], "naive");
    assert_eq!(report["passes_per_token"], 1.0);
    assert!(report["pppl"].as_f64().unwrap() > 1.0);
    let chart = folder.path().join("chart.svg");
    let table = printed(&["eval", name, "--pppl", "--chart", chart.to_str().unwrap()]);
    assert!(table.contains("pseudo-perplexity"), "{table}");
    assert!(fs::read_to_string(chart).unwrap().contains("<svg"));
    assert!(complaint(&["eval", "/nowhere.txt"], &[]).contains("cannot read /nowhere.txt"));
}

#[test]
fn a_sentence_scores_better_than_its_words_turned_round() {
    let per_word = |text| {
        let score = json(&["score", text, "--json"]);
        assert_eq!(score["pll"]["tokens"].as_array().unwrap().len(), 7);
        score["pll_word_l2r"]["per_word"].as_f64().unwrap()
    };
    assert!(per_word("The cat sat on the mat.") > per_word("Mat the on sat cat the."));
    assert!(complaint(&["score", " "], &[]).contains("nothing to score"));
}

#[test]
fn every_strategy_keeps_its_word_with_the_real_model() {
    for &strategy in strategy::ALL {
        let name = strategy.name();
        let mut arguments = vec!["speak", "The captain looked at the", "--strategy", name];
        arguments.extend(["--length", "12", "--seed", "3", "--json"]);
        if strategy.needs_keywords() {
            arguments.extend(["--keywords", "storm"]);
        }
        let [mut one, mut two] = [json(&arguments), json(&arguments)];
        one["milliseconds"].take();
        two["milliseconds"].take();
        assert_eq!(one, two, "{name}");
        let stated = strategy.passes(12, &strategy::defaults(strategy));
        assert!(one["passes"].as_u64().unwrap() <= stated as u64, "{name}");
        let text = one["text"].as_str().unwrap();
        assert!(!text.contains("##") && !text.contains("[MASK]"), "{text}");
    }
}

#[test]
fn keywords_appear_and_must_be_named() {
    let keywords = ["--strategy", "keywords", "--keywords", "storm, lighthouse"];
    for seed in ["1", "2"] {
        let arguments = ["speak", "The old man", "--seed", seed, "--length", "20"];
        let text = printed(&[&arguments[..], &keywords].concat());
        let (storm, lighthouse) = (text.find("storm"), text.find("lighthouse"));
        assert!(storm.is_some() && storm < lighthouse, "{text}");
    }
    let said = complaint(&["speak", "Once", "--strategy", "keywords"], &[]);
    assert!(said.contains("needs words that must appear"), "{said}");
    let said = complaint(&["speak", "Once", "--keywords", "storm"], &[]);
    assert!(said.contains("causal cannot promise"), "{said}");
}

#[test]
fn a_context_may_be_found_in_a_file_and_is_not_in_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("book.txt");
    fs::write(
        &file,
        "The sea was calm. Bread is made of flour and salt. Ships sail.",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let arguments = [
        "speak",
        "To bake bread you",
        "--context-file",
        file,
        "--json",
    ];
    let answer = json(&[&arguments[..], &["--length", "12", "--seed", "1"]].concat());
    assert_eq!(answer["context"], "Bread is made of flour and salt.");
    let text = answer["text"].as_str().unwrap();
    assert!(!text.contains("flour and salt."), "{text}");
}

#[test]
fn steering_that_leaves_no_room_is_refused() {
    let many = "7 ".repeat(290);
    let arguments = ["speak", "Hello", "--tags", &many, "--context", &many];
    let said = complaint(&arguments, &[]);
    assert!(said.contains("tags and context have"), "{said}");
    let wide = format!("{} {}", "a b ".repeat(195), "___ and ".repeat(50));
    let arguments = ["speak", &wide, "--strategy", "template", "--set", "width=3"];
    let said = complaint(&arguments, &[]);
    assert!(said.contains("so shorten the prompt"), "{said}");
}

#[test]
fn the_page_about_the_strategies_is_up_to_date() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let measured = docs.join("measured.json");
    let page = mouthpiece(&["strategies", "--page", measured.to_str().unwrap()]);
    let page = String::from_utf8(page.stdout).unwrap();
    let kept = fs::read_to_string(docs.join("strategies.md")).unwrap();
    assert!(
        page == kept,
        "run target/release/mouthpiece strategies --page docs/measured.json >docs/strategies.md"
    );
    for name in strategy::names() {
        assert!(
            kept.contains(&format!("\n## {name}\n")),
            "{name} has no section"
        );
    }
}
