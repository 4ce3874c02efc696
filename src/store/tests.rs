//! Tests of the database as a whole: errors of unusable files, query plans, completeness of exports and deletions.

use std::collections::BTreeSet;
use std::fs;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row, SqliteConnection};
use tempfile::TempDir;

use super::personal_data::{OnDelete, PERSONAL, Table};
use super::*;
use crate::domain::{
    ChannelId, GuildId, PersonalDataCount, QuotaWindow, Rules, Text, TextOutcome, UserId,
    example_text,
};
use generation::{Seed, Settings, StrategyName};

/// A new database and the temporary folder that holds it.
pub(super) async fn store() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("s.sqlite3")).await.unwrap();
    (store, folder)
}

/// A text of user 1.
pub(super) fn text(id: &str) -> Text {
    Text {
        seed: Seed::from(5),
        options: String::new(),
        other: Settings::default(),
        passes: 3,
        ended: TextOutcome::Done,
        ..example_text(id)
    }
}

#[tokio::test]
async fn the_file_is_created_with_its_folder_and_can_be_reopened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/store.sqlite3");
    let settings = Settings {
        prompt: Some("Once".into()),
        ..Settings::default()
    };
    let store = Store::open(&path).await.unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "only the owner may read it");
    let user = UserId(7);
    store.save_user_settings(user, &settings).await.unwrap();
    store.close().await;
    let reopened = Store::open(&path).await.unwrap();
    let read = reopened.user_settings(user).await.unwrap();
    assert_eq!(read, Some(settings));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_rejected_with_an_explanation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite3");
    let nonsense = "this is not a database, but long enough to be looked at ".repeat(50);
    fs::write(&path, nonsense).unwrap();
    let message = Store::open(&path).await.unwrap_err().to_string();
    assert!(message.contains("damaged or is no database"), "{message}");
    let message = Store::open(folder.path()).await.unwrap_err().to_string();
    assert!(message.contains("cannot be opened"), "{message}");
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_rejected() {
    let (store, folder) = store().await;
    let newer =
        "INSERT INTO _sqlx_migrations VALUES (9999, 'later', CURRENT_TIMESTAMP, TRUE, x'00', 0)";
    sqlx::query(newer).execute(&store.pool).await.unwrap();
    store.close().await;
    let opened = Store::open(&folder.path().join("s.sqlite3")).await;
    let message = opened.unwrap_err().to_string();
    assert!(message.contains("newer version"), "{message}");
}

/// A database that a release with the first nine migrations wrote: two users, a guild, one closed and one open duel.
const RELEASED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/database-v9.db");

async fn released() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sqlite3");
    fs::copy(RELEASED, &path).unwrap();
    (Store::open(&path).await.unwrap(), folder)
}

#[tokio::test]
async fn a_database_of_an_earlier_release_opens_with_its_settings_and_texts() {
    let (store, _folder) = released().await;
    let (ada, ben) = (
        UserId(1_400_000_000_000_000_000),
        UserId(1_400_000_000_000_000_001),
    );
    let guild = GuildId(1_200_000_000_000_000_000);
    let text = store.text(&"a1gjmwgp".into()).await.unwrap().unwrap();
    assert_eq!((text.user, text.server), (ben, Some(guild)));
    assert_eq!(text.text, "once upon a time the as what of");
    assert_eq!(text.other.tags.as_deref(), Some("warm"));
    assert_eq!(text.ended, TextOutcome::Done);
    let settings = store.user_settings(ada).await.unwrap().unwrap();
    assert_eq!(settings.strategy.as_deref(), Some("gibbs"));
    assert_eq!(settings.length, "9".parse().ok());
    assert_eq!(settings.values().count(), 3);
    let preset = store.preset(ada, "CALM").await.unwrap().unwrap();
    assert_eq!(preset.settings.temperature, "0.5".parse().ok());
    let defaults = store.scope_settings(guild, None).await.unwrap();
    assert_eq!(defaults.temperature, "0.7".parse().ok());
    let rules = store.rules(guild, None).await.unwrap();
    assert_eq!(rules.banned, ["crumpet", "scone"]);
    assert_eq!(rules.person.hourly, Some(9));
    let totals = store.totals(None).await.unwrap();
    assert_eq!(totals.iter().map(|of| of.texts).sum::<u64>(), 5);
    let window = QuotaWindow {
        seconds: u32::MAX,
        user: Some(ben),
    };
    let used = store.recent_use(guild, window, 0).await.unwrap();
    assert_eq!(used, Some(1_795_851_717));
}

