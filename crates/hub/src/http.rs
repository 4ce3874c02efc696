//! Requests to the hub and to the servers that it redirects to. The token goes to the hub alone.

use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, LOCATION, RANGE,
};
use reqwest::{Certificate, Client, Method, Response, StatusCode, Url, redirect};

use super::checksum::BlobId;
use super::error::{HubError, innermost_cause};
use super::refusal::{Resource, Subject, failure, host};
use super::retry::Failure;
use super::settings::HubSettings;

/// The commit of a file.
const REPOSITORY_COMMIT: &str = "x-repo-commit";
/// The name of the content of a large file, whose own `ETag` is that of the pointer.
const LINKED_ETAG: &str = "x-linked-etag";
/// The size of a large file in bytes.
const LINKED_SIZE: &str = "x-linked-size";
/// Maximum time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum number of redirects of one request.
const MAX_REDIRECTS: usize = 8;
/// Maximum size of an answer that is kept in memory, in bytes.
const MAX_ANSWER: usize = 32 << 20;
/// Names this program to the hub.
const USER_AGENT: &str = concat!("mouthpiece/", env!("CARGO_PKG_VERSION"));

/// The client of the hub.
pub(crate) struct HubClient<'a> {
    subject: Subject<'a>,
    /// Through the proxies of the environment.
    proxied: Client,
    /// Without proxies, for this machine.
    direct: Client,
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    /// GET follows redirects to other hosts; HEAD does not.
    pub(crate) method: Method,
    /// The address at the hub.
    pub(crate) url: Url,
    /// What it asks for.
    pub(crate) resource: Resource<'a>,
    /// The number of bytes that are here already and are not sent again.
    pub(crate) offset: u64,
}

/// A successful answer.
pub(crate) struct Answer {
    /// The last response. Its body is not read yet.
    pub(crate) response: Response,
    /// The host that sent it.
    pub(crate) host: String,
    /// What the hub itself said about the file.
    pub(crate) metadata: FileMetadata,
}

/// What the headers of the hub say about a file.
#[derive(Debug, Default)]
pub(crate) struct FileMetadata {
    /// The name of its content.
    pub(crate) id: Option<BlobId>,
    /// Its size in bytes.
    pub(crate) size: Option<u64>,
    /// The commit that it belongs to.
    pub(crate) commit: Option<String>,
}

impl<'a> HubClient<'a> {
    /// A client for requests about `subject`.
    ///
    /// # Errors
    /// When the certificates that `SSL_CERT_FILE` or `SSL_CERT_DIR` names cannot be used.
    pub(crate) fn new(subject: Subject<'a>) -> Result<Self, HubError> {
        let certificates = system_certificates()?;
        Ok(Self {
            subject,
            proxied: client(subject.settings, &certificates, Proxies::OfEnvironment)?,
            direct: client(subject.settings, &certificates, Proxies::None)?,
        })
    }

    /// Sends `request` once and follows its redirects.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub(crate) async fn send(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        let mut url = request.url.clone();
        let mut metadata = FileMetadata::default();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_to(&url, request).await?;
            let of_hub = url.origin() == self.subject.settings.endpoint.origin();
            if of_hub {
                metadata.add(response.headers(), response.status());
            }
            let target = redirect_target(&response, &url);
            let known = request.method == Method::HEAD && metadata.id.is_some();
            match target {
                Some(target) if !known => url = target,
                _ => return self.accept(response, &url, request, metadata),
            }
        }
        let problem = format!("more than {MAX_REDIRECTS} redirects");
        let host = host(&url);
        Err(HubError::Protocol { host, problem }.into())
    }

    /// The body of the answer to a GET of `url`, which is a short one.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses, or when the body is too long.
    pub(crate) async fn read(&self, url: Url, resource: Resource<'_>) -> Result<Vec<u8>, Failure> {
        let request = Request {
            method: Method::GET,
            url,
            resource,
            offset: 0,
        };
        let Answer {
            mut response, host, ..
        } = self.send(&request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.cut(&host, &error))?
        {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                let problem = format!("{} is longer than {MAX_ANSWER} bytes", resource.called());
                return Err(HubError::Protocol { host, problem }.into());
            }
        }
        Ok(body)
    }

    /// The address of the list of files.
    ///
    /// # Errors
    /// When the endpoint cannot be the beginning of an address.
    pub(crate) fn listing_url(&self) -> Result<Url, HubError> {
        let name = self.subject.name;
        let revision = percent_encoded(name.revision(), "");
        let path = format!(
            "api/models/{}/revision/{revision}?blobs=true",
            name.repository()
        );
        self.url(&path)
    }

    /// The address of the file `path` at `commit`.
    ///
    /// # Errors
    /// When the endpoint cannot be the beginning of an address.
    pub(crate) fn file_url(&self, commit: &str, path: &str) -> Result<Url, HubError> {
        let path = percent_encoded(path, "/");
        let repository = self.subject.name.repository();
        self.url(&format!("{repository}/resolve/{commit}/{path}"))
    }

    fn url(&self, path: &str) -> Result<Url, HubError> {
        let settings = self.subject.settings;
        let url = Url::parse(&format!("{}/{path}", settings.endpoint()));
        url.map_err(|error| HubError::Protocol {
            host: host(&settings.endpoint),
            problem: error.to_string(),
        })
    }

    async fn send_to(&self, url: &Url, request: &Request<'_>) -> Result<Response, Failure> {
        let client = if is_loopback(url) {
            &self.direct
        } else {
            &self.proxied
        };
        // Sizes and ranges are of the content, not of a compressed form.
        let mut builder = client
            .request(request.method.clone(), url.clone())
            .header(ACCEPT_ENCODING, "identity");
        let settings = self.subject.settings;
        if let Some(token) = &settings.token
            && url.origin() == settings.endpoint.origin()
        {
            builder = builder.bearer_auth(token.secret());
        }
        if request.offset > 0 {
            builder = builder.header(RANGE, format!("bytes={}-", request.offset));
        }
        let sent = builder.send().await;
        sent.map_err(|error| self.cut(&host(url), &error))
    }

    /// The failure of a connection to `host`.
    fn cut(&self, host: &str, error: &reqwest::Error) -> Failure {
        let cause = innermost_cause(error);
        Failure::transient(self.subject.unreachable(host.to_owned(), cause))
    }

    fn accept(
        &self,
        response: Response,
        url: &Url,
        request: &Request<'_>,
        metadata: FileMetadata,
    ) -> Result<Answer, Failure> {
        let status = response.status();
        let host = host(url);
        // A HEAD that was redirected elsewhere has said all there is to know. A GET needs the content.
        let said_all = request.method == Method::HEAD && metadata.id.is_some();
        let accepted = status.is_success() || (status.is_redirection() && said_all);
        if !accepted {
            let headers = response.headers();
            return Err(failure(
                status,
                headers,
                url,
                self.subject,
                request.resource,
            ));
        }
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if status.is_success() && kind.to_ascii_lowercase().starts_with("text/html") {
            let what = request.resource.called();
            return Err(HubError::WebPage { host, what }.into());
        }
        Ok(Answer {
            response,
            host,
            metadata,
        })
    }
}

