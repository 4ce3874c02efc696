//! What is downloaded, where it goes, and how often the hub is asked.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use hub::{Hub, HubSettings, Origin, Progress, Silent};

use crate::server::{FIRST, Kind, SECOND, TestHub, git_sha1, name, sha256, tree, weights};

/// Remembers what it hears.
#[derive(Default)]
struct Heard {
    totals: Mutex<Vec<u64>>,
    files: Mutex<Vec<String>>,
    positions: Mutex<Vec<u64>>,
}

impl Progress for Heard {
    fn total(&self, bytes: u64) {
        self.totals.lock().unwrap().push(bytes);
    }
    fn file(&self, path: &str) {
        self.files.lock().unwrap().push(path.to_owned());
    }
    fn position(&self, bytes: u64) {
        self.positions.lock().unwrap().push(bytes);
    }
    fn note(&self, _note: &str) {}
}

#[test]
fn a_model_lies_in_the_cache_as_python_would_leave_it() {
    let hub = TestHub::start();
    let heard = Heard::default();
    let pulled = hub.client().pull(&name("org/name"), &heard).unwrap();
    let snapshot = hub.model().join("snapshots").join(FIRST);
    assert_eq!((&pulled.folder, pulled.commit.as_str()), (&snapshot, FIRST));

    let paths: Vec<_> = tree(&hub.model()).into_keys().collect();
    let config = git_sha1(&fs::read(snapshot.join("config.json")).unwrap());
    let tokenizer = git_sha1(&fs::read(snapshot.join("tokenizer.json")).unwrap());
    let readme = git_sha1(&fs::read(snapshot.join("README.md")).unwrap());
    let blobs = [config.clone(), tokenizer, readme, sha256(&weights())];
    let mut expected: Vec<PathBuf> = blobs
        .iter()
        .map(|id| hub.model().join("blobs").join(id))
        .collect();
    expected.push(hub.model().join("refs/main"));
    for file in [
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ] {
        expected.push(snapshot.join(file));
    }
    expected.sort();
    assert_eq!(paths, expected);
    assert_eq!(
        fs::read_to_string(hub.model().join("refs/main")).unwrap(),
        FIRST
    );
    assert_eq!(
        fs::read(snapshot.join("model.safetensors")).unwrap(),
        weights()
    );
    let link = fs::read_link(snapshot.join("config.json")).unwrap();
    assert_eq!(link, PathBuf::from(format!("../../blobs/{config}")));

    // One listing, and the weights last, by a redirect.
    let lines: Vec<String> = hub
        .requests()
        .into_iter()
        .map(|request| request.line)
        .collect();
    assert_eq!(lines[0], "GET /api/models/org/name/revision/main");
    assert_eq!(lines.len(), 1 + 3 + 2, "{lines:?}");
    assert_eq!(lines[5], format!("GET /{FIRST}/model.safetensors"));
    let Origin::Hub { files: 4, bytes } = pulled.origin else {
        panic!("{:?}", pulled.origin);
    };
    assert_eq!(*heard.totals.lock().unwrap(), [bytes]);
    assert_eq!(heard.positions.lock().unwrap().last(), Some(&bytes));
    assert!(heard.positions.lock().unwrap().is_sorted());
    assert_eq!(heard.files.lock().unwrap().len(), 4);
}

#[test]
fn what_is_there_is_not_fetched_again() {
    let hub = TestHub::start();
    let client = hub.client();
    client.pull(&name("org/name"), &Silent).unwrap();
    let before = tree(&hub.model());
    hub.requests();

    let branch = client.pull(&name("org/name"), &Silent).unwrap();
    assert!(matches!(branch.origin, Origin::Cache));
    assert_eq!(hub.requests().len(), 1);

    let pinned = name(&format!("org/name@{FIRST}"));
    assert_eq!(client.resolve(&pinned, &Silent).unwrap(), branch.folder);
    let offline = Hub::new(HubSettings {
        offline: true,
        ..hub.settings()
    });
    assert_eq!(
        offline.resolve(&name("org/name"), &Silent).unwrap(),
        branch.folder
    );
    assert_eq!(hub.requests().len(), 0);
    assert_eq!(tree(&hub.model()), before);
}

#[test]
fn a_new_commit_fetches_only_what_changed() {
    let hub = TestHub::start();
    let client = hub.client();
    let first = client.resolve(&name("org/name"), &Silent).unwrap();
    hub.branch("main", SECOND);
    hub.file("config.json", b"{\"model_type\": \"bert\"}", Kind::Small);
    hub.requests();

    let second = client.resolve(&name("org/name"), &Silent).unwrap();
    assert!(second.ends_with(SECOND));
    let lines: Vec<String> = hub
        .requests()
        .into_iter()
        .map(|request| request.line)
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].ends_with("/config.json"));
    assert_ne!(
        fs::read(first.join("config.json")).unwrap(),
        fs::read(second.join("config.json")).unwrap()
    );
    assert_eq!(
        fs::canonicalize(first.join("model.safetensors")).unwrap(),
        fs::canonicalize(second.join("model.safetensors")).unwrap()
    );
}

