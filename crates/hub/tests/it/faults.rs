//! Connections that fail, and contents that are not what was promised.

use std::fs;
use std::sync::Mutex;

use hub::{Hub, HubSettings, Origin, Progress, Silent};

use crate::server::{FIRST, Fault, Kind, SECOND, TestHub, name, sha256, tree, weights};

const FILE: &str = "model.safetensors";

fn said(hub: &TestHub) -> String {
    let error = hub
        .client()
        .resolve(&name("org/name"), &Silent)
        .unwrap_err();
    let said = error.to_string();
    assert!(
        !said.contains('\n') && !said.contains("signature"),
        "{said}"
    );
    said
}

/// The ranges of the requests for the weights.
fn ranges(hub: &TestHub) -> Vec<Option<String>> {
    let requests = hub.requests().into_iter();
    let of_file = requests.filter(|request| request.elsewhere && request.line.ends_with(FILE));
    of_file.map(|request| request.range).collect()
}

#[test]
fn a_cut_download_goes_on_where_it_stopped() {
    let hub = TestHub::start();
    // More cuts than attempts: every one of them has advanced.
    hub.faults(
        FILE,
        &[
            Fault::Cut(400_000),
            Fault::Cut(400_000),
            Fault::Cut(400_000),
            Fault::Stall(400_000),
            Fault::Cut(400_000),
        ],
    );
    let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
    assert_eq!(fs::read(folder.join(FILE)).unwrap(), weights());
    let ranges = ranges(&hub);
    assert_eq!(ranges.len(), 6);
    let first: Vec<u64> = ranges
        .iter()
        .map(|range| match range {
            Some(range) => range
                .strip_prefix("bytes=")
                .and_then(|range| range.strip_suffix('-'))
                .unwrap()
                .parse()
                .unwrap(),
            None => 0,
        })
        .collect();
    assert!(
        first[0] == 0 && first[1] > 0 && first.is_sorted(),
        "{first:?}"
    );
}

#[test]
fn a_download_that_was_given_up_goes_on_with_the_next_command() {
    let hub = TestHub::start();
    hub.faults(FILE, &[Fault::Cut(1_000_000)]);
    hub.fails(FILE, Fault::Cut(0));
    let said = said(&hub);
    assert!(
        said.starts_with("the download of model.safetensors from 127.0.0.1:"),
        "{said}"
    );
    assert!(
        said.contains("run the same command again, which continues"),
        "{said}"
    );
    assert!(!hub.model().join("refs").exists());
    let partial = format!("blobs/{}.incomplete", sha256(&weights()));
    let there = fs::metadata(hub.model().join(partial)).unwrap().len();
    assert!(there > 0);

    hub.recover();
    hub.requests();
    hub.client().resolve(&name("org/name"), &Silent).unwrap();
    assert_eq!(ranges(&hub), [Some(format!("bytes={there}-"))]);
}

#[test]
fn a_server_without_ranges_sends_everything_again() {
    let hub = TestHub::start();
    hub.faults(FILE, &[Fault::Cut(1_000_000), Fault::IgnoreRange]);
    let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
    assert_eq!(fs::read(folder.join(FILE)).unwrap(), weights());
}

#[test]
fn a_damaged_or_too_long_part_from_before_is_received_again() {
    let partial = |hub: &TestHub, content: &[u8]| {
        fs::create_dir_all(hub.model().join("blobs")).unwrap();
        let path = format!("blobs/{}.incomplete", sha256(&weights()));
        fs::write(hub.model().join(path), content).unwrap();
    };
    for content in [vec![7; 1_000], vec![7; 3_000_000], vec![7; 3_000_001]] {
        for details in [true, false] {
            let hub = TestHub::start();
            if !details {
                hub.without_details();
            }
            partial(&hub, &content);
            let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
            assert_eq!(fs::read(folder.join(FILE)).unwrap(), weights());
        }
    }
}

#[test]
fn a_content_with_another_sum_is_not_kept() {
    for file in [FILE, "config.json"] {
        let hub = TestHub::start();
        hub.fails(file, Fault::Damage);
        let said = said(&hub);
        assert!(
            said.starts_with(&format!("{file} from 127.0.0.1:")),
            "{said}"
        );
        assert!(
            said.contains("is damaged (its ") && said.contains("was not kept"),
            "{said}"
        );
        assert!(!hub.model().join("snapshots").exists());
        let left = tree(&hub.model());
        assert!(
            left.keys().all(|path| path.extension().is_none()),
            "{left:?}"
        );
        assert!(!hub.model().join("blobs").join(sha256(&weights())).exists());
    }
}

