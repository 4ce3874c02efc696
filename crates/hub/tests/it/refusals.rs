//! Requests that the hub refuses, and repositories that are no models.

use hub::{Hub, HubError, HubSettings, Silent};

use crate::server::{FIRST, Fault, Kind, TestHub, name};

/// The error of a pull by `client`, which leaves no model behind.
fn refused(hub: &TestHub, client: &Hub, model: &str) -> (HubError, String) {
    let error = client.resolve(&name(model), &Silent).unwrap_err();
    let said = error.to_string();
    assert!(
        !said.contains("hf_secret") && !said.contains('\n'),
        "{said}"
    );
    assert!(!hub.model().join("snapshots").exists());
    assert!(!hub.model().join("refs").exists());
    (error, said)
}

#[test]
fn a_missing_model_is_told_apart_from_one_that_needs_a_token() {
    let hub = TestHub::start();
    let (error, said) = refused(&hub, &hub.client(), "org/other");
    assert!(matches!(error, HubError::NotFoundAnonymously { .. }));
    assert!(
        said.contains("there is no model org/other at 127.0.0.1:"),
        "{said}"
    );
    assert!(
        said.contains("set HF_TOKEN if the model is private"),
        "{said}"
    );

    let (error, said) = refused(&hub, &hub.client_with_token(), "org/other");
    assert!(matches!(error, HubError::NotFound { .. }));
    assert!(said.contains("that the token may see"), "{said}");

    hub.fails("listing", Fault::Status(404, vec![]));
    let (error, _) = refused(&hub, &hub.client(), "org/name");
    assert!(matches!(error, HubError::NotFoundAnonymously { .. }));
}

#[test]
fn a_missing_revision_is_named() {
    let hub = TestHub::start();
    let (_, said) = refused(&hub, &hub.client(), "org/name@v9");
    let page = format!("{}/org/name/commits", hub.address());
    assert_eq!(
        said,
        format!("org/name has no revision v9; {page} lists its revisions")
    );
}

#[test]
fn a_gated_model_is_said_with_the_address_of_its_page() {
    for status in [401, 403] {
        for subject in ["listing", "config.json"] {
            let hub = TestHub::start();
            hub.fails(
                subject,
                Fault::Status(status, vec![("x-error-code", "GatedRepo")]),
            );
            let (_, said) = refused(&hub, &hub.client_with_token(), "org/name");
            let page = format!("{}/org/name", hub.address());
            assert!(
                said.contains(&format!("is gated; accept its conditions at {page}, ")),
                "{said}"
            );
        }
    }
}

#[test]
fn a_bad_token_and_a_forbidden_model_are_said() {
    let hub = TestHub::start();
    for headers in [
        vec![],
        vec![(
            "x-error-message",
            "Invalid credentials in Authorization header",
        )],
    ] {
        hub.fails("listing", Fault::Status(401, headers));
        let (error, said) = refused(&hub, &hub.client_with_token(), "org/name");
        assert!(matches!(error, HubError::TokenRefused { .. }), "{said}");
    }
    hub.fails(
        "listing",
        Fault::Status(403, vec![("x-error-message", "Access is disabled.")]),
    );
    let (_, said) = refused(&hub, &hub.client(), "org/name");
    assert!(
        said.contains("forbids access to org/name (Access is disabled); see http://"),
        "{said}"
    );
    // None of these is asked for again.
    assert_eq!(hub.requests().len(), 3);
}

#[test]
fn other_formats_of_weights_are_named() {
    let hub = TestHub::start();
    hub.delete("model.safetensors");
    let (_, said) = refused(&hub, &hub.client(), "org/name");
    assert!(
        said.starts_with(
            "org/name cannot be used: it has only pytorch_model.bin and no model.safetensors"
        ),
        "{said}"
    );

    hub.delete("pytorch_model.bin");
    let (_, said) = refused(&hub, &hub.client(), "org/name");
    assert!(said.contains("it has no weights"), "{said}");

    hub.file("onnx/model.onnx", b"graph", Kind::Large);
    hub.requests();
    let (_, said) = refused(&hub, &hub.client(), "org/name");
    assert!(
        said.contains("it has only onnx/model.onnx and no"),
        "{said}"
    );
    // Before any download.
    assert_eq!(hub.requests().len(), 1);
}