#[tokio::test]
async fn every_setting_of_an_earlier_release_survives_to_the_last_digit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sqlite3");
    fs::copy(RELEASED, &path).unwrap();
    let options = SqliteConnectOptions::new().filename(&path);
    let mut old: SqliteConnection = options.connect().await.unwrap();
    old.execute(
        "INSERT INTO settings (user_id, prompt, strategy, temperature, top_k, top_p, length, seed, options, tags, context, keywords, \
         changed_at) VALUES (7, 'a \"prompt\"', 'gibbs', 0.30000000000000004, 1, 0.1, 2, 9007199254740991, 'o', 't', 'c', 'k', 0)",
    )
    .await
    .unwrap();
    old.execute("UPDATE texts SET tags = 't', context = 'c', keywords = 'k' WHERE id = 'a1gjmwgp'")
        .await
        .unwrap();
    old.close().await.unwrap();
    let store = Store::open(&path).await.unwrap();
    let expected = Settings {
        prompt: Some("a \"prompt\"".into()),
        strategy: Some("gibbs".into()),
        temperature: Some(0.300_000_000_000_000_04.try_into().unwrap()),
        top_k: "1".parse().ok(),
        top_p: "0.1".parse().ok(),
        length: "2".parse().ok(),
        seed: "9007199254740991".parse().ok(),
        options: Some("o".into()),
        tags: Some("t".into()),
        context: Some("c".into()),
        keywords: Some("k".into()),
    };
    let read = store.user_settings(UserId(7)).await.unwrap();
    assert_eq!(read, Some(expected.clone()));
    let text = store.text(&"a1gjmwgp".into()).await.unwrap().unwrap();
    assert_eq!(text.other, Text::settings_without_field(expected));
}

#[tokio::test]
async fn a_database_of_an_earlier_release_opens_with_its_duels_and_fill_sessions() {
    let (store, _folder) = released().await;
    let session = store.fill_session("kevyfr04").await.unwrap().unwrap();
    assert_eq!(session.words.as_deref(), Some("cat, dog"));
    assert_eq!(session.steps[0][0].word, "cat");
    let closed = store.duel(&"2ndq1g36".into()).await.unwrap().unwrap();
    let strategies = closed.texts.map(|text| text.unwrap().strategy);
    assert!(closed.closed);
    assert_eq!(strategies, ["mh", "best-of"].map(StrategyName::from));
    let records = store.vote_records(None).await.unwrap();
    assert_eq!(records.len(), 2);
    // The texts of an open duel are stored as JSON.
    let open = store.duel(&"h2ma5rkn".into()).await.unwrap().unwrap();
    let text = open.texts[0].clone().unwrap();
    assert_eq!((open.closed, text.id.as_str()), (false, "abg1xa45"));
    assert!(store.close_duel(&"h2ma5rkn".into()).await.unwrap());
    let stored = store.text(&"abg1xa45".into()).await.unwrap().unwrap();
    assert_eq!(
        Text {
            kept_at: 0,
            ..stored
        },
        text
    );
    assert_eq!(store.vote_records(None).await.unwrap().len(), 4);
}

