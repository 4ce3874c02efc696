//! A small hub on a loopback port, with a second server for large files, and with faults.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::pending;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hub::{Hub, HubSettings, ModelName, RetryPolicy, Token};
use serde_json::json;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The repository that the hub has.
pub(crate) const REPOSITORY: &str = "org/name";
/// Its first commit.
pub(crate) const FIRST: &str = "1111111111111111111111111111111111111111";
/// Its second commit.
pub(crate) const SECOND: &str = "2222222222222222222222222222222222222222";

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// A status with headers.
    Status(u16, Vec<(&'static str, &'static str)>),
    /// A web page with status 200.
    WebPage,
    /// The connection ends after this many bytes of the body.
    Cut(usize),
    /// Nothing more comes after this many bytes of the body.
    Stall(usize),
    /// The first byte is another one.
    Damage,
    /// The whole file comes, whatever was asked for.
    IgnoreRange,
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// Method and path.
    pub(crate) line: String,
    /// Whether it came to the server for large files.
    pub(crate) elsewhere: bool,
    /// The `Authorization` header.
    pub(crate) authorization: Option<String>,
    /// The `Range` header.
    pub(crate) range: Option<String>,
}

/// How the hub keeps a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In git: it comes from the hub, and is named by git's SHA-1.
    Small,
    /// Elsewhere: it comes by a redirect, and is named by its SHA-256.
    Large,
}

#[derive(Debug, Clone)]
struct StoredFile {
    content: Bytes,
    kind: Kind,
    /// The size that the listing claims, if it is not the true one.
    claimed: Option<u64>,
}

#[derive(Default)]
struct World {
    commits: HashMap<String, BTreeMap<String, StoredFile>>,
    branches: HashMap<String, String>,
    faults: HashMap<String, VecDeque<Fault>>,
    lasting: HashMap<String, Fault>,
    requests: Vec<Recorded>,
    /// Whether listings say sizes and sums.
    details: bool,
    /// The former name of the repository.
    former: Option<String>,
    elsewhere: String,
}

/// A running hub. Dropping it stops it.
pub(crate) struct TestHub {
    world: Arc<Mutex<World>>,
    address: String,
    folder: tempfile::TempDir,
    runtime: Option<Runtime>,
}

type Shared = Arc<Mutex<World>>;

impl TestHub {
    /// A hub with the repository's first commit: a tiny model.
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let world = Shared::default();
        let (address, elsewhere) = runtime.block_on(async {
            let hub = serve(Router::new().fallback(answer).with_state(world.clone())).await;
            let files = Router::new().fallback(answer_elsewhere);
            (hub, serve(files.with_state(world.clone())).await)
        });
        let hub = Self {
            world,
            address,
            folder: tempfile::tempdir().unwrap(),
            runtime: Some(runtime),
        };
        hub.world().details = true;
        hub.world().elsewhere = elsewhere;
        hub.branch("main", FIRST);
        hub.file(
            "config.json",
            br#"{"architectures": ["BertForMaskedLM"]}"#,
            Kind::Small,
        );
        hub.file("tokenizer.json", br#"{"version": "1.0"}"#, Kind::Small);
        hub.file(
            "README.md",
            b"---\nlicense: mit\nlanguage: [en, de]\n---\n# Name\n",
            Kind::Small,
        );
        hub.file("pytorch_model.bin", b"pickle", Kind::Large);
        hub.file("model.safetensors", &weights(), Kind::Large);
        hub
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// The hub's address.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Stops the hub, so that its port is closed.
    pub(crate) fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }

    /// Adds a file to the commit of `main`.
    pub(crate) fn file(&self, path: &str, content: &[u8], kind: Kind) {
        let mut world = self.world();
        let commit = world.branches["main"].clone();
        let file = StoredFile {
            content: Bytes::copy_from_slice(content),
            kind,
            claimed: None,
        };
        world
            .commits
            .get_mut(&commit)
            .unwrap()
            .insert(path.to_owned(), file);
    }

    /// Deletes a file from the commit of `main`.
    pub(crate) fn delete(&self, path: &str) {
        let mut world = self.world();
        let commit = world.branches["main"].clone();
        world
            .commits
            .get_mut(&commit)
            .unwrap()
            .remove(path)
            .unwrap();
    }

    /// Lets the listing claim a size.
    pub(crate) fn claim(&self, path: &str, size: u64) {
        let mut world = self.world();
        let commit = world.branches["main"].clone();
        let file = world
            .commits
            .get_mut(&commit)
            .unwrap()
            .get_mut(path)
            .unwrap();
        file.claimed = Some(size);
    }

    /// Points a branch to a commit, which has the files of `main` at first.
    pub(crate) fn branch(&self, name: &str, commit: &str) {
        let mut world = self.world();
        let before = world.branches.get("main").cloned().unwrap_or_default();
        let files = world.commits.get(&before).cloned().unwrap_or_default();
        world.commits.entry(commit.to_owned()).or_insert(files);
        world.branches.insert(name.to_owned(), commit.to_owned());
    }

