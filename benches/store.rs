//! Latencies of the database with a million texts: `cargo bench --bench store -- [TEXTS]`.
//!
//! Fills target/bench/store.sqlite3 with texts of 10,000 users in 100 guilds; one user wrote a tenth of them. Then
//! times the queries that users wait for and writes one JSON object per line to target/bench/store.jsonl. A query whose
//! 99th percentile exceeds 5 ms is marked SLOW.

#![allow(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a program that prints figures"
)]

use std::fs;
use std::future::Future;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use generation::{Seed, Settings, strategy};
use mouthpiece::domain::{
    ApplicationId, ChannelId, DuelId, FillSession, GuildId, InteractionId, PendingResponse,
    QuotaWindow, Text, TextOutcome, TextQuery, TextScope, UserId, VoteChoice,
};
use mouthpiece::store::Store;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

const FILE: &str = "target/bench/store.sqlite3";
const USERS: u64 = 10_000;
const GUILDS: u64 = 100;
/// The user who wrote a tenth of all texts.
const BUSIEST: u64 = 0;
const ROUNDS: u64 = 500;
/// Maximum acceptable 99th percentile of a query's latency.
const LIMIT: Duration = Duration::from_millis(5);

fn main() {
    let given = std::env::args().find_map(|argument| argument.parse().ok());
    let texts: u64 = given.unwrap_or(1_000_000);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(texts));
}

async fn measure(texts: u64) {
    for end in ["", "-wal", "-shm"] {
        // Left behind by an earlier run, if there was one.
        let _ = fs::remove_file(format!("{FILE}{end}"));
    }
    fs::create_dir_all("target/bench").expect("a folder for figures");
    let store = Store::open(Path::new(FILE)).await.expect("a database");
    let began = Instant::now();
    fill(texts).await.expect("texts");
    println!("{texts} texts in {:.0} s", began.elapsed().as_secs_f64());
    let mut table = Table::default();
    reads(&store, texts, &mut table).await;
    writes(&store, &mut table).await;
    let began = Instant::now();
    store
        .delete_personal_data(UserId(BUSIEST))
        .await
        .expect("a deletion");
    table.once("delete the data of the busiest user", began.elapsed());
    let began = Instant::now();
    let copy = Path::new("target/bench/store-copy.sqlite3");
    let _ = fs::remove_file(copy);
    mouthpiece::store::backup(Path::new(FILE), copy)
        .await
        .expect("a copy");
    table.once("backup with its check", began.elapsed());
    table.end();
}

/// Inserts the rows in one transaction.
async fn fill(texts: u64) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(FILE)
        .foreign_keys(false);
    let mut connection: SqliteConnection = options.connect().await?;
    let insert = format!(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {texts}) \
         INSERT INTO texts (id, user_id, server_id, channel_id, prompt, text, strategy, temperature, top_k, top_p, length, seed, \
         options, model, tokens, passes, milliseconds, outcome, created_at) \
         SELECT printf('t%08x', i), CASE i % 10 WHEN 0 THEN {BUSIEST} ELSE i % {USERS} END, i % {GUILDS}, i % 500, \
         'The old lighthouse keeper opened the door and', 'The old lighthouse keeper opened the door and ' || hex(randomblob(80)), \
         CASE i % 3 WHEN 0 THEN 'lookahead' WHEN 1 THEN 'gibbs' ELSE 'blocks' END, 0.75, 40, 0.95, 40, i, '', 'f', 40, 500, 900, \
         'done', 1700000000 + i FROM n"
    );
    let mut transaction = connection.begin().await?;
    transaction.execute(AssertSqlSafe(insert)).await?;
    for (table, column) in [("user_tallies", "user_id"), ("server_tallies", "server_id")] {
        let sums = "strategy, COUNT(*), SUM(tokens), SUM(passes), SUM(milliseconds) FROM texts";
        let insert = format!(
            "INSERT INTO {table} SELECT {column}, {sums} WHERE {column} <> 0 OR '{column}' = 'user_id' GROUP BY {column}, strategy"
        );
        transaction.execute(AssertSqlSafe(insert)).await?;
    }
    let all = "INSERT INTO server_tallies SELECT 0, strategy, COUNT(*), SUM(tokens), SUM(passes), SUM(milliseconds) FROM texts GROUP BY strategy";
    transaction.execute(all).await?;
    // A day's quota uses of a busy bot, and the votes of years.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("a clock after 1970").as_secs();
    for insert in [
        format!("INSERT INTO uses SELECT i, 1 + i % 99, i % {USERS}, {now} - i % 86000 FROM n WHERE i < 100000"),
        "INSERT INTO duels SELECT 'd' || i, i, 1 + i % 99, 1, 'a' || i, 'lookahead', 0.75, 'b' || i, 'gibbs', 1.0, NULL, i, i, i + 1 \
         FROM n WHERE i < 10000".to_owned(),
        "INSERT INTO votes SELECT 'd' || (i / 5), i % 5, CASE i % 3 WHEN 0 THEN 'a' ELSE 'b' END, i FROM n WHERE i < 50000".to_owned(),
        "INSERT INTO duels SELECT 'duel', 1, 1, 1, 'a', 'lookahead', 0.75, 'b', 'gibbs', 1.0, '[]', 1, 9000000000, NULL".to_owned(),
    ] {
        let numbers = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)";
        transaction.execute(AssertSqlSafe(format!("{numbers} {insert}"))).await?;
    }
    transaction.commit().await?;
    connection
        .execute("PRAGMA wal_checkpoint(TRUNCATE)")
        .await?;
    connection.close().await
}