#[test]
fn what_another_program_fetched_is_completed() {
    let hub = TestHub::start();
    let snapshot = hub.model().join("snapshots").join(FIRST);
    fs::create_dir_all(&snapshot).unwrap();
    // As on a file system without links.
    fs::write(snapshot.join("model.safetensors"), weights()).unwrap();
    let pinned = name(&format!("org/name@{FIRST}"));
    assert_eq!(hub.client().resolve(&pinned, &Silent).unwrap(), snapshot);
    let requests = hub.requests();
    assert!(
        requests
            .iter()
            .all(|request| !request.line.contains("model.safetensors"))
    );
    assert!(snapshot.join("tokenizer.json").exists());
    // A commit needs no reference.
    assert!(!hub.model().join("refs").exists());
}

#[test]
fn revisions_may_have_slashes() {
    let hub = TestHub::start();
    hub.branch("refs/pr/2", SECOND);
    let folder = hub
        .client()
        .resolve(&name("org/name@refs/pr/2"), &Silent)
        .unwrap();
    assert!(folder.ends_with(SECOND));
    assert_eq!(
        hub.requests()[0].line,
        "GET /api/models/org/name/revision/refs%2Fpr%2F2"
    );
    assert_eq!(
        fs::read_to_string(hub.model().join("refs/refs/pr/2")).unwrap(),
        SECOND
    );
}

#[test]
fn the_token_goes_to_the_hub_and_nowhere_else() {
    let hub = TestHub::start();
    hub.client_with_token()
        .resolve(&name("org/name"), &Silent)
        .unwrap();
    let requests = hub.requests();
    let of = |elsewhere| {
        requests
            .iter()
            .filter(move |request| request.elsewhere == elsewhere)
    };
    assert_eq!((of(false).count(), of(true).count()), (5, 1));
    let bearer = Some("Bearer hf_secret");
    assert!(of(false).all(|request| request.authorization.as_deref() == bearer));
    assert!(of(true).all(|request| request.authorization.is_none()));
}

#[test]
fn a_renamed_repository_is_found_by_its_former_name() {
    let hub = TestHub::start();
    hub.former_name("old/model");
    let folder = hub
        .client_with_token()
        .resolve(&name("old/model"), &Silent)
        .unwrap();
    assert!(folder.starts_with(hub.cache().join("models--old--model")));
    assert_eq!(
        fs::read(folder.join("model.safetensors")).unwrap(),
        weights()
    );
    let requests = hub.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.elsewhere || request.authorization.is_some())
    );
}

#[test]
fn a_hub_without_details_in_its_listing_is_asked_for_each_file() {
    let hub = TestHub::start();
    hub.without_details();
    let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
    assert_eq!(
        fs::read(folder.join("model.safetensors")).unwrap(),
        weights()
    );
    let blob = hub.model().join("blobs").join(sha256(&weights()));
    assert_eq!(
        fs::canonicalize(folder.join("model.safetensors")).unwrap(),
        blob.canonicalize().unwrap()
    );
    let heads = hub
        .requests()
        .into_iter()
        .filter(|request| request.line.starts_with("HEAD"));
    assert_eq!(heads.count(), 4);
}

#[test]
fn weights_in_parts_are_pulled() {
    let hub = TestHub::start();
    hub.delete("model.safetensors");
    let parts = [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    ];
    let index = format!(
        r#"{{"weight_map": {{"a": "{}", "b": "{}"}}}}"#,
        parts[0], parts[1]
    );
    hub.file(
        "model.safetensors.index.json",
        index.as_bytes(),
        Kind::Small,
    );
    hub.file(parts[0], b"one", Kind::Large);
    hub.file(parts[1], b"", Kind::Large);
    let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
    assert_eq!(fs::read(folder.join(parts[0])).unwrap(), b"one");
    assert_eq!(fs::read(folder.join(parts[1])).unwrap(), b"");
}

#[test]
fn sizes_that_no_number_holds_do_not_end_the_program() {
    let hub = TestHub::start();
    let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
    // The contents stay, so that no space is needed for them.
    fs::remove_dir_all(&folder).unwrap();
    hub.claim("config.json", u64::MAX);
    hub.claim("tokenizer.json", u64::MAX);
    let heard = Heard::default();
    hub.client().pull(&name("org/name"), &heard).unwrap();
    assert_eq!(*heard.totals.lock().unwrap(), [u64::MAX]);
}

#[test]
fn threads_that_pull_the_same_model_fetch_it_once() {
    let hub = TestHub::start();
    let client = hub.client();
    std::thread::scope(|scope| {
        let pulls: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| client.resolve(&name("org/name"), &Silent).unwrap()))
            .collect();
        for pull in pulls {
            let folder = pull.join().unwrap();
            assert_eq!(
                fs::read(folder.join("model.safetensors")).unwrap(),
                weights()
            );
        }
    });
    let contents = hub
        .requests()
        .into_iter()
        .filter(|request| request.elsewhere);
    assert_eq!(contents.count(), 1);
}

#[test]
fn a_pull_works_inside_a_runtime() {
    let hub = TestHub::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder =
        runtime.block_on(async { hub.client().resolve(&name("org/name"), &Silent).unwrap() });
    assert!(folder.ends_with(FIRST));
}
