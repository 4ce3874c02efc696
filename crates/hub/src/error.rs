//! The errors of the hub. Each is one sentence that says what was wrong and what to do.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The failure of a pull, or of work on the cache.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The repository does not exist, or is private and invisible without a token.
    #[error(
        "there is no model {repository} at {host} that is visible without a token; check the spelling, or set HF_TOKEN if the model is private"
    )]
    NotFoundAnonymously {
        /// The repository.
        repository: String,
        /// The hub.
        host: String,
    },
    /// The repository does not exist, or the token may not see it.
    #[error(
        "there is no model {repository} at {host} that the token may see; check the spelling, and whether the token belongs to somebody with access"
    )]
    NotFound {
        /// The repository.
        repository: String,
        /// The hub.
        host: String,
    },
    /// The repository exists, the revision does not.
    #[error("{repository} has no revision {revision}; {page}/commits lists its revisions")]
    RevisionMissing {
        /// The repository.
        repository: String,
        /// The revision.
        revision: String,
        /// The address of the model's page.
        page: String,
    },
    /// The conditions of the repository have to be accepted first.
    #[error(
        "{repository} is gated; accept its conditions at {page}, then set HF_TOKEN to a token of the same account"
    )]
    Gated {
        /// The repository.
        repository: String,
        /// The address of the model's page.
        page: String,
    },
    /// The hub does not know the token.
    #[error(
        "{host} refuses the access token; make a new one in the account's settings there and set HF_TOKEN"
    )]
    TokenRefused {
        /// The hub.
        host: String,
    },
    /// The hub refuses for another reason.
    #[error(
        "{host} forbids access to {repository} ({reason}); see {page}, and whether the token has the right to read it"
    )]
    Forbidden {
        /// The repository.
        repository: String,
        /// The hub.
        host: String,
        /// What the hub says.
        reason: String,
        /// The address of the model's page.
        page: String,
    },
    /// A file of the listing is not there.
    #[error(
        "{host} lists {file} of {repository} but does not have it; try again later, or name another revision"
    )]
    FileMissing {
        /// The repository.
        repository: String,
        /// The file.
        file: String,
        /// The server that was asked for it.
        host: String,
    },
    /// Too many requests.
    #[error("{host} receives too many requests from here; try again {}, or set HF_TOKEN for a higher limit", when(*.wait))]
    RateLimited {
        /// The server.
        host: String,
        /// The time that the server asks to wait.
        wait: Option<Duration>,
    },
    /// The server fails.
    #[error("{host} fails with status {status}; try again later")]
    Server {
        /// The server.
        host: String,
        /// The status of HTTP.
        status: u16,
    },
    /// The server cannot be reached, and the model is not in the cache.
    #[error(
        "{host} cannot be reached ({cause}), and {name} is not in {cache}; check the network, HTTPS_PROXY and HF_ENDPOINT, or copy the model's folder to this machine and set model.folder to it"
    )]
    Unreachable {
        /// The server.
        host: String,
        /// The innermost cause.
        cause: String,
        /// The model.
        name: String,
        /// The cache.
        cache: PathBuf,
    },
    /// The connection ended again and again before the file was complete.
    #[error(
        "the download of {file} from {host} was cut ({cause}); run the same command again, which continues where it stopped"
    )]
    Cut {
        /// The file.
        file: String,
        /// The server.
        host: String,
        /// The innermost cause.
        cause: String,
    },
    /// The content is not what the hub lists.
    #[error(
        "{file} from {host} is damaged ({problem}) and was not kept; run the same command again, and check HF_ENDPOINT and proxies if it happens again"
    )]
    Damaged {
        /// The file.
        file: String,
        /// The server that sent it.
        host: String,
        /// What differs.
        problem: String,
    },
    /// A page for people instead of what was asked for.
    #[error(
        "{host} sends a web page instead of {what}; log in to this network if it asks for that, and check HF_ENDPOINT and HTTPS_PROXY"
    )]
    WebPage {
        /// The server.
        host: String,
        /// What was asked for.
        what: String,
    },
    /// The server does not speak the hub's protocol.
    #[error("{host} does not answer like a Hugging Face hub ({problem}); check HF_ENDPOINT")]
    Protocol {
        /// The server.
        host: String,
        /// What differs.
        problem: String,
    },
    /// Certificates cannot be used.
    #[error(
        "the certificates for encrypted connections cannot be used ({0}); check SSL_CERT_FILE and SSL_CERT_DIR"
    )]
    Certificates(String),
    /// The repository is not a model that this program can use.
    #[error("{name} cannot be used: {problem}")]
    Unusable {
        /// The model.
        name: String,
        /// The reason, and what to do.
        problem: String,
    },
    /// Requests are forbidden, and the model is not in the cache.
    #[error(
        "{name} is not in {cache} ({problem}) and HF_HUB_OFFLINE forbids downloads; unset it, or copy the model's folder to this machine and set model.folder to it"
    )]
    Offline {
        /// The model.
        name: String,
        /// The cache.
        cache: PathBuf,
        /// What is missing.
        problem: String,
    },
    /// The model is not in the cache.
    #[error(
        "{name} is not in {cache}; `mouthpiece model list` shows what is, and `mouthpiece model pull {name}` downloads it"
    )]
    NotCached {
        /// The model.
        name: String,
        /// The cache.
        cache: PathBuf,
    },
    /// The disk is too small for the files.
    #[error("{folder} has {} MB free and {} MB are needed; free some space, or set HF_HOME to a folder on another disk", .free / 1_000_000, .needed.div_ceil(1_000_000))]
    NoSpace {
        /// The folder.
        folder: PathBuf,
        /// The number of bytes that are needed.
        needed: u64,
        /// The number of bytes that are free.
        free: u64,
    },
    /// The disk became full.
    #[error(
        "the disk of {0} is full; free some space and run the same command again, or set HF_HOME to a folder on another disk"
    )]
    DiskFull(PathBuf),
    /// A file or folder cannot be read or written.
    #[error(
        "{path} cannot be {action} ({reason}); check its permissions, or set HF_HOME to another folder"
    )]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as a participle.
        action: &'static str,
        /// The reason.
        reason: io::Error,
    },
}

