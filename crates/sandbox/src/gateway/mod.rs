//! The gateway: the WebSocket over which a bot identifies, resumes, sends heartbeats and receives events.

mod connection;
pub(super) mod sessions;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use axum::routing::get;
use tokio::sync::mpsc::unbounded_channel;

use super::state::SandboxState;
use connection::BotConnection;
use sessions::ConnectionCommand;

/// The route of the gateway.
pub(super) fn routes() -> Router<Arc<SandboxState>> {
    Router::new()
        .route("/gateway", get(connect))
        .route("/gateway/", get(connect))
}

async fn connect(State(state): State<Arc<SandboxState>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        let (sender, receiver) = unbounded_channel();
        let mut connection = BotConnection::new(state, sender);
        let close_code = connection.serve(socket, receiver).await;
        connection.close(close_code);
    })
}

/// Handles the payloads of a bot without a network. Returns the payloads that the bot is sent, and the code with which
/// the gateway closes the connection, if it does.
pub(super) fn exchange(state: Arc<SandboxState>, payloads: &[&str]) -> (Vec<String>, Option<u16>) {
    let (sender, mut commands) = unbounded_channel();
    let mut connection = BotConnection::new(state, sender);
    let code = payloads
        .iter()
        .find_map(|text| connection.handle(text).err());
    connection.close(None);
    let sent =
        std::iter::from_fn(|| commands.try_recv().ok()).filter_map(|command| match command {
            ConnectionCommand::Send(text) => Some(text),
            _ => None,
        });
    (sent.collect(), code)
}