impl FileMetadata {
    /// Adds what the headers of one response of the hub say. Later responses of the same request add what is missing.
    fn add(&mut self, headers: &HeaderMap, status: StatusCode) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let of_content = |name: &str| text(name).filter(|_| status.is_success());
        let id = text(LINKED_ETAG).or_else(|| of_content(ETAG.as_str()));
        let whole = of_content(CONTENT_LENGTH.as_str()).filter(|_| status == StatusCode::OK);
        let size = text(LINKED_SIZE).or(whole);
        let number = |text: &str| text.trim().parse().ok();
        self.id = self.id.take().or_else(|| id.and_then(BlobId::parse));
        self.size = self.size.or_else(|| size.and_then(number));
        let commit = || text(REPOSITORY_COMMIT).map(str::to_owned);
        self.commit = self.commit.take().or_else(commit);
    }
}

/// The address that `response` of `url` redirects to; only HTTP addresses.
fn redirect_target(response: &Response, url: &Url) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let target = url.join(location).ok()?;
    ["http", "https"]
        .contains(&target.scheme())
        .then_some(target)
}

/// Which proxies a client uses.
#[derive(Clone, Copy)]
enum Proxies {
    /// Those of `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`, except for the hosts in `NO_PROXY`.
    OfEnvironment,
    /// None.
    None,
}

fn client(
    settings: &HubSettings,
    certificates: &[Certificate],
    proxies: Proxies,
) -> Result<Client, HubError> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT.min(settings.read_timeout))
        .read_timeout(settings.read_timeout);
    if !certificates.is_empty() {
        builder = builder.tls_built_in_root_certs(false);
        for certificate in certificates {
            builder = builder.add_root_certificate(certificate.clone());
        }
    }
    if matches!(proxies, Proxies::None) {
        builder = builder.no_proxy();
    }
    let built = builder.build();
    built.map_err(|error| HubError::Certificates(innermost_cause(&error)))
}

/// The certificates of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR`. Empty on a system without any, where the built-in
/// ones are used.
fn system_certificates() -> Result<Vec<Certificate>, HubError> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty()
        && let Some(error) = found.errors.first()
    {
        return Err(HubError::Certificates(error.to_string()));
    }
    let parsed = found.certs.iter().map(|der| Certificate::from_der(der));
    Ok(parsed.filter_map(Result::ok).collect())
}

/// Whether `url` names this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address: Option<std::net::IpAddr> = address.parse().ok();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_some_and(|address| address.is_loopback())
}

/// `text` with everything but unreserved characters and those in `kept` replaced by `%XX`.
fn percent_encoded(text: &str, kept: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encoded = text.bytes().map(|byte| {
        let character = char::from(byte);
        if plain(byte) || kept.contains(character) {
            character.to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    encoded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_are_recognised() {
        for (url, expected) in [
            ("http://127.0.0.1:80/x", true),
            ("http://127.9.9.9/x", true),
            ("http://[::1]:80/x", true),
            ("http://localhost:1/", true),
            ("http://hub.localhost/", true),
            ("https://huggingface.co/", false),
            ("http://10.0.0.1/", false),
            ("http://localhost.example/", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn revisions_are_one_part_of_an_address_and_paths_are_several() {
        assert_eq!(percent_encoded("refs/pr/2", ""), "refs%2Fpr%2F2");
        assert_eq!(percent_encoded("onnx/a b#.onnx", "/"), "onnx/a%20b%23.onnx");
    }
}
