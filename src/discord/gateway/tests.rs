//! The relay between a bot and a gateway, both of which do as they are told.

use futures_util::SinkExt;
use serde_json::json;
use tokio::net::TcpListener;

use super::*;

/// Short enough to wait for.
const SHORT: Timeouts = Timeouts {
    first_payload: Duration::from_millis(50),
    connect: Duration::from_millis(300),
    hello: Duration::from_millis(300),
    heartbeat_ack: Duration::from_millis(300),
    backoff: Duration::from_millis(1),
    max_backoff: Duration::from_millis(20),
    stable_after: Duration::from_mins(1),
};
/// Nothing in a test takes this long unless it is broken.
const LIMIT: Duration = Duration::from_secs(30);

/// A gateway that does as it is told.
struct Discord(TcpListener);

impl Discord {
    async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn url(&self) -> String {
        format!("ws://{}", self.0.local_addr().unwrap())
    }

    async fn proxy(&self, limit: SessionStartLimit) -> GatewayProxy {
        GatewayProxy::start_with(&self.url(), limit, SHORT)
            .await
            .unwrap()
    }

    async fn accept(&self) -> Downstream {
        let (stream, _) = self.0.accept().await.unwrap();
        tokio_tungstenite::accept_async(stream).await.unwrap()
    }

    /// Accepts and greets.
    async fn greet(&self) -> Downstream {
        let mut bot = self.accept().await;
        say(
            &mut bot,
            json!({"op": 10, "d": {"heartbeat_interval": 41_250}}),
        )
        .await;
        bot
    }
}

async fn say<S>(socket: &mut WebSocketStream<S>, what: Value)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    socket.send(Message::Text(what.to_string())).await.unwrap();
}

/// The next message as JSON, or the code of a close.
async fn heard<S>(socket: &mut WebSocketStream<S>) -> Result<Value, Option<u16>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let message = tokio::time::timeout(LIMIT, socket.next()).await.unwrap();
    match message {
        Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(&text).unwrap()),
        Some(Ok(Message::Close(frame))) => Err(frame.map(|frame| frame.code.into())),
        _ => Err(None),
    }
}

async fn connected(proxy: &GatewayProxy) -> Upstream {
    connect_async(proxy.url()).await.unwrap().0
}

#[tokio::test]
async fn a_gateway_that_does_not_greet_is_left() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connected(&proxy).await;
    let _silent = discord.accept().await;
    assert_eq!(heard(&mut bot).await, Err(Some(CLOSE_RESUME)));
}

#[tokio::test]
async fn a_gateway_that_does_not_even_shake_hands_is_left() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connected(&proxy).await;
    let _held = discord.0.accept().await.unwrap();
    assert_eq!(heard(&mut bot).await, Err(Some(CLOSE_RESUME)));
}

#[tokio::test]
async fn a_bot_that_closes_is_answered() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connected(&proxy).await;
    let _up = discord.greet().await;
    assert_eq!(heard(&mut bot).await.unwrap()["op"], 10);
    let frame = CloseFrame {
        code: 1000.into(),
        reason: "".into(),
    };
    bot.send(Message::Close(Some(frame))).await.unwrap();
    assert_eq!(heard(&mut bot).await, Err(Some(1000)));
}

#[tokio::test]
async fn a_heartbeat_that_is_not_answered_ends_the_connection_and_one_that_is_does_not() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connected(&proxy).await;
    let mut up = discord.greet().await;
    assert_eq!(heard(&mut bot).await.unwrap()["op"], 10);
    for _ in 0..3 {
        say(&mut bot, json!({"op": 1, "d": 5})).await;
        assert_eq!(heard(&mut up).await.unwrap()["op"], 1);
        say(&mut up, json!({"op": 11})).await;
        assert_eq!(heard(&mut bot).await.unwrap()["op"], 11);
    }
    say(&mut bot, json!({"op": 1, "d": 6})).await;
    // What somebody wrote is no answer, whatever it looks like.
    let written = json!({"op": 0, "t": "X", "d": {"content": "{\"op\":11}"}});
    say(&mut up, written.clone()).await;
    assert_eq!(heard(&mut bot).await, Ok(written));
    assert_eq!(heard(&mut bot).await, Err(Some(CLOSE_RESUME)));
}

