//! How to reach Discord.

use std::time::Duration;

use super::Secret;

/// How the bot reaches Discord, and at what pace it edits.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The bot's token; without one there is only the sandbox.
    pub token: Option<Secret>,
    /// Another server that speaks Discord's protocol. The real Discord is never contacted then.
    pub server: Option<Server>,
    /// The least time between two edits of one message.
    pub edit_interval: Duration,
    /// How long one request may take.
    pub request_timeout: Duration,
}

/// A server that speaks Discord's protocol: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server(String);

impl Server {
    /// Reads an address. A path such as `/api/v10` at its end is taken off, since requests bring
    /// their own; `None` for anything else that is no address of a server.
    pub fn parse(url: &str) -> Option<Self> {
        let parsed = reqwest::Url::parse(url).ok()?;
        let path = parsed.path().trim_end_matches('/');
        let version = path.strip_prefix("/api/v").map(str::parse::<u8>);
        let api = ["", "/api"].contains(&path) || version.is_some_and(|version| version.is_ok());
        let host = parsed.host_str()?;
        let port = parsed
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        let known = ["http", "https"].contains(&parsed.scheme());
        (api && known).then(|| Self(format!("{}://{host}{port}", parsed.scheme())))
    }

    /// The address without a slash at its end.
    pub fn url(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_reduced_to_its_host() {
        let url = |url: &str| Server::parse(url).map(|server| server.0);
        assert_eq!(
            url("http://127.0.0.1:9/api/v10/").as_deref(),
            Some("http://127.0.0.1:9")
        );
        assert_eq!(
            url("https://chat.example").as_deref(),
            Some("https://chat.example")
        );
        for bad in ["ftp://x", "localhost", "http://x/other", "", "http://"] {
            assert_eq!(url(bad), None, "{bad}");
        }
    }
}
