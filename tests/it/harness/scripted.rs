//! A bot by hand, for tests of the sandbox itself.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use sandbox::{ChannelMessage as Posted, Sandbox, World};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{GENERAL, Place};

/// A socket and a client.
pub(crate) struct Scripted {
    pub(crate) sandbox: Arc<Sandbox>,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    client: reqwest::Client,
}

async fn connect(sandbox: &Sandbox) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let address = sandbox.url().replace("http", "ws") + "/gateway/?v=10&encoding=json";
    connect_async(address).await.unwrap().0
}

impl Scripted {
    pub(crate) async fn start(commands: &Value) -> (Self, Place) {
        let sandbox = Arc::new(Sandbox::start(0).await.unwrap());
        let socket = connect(&sandbox).await;
        let general = Place::new(&sandbox, GENERAL);
        let mut bot = Self {
            sandbox,
            socket,
            client: reqwest::Client::new(),
        };
        let identify = json!({"op": 2, "d": {"token": "x", "intents": 0, "properties": {}}});
        bot.tells(&identify).await;
        assert!(bot.hears("READY").await["session_id"].is_string());
        let path = format!("/applications/{}/commands", World::APPLICATION);
        let (status, said) = bot.request("PUT", &path, commands).await;
        assert_eq!(status, 200, "{said}");
        (bot, general)
    }

    /// The data of the next event with this name.
    pub(crate) async fn hears(&mut self, event: &str) -> Value {
        loop {
            let said = self.frame().await.expect("the connection is open");
            if said["t"] == event {
                return said["d"].clone();
            }
        }
    }

    /// What the gateway says next; nothing if the connection has ended.
    pub(crate) async fn frame(&mut self) -> Option<Value> {
        match self.socket.next().await? {
            Ok(Message::Text(text)) => serde_json::from_str(&text).ok(),
            _ => None,
        }
    }

    /// The code with which the gateway closes the connection, after whatever else it says.
    pub(crate) async fn code(&mut self) -> Option<u16> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Closes its connection with this code, and waits until the gateway knows.
    pub(crate) async fn closes(&mut self, code: u16) {
        let reason = "".into();
        let frame = CloseFrame {
            code: code.into(),
            reason,
        };
        let mut changes = self.sandbox.changes();
        self.socket.close(Some(frame)).await.unwrap();
        changes.next().await;
    }

    /// Takes up a session over a new connection.
    pub(crate) async fn resumes(&mut self, session: &str) {
        self.socket = connect(&self.sandbox).await;
        let data = json!({"token": "x", "session_id": session, "seq": 1});
        self.tells(&json!({"op": 6, "d": data})).await;
        assert_eq!(self.frame().await.unwrap()["op"], 10);
    }

    /// Says something to the gateway.
    pub(crate) async fn tells(&mut self, said: &Value) {
        let text = Message::Text(said.to_string());
        self.socket.send(text).await.unwrap();
    }

    pub(crate) async fn request(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = (body.to_string().into(), "application/json".to_owned());
        self.send(method, path, body).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: (Vec<u8>, String),
    ) -> (u16, Value) {
        let url = format!("{}/api/v10{path}", self.sandbox.url());
        let request = self
            .client
            .request(method.parse().unwrap(), url)
            .header("authorization", "Bot x")
            .header("content-type", body.1)
            .body(body.0);
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Answers the next interaction; returns it.
    pub(crate) async fn answers(&mut self, body: &Value) -> Value {
        let told = self.hears("INTERACTION_CREATE").await;
        let (status, said) = self.request("POST", &callback(&told), body).await;
        assert_eq!(status, 204, "{said}");
        told
    }

    /// Answers the next interaction with a message, which it returns.
    pub(crate) async fn posts(&mut self, data: &Value) -> Posted {
        let told = self.answers(&json!({"type": 4, "data": data})).await;
        let token = told["token"].as_str().unwrap();
        self.sandbox
            .world(|world| world.responses(token).last().cloned())
            .unwrap()
    }
}

pub(crate) fn callback(told: &Value) -> String {
    let text = |key: &str| told[key].as_str().unwrap();
    format!("/interactions/{}/{}/callback", text("id"), text("token"))
}