#[test]
fn a_failed_pull_changes_nothing_that_was_there() {
    let hub = TestHub::start();
    hub.client().resolve(&name("org/name"), &Silent).unwrap();
    let before = tree(&hub.model());
    hub.branch("main", SECOND);
    hub.file("config.json", b"{\"model_type\": \"bert\"}", Kind::Small);
    hub.file(FILE, b"other weights", Kind::Large);
    hub.fails(FILE, Fault::Damage);
    said(&hub);
    let after = tree(&hub.model());
    assert!(
        before
            .iter()
            .all(|(path, content)| after.get(path) == Some(content))
    );
    assert!(!hub.model().join("snapshots").join(SECOND).exists());
    let offline = Hub::new(HubSettings {
        offline: true,
        ..hub.settings()
    });
    assert!(
        offline
            .resolve(&name("org/name"), &Silent)
            .unwrap()
            .ends_with(FIRST)
    );
}

#[test]
fn a_failing_server_is_asked_again_and_named_at_the_end() {
    let hub = TestHub::start();
    let failing = Fault::Status(503, vec![]);
    let busy = Fault::Status(429, vec![("retry-after", "0")]);
    hub.faults("listing", &[failing.clone(), busy.clone()]);
    hub.faults(
        "config.json",
        &[busy, failing.clone(), Fault::Status(500, vec![])],
    );
    // The address of the content has expired.
    hub.faults(FILE, &[Fault::Status(403, vec![])]);
    hub.client().resolve(&name("org/name"), &Silent).unwrap();

    let hub = TestHub::start();
    hub.fails("listing", failing);
    let said = said(&hub);
    assert!(
        said.ends_with(" fails with status 503; try again later"),
        "{said}"
    );
    assert_eq!(hub.requests().len(), 4);
    assert!(!hub.cache().exists());
}

#[test]
fn a_rate_limit_that_is_too_long_is_not_waited_for() {
    for header in [("retry-after", "3600"), ("ratelimit", "\"api\";r=0;t=3600")] {
        let hub = TestHub::start();
        hub.fails("listing", Fault::Status(429, vec![header]));
        let said = said(&hub);
        assert!(
            said.contains("too many requests") && said.contains("again in 3600 s"),
            "{said}"
        );
        assert_eq!(hub.requests().len(), 1);
    }
}

#[test]
fn the_cache_answers_while_the_hub_cannot() {
    let hub = TestHub::start();
    let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
    let old = || {
        let pulled = hub.client().pull(&name("org/name"), &Silent).unwrap();
        assert_eq!(pulled.folder, folder);
        match pulled.origin {
            Origin::OldCache { reason } => reason,
            other => panic!("{other:?}"),
        }
    };
    for (fault, expected) in [
        (Fault::Status(502, vec![]), "fails with status 502"),
        (Fault::Status(429, vec![]), "receives too many requests"),
        (Fault::WebPage, "sends a web page"),
        (Fault::Stall(0), "cannot be reached (operation timed out)"),
    ] {
        hub.fails("listing", fault);
        hub.requests();
        let reason = old();
        assert!(reason.ends_with(expected), "{reason}");
        // It is not asked again and again when there is an answer.
        assert_eq!(hub.requests().len(), 1);
    }
    // A refusal is no outage.
    hub.fails(
        "listing",
        Fault::Status(403, vec![("x-error-code", "GatedRepo")]),
    );
    assert!(said(&hub).contains("is gated"));
}

#[test]
fn the_cache_answers_when_a_newer_commit_cannot_be_downloaded() {
    for (fault, expected) in [
        (Some(Fault::Status(503, vec![])), "fails with status 503"),
        (Some(Fault::Cut(0)), "was cut ("),
        (Some(Fault::Stall(0)), "was cut (operation timed out)"),
        (None, "has too little space"),
    ] {
        let hub = TestHub::start();
        let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
        let before = tree(&hub.model());
        hub.branch("main", SECOND);
        hub.file(FILE, &vec![7; 2_000_000], Kind::Large);
        match fault {
            Some(fault) => hub.fails(FILE, fault),
            None => hub.claim(FILE, 1 << 60),
        }
        let pulled = hub.client().pull(&name("org/name"), &Silent).unwrap();
        assert_eq!((&pulled.folder, pulled.commit.as_str()), (&folder, FIRST));
        let Origin::OldCache { reason } = pulled.origin else {
            panic!("{:?}", pulled.origin);
        };
        assert!(reason.contains(expected), "{reason}");
        let after = tree(&hub.model());
        let kept = |(path, content)| after.get(path) == Some(content);
        assert!(before.iter().all(kept));
    }
}