    /// Lets listings say neither sizes nor sums.
    pub(crate) fn without_details(&self) {
        self.world().details = false;
    }

    /// Gives the repository a former name, which redirects.
    pub(crate) fn former_name(&self, name: &str) {
        self.world().former = Some(name.to_owned());
    }

    /// Lets the next requests for `path` fail in these ways; `listing` is the list of files.
    pub(crate) fn faults(&self, path: &str, faults: &[Fault]) {
        let mut world = self.world();
        let queue = world.faults.entry(path.to_owned()).or_default();
        queue.extend(faults.iter().cloned());
    }

    /// Lets all requests for `path` fail in this way.
    pub(crate) fn fails(&self, path: &str, fault: Fault) {
        self.world().lasting.insert(path.to_owned(), fault);
    }

    /// Ends all faults.
    pub(crate) fn recover(&self) {
        let mut world = self.world();
        world.faults.clear();
        world.lasting.clear();
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.world().requests)
    }

    /// The cache.
    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    /// The folder of the repository in the cache.
    pub(crate) fn model(&self) -> PathBuf {
        self.cache().join("models--org--name")
    }

    /// Settings for this hub, which do not wait long.
    pub(crate) fn settings(&self) -> HubSettings {
        HubSettings {
            cache: self.cache(),
            endpoint: self.address.parse().unwrap(),
            token: None,
            offline: false,
            read_timeout: Duration::from_millis(300),
            retry: RetryPolicy {
                attempts: 4,
                first_wait: Duration::from_millis(1),
                longest_wait: Duration::from_millis(4),
                longest_requested_wait: Duration::from_mins(1),
            },
        }
    }

    /// A client without a token.
    pub(crate) fn client(&self) -> Hub {
        Hub::new(self.settings())
    }

    /// A client with a token.
    pub(crate) fn client_with_token(&self) -> Hub {
        Hub::new(HubSettings {
            token: Token::of_text("hf_secret"),
            ..self.settings()
        })
    }
}

/// The weights of the first commit: larger than what the kernel buffers of a connection that is cut.
pub(crate) fn weights() -> Vec<u8> {
    (0..3_000_000_u32).map(|at| (at % 251) as u8).collect()
}

/// The name in `text`.
pub(crate) fn name(text: &str) -> ModelName {
    text.parse().unwrap()
}

/// Every file and link below `folder`, with its content.
pub(crate) fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), std::fs::read(&path).unwrap_or_default());
            }
        }
    }
    found
}

pub(crate) fn sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

pub(crate) fn git_sha1(content: &[u8]) -> String {
    let header = format!("blob {}\0", content.len());
    hex(&Sha1::new()
        .chain_update(header)
        .chain_update(content)
        .finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Records a request and returns its fault.
fn begin(world: &Shared, request: &Request, subject: &str, elsewhere: bool) -> Option<Fault> {
    let header = |name| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let mut world = world.lock().unwrap();
    world.requests.push(Recorded {
        line: format!("{} {}", request.method(), request.uri().path()),
        elsewhere,
        authorization: header(header::AUTHORIZATION),
        range: header(header::RANGE),
    });
    let next = world.faults.get_mut(subject).and_then(VecDeque::pop_front);
    next.or_else(|| world.lasting.get(subject).cloned())
}

/// The hub: listings and small files, and redirects to large ones.
async fn answer(State(world): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(former) = world.lock().unwrap().former.clone()
        && path.contains(&former)
    {
        let target = path.replace(&former, REPOSITORY);
        return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)]).into_response();
    }
    if let Some(revision) = path.strip_prefix(&format!("/api/models/{REPOSITORY}/revision/")) {
        let fault = begin(&world, &request, "listing", false);
        let revision = revision.replace("%2F", "/");
        return match fault {
            Some(fault) => faulty(fault, &Bytes::from_static(b"{"), request.headers()),
            None => listing(&world.lock().unwrap(), &revision),
        };
    }
    let Some((commit, file)) = path
        .strip_prefix(&format!("/{REPOSITORY}/resolve/"))
        .and_then(|rest| rest.split_once('/'))
    else {
        begin(&world, &request, "", false);
        return refused(401, "RepoNotFound");
    };
    let (stored, elsewhere) = {
        let world = world.lock().unwrap();
        let files = world.commits.get(commit);
        let stored = files.and_then(|files| files.get(file)).cloned();
        (stored, world.elsewhere.clone())
    };
    let Some(stored) = stored else {
        begin(&world, &request, file, false);
        return refused(404, "EntryNotFound");
    };
    if stored.kind == Kind::Large {
        begin(&world, &request, "", false);
        let location = format!("{elsewhere}/{commit}/{file}?signature=secret");
        let headers = [
            (header::LOCATION.as_str(), location),
            ("x-linked-etag", format!("\"{}\"", sha256(&stored.content))),
            ("x-linked-size", stored.content.len().to_string()),
            ("x-repo-commit", commit.to_owned()),
        ];
        return (StatusCode::FOUND, headers).into_response();
    }
    let fault = begin(&world, &request, file, false);
    let etag = format!("\"{}\"", git_sha1(&stored.content));
    let mut response = match fault {
        Some(fault) => faulty(fault, &stored.content, request.headers()),
        None if request.method() == Method::HEAD => {
            let length = stored.content.len().to_string();
            ([(header::CONTENT_LENGTH, length)], Body::empty()).into_response()
        }
        None => ranged(&stored.content, request.headers()),
    };
    for (name, value) in [("etag", etag.as_str()), ("x-repo-commit", commit)] {
        let headers = response.headers_mut();
        headers.entry(name).or_insert(value.parse().unwrap());
    }
    response
}

