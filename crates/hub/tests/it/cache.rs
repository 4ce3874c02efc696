//! Models in the cache: listed, shown, removed.

use std::fs;

use hub::{HubError, Removed, Silent};

use crate::server::{FIRST, Kind, SECOND, TestHub, name, sha256, tree, weights};

/// A hub whose two commits are in the cache: the second has another configuration and the same weights.
fn two_revisions() -> TestHub {
    let hub = TestHub::start();
    hub.client().resolve(&name("org/name"), &Silent).unwrap();
    hub.branch("main", SECOND);
    hub.file("config.json", b"{\"model_type\": \"bert\"}", Kind::Small);
    hub.client().resolve(&name("org/name"), &Silent).unwrap();
    hub
}

#[test]
fn models_are_listed_with_their_revisions() {
    let hub = two_revisions();
    fs::create_dir_all(hub.cache().join("datasets--a--b/snapshots").join(FIRST)).unwrap();
    let other = hub.cache().join("models--other/snapshots").join(FIRST);
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("config.json"), "{}").unwrap();
    let listed = hub.client().list().unwrap();
    let rows: Vec<_> = listed
        .iter()
        .map(|model| {
            (
                model.name.as_str(),
                model.commit.as_str(),
                model.references.join(" "),
                model.files,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("org/name", FIRST, String::new(), 4),
            ("org/name", SECOND, "main".to_owned(), 4),
            ("other", FIRST, String::new(), 1),
        ]
    );
    assert!(listed[0].bytes > 3_000_000 && listed[0].last_used.is_some());
    assert_eq!(listed[0].problem, None);
    assert_eq!(
        listed[2].problem.as_deref(),
        Some("tokenizer.json or vocab.txt is missing")
    );
}

#[test]
fn a_cache_that_does_not_exist_is_empty() {
    let hub = TestHub::start();
    assert_eq!(hub.client().list().unwrap(), []);
    for error in [
        hub.client().show(&name("org/name")).unwrap_err(),
        hub.client().remove(&name("org/name")).unwrap_err(),
    ] {
        let said = error.to_string();
        assert!(matches!(error, HubError::NotCached { .. }));
        assert!(
            said.contains("`mouthpiece model pull org/name` downloads it"),
            "{said}"
        );
    }
}

#[test]
fn a_model_is_shown_from_its_own_files() {
    let hub = two_revisions();
    hub.requests();
    let page = hub.client().show(&name("org/name")).unwrap();
    assert_eq!(page.model.commit, SECOND);
    assert_eq!(page.architecture.as_deref(), Some("bert"));
    assert_eq!(page.license.as_deref(), Some("mit"));
    assert_eq!(page.languages, ["en", "de"]);
    let files: Vec<_> = page
        .contents
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(
        files,
        [
            "README.md",
            "config.json",
            "model.safetensors",
            "tokenizer.json"
        ]
    );
    assert_eq!(page.contents[2].bytes, Some(3_000_000));

    let first = hub
        .client()
        .show(&name(&format!("org/name@{FIRST}")))
        .unwrap();
    assert_eq!(first.architecture.as_deref(), Some("BertForMaskedLM"));
    assert!(hub.client().show(&name("org/name@v1")).is_err());
    assert!(hub.requests().is_empty());
}

#[test]
fn removing_a_revision_keeps_what_another_one_uses() {
    let hub = two_revisions();
    let second = hub.model().join("snapshots").join(SECOND);
    let before = tree(&second);
    let removed = hub
        .client()
        .remove(&name(&format!("org/name@{FIRST}")))
        .unwrap();
    // Only the configuration differs.
    assert_eq!(
        removed,
        Removed {
            revisions: 1,
            bytes: 38
        }
    );
    assert_eq!(tree(&second), before);
    assert!(!hub.model().join("snapshots").join(FIRST).exists());
    assert_eq!(fs::read_dir(hub.model().join("blobs")).unwrap().count(), 4);

    let removed = hub.client().remove(&name("org/name@main")).unwrap();
    assert!(removed.bytes > 3_000_000);
    assert!(!hub.model().exists());
}

#[test]
fn removing_a_referenced_revision_removes_the_reference() {
    let hub = two_revisions();
    hub.client().remove(&name("org/name@main")).unwrap();
    assert!(!hub.model().join("refs/main").exists());
    let left = hub.client().list().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].commit, FIRST);
    assert!(hub.model().join("blobs").join(sha256(&weights())).exists());
}

#[test]
fn removing_a_model_leaves_all_others() {
    let hub = two_revisions();
    hub.former_name("org/name-2");
    hub.client().resolve(&name("org/name-2"), &Silent).unwrap();
    let other = hub.cache().join("models--org--name-2");
    let before = tree(&other);
    assert_eq!(hub.client().remove(&name("org/name")).unwrap().revisions, 2);
    assert!(!hub.model().exists());
    assert_eq!(tree(&other), before);
}