async fn reads(store: &Store, texts: u64, table: &mut Table) {
    let page = |offset, search| TextQuery {
        limit: 11,
        offset,
        search,
    };
    table
        .time("settings", |n| store.user_settings(UserId(n % USERS)))
        .await;
    table
        .time("a text by its id", async |n| {
            store
                .text(&format!("t{:08x}", n * 7919 % texts).into())
                .await
        })
        .await;
    for (name, user) in [
        ("a user", UserId(17)),
        ("the busiest user", UserId(BUSIEST)),
    ] {
        table
            .time(&format!("newest of {name}"), |_| {
                store.newest_texts(TextScope::User(user), page(0, ""))
            })
            .await;
        table
            .time(&format!("page 10 of {name}"), |_| {
                store.newest_texts(TextScope::User(user), page(100, ""))
            })
            .await;
        table
            .time(&format!("search of {name}, found"), |_| {
                store.newest_texts(TextScope::User(user), page(0, "light"))
            })
            .await;
        table
            .time(&format!("search of {name}, not found"), |_| {
                store.newest_texts(TextScope::User(user), page(0, "zebra"))
            })
            .await;
        table
            .time(&format!("totals of {name}"), |_| store.user_totals(user))
            .await;
        table
            .time(&format!("row counts of {name}"), |_| {
                store.count_personal_data(user)
            })
            .await;
        table
            .time(&format!("part of an export of {name}"), |_| {
                store.export_personal_data(user, 0)
            })
            .await;
    }
    table
        .time("newest of a guild", |n| {
            store.newest_texts(TextScope::Server(GuildId(1 + n % 99)), page(0, ""))
        })
        .await;
    table
        .time("search on a server, not found", |n| {
            store.newest_texts(TextScope::Server(GuildId(1 + n % 99)), page(0, "zebra"))
        })
        .await;
    table
        .time("totals of a server", |n| {
            store.totals(Some(GuildId(1 + n % 99)))
        })
        .await;
    table.time("totals of all", |_| store.totals(None)).await;
    table
        .time("rules of a channel", |n| {
            store.rules(GuildId(1 + n % 99), Some(ChannelId(n)))
        })
        .await;
    table
        .time("settings of a channel", |n| {
            store.scope_settings(GuildId(1 + n % 99), Some(ChannelId(n)))
        })
        .await;
    table
        .time("presets of a user", |n| store.presets(UserId(n)))
        .await;
    table
        .time("whether a quota is used up", |n| {
            let window = QuotaWindow {
                seconds: 86_400,
                user: Some(UserId(n)),
            };
            store.recent_use(GuildId(1 + n % 99), window, 20)
        })
        .await;
    table
        .time("votes for the leaderboard of a guild", |n| {
            store.vote_records(Some(GuildId(1 + n % 99)))
        })
        .await;
}

