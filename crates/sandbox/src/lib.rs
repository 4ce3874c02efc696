//! A small Discord on a local port for tests of bots: REST routes, gateway, a page for people, faults and rate limits.
//!
//! A bot under test talks to the sandbox exactly as it talks to Discord. The sandbox speaks Discord's wire format,
//! rejects what Discord rejects with Discord's error codes, answers unknown routes with 404, and records every REST
//! request. It knows nothing about any particular bot: every bot whose API base URL can be configured can use it, in any
//! language.
//!
//! # Example
//!
//! ```
//! use sandbox::{Sandbox, World};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::net::TcpStream;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Port 0 takes any free port, so that tests can run in parallel.
//! let sandbox = Sandbox::start(0).await?;
//! let host = sandbox.url().replace("http://", "");
//!
//! // A bot's HTTP client would send this request. It is written by hand to keep the example free of dependencies.
//! let body = r#"{"content": "Hello!"}"#;
//! let request = format!(
//!     "POST /api/v10/channels/{}/messages HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bot any-token\r\n\
//!      Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
//!     World::GENERAL,
//!     body.len(),
//! );
//! let mut stream = TcpStream::connect(&host).await?;
//! stream.write_all(request.as_bytes()).await?;
//! let mut response = String::new();
//! stream.read_to_string(&mut response).await?;
//! assert!(response.starts_with("HTTP/1.1 200"));
//!
//! // The request log shows what the bot sent, the world what came of it.
//! let recorded = &sandbox.requests()[0];
//! assert_eq!((recorded.method.as_str(), recorded.status), ("POST", 200));
//! assert_eq!(recorded.body["content"], "Hello!");
//! let shown = sandbox.world(|world| world.messages().next().map(|message| message.text()));
//! assert_eq!(shown.as_deref(), Some("Hello!"));
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
//!
//! `world` is pure: users, channels, messages, interactions and Discord's limits, without clock or I/O. `rest` and
//! `gateway` put it on the wire, `page` serves the page for people, `faults` and `rate_limits` make the sandbox misbehave
//! on command.

mod sandbox;
mod settings;

mod world;

mod faults;
mod file_store;
mod gateway;
mod origin;
mod page;
mod rate_limits;
mod request_log;
mod rest;
mod state;
mod sync;

pub use faults::{Disconnect, GatewayFault, LimitScope, RateLimited, RequestFault};
pub use gateway::sessions::SessionCounts;
pub use rate_limits::RateLimitViolation;
pub use request_log::RecordedRequest;
pub use sandbox::{Changes, Sandbox};
pub use settings::{SandboxError, SandboxSettings};
pub use world::{
    ApiError, Channel, ChannelKind, ChannelMessage, ContextMenuTarget, HistoryCursor, Invocation,
    OutboxEvent, RequestBody, Role, Timestamp, Upload, User, World,
};

/// Runs the examples of the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
