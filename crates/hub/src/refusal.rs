//! What an HTTP status of the hub means for the person who asked.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::Url;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::error::HubError;
use super::model_name::ModelName;
use super::retry::Failure;
use super::settings::HubSettings;

/// Names the kind of an error.
const ERROR_CODE: &str = "x-error-code";
/// Describes an error.
const ERROR_MESSAGE: &str = "x-error-message";
/// The message for a token that does not exist.
const BAD_TOKEN: &str = "Invalid credentials in Authorization header";
/// Maximum number of characters of a server's message that are shown.
const MAX_MESSAGE: usize = 200;

/// The model that requests are about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// Its name.
    pub(crate) name: &'a ModelName,
    /// Where it is.
    pub(crate) settings: &'a HubSettings,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Resource<'a> {
    /// The list of files.
    Listing,
    /// A file.
    File(&'a str),
}

impl Subject<'_> {
    /// The address of the model's page for people.
    pub(crate) fn page(&self) -> String {
        format!("{}/{}", self.settings.endpoint(), self.name.repository())
    }

    /// The repository.
    pub(crate) fn repository(&self) -> String {
        self.name.repository().to_owned()
    }

    /// The error that `host` cannot be reached.
    pub(crate) fn unreachable(&self, host: String, cause: String) -> HubError {
        HubError::Unreachable {
            host,
            cause,
            name: self.name.to_string(),
            cache: self.settings.cache.clone(),
        }
    }

    fn not_found(&self, host: String) -> HubError {
        let repository = self.repository();
        match self.settings.token {
            Some(_) => HubError::NotFound { repository, host },
            None => HubError::NotFoundAnonymously { repository, host },
        }
    }
}

impl Resource<'_> {
    /// What the resource is called in errors.
    pub(crate) fn called(&self) -> String {
        match self {
            Self::Listing => "the list of files".to_owned(),
            Self::File(path) => (*path).to_owned(),
        }
    }
}

/// The host of `url`, with the port if it is not the usual one.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The failure that `status` of the server at `url` means.
pub(crate) fn failure(
    status: StatusCode,
    headers: &HeaderMap,
    url: &Url,
    subject: Subject<'_>,
    resource: Resource<'_>,
) -> Failure {
    let host = host(url);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let code = text(ERROR_CODE).unwrap_or_default();
    let message = text(ERROR_MESSAGE).unwrap_or_default();
    let passing = |host, status: StatusCode| {
        let status = status.as_u16();
        Failure::transient(HubError::Server { host, status })
    };
    if status == StatusCode::TOO_MANY_REQUESTS {
        let wait = requested_wait(headers);
        let error = HubError::RateLimited { host, wait };
        return Failure::Transient { error, wait };
    }
    let again = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::RANGE_NOT_SATISFIABLE,
    ];
    if status.is_server_error() || again.contains(&status) {
        return passing(host, status);
    }
    if url.origin() != subject.settings.endpoint.origin() {
        // Addresses of contents are signed and expire; the next attempt gets a new one.
        return passing(host, status);
    }
    let error = match (status.as_u16(), code) {
        (_, "GatedRepo") => HubError::Gated {
            repository: subject.repository(),
            page: subject.page(),
        },
        (401, _) if message == BAD_TOKEN => HubError::TokenRefused { host },
        (401, "") if subject.settings.token.is_some() => HubError::TokenRefused { host },
        (404, "RevisionNotFound") => HubError::RevisionMissing {
            repository: subject.repository(),
            revision: subject.name.revision().to_owned(),
            page: subject.page(),
        },
        (401, _) | (404, "RepoNotFound") => subject.not_found(host),
        (404, _) => match resource {
            Resource::Listing => subject.not_found(host),
            Resource::File(path) => HubError::FileMissing {
                repository: subject.repository(),
                file: path.to_owned(),
                host,
            },
        },
        (403 | 451, _) => HubError::Forbidden {
            repository: subject.repository(),
            host,
            reason: shown(message).unwrap_or_else(|| format!("status {}", status.as_u16())),
            page: subject.page(),
        },
        _ => HubError::Protocol {
            host,
            problem: format!("status {} for {}", status.as_u16(), resource.called()),
        },
    };
    Failure::Permanent(error)
}

/// The wait that the server asks for: in `Retry-After`, or as `t=` in `RateLimit`, both in seconds.
fn requested_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let after = text(RETRY_AFTER.as_str()).and_then(|text| text.trim().parse().ok());
    let reset = || {
        let mut parts = text("ratelimit")?.split(';');
        parts.find_map(|part| part.trim().strip_prefix("t=")?.parse().ok())
    };
    after.or_else(reset).map(Duration::from_secs)
}

/// A server's message on one line and of bounded length; none if it is empty.
fn shown(message: &str) -> Option<String> {
    let printable = message.chars().filter(|c| !c.is_control());
    let text: String = printable.take(MAX_MESSAGE).collect();
    (!text.trim().is_empty()).then(|| text.trim().trim_end_matches('.').to_owned())
}