#[tokio::test]
async fn a_session_is_resumed_where_discord_wants_it() {
    let (first, second) = (Discord::new().await, Discord::new().await);
    let proxy = first.proxy(SessionStartLimit::default()).await;
    let mut bot = connected(&proxy).await;
    let mut up = first.greet().await;
    heard(&mut bot).await.unwrap();
    say(
        &mut bot,
        json!({"op": 2, "d": {"token": "t", "compress": true}}),
    )
    .await;
    assert_eq!(heard(&mut up).await.unwrap()["d"]["compress"], false);
    let ready = json!({"op": 0, "t": "READY", "d": {"session_id": "s1", "resume_gateway_url": second.url()}});
    say(&mut up, ready).await;
    heard(&mut bot).await.unwrap();
    drop(up);
    assert_eq!(
        heard(&mut bot).await,
        Err(Some(CLOSE_RESUME)),
        "an end without a code"
    );
    let mut bot = connected(&proxy).await;
    say(
        &mut bot,
        json!({"op": 6, "d": {"token": "t", "session_id": "s1", "seq": 1}}),
    )
    .await;
    let mut up = second.greet().await;
    assert_eq!(heard(&mut up).await.unwrap()["op"], 6);
}

#[tokio::test]
async fn sessions_that_were_all_begun_are_not_begun_again() {
    let discord = Discord::new().await;
    let spent = SessionStartLimit {
        remaining: 0,
        ..SessionStartLimit::default()
    };
    let proxy = discord.proxy(spent).await;
    for _ in 0..3 {
        let mut bot = connected(&proxy).await;
        let mut up = discord.greet().await;
        heard(&mut bot).await.unwrap();
        say(&mut bot, json!({"op": 2, "d": {}})).await;
        assert_eq!(heard(&mut bot).await, Err(Some(CLOSE_RESUME)));
        assert_eq!(heard(&mut up).await, Err(None), "no word of a new session");
    }
}

#[tokio::test]
async fn codes_that_need_a_person_are_told_and_end_serenity_and_others_are_passed_on() {
    for (code, sentence) in [
        (4004, "token"),
        (4010, "shards"),
        (4011, "shards"),
        (4012, "version"),
        (4013, "intent"),
        (4014, "intent"),
    ] {
        assert_eq!(
            closed_with(code).await,
            (Some(CLOSE_FATAL), Some(true), sentence.to_owned())
        );
    }
    for code in [1000, 1001, 4000, 4001, 4007, 4009] {
        assert_eq!(closed_with(code).await.1, None, "{code}");
    }
}

/// The code that a bot sees when Discord closes with `code`, and whether a reason is told that has a certain word.
async fn closed_with(code: u16) -> (Option<u16>, Option<bool>, String) {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connected(&proxy).await;
    let mut up = discord.greet().await;
    heard(&mut bot).await.unwrap();
    let frame = CloseFrame {
        code: code.into(),
        reason: "".into(),
    };
    up.close(Some(frame)).await.unwrap();
    let seen = heard(&mut bot).await.unwrap_err();
    let reason = proxy.refused.borrow().clone();
    let payload = ["token", "shards", "version", "intent"];
    let word = reason
        .as_ref()
        .and_then(|reason| payload.into_iter().find(|word| reason.contains(word)));
    (
        seen,
        reason.map(|_| true),
        word.unwrap_or_default().to_owned(),
    )
}

#[tokio::test]
async fn other_programs_on_this_machine_are_not_let_in() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let url = proxy.url();
    let (base, _) = url.rsplit_once('/').unwrap();
    for guess in [format!("{base}/"), format!("{base}/0123"), base.to_owned()] {
        assert!(connect_async(guess).await.is_err());
    }
}

#[test]
fn pauses_grow_from_nothing_to_a_minute() {
    let pauses: Vec<u64> = (0..10)
        .map(|failures| TIMEOUTS.backoff_after(failures).as_secs())
        .collect();
    assert_eq!(pauses, [0, 0, 2, 6, 14, 30, 60, 60, 60, 60]);
    assert_eq!(TIMEOUTS.backoff_after(u32::MAX), TIMEOUTS.max_backoff);
}
