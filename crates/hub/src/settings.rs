//! The settings of the hub, from the variables that `huggingface_hub` reads as well.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use super::retry::RetryPolicy;
use super::variables::Variables;

/// The public hub.
const PUBLIC_ENDPOINT: &str = "https://huggingface.co";
/// Maximum time without any byte from the server.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings of a [`Hub`](crate::Hub).
#[derive(Debug, Clone)]
pub struct HubSettings {
    /// The folder with `models--…`. It need not exist.
    pub cache: PathBuf,
    /// The hub's address, without a slash at its end.
    pub endpoint: Url,
    /// The access token, which is sent to the host of `endpoint` only.
    pub token: Option<Token>,
    /// Whether requests are forbidden.
    pub offline: bool,
    /// Maximum time without any byte from a server.
    pub read_timeout: Duration,
    /// When failed requests are repeated.
    pub retry: RetryPolicy,
}

/// A variable that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// No folder can be named.
    #[error(
        "there is no folder for models, because neither HF_HOME nor HOME is set; set HF_HOME to a folder"
    )]
    NoHome,
    /// The endpoint is not an address.
    #[error("HF_ENDPOINT must be an address such as {PUBLIC_ENDPOINT}, not {0:?}")]
    Endpoint(String),
    /// The endpoint has parts that cannot be used, or that may be secret; it is not shown.
    #[error(
        "HF_ENDPOINT must be an address such as {PUBLIC_ENDPOINT}, without user, password, query or fragment; set HF_TOKEN to send an access token"
    )]
    EndpointParts,
    /// A timeout is not a number of seconds.
    #[error("HF_HUB_DOWNLOAD_TIMEOUT must be a whole number of seconds from 1 to 3600, not {0:?}")]
    Timeout(String),
    /// The token's file exists and cannot be read.
    #[error(
        "the token in {path} cannot be read ({reason}); make the file readable, or set HF_TOKEN"
    )]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },
    /// A token that cannot be sent; it is not shown.
    #[error(
        "the token in {0} is not one, since it has a space, a line break or another character that no token has; put the token there alone"
    )]
    BadToken(String),
}

