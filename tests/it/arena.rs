//! `/arena` and `/leaderboard`: duels of two texts, votes, and what comes of them.

use std::time::Duration;

use sandbox::{ChannelMessage, Invocation};
use serde_json::{Value, json};

use crate::cli::{complaint, printed};
use crate::harness::{ADA, BEN, Bot, GENERAL, description, footer};

const PROMPT: &str = "The old lighthouse keeper opened the door and";
/// Neither author nor moderator.
const CHIOMA: u64 = BEN + 1;
const DARIO: u64 = BEN + 2;

/// Ben begins a duel between two ways that are written fast.
async fn duel(bot: &Bot) -> (String, ChannelMessage) {
    let options =
        json!({"prompt": PROMPT, "first": "mask-predict 0.5", "second": "blocks 0.8", "length": 8});
    let token = bot.slash(BEN, "arena", options);
    let message = bot.see(&token, "two texts to vote on", is_open).await;
    (token, message)
}

fn custom_ids(message: &ChannelMessage) -> Vec<&str> {
    let rows = message.components.iter();
    rows.flat_map(|row| row["components"].as_array().unwrap())
        .map(|button| button["custom_id"].as_str().unwrap())
        .collect()
}

fn is_open(message: &ChannelMessage) -> bool {
    custom_ids(message).iter().any(|id| id.starts_with("vote:"))
}

/// The duel as everybody sees it once it is over.
async fn revealed(bot: &Bot, token: &str) -> ChannelMessage {
    let over = |message: &ChannelMessage| message.components.is_empty() && !message.is_thinking();
    bot.see(token, "who was who", over).await
}