#[test]
fn an_index_that_names_missing_parts_is_refused() {
    let hub = TestHub::start();
    hub.delete("model.safetensors");
    let index =
        br#"{"weight_map": {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}}"#;
    hub.file("model.safetensors.index.json", index, Kind::Small);
    hub.file("model-1-of-2.safetensors", b"one", Kind::Large);
    let error = hub
        .client()
        .resolve(&name("org/name"), &Silent)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("names model-2-of-2.safetensors, which the repository does not have"),
        "{error}"
    );
    assert!(!hub.model().join("snapshots").exists());
}

#[test]
fn a_file_that_is_listed_and_missing_is_named() {
    let hub = TestHub::start();
    hub.fails(
        "config.json",
        Fault::Status(404, vec![("x-error-code", "EntryNotFound")]),
    );
    let error = hub
        .client()
        .resolve(&name("org/name"), &Silent)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("lists config.json of org/name but does not have it"),
        "{error}"
    );
}

#[test]
fn a_server_that_is_no_hub_is_said_to_be_none() {
    let hub = TestHub::start();
    hub.fails("listing", Fault::IgnoreRange);
    let (error, said) = refused(&hub, &hub.client(), "org/name");
    assert!(matches!(error, HubError::Protocol { .. }));
    assert!(
        said.contains("does not answer like a Hugging Face hub (EOF"),
        "{said}"
    );

    hub.fails(
        "listing",
        Fault::Status(
            302,
            vec![("location", "/api/models/org/name/revision/main")],
        ),
    );
    hub.requests();
    let (_, said) = refused(&hub, &hub.client(), "org/name");
    assert!(said.contains("more than 8 redirects"), "{said}");
    assert_eq!(hub.requests().len(), 1 + 8);

    hub.fails(
        "listing",
        Fault::Status(302, vec![("location", "file:///etc/passwd")]),
    );
    let (_, said) = refused(&hub, &hub.client(), "org/name");
    assert!(said.contains("status 302"), "{said}");
}

#[test]
fn a_redirect_to_nowhere_is_no_content() {
    for location in [None, Some(("location", "file:///etc/passwd"))] {
        let hub = TestHub::start();
        let etag = ("x-linked-etag", "\"abc\"");
        let headers = [Some(etag), location].into_iter().flatten().collect();
        hub.fails("config.json", Fault::Status(302, headers));
        let (_, said) = refused(&hub, &hub.client(), "org/name");
        assert!(said.contains("status 302"), "{said}");
    }
}

#[test]
fn a_file_of_another_commit_is_refused() {
    let hub = TestHub::start();
    let other = Fault::Status(
        200,
        vec![("x-repo-commit", "3333333333333333333333333333333333333333")],
    );
    hub.fails("config.json", other);
    let said = hub
        .client()
        .resolve(&name("org/name"), &Silent)
        .unwrap_err()
        .to_string();
    assert!(said.contains(&format!("instead of {FIRST}")), "{said}");
}

#[test]
fn offline_mode_sends_nothing_and_says_so() {
    let hub = TestHub::start();
    let offline = Hub::new(HubSettings {
        offline: true,
        ..hub.settings()
    });
    let (_, said) = refused(&hub, &offline, "org/name");
    let expected = format!(
        "org/name is not in {} (revision main is not there)",
        hub.cache().display()
    );
    assert!(
        said.starts_with(&expected) && said.contains("HF_HUB_OFFLINE forbids downloads"),
        "{said}"
    );
    assert!(hub.requests().is_empty());
}
