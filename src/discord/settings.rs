//! How the bot reaches Discord.

use std::time::Duration;

use super::secret::Secret;

/// How the bot reaches Discord, and at what rate it edits.
#[derive(Debug, Clone)]
pub struct DiscordSettings {
    /// The bot's token. Without one, only the sandbox can be used.
    pub token: Option<Secret>,
    /// The base URL of another server that implements Discord's API. Discord itself is then never contacted.
    pub api_base_url: Option<ApiBaseUrl>,
    /// Minimum time between two edits of one message.
    pub edit_interval: Duration,
    /// The timeout of one HTTP request.
    pub request_timeout: Duration,
}

/// The base URL of a server that implements Discord's API: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiBaseUrl(String);

impl ApiBaseUrl {
    /// Parses an HTTP or HTTPS URL. A path such as `/api/v10` is removed, because requests have their own; `None` for any other
    /// path and for what is no URL.
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

    /// The URL, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_reduced_to_scheme_host_and_port() {
        let parse = |url: &str| ApiBaseUrl::parse(url).map(|url| url.0);
        assert_eq!(
            parse("http://127.0.0.1:9/api/v10/").as_deref(),
            Some("http://127.0.0.1:9")
        );
        assert_eq!(
            parse("https://chat.example").as_deref(),
            Some("https://chat.example")
        );
        for bad in ["ftp://x", "localhost", "http://x/other", "", "http://"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