#[tokio::test]
async fn rules_from_before_channels_had_any_become_the_guilds() {
    let (store, folder) = store().await;
    for statement in [
        "DROP TABLE rules",
        "CREATE TABLE rules (server_id BIGINT PRIMARY KEY NOT NULL, rules TEXT NOT NULL, changed_at BIGINT NOT NULL)",
        "INSERT INTO rules VALUES (9, '{\"length\": 20}', 1)",
        "DELETE FROM _sqlx_migrations WHERE version = 9",
    ] {
        sqlx::query(statement).execute(&store.pool).await.unwrap();
    }
    store.close().await;
    let store = Store::open(&folder.path().join("s.sqlite3")).await.unwrap();
    assert_eq!(
        store.rules(GuildId(9), None).await.unwrap().length,
        Some(20)
    );
    assert_eq!(
        store.rules(GuildId(9), Some(ChannelId(1))).await.unwrap(),
        Rules::default()
    );
}

#[tokio::test]
async fn a_file_locked_by_another_process_is_rejected_with_an_explanation() {
    let (store, folder) = store().await;
    let path = folder.path().join("s.sqlite3");
    store.close().await;
    let mut other = store_options(&path).connect().await.unwrap();
    other
        .execute("PRAGMA locking_mode = EXCLUSIVE")
        .await
        .unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let opened = Store::open_with_timeout(&path, Duration::from_millis(10)).await;
    let message = opened.unwrap_err().to_string();
    assert!(message.contains("is the bot running twice?"), "{message}");
}

#[tokio::test]
async fn a_write_that_times_out_on_another_process_explains_itself() {
    let (first, folder) = store().await;
    first.close().await;
    let path = folder.path().join("s.sqlite3");
    let store = Store::open_with_timeout(&path, Duration::from_millis(10))
        .await
        .unwrap();
    let mut other = store_options(&path).connect().await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let message = store.add_text(&text("a")).await.unwrap_err().to_string();
    assert!(message.contains("is the bot running twice?"), "{message}");
    other.execute("ROLLBACK").await.unwrap();
    store.add_text(&text("a")).await.unwrap();
}

#[tokio::test]
async fn a_read_only_file_is_explained() {
    let (store, _folder) = store().await;
    let mut connection = store.pool.acquire().await.unwrap();
    connection.execute("PRAGMA query_only = ON").await.unwrap();
    let insert = "DELETE FROM texts";
    let error = connection.execute(insert).await.unwrap_err();
    let message = StoreError::from(error).to_string();
    assert!(message.contains("read-only"), "{message}");
}

#[tokio::test]
async fn a_full_disk_is_explained_and_keeps_existing_data() {
    let (store, _folder) = store().await;
    store.add_text(&text("a")).await.unwrap();
    // Held, so that the statement below uses the connection with the reduced limit.
    let mut connection = store.pool.acquire().await.unwrap();
    connection
        .execute("PRAGMA max_page_count = 1")
        .await
        .unwrap();
    let fill = "INSERT INTO texts SELECT id || 'b', user_id, prompt, hex(zeroblob(100000)), strategy, temperature, top_k, top_p, \
                length, seed, options, model, tokens, passes, milliseconds, outcome, created_at, server_id, channel_id, parent, other_settings \
                FROM texts";
    let error = connection.execute(fill).await.unwrap_err();
    let message = StoreError::from(error).to_string();
    assert!(message.contains("the disk is full"), "{message}");
    drop(connection);
    assert_eq!(
        store.count_personal_data(UserId(1)).await.unwrap()[1].rows,
        1
    );
}

#[tokio::test]
async fn a_damaged_file_is_explained() {
    let (store, folder) = store().await;
    for n in 0..50 {
        store.add_text(&text(&n.to_string())).await.unwrap();
    }
    store.close().await;
    let path = folder.path().join("s.sqlite3");
    let mut bytes = fs::read(&path).unwrap();
    // The first page, which holds the schema, stays intact.
    let page = 4096;
    bytes[page..].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let message = match Store::open(&path).await {
        Err(error) => error.to_string(),
        Ok(store) => store
            .export_personal_data(UserId(1), 0)
            .await
            .unwrap_err()
            .to_string(),
    };
    assert!(message.contains("it is damaged"), "{message}");
}