impl HubError {
    /// The error of the file system after `action`, a participle, on `path`.
    pub(crate) fn disk(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |reason| match reason.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull(path.to_owned())
            }
            _ => Self::Disk {
                path: path.to_owned(),
                action,
                reason,
            },
        }
    }

    /// Whether the same pull may succeed later without any change here but a network or a disk with room.
    pub fn is_transient(&self) -> bool {
        let cut = matches!(self, Self::Cut { .. } | Self::Damaged { .. });
        let full = matches!(self, Self::NoSpace { .. } | Self::DiskFull(_));
        cut || full || self.outage().is_some() || matches!(self, Self::FileMissing { .. })
    }

    /// Why the hub itself cannot be asked, in a few words; none if it was. Then an older copy in the cache may be used meanwhile.
    pub(crate) fn outage(&self) -> Option<String> {
        match self {
            Self::RateLimited { host, .. } => Some(format!("{host} receives too many requests")),
            Self::Server { host, status } => Some(format!("{host} fails with status {status}")),
            Self::Unreachable { host, cause, .. } => {
                Some(format!("{host} cannot be reached ({cause})"))
            }
            Self::WebPage { host, .. } => Some(format!("{host} sends a web page")),
            _ => None,
        }
    }

    /// Why a download ended early through no fault of the model, in a few words: an outage, a cut, or too little space. Then a
    /// complete older copy in the cache may be used meanwhile.
    pub(crate) fn interruption(&self) -> Option<String> {
        match self {
            Self::Cut { file, host, cause } => Some(format!(
                "the download of {file} from {host} was cut ({cause})"
            )),
            Self::NoSpace { folder, .. } => {
                Some(format!("{} has too little space", folder.display()))
            }
            Self::DiskFull(folder) => Some(format!("the disk of {} is full", folder.display())),
            error => error.outage(),
        }
    }
}

fn when(wait: Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("in {} s", wait.as_secs()),
        None => "later".to_owned(),
    }
}

/// The text of the innermost cause of `error`, which is the one that names what happened.
pub(crate) fn innermost_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_to_be_full() {
        let full =
            HubError::disk(Path::new("/models"), "written")(io::ErrorKind::StorageFull.into());
        assert!(
            full.to_string()
                .starts_with("the disk of /models is full; "),
            "{full}"
        );
        let denied =
            HubError::disk(Path::new("/models"), "written")(io::ErrorKind::PermissionDenied.into());
        assert_eq!(
            denied.to_string(),
            "/models cannot be written (permission denied); check its permissions, or set HF_HOME to another folder"
        );
    }

    #[test]
    fn the_innermost_cause_is_named() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] io::Error);
        let error = Outer(io::Error::other("no route to host"));
        assert_eq!(innermost_cause(&error), "no route to host");
    }
}
