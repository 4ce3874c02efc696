//! The program on the command line.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

pub(crate) fn mouthpiece(arguments: &[&str]) -> Output {
    run(arguments, &[])
}

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mouthpiece"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOUTHPIECE")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// What a run that succeeds prints.
pub(crate) fn printed(arguments: &[&str]) -> String {
    printed_with(arguments, &[])
}

/// What a run that succeeds prints, with variables in its environment.
pub(crate) fn printed_with(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(arguments, environment);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(arguments)).unwrap()
}

/// Runs what must fail: exit 1, nothing on standard output, one sentence.
pub(crate) fn complaint(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(arguments, environment);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && output.stdout.is_empty(),
        "{text}"
    );
    assert!(
        !text.contains("panicked") && !text.contains("Error {"),
        "{text}"
    );
    text
}

#[test]
fn an_environment_that_is_no_unicode_is_no_matter() {
    use std::os::unix::ffi::OsStrExt;
    let output = Command::new(env!("CARGO_BIN_EXE_mouthpiece"))
        .args(["fill", "The old man ___ the door."])
        .env("FOO", std::ffi::OsStr::from_bytes(b"\xff"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
}

#[test]
fn speak_prints_one_object_with_everything_needed_to_repeat_it() {
    let prompt = "The old lighthouse keeper opened the door and";
    let arguments = [
        "speak",
        prompt,
        "--strategy",
        "lookahead",
        "--length",
        "20",
        "--temperature",
        "0.7",
        "--seed",
        "7",
        "--set",
        "tries=1",
        "--json",
    ];
    let first = json(&arguments);
    assert_eq!(
        (&first["prompt"], &first["strategy"], &first["seed"]),
        (&prompt.into(), &"lookahead".into(), &7.into())
    );
    let (text, generated) = (
        first["text"].as_str().unwrap(),
        first["generated"].as_str().unwrap(),
    );
    assert!(
        text.starts_with(prompt) && text.ends_with(generated) && !generated.is_empty(),
        "{first}"
    );
    assert_eq!(first["passes"], 20);
    assert!(first["tokens"].as_u64().unwrap() <= 20 && first["milliseconds"].as_u64().is_some());
    // A dozen digits for the model's graph, and for its student's.
    assert_eq!(first["model"].as_str().unwrap().len(), 12 + 1 + 12);
    let mut again = json(&arguments);
    again["milliseconds"] = first["milliseconds"].clone();
    assert_eq!(again, first);
}

#[test]
fn piped_speech_is_plain_text() {
    let output = mouthpiece(&["speak", "Once upon a time", "-n", "5", "-s", "1"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("Once upon a time") && text.lines().count() == 1,
        "{text}"
    );
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn fill_prints_the_candidates_of_every_blank() {
    let filled = json(&["fill", "The ___ opened the [MASK].", "--top", "3", "--json"]);
    let blanks = filled["blanks"].as_array().unwrap();
    assert_eq!(blanks.len(), 2);
    for blank in blanks {
        let candidates = blank["candidates"].as_array().unwrap();
        let probabilities: Vec<f64> = candidates
            .iter()
            .map(|candidate| candidate["probability"].as_f64().unwrap())
            .collect();
        assert!(
            candidates.len() == 3
                && probabilities.is_sorted_by(|a, b| a >= b)
                && probabilities[0] <= 1.0,
            "{blank}"
        );
        assert!(
            candidates
                .iter()
                .all(|candidate| !candidate["token"].as_str().unwrap().is_empty())
        );
    }
    assert!(filled["text"].as_str().unwrap().contains(" opened the "));
}

#[test]
fn the_default_speaks_where_the_naive_loop_fails() {
    let naive = json(&[
        "speak",
        "In order to make a sandwich, first",
        "--strategy",
        "naive",
        "--json",
    ]);
    let generated = naive["generated"].as_str().unwrap();
    let dots = generated.matches(['.', '"', '\'', ',']).count();
    assert!(
        dots * 2 > generated.chars().filter(|c| !c.is_whitespace()).count(),
        "naive is an exhibit of failure: {generated}"
    );
    let default = json(&[
        "speak",
        "In order to make a sandwich, first",
        "--seed",
        "1",
        "--json",
    ]);
    assert_eq!(default["strategy"], "causal");
    let words = default["generated"]
        .as_str()
        .unwrap()
        .split_whitespace()
        .count();
    assert!(words > 20, "{default}");
}

#[test]
fn strategies_are_listed_with_their_options() {
    let text = String::from_utf8(mouthpiece(&["strategies"]).stdout).unwrap();
    for strategy in generation::strategy::ALL {
        assert!(text.contains(strategy.name()) && text.contains(strategy.summary()));
        assert!(
            strategy
                .options()
                .iter()
                .all(|option| text.contains(&format!("--set {}={}", option.name, option.default)))
        );
    }
}

#[test]
fn help_teaches() {
    for arguments in [
        &["--help"][..],
        &["speak", "--help"],
        &["fill", "--help"],
        &["run", "--help"],
    ] {
        let text = String::from_utf8(mouthpiece(arguments).stdout).unwrap();
        assert!(text.len() > 300, "{text}");
    }
}

#[test]
fn bad_arguments_are_named() {
    let speak = |more: &[&str]| complaint(&[&["speak", "Once"], more].concat(), &[]);
    assert!(speak(&["-t", "-1"]).contains("temperature must be a number from 0 to 5, not -1"));
    assert!(speak(&["-t", "NaN"]).contains("temperature must be a number from 0 to 5"));
    assert!(speak(&["--seed", "x"]).contains("seed must be a whole number from 0"));
    assert!(
        speak(&["--strategy", "beam"])
            .contains("there is no strategy \"beam\"; there are lookahead")
    );
    assert!(speak(&["--set", "tries=0"]).contains("tries must be a whole number from 1 to 32"));
    assert!(speak(&["-n", "300"]).contains("length must be at most 200 here, not 300"));
    assert!(complaint(&["speak", ""], &[]).contains("the prompt is empty"));
    assert!(complaint(&["fill", "no blank"], &[]).contains("there is no blank to fill"));
}

#[test]
fn a_library_that_is_missing_or_is_none_is_named_and_the_program_ends() {
    let missing = complaint(
        &["speak", "Once"],
        &[("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so")],
    );
    assert!(
        missing.contains(
            "/nowhere/libonnxruntime.so: there is no such file; run scripts/fetch-onnxruntime.sh"
        ),
        "{missing}"
    );
    let folder = tempfile::tempdir().unwrap();
    let fake = folder.path().join("libonnxruntime.so");
    std::fs::write(&fake, "not a library").unwrap();
    let fake = complaint(
        &["speak", "Once"],
        &[("ORT_DYLIB_PATH", fake.to_str().unwrap())],
    );
    assert!(
        fake.contains("cannot use the ONNX Runtime library") && fake.lines().count() == 1,
        "{fake}"
    );
}

#[test]
fn a_damaged_model_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/mouthpiece-mini");
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let graph = folder.path().join("model.int8.onnx");
    let mut bytes = std::fs::read(&graph).unwrap();
    bytes[1_000_000] ^= 1;
    std::fs::write(&graph, bytes).unwrap();
    let environment = [("MOUTHPIECE__MODEL__FOLDER", folder.path().to_str().unwrap())];
    let damaged = complaint(&["speak", "Once"], &environment);
    assert!(
        damaged.contains("model.int8.onnx is damaged or was changed"),
        "{damaged}"
    );
    let nowhere = complaint(
        &["speak", "Once"],
        &[("MOUTHPIECE__MODEL__FOLDER", "/nowhere")],
    );
    assert!(
        nowhere.contains("cannot read /nowhere/card.json"),
        "{nowhere}"
    );
}

#[test]
fn the_small_graph_is_compared_with_the_exact_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("probes.jsonl");
    // "the [MASK] sat on the [MASK] .", and a longer one, so that the batch is mixed.
    let probes = r#"{"ids": [101, 1996, 103, 2938, 2006, 1996, 103, 1012, 102], "asked": [2, 6], "truth": [4937, 13523]}
{"ids": [101, 1996, 2214, 2158, 2441, 1996, 103, 1998, 2387, 1996, 2712, 1012, 102], "asked": [6], "truth": [2341]}
"#;
    std::fs::write(&file, probes).unwrap();
    let output = mouthpiece(&["compare", file.to_str().unwrap()]);
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["masked_positions"], 3);
    assert_eq!(figures["batch_invariant"], true);
    let kl = figures["mean_kl_nats"].as_f64().unwrap();
    assert!(kl > 0.0 && kl < 0.05, "{figures}");
    assert!(figures["loss_nats"].as_f64().unwrap() > 0.5, "{figures}");

    std::fs::write(
        &file,
        r#"{"ids": [101, 103, 102], "asked": [1], "truth": []}"#,
    )
    .unwrap();
    let lopsided = complaint(&["compare", file.to_str().unwrap()], &[]);
    assert!(
        lopsided.contains("line 1: asked and truth must have the same length"),
        "{lopsided}"
    );
    std::fs::write(&file, "words").unwrap();
    let words = complaint(&["compare", file.to_str().unwrap()], &[]);
    assert!(
        words.contains("does not hold one object with ids, asked and truth"),
        "{words}"
    );
}

#[test]
fn a_configuration_with_a_typo_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    std::fs::write(&file, "[discord]\ntokn = \"x\"\n").unwrap();
    let message = complaint(&["--config", file.to_str().unwrap(), "run"], &[]);
    assert!(
        message.contains("my.toml: there is no setting discord.tokn; did you mean discord.token?"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_copied_while_the_bot_runs() {
    let bot = crate::harness::Bot::start().await;
    let token = bot.slash(
        crate::harness::ADA,
        "settings",
        serde_json::json!({"set": {"length": 7}}),
    );
    bot.answer(&token).await;
    let (store, folder) = (bot.store().to_owned(), tempfile::tempdir().unwrap());
    let copy = folder.path().join("copy.sqlite3");
    let environment = [("MOUTHPIECE__STORE__PATH", store.to_str().unwrap())];
    let arguments = ["backup", copy.to_str().unwrap()];
    let output = run(&arguments, &environment);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains("checked"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let again = complaint(&arguments, &environment);
    assert!(again.contains("take another name"), "{again}");
    let restored = crate::harness::Bot::start_with(|config| config.store = copy).await;
    let token = restored.slash(
        crate::harness::ADA,
        "settings",
        serde_json::json!({"show": {}}),
    );
    let shown = crate::harness::description(&restored.answer(&token).await);
    assert!(shown.contains("**length** 7 · yours"), "{shown}");
}