fn store_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path)
}

/// Statements that may scan a whole table, because no user waits for them.
const SCANS_ALLOWED: &[&str] = &["SELECT COUNT(*) FROM sqlite_master"];

#[tokio::test]
async fn no_statement_scans_a_whole_table() {
    let (store, _folder) = store().await;
    let written = statements().into_iter();
    let built = PERSONAL
        .iter()
        .flat_map(|table| [vec![table.count(), table.read()], table.delete()].concat());
    let all: Vec<String> = written.chain(built).collect();
    assert!(all.len() > 12, "the statements were found: {all:#?}");
    for statement in all {
        if SCANS_ALLOWED
            .iter()
            .any(|start| statement.starts_with(start))
        {
            continue;
        }
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
            .fetch_all(&store.pool)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        let scans = |step: &String| {
            step.starts_with("SCAN")
                && !step.ends_with(" CONSTANT ROW")
                && !step.ends_with(" newest")
        };
        assert!(!steps.iter().any(scans), "{statement}: {steps:?}");
    }
}

/// All constant statements in this folder's files.
fn statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "rs") || path.ends_with("tests.rs") {
            continue;
        }
        let file = fs::read_to_string(path).unwrap();
        let code = file.split("#[cfg(test)]\nmod tests {").next().unwrap();
        found.extend(literals(code));
    }
    let begins = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
    found.retain(|literal| {
        let statement = begins.iter().any(|begin| literal.starts_with(begin));
        statement && !literal.contains('{')
    });
    found
}

/// The string literals of Rust code, with continued lines joined.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let without_comments = code
        .lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    let mut parts = without_comments.split('"').skip(1);
    while let Some(literal) = parts.next() {
        let lines: Vec<&str> = literal.split("\\\n").collect();
        let joined = lines
            .iter()
            .enumerate()
            .map(|(n, line)| if n == 0 { line } else { line.trim_start() });
        let joined: String = joined.collect();
        found.push(joined.replace("\\\\", "\\"));
        parts.next();
    }
    found
}

/// Whether a column's name suggests that it holds a user's id.
fn identifies_a_user(column: &str) -> bool {
    [
        "user", "voter", "owner", "author", "asker", "person", "member",
    ]
    .iter()
    .any(|word| column.contains(word))
}

#[tokio::test]
async fn every_table_with_personal_data_is_exported_and_deleted() {
    let (store, _folder) = store().await;
    let columns = "SELECT t.name AS \"table\", c.name AS \"column\" FROM sqlite_master t, pragma_table_info(t.name) c \
                   WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '_sqlx_%'";
    let columns = sqlx::query(columns).fetch_all(&store.pool).await.unwrap();
    let personal: BTreeSet<(String, String)> = columns
        .iter()
        .map(|row| (row.get("table"), row.get("column")))
        .filter(|(_, column): &(String, String)| identifies_a_user(column))
        .collect();
    let known = PERSONAL
        .iter()
        .map(|table| (table.name.to_owned(), table.user.to_owned()));
    assert_eq!(personal, known.collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_is_deleted_while_others_write() {
    let (store, _folder) = store().await;
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 0..400 {
                store.add_text(&text(&format!("t{number}"))).await.unwrap();
            }
        }
    });
    while !writer.is_finished() {
        store.delete_personal_data(UserId(2)).await.unwrap();
    }
    writer.await.unwrap();
}

