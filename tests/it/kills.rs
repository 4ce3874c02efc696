//! Durability: a writing process is killed at random moments, and everything it reported as stored is there afterwards.
//!
//! `MOUTHPIECE_TEST_KILLS` sets the number of kills; `make test-all` uses thousands.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use generation::strategy::{ALL, default_sampling};
use generation::{Seed, Settings};
use mouthpiece::domain::{
    ApplicationId, ChannelId, Duel, InteractionId, PendingResponse, Text, TextOutcome, UserId,
    VoteChoice,
};
use mouthpiece::store::Store;

/// Environment variable that makes the test binary a writer and names its folder.
const FOLDER: &str = "MOUTHPIECE_TEST_WRITER";
const USERS: u64 = 5;
/// Exclusive maximum number of rounds before a kill.
const STEPS: u64 = 30;

fn text(number: u64) -> Text {
    Text {
        id: number.to_string().into(),
        user: UserId(number % USERS),
        server: None,
        channel: None,
        parent: None,
        prompt: "Once".to_owned(),
        text: "Once more. ".repeat(50),
        strategy: ALL[0].name().into(),
        sampling: default_sampling(ALL[0]),
        length: None,
        seed: Seed::from(7),
        options: String::new(),
        other: Settings::default(),
        model: "m".to_owned(),
        tokens: 1,
        passes: 1,
        milliseconds: 1,
        ended: TextOutcome::Done,
        kept_at: 0,
    }
}

/// The number of stored texts, whose numbers have no gaps, by binary search.
async fn count(store: &Store) -> u64 {
    let has = async |number: u64| {
        store
            .text(&number.to_string().into())
            .await
            .unwrap()
            .is_some()
    };
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

/// A duel that never closes.
const DUEL: &str = "duel";

async fn open_a_duel(store: &Store) {
    let texts = [text(u64::MAX), text(u64::MAX - 1)];
    let [a, b] = &texts;
    let duel = Duel {
        id: DUEL.into(),
        user: UserId(1),
        server: None,
        channel: ChannelId(1),
        texts: texts.clone().map(Some),
        closes_at: i64::MAX,
        closed: false,
    };
    if store.duel(&DUEL.into()).await.unwrap().is_none() {
        store.add_duel(&duel, [a, b]).await.unwrap();
    }
}

/// Writes numbered settings, pending responses, votes and texts forever, and reports each number once all four are
/// stored.
async fn write(folder: &Path) {
    let store = Store::open(&folder.join("store.sqlite3")).await.unwrap();
    open_a_duel(&store).await;
    for number in count(&store).await.. {
        let settings = Settings {
            prompt: Some(number.to_string()),
            ..Settings::default()
        };
        store
            .save_user_settings(UserId(number % USERS), &settings)
            .await
            .unwrap();
        let response = PendingResponse {
            interaction: InteractionId(number + 1),
            application: ApplicationId(1),
            channel: None,
            token: "t".repeat(200),
        };
        store.add_pending_response(&response).await.unwrap();
        if number > 0 {
            store
                .resolve_pending_response(InteractionId(number))
                .await
                .unwrap();
        }
        assert!(
            store
                .cast_vote(&DUEL.into(), UserId(number), VoteChoice::A)
                .await
                .unwrap()
        );
        // Last, since the next writer continues from the number of texts.
        store.add_text(&text(number)).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "kept {number}").unwrap();
        out.flush().unwrap();
    }
}

/// The writing process: this test binary run with a folder to write to. A no-op in ordinary test runs.
#[test]
fn the_writer() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(write(Path::new(&folder)));
    }
}

/// Runs a writer for a number of rounds and a further delay, kills it, and returns the last number that it reported.
fn run_and_kill(folder: &Path, steps: u64, delay_micros: u64) -> Option<u64> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::the_writer", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(writer.stdout.take().unwrap());
    let mut kept = output
        .lines()
        .filter_map(|line| line.unwrap().strip_prefix("kept ")?.parse().ok());
    let mut last = None;
    for _ in 0..steps {
        last = kept.next();
        assert!(last.is_some(), "the writer reports its progress");
    }
    // Spinning, since a sleep is too coarse for delays of microseconds.
    let start = std::time::Instant::now();
    while start.elapsed().as_micros() < delay_micros.into() {
        std::hint::spin_loop();
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    kept.last().or(last)
}

#[tokio::test]
async fn data_reported_as_stored_survives_a_kill() {
    let kills: u64 =
        std::env::var("MOUTHPIECE_TEST_KILLS").map_or(60, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut newest = None;
    for kill in 0..kills {
        let steps = rand::random::<u64>() % STEPS;
        // Without a round the kill hits the opening of the database.
        let delay_micros = rand::random::<u64>() % if steps == 0 { 30_000 } else { 3_000 };
        newest = run_and_kill(folder.path(), steps, delay_micros).or(newest);
        let Some(newest) = newest else { continue };
        let store = Store::open(&folder.path().join("store.sqlite3"))
            .await
            .unwrap();
        let place = format!("kill {kill} after {steps} rounds and {delay_micros} µs");
        let count = count(&store).await;
        assert!(
            count > newest,
            "{place}: {count} texts, though {newest} was stored"
        );
        for user in 0..USERS {
            let expected = (0..=newest).rev().find(|number| number % USERS == user);
            let settings = store.user_settings(UserId(user)).await.unwrap();
            let found = settings.map(|settings| settings.prompt.unwrap().parse::<u64>().unwrap());
            assert!(
                found >= expected,
                "{place}: user {user} has {found:?}, though {expected:?} was stored"
            );
        }
        let votes = store.vote_count(&DUEL.into()).await.unwrap().votes();
        assert!(
            votes > newest,
            "{place}: {votes} votes, though {newest} was stored"
        );
        let open = store.recoverable_responses().await.unwrap();
        assert!(
            (1..=2).contains(&open.len()),
            "{place}: {} pending responses",
            open.len()
        );
        store.close().await;
    }
    assert!(newest > Some(kills), "the writers made progress");
}
