//! A process that writes is killed at any moment, again and again; what it said was kept is there: settings, texts, votes.
//!
//! `MOUTHPIECE_TEST_KILLS` sets how often; `make test-all` does it thousands of times.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use generation::strategy::{ALL, default_sampling};
use generation::{Seed, Settings, Steering};
use mouthpiece::store::{Choice, Duel, Ended, PendingResponse, Store, Text};

/// Tells the writing process where to write, and tells the test binary that it is one.
const FOLDER: &str = "MOUTHPIECE_TEST_WRITER";
const USERS: u64 = 5;
/// The process is killed at the latest after so many steps.
const STEPS: u64 = 30;

fn text(number: u64) -> Text {
    Text {
        id: number.to_string(),
        user: number % USERS,
        server: None,
        channel: None,
        parent: None,
        prompt: "Once".to_owned(),
        text: "Once more. ".repeat(50),
        strategy: ALL[0].name().to_owned(),
        sampling: default_sampling(ALL[0]),
        length: None,
        seed: Seed::from(7),
        options: String::new(),
        steering: Steering::default(),
        model: "m".to_owned(),
        tokens: 1,
        passes: 1,
        milliseconds: 1,
        ended: Ended::Done,
        kept_at: 0,
    }
}

/// How many texts there are; they are numbered without gaps.
async fn count(store: &Store) -> u64 {
    let has = async |number: u64| store.text(&number.to_string()).await.unwrap().is_some();
    let (mut low, mut high) = (0, 1);
    while has(high - 1).await {
        (low, high) = (high, high * 2);
    }
    while low < high {
        let middle = low.midpoint(high);
        if has(middle).await {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// A duel that never ends.
const DUEL: &str = "duel";

async fn open_a_duel(store: &Store) {
    let texts = [text(u64::MAX), text(u64::MAX - 1)];
    let [a, b] = &texts;
    let duel = Duel {
        id: DUEL.to_owned(),
        user: 1,
        server: None,
        channel: 1,
        texts: texts.clone().map(Some),
        closes_at: i64::MAX,
        closed: false,
    };
    if store.duel(DUEL).await.unwrap().is_none() {
        store.add_duel(&duel, [a, b]).await.unwrap();
    }
}

/// Writes numbered settings, votes, texts and promises for ever, and says after each number that it is kept.
async fn write(folder: &Path) {
    let store = Store::open(&folder.join("store.sqlite3")).await.unwrap();
    open_a_duel(&store).await;
    for number in count(&store).await.. {
        let settings = Settings {
            prompt: Some(number.to_string()),
            ..Settings::default()
        };
        store
            .save_settings(number % USERS, &settings)
            .await
            .unwrap();
        let promise = PendingResponse {
            interaction: number + 1,
            application: 1,
            channel: None,
            token: "t".repeat(200),
        };
        store.add_pending_response(&promise).await.unwrap();
        if number > 0 {
            store.resolve_pending_response(number).await.unwrap();
        }
        assert!(store.cast(DUEL, number, Choice::A).await.unwrap());
        // Last, since a writer goes on from the number of texts.
        store.add_text(&text(number)).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "kept {number}").unwrap();
        out.flush().unwrap();
    }
}

/// The writing process: this test binary, run again with a folder to write to. Without one there is nothing to do.
#[test]
fn the_writer() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(write(Path::new(&folder)));
    }
}

/// Lets a writer go on for so many steps and a little, kills it, and returns the last number that it said was kept.
fn run_and_kill(folder: &Path, steps: u64, little: u64) -> Option<u64> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::the_writer", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(writer.stdout.take().unwrap());
    let mut kept = said
        .lines()
        .filter_map(|line| line.unwrap().strip_prefix("kept ")?.parse().ok());
    let mut last = None;
    for _ in 0..steps {
        last = kept.next();
        assert!(last.is_some(), "the writer writes");
    }
    let turn = std::time::Instant::now();
    while turn.elapsed().as_micros() < little.into() {
        std::hint::spin_loop();
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    kept.last().or(last)
}

#[tokio::test]
async fn what_was_kept_before_a_kill_is_there_after_it() {
    let kills: u64 =
        std::env::var("MOUTHPIECE_TEST_KILLS").map_or(60, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut newest = None;
    for kill in 0..kills {
        let steps = rand::random::<u64>() % STEPS;
        // Without a step it is killed while it opens the database.
        let little = rand::random::<u64>() % if steps == 0 { 30_000 } else { 3_000 };
        newest = run_and_kill(folder.path(), steps, little).or(newest);
        let Some(newest) = newest else { continue };
        let store = Store::open(&folder.path().join("store.sqlite3"))
            .await
            .unwrap();
        let place = format!("kill {kill} after {steps} steps and {little} µs");
        let count = count(&store).await;
        assert!(count > newest, "{place}: {count} texts, {newest} was kept");
        for user in 0..USERS {
            let expected = (0..=newest).rev().find(|number| number % USERS == user);
            let settings = store.settings(user).await.unwrap();
            let found = settings.map(|settings| settings.prompt.unwrap().parse::<u64>().unwrap());
            assert!(
                found >= expected,
                "{place}: user {user} has {found:?}, {expected:?} was kept"
            );
        }
        let votes = store.vote_count(DUEL).await.unwrap().votes();
        assert!(votes > newest, "{place}: {votes} votes, {newest} was kept");
        let open = store.recoverable_responses().await.unwrap();
        assert!(
            (1..=2).contains(&open.len()),
            "{place}: {} promises",
            open.len()
        );
        store.close().await;
    }
    assert!(newest > Some(kills), "the writer got on");
}