#[tokio::test]
async fn deleted_data_is_overwritten_and_other_users_data_stays() {
    let (store, folder) = store().await;
    for user in [1, 2] {
        for table in PERSONAL {
            insert_a_row(&store, table.name, table.user, user).await;
        }
    }
    let rows =
        |counts: Vec<PersonalDataCount>| counts.iter().map(|count| count.rows).collect::<Vec<_>>();
    let all = vec![1; PERSONAL.len()];
    let left: Vec<u64> = PERSONAL
        .iter()
        .map(|table| u64::from(matches!(table.on_delete, OnDelete::Keep(_))))
        .collect();
    assert_eq!(
        rows(store.count_personal_data(UserId(1)).await.unwrap()),
        all
    );
    let exported = store.export_personal_data(UserId(1), 0).await.unwrap();
    assert_eq!(exported.parts, 1);
    for table in PERSONAL {
        let row = &exported.content[table.name][0];
        assert_eq!(row[table.user], "1", "{}: {row}", table.name);
    }
    assert_eq!(
        rows(store.delete_personal_data(UserId(1)).await.unwrap()),
        all
    );
    assert_eq!(
        rows(store.count_personal_data(UserId(1)).await.unwrap()),
        left
    );
    assert_eq!(
        rows(store.count_personal_data(UserId(2)).await.unwrap()),
        all
    );
    let holds = |needle: &str| {
        let files = fs::read_dir(folder.path()).unwrap();
        files.into_iter().any(|file| {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes())
        })
    };
    assert!(
        holds("secret of 2") && !holds("secret of 1"),
        "deleted data is overwritten"
    );
}

/// Inserts a row with a value in every column.
async fn insert_a_row(store: &Store, table: &str, person: &str, user: u64) {
    let info = format!("SELECT name, type FROM pragma_table_info('{table}')");
    let columns = sqlx::query(AssertSqlSafe(info))
        .fetch_all(&store.pool)
        .await
        .unwrap();
    let stays = |known: &Table| known.name == table && !matches!(known.on_delete, OnDelete::Delete);
    let what = if PERSONAL.iter().any(stays) {
        "remainder"
    } else {
        "secret"
    };
    let value = |row: &sqlx::sqlite::SqliteRow| match (
        row.get::<String, _>("name"),
        row.get::<String, _>("type"),
    ) {
        (name, _) if name == person => user.to_string(),
        (_, kind) if kind == "TEXT" => format!("'{what} of {user}'"),
        _ => format!("{}", 1000 + user),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let insert = format!("INSERT INTO {table} VALUES ({})", values.join(", "));
    let mut connection = store.pool.acquire().await.unwrap();
    connection
        .execute("PRAGMA foreign_keys = OFF")
        .await
        .unwrap();
    sqlx::query(AssertSqlSafe(insert))
        .execute(&mut *connection)
        .await
        .unwrap();
    connection
        .execute("PRAGMA foreign_keys = ON")
        .await
        .unwrap();
}

#[tokio::test]
async fn the_parts_of_a_long_export_cover_all_rows() {
    let (store, _folder) = store().await;
    store
        .save_user_settings(UserId(1), &Settings::default())
        .await
        .unwrap();
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3200) INSERT INTO texts (id, user_id, prompt, \
                text, strategy, temperature, top_k, top_p, seed, options, model, tokens, passes, milliseconds, outcome, created_at) \
                SELECT i, 1, '', '', '', 0, 0, 0, 0, '', '', 0, 0, 0, '', i FROM n";
    sqlx::query(many).execute(&store.pool).await.unwrap();
    let mut ids = BTreeSet::new();
    for part in 0..3 {
        let exported = store.export_personal_data(UserId(1), part).await.unwrap();
        assert_eq!(exported.parts, 3);
        let texts = exported.content["texts"].as_array().unwrap().clone();
        ids.extend(texts.iter().map(|text| text["id"].to_string()));
        let settings = exported.content["settings"].as_array().unwrap().len();
        assert_eq!(settings, usize::from(part == 0));
    }
    assert_eq!(ids.len(), 3200);
}