fn fields(message: &ChannelMessage) -> Vec<(&str, &str)> {
    let fields = message.embeds[0]["fields"].as_array().unwrap().iter();
    fields
        .map(|field| {
            let part = |name: &str| field[name].as_str().unwrap();
            (part("name"), part("value"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_sent_before_the_end_says_who_is_who() {
    let bot = Bot::start().await;
    let (token, message) = duel(&bot).await;
    let shown = fields(&message);
    assert_eq!((shown[0].0, shown[1].0), ("A", "B"));
    for (_, text) in shown {
        assert!(text.starts_with(&format!("{PROMPT} **")), "{text}");
    }
    let sent: String = bot
        .requests(&token)
        .iter()
        .map(|it| it.body.to_string())
        .collect();
    for secret in [
        "mask-predict",
        "blocks",
        "temperature",
        "seed",
        "0.5",
        "0.8",
    ] {
        assert!(!sent.contains(secret), "{secret} in {sent}");
    }
    let token_of_close = bot.press(BEN, &message, "Close and reveal");
    let over = revealed(&bot, &token).await;
    let names = fields(&over);
    let made = names
        .iter()
        .map(|(name, _)| name.split_once(" · seed ").unwrap().0);
    let mut made: Vec<&str> = made.map(|name| name.split_once(" · ").unwrap().1).collect();
    made.sort_unstable();
    assert_eq!(
        made,
        ["blocks · temperature 0.8", "mask-predict · temperature 0.5"]
    );
    assert_eq!(over.content, "**Nobody voted.**");
    assert!(bot.requests(&token_of_close)[0].status < 300);
    for (before, after) in fields(&message).iter().zip(&names) {
        assert_eq!(before.1, after.1, "the texts stay what they were");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn which_text_is_a_falls_to_the_lot() {
    let bot = Bot::start().await;
    let mut first = std::collections::HashSet::new();
    // Sixteen times the same has a chance of one in 32,768.
    for _ in 0..16 {
        let (token, message) = duel(&bot).await;
        bot.press(BEN, &message, "Close and reveal");
        let over = revealed(&bot, &token).await;
        let name = fields(&over)[0].0.split(" · ").nth(1).unwrap().to_owned();
        first.insert(name);
        if first.len() == 2 {
            return;
        }
    }
    panic!("always {first:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_has_one_vote_and_two_at_once_both_count() {
    let bot = Bot::start().await;
    let (token, message) = duel(&bot).await;
    let (ben, chioma) = (
        bot.press(BEN, &message, "A"),
        bot.press(CHIOMA, &message, "A"),
    );
    let told = bot.told(&ben).await;
    assert!(
        told.starts_with("You voted: A. It is your own prompt, and the vote is marked so."),
        "{told}"
    );
    assert!(
        bot.told(&chioma)
            .await
            .starts_with("You voted: A. As long as")
    );
    for (label, said) in [
        ("Both bad", "You voted: Both bad."),
        ("Tie", "Changed: Tie instead of Both bad."),
        ("Tie", "Tie is what you had chosen already"),
        ("B", "Changed: B instead of Tie."),
    ] {
        let press = bot.press(DARIO, &message, label);
        let told = bot.told(&press).await;
        assert!(told.starts_with(said), "{told}");
    }
    bot.press(ADA, &message, "Close and reveal");
    assert_eq!(
        revealed(&bot, &token).await.content,
        "**A is better: 2 to 1.**"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_author_and_moderators_close_a_duel_early() {
    let bot = Bot::start().await;
    let (token, message) = duel(&bot).await;
    let press = bot.press(CHIOMA, &message, "Close and reveal");
    let told = bot.told(&press).await;
    assert!(
        told.starts_with("Only the person who began this duel, or a moderator"),
        "{told}"
    );
    bot.press(BEN, &message, "Close and reveal");
    revealed(&bot, &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duel_outlives_a_restart() {
    let mut bot = Bot::start().await;
    let (token, message) = duel(&bot).await;
    let press = bot.press(CHIOMA, &message, "A");
    bot.told(&press).await;
    bot.restart().await;
    let press = bot.press(CHIOMA, &message, "B");
    let told = bot.told(&press).await;
    assert!(told.starts_with("Changed: B instead of A."), "{told}");
    bot.press(BEN, &message, "Close and reveal");
    assert_eq!(
        revealed(&bot, &token).await.content,
        "**B is better: 1 to 0.**"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_enough_votes_it_is_revealed_and_later_ones_are_refused_kindly() {
    let bot = Bot::start_with(|config| config.arena.votes = 2).await;
    let (token, message) = duel(&bot).await;
    let first = bot.press(BEN, &message, "Both bad");
    bot.told(&first).await;
    let last = bot.press(CHIOMA, &message, "Tie");
    assert_eq!(
        bot.told(&last).await,
        "You voted: Tie. It was the last vote."
    );
    let over = revealed(&bot, &token).await;
    assert_eq!(
        over.content,
        "**Neither is better: 0 to 0.** Equally good: 1, both bad: 1."
    );
    // Somebody still has the old message before them.
    let id = custom_ids(&message)[0].to_owned();
    let late = bot.forge(DARIO, &over, &id);
    let told = bot.told(&late).await;
    assert!(told.starts_with("Voting on these two is over"), "{told}");
    assert_eq!(revealed(&bot, &token).await.content, over.content);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_press_after_its_time_reveals_a_duel() {
    let bot = Bot::start_with(|config| config.arena.open_for = Duration::ZERO).await;
    let (token, message) = duel(&bot).await;
    let late = bot.press(CHIOMA, &message, "A");
    let told = bot.told(&late).await;
    assert!(told.starts_with("Voting on these two is over"), "{told}");
    assert_eq!(revealed(&bot, &token).await.content, "**Nobody voted.**");
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_ids_are_refused() {
    let bot = Bot::start().await;
    let (token, message) = duel(&bot).await;
    let real = custom_ids(&message)[0].to_owned();
    let no_duel = "There is no such duel any more";
    let outdated = "This is from another version of the bot";
    for (forgery, refusal) in [
        ("vote:nothing:a", no_duel),
        ("reveal:nothing", no_duel),
        ("vote:", outdated),
        (&real.replace(":a", ":c"), outdated),
    ] {
        let press = bot.forge(CHIOMA, &message, forgery);
        let told = bot.told(&press).await;
        assert!(told.starts_with(refusal), "{forgery}: {told}");
    }
    // Not even a real one works where the duel does not take place.
    bot.sandbox
        .world(|world| world.forge_button(message.id, &real));
    let elsewhere = Invocation::Component {
        message: message.id,
        custom_id: real,
        values: Vec::new(),
    };
    let press = bot.sandbox.invoke(CHIOMA, GENERAL + 1, &elsewhere).unwrap();
    assert!(
        bot.told(&press)
            .await
            .starts_with("There is no such duel any more")
    );
    let close = custom_ids(&message)[4].to_owned();
    bot.forge(BEN, &message, &close);
    assert_eq!(revealed(&bot, &token).await.content, "**Nobody voted.**");
}

#[tokio::test(flavor = "multi_thread")]
async fn opponents_are_drawn_by_lot_and_differ() {
    let bot = Bot::start().await;
    for options in [
        json!({"prompt": PROMPT, "length": 4}),
        json!({"prompt": PROMPT, "length": 4, "second": "mask-predict"}),
        json!({"prompt": "The ___ opened the ___.", "first": "template"}),
    ] {
        let token = bot.slash(BEN, "arena", options.clone());
        let message = bot.see(&token, "two texts to vote on", is_open).await;
        bot.press(BEN, &message, "Close and reveal");
        let over = revealed(&bot, &token).await;
        let made =
            |at: usize| fields(&over)[at].0.split_once(" · seed ").unwrap().0[4..].to_owned();
        assert_ne!(made(0), made(1), "{options}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_duel_is_refused_in_words() {
    let bot = Bot::start().await;
    for (options, said) in [
        (json!({}), "There is no prompt"),
        (
            json!({"prompt": PROMPT, "first": "beam"}),
            "\"beam\" is no way to write",
        ),
        (
            json!({"prompt": PROMPT, "first": "gibbs 9"}),
            "\"gibbs 9\" is no way to write",
        ),
        (
            json!({"prompt": PROMPT, "first": "gibbs 0.8", "second": "gibbs 0.8"}),
            "Both texts would be written in the same way",
        ),
        (
            json!({"prompt": "The ___ sat.", "first": "template", "second": "lookahead"}),
            "Template and lookahead do not write texts of the same length",
        ),
        (
            json!({"prompt": PROMPT, "first": "keywords"}),
            "The strategy keywords needs words",
        ),
    ] {
        let token = bot.slash(BEN, "arena", options);
        let told = bot.told(&token).await;
        assert!(told.starts_with(said), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duel_in_the_making_can_be_stopped() {
    let bot = Bot::start().await;
    let options =
        json!({"prompt": PROMPT, "first": "gibbs 0.8", "second": "gibbs 1.1", "length": 200});
    let token = bot.slash(BEN, "arena", options);
    let waiting =
        |message: &ChannelMessage| custom_ids(message).iter().any(|id| id.starts_with("stop:"));
    bot.see(&token, "two texts in the making", waiting).await;
    let stop = bot.slash(BEN, "stop", json!({}));
    bot.told(&stop).await;
    assert_eq!(bot.told(&token).await, "Stopped, as you asked.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leaderboard_rates_by_closed_duels_and_exports_them_without_names() {
    let bot = Bot::start_with(|config| config.arena.votes = 12).await;
    let none = bot.slash(CHIOMA, "leaderboard", json!({}));
    assert!(bot.told(&none).await.starts_with("There are no votes yet"));
    let (token, message) = duel(&bot).await;
    let names = [
        "Emre", "Fatima", "Goro", "Hana", "Ivo", "Jun", "Kofi", "Lea",
    ];
    let more: Vec<u64> = bot
        .sandbox
        .world(|world| names.map(|name| world.add_user(name)).into());
    for (at, voter) in [ADA, BEN, CHIOMA, DARIO]
        .into_iter()
        .chain(more)
        .enumerate()
    {
        if at == 11 {
            let blind = bot.slash(CHIOMA, "leaderboard", json!({}));
            assert!(bot.told(&blind).await.starts_with("There are no votes yet"));
        }
        let press = bot.press(voter, &message, if at < 9 { "A" } else { "B" });
        bot.told(&press).await;
    }
    let over = revealed(&bot, &token).await;
    assert_eq!(over.content, "**A is better: 9 to 3.**");
    let winner = fields(&over)[0].0.split(" · ").nth(1).unwrap();
    let board = bot.slash(CHIOMA, "leaderboard", json!({}));
    let board = bot.answer(&board).await;
    let text = description(&board);
    assert!(
        text.lines()
            .nth(2)
            .unwrap()
            .starts_with(&format!(" 1  {winner}")),
        "{text}"
    );
    assert!(footer(&board).starts_with("12 votes, 1 of them on one's own prompt"));
    assert_eq!(board.attachments[0]["filename"], "ratings.png");
    let apart = bot.slash(
        CHIOMA,
        "leaderboard",
        json!({"by": "temperature", "votes": "everywhere"}),
    );
    let text = description(&bot.answer(&apart).await);
    assert!(
        text.contains("mask-predict, careful") && text.contains("blocks, middling"),
        "{text}"
    );
    let refused = bot.slash(CHIOMA, "leaderboard", json!({"export": "csv"}));
    assert!(
        bot.told(&refused)
            .await
            .starts_with("Only moderators of this server")
    );
    for format in ["csv", "json"] {
        let export = bot.slash(ADA, "leaderboard", json!({"export": format}));
        let export = bot.answer(&export).await;
        assert!(export.is_ephemeral());
        assert_eq!(export.attachments[0]["filename"], format!("votes.{format}"));
    }
    let store = bot.store().to_string_lossy().into_owned();
    let config = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(config.path(), format!("[store]\npath = {store:?}\n")).unwrap();
    let config = config.path().to_str().unwrap();
    let table = printed(&["--config", config, "ratings", "export"]);
    assert_eq!(table.lines().count(), 13, "{table}");
    let records = printed(&["--config", config, "ratings", "export", "--format", "json"]);
    let records: Value = serde_json::from_str(&records).unwrap();
    let records = records.as_array().unwrap();
    assert_eq!(records.len(), 12);
    let voters: std::collections::HashSet<&str> = records
        .iter()
        .map(|it| it["voter"].as_str().unwrap())
        .collect();
    assert_eq!(voters.len(), 12);
    assert_eq!(
        records.iter().filter(|it| it["own_prompt"] == true).count(),
        1
    );
    for id in [ADA, BEN, GENERAL] {
        assert!(!table.contains(&id.to_string()));
    }
}

#[test]
fn votes_of_a_database_that_is_not_there_are_not_exported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.sqlite3");
    let environment = [("MOUTHPIECE__STORE__PATH", path.to_str().unwrap())];
    let said = complaint(&["ratings", "export"], &environment);
    assert!(said.contains("there is no database"), "{said}");
    assert!(!path.exists());
}
