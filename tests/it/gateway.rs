//! The gateway breaks in every way, and the bot comes back to the same session.

use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use mouthpiece::config::Config;
use mouthpiece::discord::{ApiBaseUrl, Secret};
use sandbox::{ChannelMessage, Disconnect, GatewayFault, SessionCounts, World};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::harness::{ADA, BEN, Bot, description, footer};

/// The id of a text.
fn id(text: &ChannelMessage) -> String {
    let footer = footer(text);
    let (_, id) = footer.split_once("id ").unwrap();
    id.to_owned()
}

/// Breaks the connection, and says something that the bot can only hear after it has come back.
async fn breaks(how: Disconnect, resumes: bool) {
    let bot = Bot::start().await;
    let before = bot.sandbox.session_counts();
    bot.sandbox.disconnect(how);
    bot.until("the bot back at the gateway", |_| {
        let now = bot.sandbox.session_counts();
        (now.identified + now.resumed > before.identified + before.resumed).then_some(())
    })
    .await;
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    bot.spoken(&token).await;
    let now = bot.sandbox.session_counts();
    if resumes {
        assert_eq!(
            (now.identified, now.resumed),
            (before.identified, before.resumed + 1),
            "{how:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_without_a_code_is_followed_by_a_resume() {
    breaks(Disconnect::CloseWithoutCode, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_is_followed_by_a_resume() {
    breaks(Disconnect::Abort, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_allows_it_is_followed_by_a_resume() {
    breaks(Disconnect::Close(4000), true).await;
}

/// The bot is told to come again; how often it logged in once it has, and has answered somebody.
async fn told(trouble: GatewayFault) -> (Bot, SessionCounts) {
    let bot = Bot::start().await;
    bot.sandbox.inject_gateway_fault(trouble);
    let back = |_: &World| {
        let now = bot.sandbox.session_counts();
        (now.identified + now.resumed == 2).then_some(now)
    };
    let now = bot.until("the bot back at the gateway", back).await;
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    bot.spoken(&token).await;
    assert_eq!(bot.sandbox.session_counts(), now, "it came again once");
    (bot, now)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_told_to_reconnect_resumes() {
    let (_bot, now) = told(GatewayFault::Reconnect).await;
    assert_eq!((now.identified, now.resumed), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_session_that_can_be_resumed_is_resumed() {
    let (_bot, now) = told(GatewayFault::InvalidSessionResumable).await;
    assert_eq!((now.identified, now.resumed), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_session_is_followed_by_a_new_one() {
    let (_bot, now) = told(GatewayFault::InvalidSession).await;
    assert_eq!((now.identified, now.resumed), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_after_which_nothing_can_be_resumed_is_followed_by_a_new_session() {
    for code in [4007, 4009] {
        let bot = Bot::start().await;
        bot.sandbox.disconnect(Disconnect::Close(code));
        let identified = |_: &World| (bot.sandbox.session_counts().identified == 2).then_some(());
        bot.until("a new session", identified).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_meanwhile_is_not_lost() {
    let bot = Bot::start().await;
    bot.sandbox.disconnect(Disconnect::Abort);
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    bot.spoken(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_twice_is_answered_once() {
    let bot = Bot::start().await;
    bot.sandbox
        .inject_gateway_fault(GatewayFault::DuplicateEvent);
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    let text = bot.spoken(&token).await;
    let after = bot.slash(ADA, "show", json!({"id": id(&text)}));
    bot.spoken(&after).await;
    let replies = bot.sandbox.world(|world| world.responses(&token).count());
    assert_eq!(replies, 1);
    let history = bot.answer(&bot.slash(ADA, "history", json!({}))).await;
    let texts = description(&history).matches("Once").count();
    assert_eq!(texts, 1, "it was written once: {}", history.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_out_of_order_of_a_new_kind_and_with_new_fields_disturb_nobody() {
    let bot = Bot::start().await;
    let say = |user| bot.slash(user, "speak", json!({"prompt": "Once", "length": 3}));
    bot.sandbox
        .inject_gateway_fault(GatewayFault::ReorderEvents);
    for token in [ADA, BEN].map(say) {
        bot.spoken(&token).await;
    }
    for trouble in [GatewayFault::UnknownEvent, GatewayFault::UnknownFields] {
        bot.sandbox.inject_gateway_fault(trouble);
        bot.spoken(&say(ADA)).await;
    }
    let logins = bot.sandbox.session_counts();
    assert_eq!((logins.identified, logins.resumed), (1, 0), "nothing broke");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_does_not_hear_or_says_nothing_any_more_is_left_and_resumed() {
    for trouble in [GatewayFault::NoHeartbeatAck, GatewayFault::Zombie] {
        let mut bot = Bot::start().await;
        bot.sandbox.set_heartbeat_interval(Duration::from_secs(1));
        bot.restart().await;
        let before = bot.sandbox.session_counts();
        bot.sandbox.inject_gateway_fault(trouble);
        let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
        let resumed =
            |_: &World| (bot.sandbox.session_counts().resumed > before.resumed).then_some(());
        bot.until("the session taken up again", resumed).await;
        bot.spoken(&token).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greeting_that_comes_late_is_waited_for() {
    let mut bot = Bot::start().await;
    let late = Duration::from_secs(2);
    bot.sandbox
        .inject_gateway_fault(GatewayFault::DelayHello(late));
    let began = Instant::now();
    bot.restart().await;
    let token = bot.slash(ADA, "speak", json!({"prompt": "Once", "length": 3}));
    bot.spoken(&token).await;
    assert!(began.elapsed() >= late);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_asks_for_no_intents_and_stays_away_from_discord() {
    let bot = Bot::start().await;
    let paths: Vec<String> = bot
        .sandbox
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert!(paths.contains(&"/gateway/bot".to_owned()), "{paths:?}");
    let commands = paths
        .iter()
        .filter(|path| path.ends_with("/commands"))
        .count();
    assert_eq!(
        commands, 1,
        "all commands are registered by one request: {paths:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_is_followed_by_a_new_one() {
    breaks(Disconnect::Close(1000), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_ends_the_bot_with_a_sentence_for_the_operator() {
    for (code, sentence) in [
        (4004, "the token is wrong"),
        (4014, "an intent is not allowed"),
    ] {
        let bot = Bot::start().await;
        bot.sandbox.disconnect(Disconnect::Close(code));
        let error = bot.ended().await.unwrap_err().to_string();
        assert!(
            error.contains("gateway refuses the bot") && error.contains(sentence),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_discord_does_not_take_ends_the_bot_with_a_sentence() {
    let refuse = || async {
        (
            StatusCode::UNAUTHORIZED,
            r#"{"message": "401: Unauthorized", "code": 0}"#,
        )
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = ApiBaseUrl::parse(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(refuse)).await });
    let mut config = Config::from_sources(None, Vec::new()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    (config.store, config.discord.api_base_url) = (folder.path().join("s.sqlite3"), server);
    config.discord.token = Some(Secret::new("wrong"));
    let error = mouthpiece::app::serve(config, CancellationToken::new())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Discord does not accept the token; copy it anew"),
        "{error}"
    );
}