impl HubSettings {
    /// The settings in the environment variables that `lookup` returns: `HF_HOME`, `HF_HUB_CACHE`, `HF_ENDPOINT`, `HF_TOKEN`,
    /// `HF_TOKEN_PATH`, `HF_HUB_DISABLE_IMPLICIT_TOKEN`, `HF_HUB_OFFLINE`, `HF_HUB_DOWNLOAD_TIMEOUT`, and their older names.
    ///
    /// # Errors
    /// When a variable has a value that cannot be used.
    pub fn from_variables(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variables = Variables::new(lookup);
        let home = home(&variables);
        let cache = variables
            .path(&["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"])
            .or_else(|| Some(home.clone()?.join("hub")))
            .ok_or(SettingsError::NoHome)?;
        Ok(Self {
            cache,
            endpoint: endpoint(&variables)?,
            token: token(&variables, home)?,
            offline: variables.flag(&["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]),
            read_timeout: read_timeout(&variables)?,
            retry: RetryPolicy::default(),
        })
    }

    /// The address without a slash at its end.
    pub(crate) fn endpoint(&self) -> &str {
        self.endpoint.as_str().trim_end_matches('/')
    }
}

fn home(variables: &Variables<'_>) -> Option<PathBuf> {
    let below = |names: &[&str], folder: &str| Some(variables.path(names)?.join(folder));
    variables
        .path(&["HF_HOME"])
        .or_else(|| below(&["XDG_CACHE_HOME"], "huggingface"))
        .or_else(|| below(&["HOME"], ".cache/huggingface"))
}

fn endpoint(variables: &Variables<'_>) -> Result<Url, SettingsError> {
    let text = variables.text(&["HF_ENDPOINT"]);
    let text = text.unwrap_or_else(|| PUBLIC_ENDPOINT.to_owned());
    let usable = |url: &Url| ["http", "https"].contains(&url.scheme()) && url.host().is_some();
    let user = |url: &Url| !url.username().is_empty() || url.password().is_some();
    let more = |url: &Url| url.query().is_some() || url.fragment().is_some();
    match Url::parse(text.trim_end_matches('/')) {
        Ok(url) if user(&url) || more(&url) => Err(SettingsError::EndpointParts),
        Ok(url) if usable(&url) => Ok(url),
        // It may have a password all the same.
        _ if text.contains(['@', '?', '#']) => Err(SettingsError::EndpointParts),
        _ => Err(SettingsError::Endpoint(text)),
    }
}

fn read_timeout(variables: &Variables<'_>) -> Result<Duration, SettingsError> {
    let Some(text) = variables.text(&["HF_HUB_DOWNLOAD_TIMEOUT"]) else {
        return Ok(READ_TIMEOUT);
    };
    let seconds = text.trim().parse().ok();
    let seconds = seconds.filter(|seconds| (1..=3600).contains(seconds));
    seconds
        .map(Duration::from_secs)
        .ok_or(SettingsError::Timeout(text))
}

fn token(variables: &Variables<'_>, home: Option<PathBuf>) -> Result<Option<Token>, SettingsError> {
    if variables.flag(&["HF_HUB_DISABLE_IMPLICIT_TOKEN"]) {
        return Ok(None);
    }
    for name in ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] {
        let text = variables.text(&[name]).unwrap_or_default();
        if let Some(token) = token_in(&text, name)? {
            return Ok(Some(token));
        }
    }
    let in_home = || Some(home?.join("token"));
    let Some(path) = variables.path(&["HF_TOKEN_PATH"]).or_else(in_home) else {
        return Ok(None);
    };
    match fs::read_to_string(&path) {
        Ok(text) => token_in(&text, &path.to_string_lossy()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(SettingsError::TokenFile { path, reason }),
    }
}

/// The token in `text`, which comes from `place`; none if it is blank.
fn token_in(text: &str, place: &str) -> Result<Option<Token>, SettingsError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let token = Token::of_text(text);
    let bad = || SettingsError::BadToken(place.to_owned());
    token.map(Some).ok_or_else(bad)
}

/// An access token of the hub. Its debug format does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token in `text` without spaces and line ends around it; none if nothing is left, or if there is a character in it
    /// that no token has: a space, a line break or another control character, or one beyond ASCII.
    pub fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let usable = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        usable.then(|| Self(text.to_owned()))
    }

    /// The token, for the header of a request.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<HubSettings, SettingsError> {
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        HubSettings::from_variables(&|name| {
            let found = pairs.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn the_cache_is_where_python_looks_for_it() {
        let cache = |pairs: &[_]| read(pairs).unwrap().cache;
        let home = ("HOME", "/home/ada");
        assert_eq!(
            cache(&[home]),
            PathBuf::from("/home/ada/.cache/huggingface/hub")
        );
        assert_eq!(
            cache(&[home, ("XDG_CACHE_HOME", "/x")]),
            PathBuf::from("/x/huggingface/hub")
        );
        assert_eq!(
            cache(&[home, ("HF_HOME", "~/hf")]),
            PathBuf::from("/home/ada/hf/hub")
        );
        assert_eq!(
            cache(&[("HF_HOME", "/hf"), ("HF_HUB_CACHE", "$HF_HOME/c")]),
            PathBuf::from("/hf/c")
        );
        assert!(matches!(read(&[]), Err(SettingsError::NoHome)));
    }

    #[test]
    fn the_token_comes_from_the_variable_before_the_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token"), "hf_file\n").unwrap();
        let home = ("HF_HOME", folder.path().to_str().unwrap());
        let token = |pairs: &[_]| read(pairs).unwrap().token;
        assert_eq!(token(&[home]).unwrap().secret(), "hf_file");
        assert_eq!(
            token(&[home, ("HF_TOKEN", " hf_variable ")])
                .unwrap()
                .secret(),
            "hf_variable"
        );
        assert_eq!(token(&[home, ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]), None);
        assert_eq!(token(&[home, ("HF_TOKEN_PATH", "/nowhere/token")]), None);
    }

    #[test]
    fn a_token_with_characters_that_cannot_be_sent_is_refused_where_it_comes_from() {
        for text in ["hf_one\nhf_two", "hf one", "hf_\u{1b}", "hf_\u{200b}x"] {
            assert_eq!(Token::of_text(text), None, "{text:?}");
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("token");
            fs::write(&file, text).unwrap();
            let home = ("HF_HOME", folder.path().to_str().unwrap());
            let said = read(&[home]).unwrap_err().to_string();
            assert!(said.contains(file.to_str().unwrap()), "{said}");
            assert!(!said.contains("hf_"), "{said}");
            let said = read(&[home, ("HF_TOKEN", text)]).unwrap_err().to_string();
            assert!(said.contains("the token in HF_TOKEN is not one"), "{said}");
            assert!(!said.contains(text), "{said}");
        }
    }

    #[test]
    fn an_endpoint_with_more_than_an_address_is_refused_and_not_shown() {
        for value in [
            "https://ada:secret@mirror",
            "https://secret@mirror",
            "https://mirror/?token=secret",
            "https://mirror/#secret",
            "ftp://ada:secret@mirror",
            "ada:secret@mirror",
            "https://ada:secret@mirror:port",
        ] {
            let said = read(&[("HOME", "/x"), ("HF_ENDPOINT", value)]).unwrap_err();
            assert!(matches!(said, SettingsError::EndpointParts), "{value}");
            let said = said.to_string();
            assert!(
                said.contains("HF_ENDPOINT") && !said.contains("secret"),
                "{said}"
            );
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        let settings = read(&[("HOME", "/x"), ("HF_TOKEN", "hf_secret")]).unwrap();
        assert!(!format!("{settings:?}").contains("hf_secret"));
    }

    #[test]
    fn bad_values_are_named() {
        let home = ("HOME", "/x");
        for (name, value) in [
            ("HF_ENDPOINT", "huggingface.co"),
            ("HF_ENDPOINT", "ftp://huggingface.co"),
            ("HF_HUB_DOWNLOAD_TIMEOUT", "0"),
            ("HF_HUB_DOWNLOAD_TIMEOUT", "soon"),
        ] {
            let said = read(&[home, (name, value)]).unwrap_err().to_string();
            assert!(said.contains(name) && said.contains(value), "{said}");
        }
        let settings = read(&[home, ("HF_ENDPOINT", "http://mirror:8080/hf/")]).unwrap();
        assert_eq!(settings.endpoint(), "http://mirror:8080/hf");
    }
}