async fn writes(store: &Store, table: &mut Table) {
    table
        .time("store a text", async |n| store.add_text(&text(n)).await)
        .await;
    table
        .time("store settings", |n| {
            let settings = Settings::default();
            async move { store.save_user_settings(UserId(n), &settings).await }
        })
        .await;
    table
        .time("count a quota use", |n| {
            store.add_use(1 << 40 | n, GuildId(1 + n % 99), UserId(n))
        })
        .await;
    table
        .time("insert a pending response", async |n| {
            store.add_pending_response(&pending_response(n)).await
        })
        .await;
    table
        .time("resolve a pending response", |n| {
            store.resolve_pending_response(InteractionId(n))
        })
        .await;
    let duel = DuelId::from("duel");
    table
        .time("cast a vote", |n| {
            store.cast_vote(&duel, UserId(n), VoteChoice::A)
        })
        .await;
    table
        .time("count its votes", |_| store.vote_count(&duel))
        .await;
    table
        .time("start a fill session", async |n| {
            store.add_fill_session(&fill_session(n)).await
        })
        .await;
    table
        .time("read a fill session", async |n| {
            store.fill_session(&format!("c{}", 300 + n % 200)).await
        })
        .await;
    table
        .time("replace its steps", async |n| {
            store
                .replace_fill_steps(&format!("c{n}"), &[], &[Vec::new()])
                .await
        })
        .await;
}

fn text(n: u64) -> Text {
    Text {
        id: format!("new{n}").into(),
        user: UserId(n % USERS),
        server: Some(GuildId(1 + n % 99)),
        channel: Some(ChannelId(1)),
        parent: None,
        prompt: "The old lighthouse keeper opened the door and".into(),
        text: "The old lighthouse keeper opened the door and looked out. ".repeat(4),
        strategy: "lookahead".into(),
        sampling: strategy::default_sampling(strategy::ALL[0]),
        length: None,
        seed: Seed::from(1),
        options: String::new(),
        other: Settings::default(),
        model: "f".into(),
        tokens: 40,
        passes: 500,
        milliseconds: 900,
        ended: TextOutcome::Done,
        kept_at: 0,
    }
}

fn pending_response(n: u64) -> PendingResponse {
    PendingResponse {
        interaction: InteractionId(n),
        application: ApplicationId(1),
        channel: Some(ChannelId(1)),
        token: "token".repeat(30),
    }
}

fn fill_session(n: u64) -> FillSession {
    FillSession {
        id: format!("c{n}"),
        user: UserId(17),
        text: "The old man ___ the door and looked at the ___.".into(),
        options: String::new(),
        temperature: None,
        seed: 1,
        top: 5,
        words: None,
        steps: Vec::new(),
    }
}

/// The measurements.
#[derive(Default)]
struct Table {
    lines: Vec<String>,
}

impl Table {
    /// Times a query, run with the numbers from 0 on.
    async fn time<T, E: std::fmt::Debug, F: Future<Output = Result<T, E>>>(
        &mut self,
        name: &str,
        statement: impl Fn(u64) -> F,
    ) {
        let mut times = Vec::new();
        for n in 0..ROUNDS {
            let began = Instant::now();
            statement(n).await.expect("the statement succeeds");
            times.push(began.elapsed());
            // A slow query needs fewer runs.
            if n > 20 && times.iter().sum::<Duration>() > Duration::from_secs(5) {
                break;
            }
        }
        times.sort_unstable();
        let at = |share: usize| times[(times.len() - 1) * share / 100];
        let [p50, p99, max] = [50, 99, 100].map(|share| at(share).as_secs_f64() * 1000.0);
        let late = at(99) > LIMIT;
        println!(
            "{name:40} {p50:8.3} {p99:8.3} {max:8.3} ms{}",
            if late { "  SLOW" } else { "" }
        );
        let line =
            json!({"name": name, "p50_ms": p50, "p99_ms": p99, "max_ms": max, "runs": times.len()});
        self.lines.push(line.to_string());
    }

    /// Records an operation that ran once and that no user waits for.
    fn once(&mut self, name: &str, took: Duration) {
        let ms = took.as_secs_f64() * 1000.0;
        println!("{name:40} {ms:8.0} ms, once");
        let line = json!({"name": name, "once_ms": ms});
        self.lines.push(line.to_string());
    }

    fn end(self) {
        fs::write("target/bench/store.jsonl", self.lines.join("\n") + "\n")
            .expect("the figures are written");
    }
}