#[test]
fn the_cache_answers_without_a_network() {
    let mut hub = TestHub::start();
    let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
    hub.stop();
    let pulled = hub.client().pull(&name("org/name"), &Silent).unwrap();
    assert_eq!(pulled.folder, folder);
    let Origin::OldCache { reason } = pulled.origin else {
        panic!("{:?}", pulled.origin);
    };
    assert!(
        reason.contains("cannot be reached (Connection refused"),
        "{reason}"
    );
}

#[test]
fn without_a_network_the_error_says_where_it_looked_and_what_to_do() {
    let mut hub = TestHub::start();
    hub.stop();
    let said = said(&hub);
    let address = hub.address().strip_prefix("http://").unwrap();
    assert!(
        said.starts_with(&format!("{address} cannot be reached (Connection refused")),
        "{said}"
    );
    assert!(
        said.contains(&format!("org/name is not in {}", hub.cache().display())),
        "{said}"
    );
    assert!(said.contains("set model.folder to it"), "{said}");
    assert!(!hub.cache().exists());
}

#[test]
fn a_web_page_is_not_taken_for_a_model() {
    for (subject, what) in [
        ("listing", "the list of files"),
        ("config.json", "config.json"),
        (FILE, FILE),
    ] {
        let hub = TestHub::start();
        hub.fails(subject, Fault::WebPage);
        let said = said(&hub);
        assert!(
            said.contains(&format!("sends a web page instead of {what}; log in")),
            "{said}"
        );
        assert!(!hub.model().join("snapshots").exists());
    }
}

#[test]
fn a_file_that_no_disk_can_hold_is_not_begun() {
    let hub = TestHub::start();
    hub.claim(FILE, 1 << 60);
    let said = said(&hub);
    assert!(said.contains("1152921504607 MB are needed"), "{said}");
    assert!(!hub.model().exists());
    assert_eq!(hub.requests().len(), 1);
}

/// `/dev/full` has no room for a single byte.
#[cfg(target_os = "linux")]
#[test]
fn the_cache_answers_when_the_disk_becomes_full() {
    let hub = TestHub::start();
    let folder = hub.client().resolve(&name("org/name"), &Silent).unwrap();
    hub.branch("main", SECOND);
    hub.file(FILE, b"other weights", Kind::Large);
    let partial = format!("blobs/{}.incomplete", sha256(b"other weights"));
    std::os::unix::fs::symlink("/dev/full", hub.model().join(partial)).unwrap();
    let pulled = hub.client().pull(&name("org/name"), &Silent).unwrap();
    assert_eq!(pulled.folder, folder);
    let Origin::OldCache { reason } = pulled.origin else {
        panic!("{:?}", pulled.origin);
    };
    assert!(reason.ends_with(" is full"), "{reason}");
}

/// `/dev/full` has no room for a single byte.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_becomes_full_is_said_to_be_full() {
    let hub = TestHub::start();
    fs::create_dir_all(hub.model().join("blobs")).unwrap();
    let partial = format!("blobs/{}.incomplete", sha256(&weights()));
    std::os::unix::fs::symlink("/dev/full", hub.model().join(partial)).unwrap();
    let said = said(&hub);
    assert!(
        said.starts_with("the disk of ") && said.contains(" is full; free some space"),
        "{said}"
    );
    assert!(!hub.model().join("snapshots").exists());
}

#[test]
fn more_than_was_promised_is_refused() {
    let hub = TestHub::start();
    hub.claim("config.json", 5);
    let said = said(&hub);
    assert!(said.contains("it is longer than 5 bytes"), "{said}");
}

/// Lets the other program finish when it hears that this one waits.
struct OtherProgram<'a> {
    hub: &'a TestHub,
    lock: Mutex<Option<fs::File>>,
}

impl Progress for OtherProgram<'_> {
    fn total(&self, _bytes: u64) {}
    fn file(&self, _path: &str) {}
    fn position(&self, _bytes: u64) {}
    fn note(&self, note: &str) {
        assert!(note.contains("another program"), "{note}");
        let blob = self.hub.model().join("blobs").join(sha256(&weights()));
        fs::write(blob, weights()).unwrap();
        self.lock.lock().unwrap().take().unwrap();
    }
}

#[test]
fn a_file_that_another_program_downloads_is_waited_for() {
    let hub = TestHub::start();
    let locks = hub.cache().join(".locks/models--org--name");
    fs::create_dir_all(&locks).unwrap();
    let lock = fs::File::create(locks.join(format!("{}.lock", sha256(&weights())))).unwrap();
    lock.lock().unwrap();
    let other = OtherProgram {
        hub: &hub,
        lock: Mutex::new(Some(lock)),
    };
    hub.client().pull(&name("org/name"), &other).unwrap();
    assert!(other.lock.lock().unwrap().is_none());
    assert!(ranges(&hub).is_empty());
}