/// The server for large files.
async fn answer_elsewhere(State(world): State<Shared>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let (commit, file) = path.split_once('/').unwrap();
    let fault = begin(&world, &request, file, true);
    let content = world.lock().unwrap().commits[commit][file].content.clone();
    match fault {
        Some(fault) => faulty(fault, &content, request.headers()),
        None => ranged(&content, request.headers()),
    }
}

fn listing(world: &World, revision: &str) -> Response {
    let commit = world
        .branches
        .get(revision)
        .map_or(revision, String::as_str);
    let Some(files) = world.commits.get(commit) else {
        return refused(404, "RevisionNotFound");
    };
    let siblings: Vec<_> = files
        .iter()
        .map(|(path, file)| {
            let size = file.claimed.unwrap_or(file.content.len() as u64);
            match (world.details, file.kind) {
                (false, _) => json!({"rfilename": path}),
                (_, Kind::Small) => {
                    json!({"rfilename": path, "size": size, "blobId": git_sha1(&file.content)})
                }
                (_, Kind::Large) => {
                    let large = json!({"sha256": sha256(&file.content), "size": size, "pointerSize": 134});
                    json!({"rfilename": path, "size": size, "blobId": git_sha1(b"pointer"), "lfs": large})
                }
            }
        })
        .collect();
    axum::Json(json!({"id": REPOSITORY, "sha": commit, "gated": false, "siblings": siblings}))
        .into_response()
}

fn refused(status: u16, code: &'static str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("x-error-code", code)], "refused").into_response()
}

/// The first byte that is asked for.
fn offset(headers: &HeaderMap) -> Option<usize> {
    let range = headers.get(header::RANGE)?.to_str().unwrap();
    let first = range.strip_prefix("bytes=").unwrap().trim_end_matches('-');
    Some(first.parse().unwrap())
}

fn ranged(content: &Bytes, headers: &HeaderMap) -> Response {
    let Some(offset) = offset(headers) else {
        return content.clone().into_response();
    };
    if offset >= content.len() {
        return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    }
    let range = format!("bytes {offset}-{}/{}", content.len() - 1, content.len());
    let headers = [(header::CONTENT_RANGE, range)];
    (
        StatusCode::PARTIAL_CONTENT,
        headers,
        content.slice(offset..),
    )
        .into_response()
}

fn faulty(fault: Fault, content: &Bytes, headers: &HeaderMap) -> Response {
    let from = offset(headers).unwrap_or(0);
    match fault {
        Fault::Status(status, headers) => {
            let status = StatusCode::from_u16(status).unwrap();
            let mut response = (status, "no").into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        Fault::WebPage => {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (kind, "<html>Please log in</html>").into_response()
        }
        Fault::IgnoreRange => content.clone().into_response(),
        Fault::Damage => {
            let mut bytes = content.to_vec();
            bytes[0] ^= 1;
            ranged(&bytes.into(), headers)
        }
        Fault::Cut(after) => {
            let end = (from + after).min(content.len());
            let sent = content.slice(from..end);
            let parts = stream::unfold(Some(sent), |sent| async move {
                if let Some(sent) = sent {
                    return Some((Ok(sent), None));
                }
                // The server writes to the socket when the body has nothing more for now.
                tokio::task::yield_now().await;
                Some((Err(std::io::Error::other("cut")), None))
            });
            begun(from, content.len(), Body::from_stream(parts))
        }
        Fault::Stall(after) => {
            let sent = content.slice(from..(from + after).min(content.len()));
            let parts = stream::unfold(Some(sent), |sent| async move {
                match sent {
                    Some(sent) => Some((Ok::<_, std::io::Error>(sent), None)),
                    None => pending().await,
                }
            });
            begun(from, content.len(), Body::from_stream(parts))
        }
    }
}

/// The beginning of a response with the content from `from`, of `length` bytes in all.
fn begun(from: usize, length: usize, body: Body) -> Response {
    let promised = [(header::CONTENT_LENGTH, (length - from).to_string())];
    if from == 0 {
        return (promised, body).into_response();
    }
    let range = [(
        header::CONTENT_RANGE,
        format!("bytes {from}-{}/{length}", length - 1),
    )];
    (StatusCode::PARTIAL_CONTENT, promised, range, body).into_response()
}
