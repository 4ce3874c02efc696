//! The proxy between a scripted bot and a scripted gateway.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, connect_async};

use super::close_code::{FATAL, RESUME};
use super::connection::{Downstream, Upstream};
use super::proxy::GatewayProxy;
use super::session_limit::SessionStartLimit;
use super::timeouts::Timeouts;

/// Timeouts that a test can wait for.
const SHORT: Timeouts = Timeouts {
    first_payload: Duration::from_millis(50),
    connect: Duration::from_millis(300),
    hello: Duration::from_millis(300),
    heartbeat_ack: Duration::from_millis(300),
    backoff: Duration::from_millis(1),
    max_backoff: Duration::from_millis(20),
    stable_after: Duration::from_mins(1),
};
/// Maximum wait for a message; only a broken proxy reaches it.
const LIMIT: Duration = Duration::from_secs(30);

/// A scripted gateway.
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

    /// Accepts a connection and sends Hello.
    async fn accept_with_hello(&self) -> Downstream {
        let mut bot = self.accept().await;
        send(
            &mut bot,
            json!({"op": 10, "d": {"heartbeat_interval": 41_250}}),
        )
        .await;
        bot
    }
}

async fn send<S>(socket: &mut WebSocketStream<S>, payload: Value)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    socket
        .send(Message::Text(payload.to_string()))
        .await
        .unwrap();
}

/// The next message as JSON, or the code of a close.
async fn receive<S>(socket: &mut WebSocketStream<S>) -> Result<Value, Option<u16>>
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

async fn connect(proxy: &GatewayProxy) -> Upstream {
    connect_async(proxy.url()).await.unwrap().0
}

#[tokio::test]
async fn a_connection_without_hello_is_closed() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connect(&proxy).await;
    let _silent = discord.accept().await;
    assert_eq!(receive(&mut bot).await, Err(Some(RESUME)));
}

#[tokio::test]
async fn a_connection_without_handshake_is_closed() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connect(&proxy).await;
    let _held = discord.0.accept().await.unwrap();
    assert_eq!(receive(&mut bot).await, Err(Some(RESUME)));
}

#[tokio::test]
async fn a_close_frame_of_the_bot_is_answered() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connect(&proxy).await;
    let _up = discord.accept_with_hello().await;
    assert_eq!(receive(&mut bot).await.unwrap()["op"], 10);
    let frame = CloseFrame {
        code: 1000.into(),
        reason: "".into(),
    };
    bot.send(Message::Close(Some(frame))).await.unwrap();
    assert_eq!(receive(&mut bot).await, Err(Some(1000)));
}

#[tokio::test]
async fn an_unacknowledged_heartbeat_closes_the_connection() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connect(&proxy).await;
    let mut up = discord.accept_with_hello().await;
    assert_eq!(receive(&mut bot).await.unwrap()["op"], 10);
    for _ in 0..3 {
        send(&mut bot, json!({"op": 1, "d": 5})).await;
        assert_eq!(receive(&mut up).await.unwrap()["op"], 1);
        send(&mut up, json!({"op": 11})).await;
        assert_eq!(receive(&mut bot).await.unwrap()["op"], 11);
    }
    send(&mut bot, json!({"op": 1, "d": 6})).await;
    // User content that looks like an acknowledgement is none.
    let event = json!({"op": 0, "t": "X", "d": {"content": "{\"op\":11}"}});
    send(&mut up, event.clone()).await;
    assert_eq!(receive(&mut bot).await, Ok(event));
    assert_eq!(receive(&mut bot).await, Err(Some(RESUME)));
}

#[tokio::test]
async fn a_session_is_resumed_at_its_resume_url() {
    let (first, second) = (Discord::new().await, Discord::new().await);
    let proxy = first.proxy(SessionStartLimit::default()).await;
    let mut bot = connect(&proxy).await;
    let mut up = first.accept_with_hello().await;
    receive(&mut bot).await.unwrap();
    send(
        &mut bot,
        json!({"op": 2, "d": {"token": "t", "compress": true}}),
    )
    .await;
    assert_eq!(receive(&mut up).await.unwrap()["d"]["compress"], false);
    let ready = json!({"op": 0, "t": "READY", "d": {"session_id": "s1", "resume_gateway_url": second.url()}});
    send(&mut up, ready).await;
    receive(&mut bot).await.unwrap();
    drop(up);
    assert_eq!(
        receive(&mut bot).await,
        Err(Some(RESUME)),
        "an end without a close code"
    );
    let mut bot = connect(&proxy).await;
    send(
        &mut bot,
        json!({"op": 6, "d": {"token": "t", "session_id": "s1", "seq": 1}}),
    )
    .await;
    let mut up = second.accept_with_hello().await;
    assert_eq!(receive(&mut up).await.unwrap()["op"], 6);
}

#[tokio::test]
async fn no_session_is_started_beyond_the_limit() {
    let discord = Discord::new().await;
    let spent = SessionStartLimit {
        remaining: 0,
        ..SessionStartLimit::default()
    };
    let proxy = discord.proxy(spent).await;
    for _ in 0..3 {
        let mut bot = connect(&proxy).await;
        let mut up = discord.accept_with_hello().await;
        receive(&mut bot).await.unwrap();
        send(&mut bot, json!({"op": 2, "d": {}})).await;
        assert_eq!(receive(&mut bot).await, Err(Some(RESUME)));
        assert_eq!(
            receive(&mut up).await,
            Err(None),
            "no identify was forwarded"
        );
    }
}

#[tokio::test]
async fn fatal_close_codes_stop_serenity_and_others_are_forwarded() {
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
            (Some(FATAL), Some(true), sentence.to_owned())
        );
    }
    for code in [1000, 1001, 4000, 4001, 4007, 4009] {
        assert_eq!(closed_with(code).await.1, None, "{code}");
    }
}

/// The code that serenity receives when Discord closes with `code`; whether there is a fatal reason, and its keyword.
async fn closed_with(code: u16) -> (Option<u16>, Option<bool>, String) {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let mut bot = connect(&proxy).await;
    let mut up = discord.accept_with_hello().await;
    receive(&mut bot).await.unwrap();
    let frame = CloseFrame {
        code: code.into(),
        reason: "".into(),
    };
    up.close(Some(frame)).await.unwrap();
    let seen = receive(&mut bot).await.unwrap_err();
    let reason = proxy.fatal_reason();
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
async fn other_paths_are_rejected() {
    let discord = Discord::new().await;
    let proxy = discord.proxy(SessionStartLimit::default()).await;
    let url = proxy.url();
    let (base, _) = url.rsplit_once('/').unwrap();
    for guess in [format!("{base}/"), format!("{base}/0123"), base.to_owned()] {
        assert!(connect_async(guess).await.is_err());
    }
}

#[test]
fn the_backoff_grows_from_zero_to_a_minute() {
    let pauses: Vec<u64> = (0..10)
        .map(|failures| Timeouts::DISCORD.backoff_after(failures).as_secs())
        .collect();
    assert_eq!(pauses, [0, 0, 2, 6, 14, 30, 60, 60, 60, 60]);
    assert_eq!(
        Timeouts::DISCORD.backoff_after(u32::MAX),
        Timeouts::DISCORD.max_backoff
    );
}
