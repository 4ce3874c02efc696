//! The sandbox lets in whom it is told to, and nobody whom a foreign page sends.

use std::net::IpAddr;

use reqwest::StatusCode;
use sandbox::{Sandbox, SandboxError, SandboxSettings};

/// What a request for the page is answered with, if it says these things of itself.
async fn answered(at: &str, headers: &[(&str, &str)]) -> StatusCode {
    let mut request = reqwest::Client::new().get(at);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status()
}

fn settings(address: &str, allow_remote: bool) -> SandboxSettings {
    SandboxSettings {
        address: address.parse::<IpAddr>().unwrap(),
        allow_remote,
        ..SandboxSettings::local(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_origin_and_a_foreign_host_are_refused() {
    let sandbox = Sandbox::start(0).await.unwrap();
    let url = sandbox.url();
    let port = url.rsplit(':').next().unwrap();
    let (named, evil) = (format!("localhost:{port}"), format!("evil.example:{port}"));
    assert_eq!(answered(&url, &[]).await, StatusCode::OK);
    assert_eq!(answered(&url, &[("origin", &url)]).await, StatusCode::OK);
    assert_eq!(answered(&url, &[("host", &named)]).await, StatusCode::OK);
    for headers in [
        [("host", evil.as_str())],
        [("origin", "http://evil.example")],
        [("origin", "null")],
    ] {
        let status = answered(&url, &headers).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_others_reach_is_refused_unless_it_is_allowed() {
    let refused = Sandbox::start_with(settings("0.0.0.0", false)).await.err();
    assert!(matches!(refused, Some(SandboxError::Remote(_))));
    let said = refused.unwrap().to_string();
    assert!(
        said.contains("0.0.0.0") && said.contains("sandbox.allow_remote"),
        "{said}"
    );

    let sandbox = Sandbox::start_with(settings("0.0.0.0", true))
        .await
        .unwrap();
    let url = sandbox.url();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let port = url.rsplit(':').next().unwrap();
    // As another machine would name this one.
    let told = format!("192.0.2.7:{port}");
    let own = format!("http://{told}");
    for headers in [
        vec![],
        vec![("host", told.as_str())],
        vec![("host", told.as_str()), ("origin", own.as_str())],
    ] {
        assert_eq!(
            answered(&url, &headers).await,
            StatusCode::OK,
            "{headers:?}"
        );
    }
    let evil = format!("evil.example:{port}");
    for headers in [
        vec![("host", evil.as_str())],
        vec![("origin", "http://evil.example")],
        // A page of another machine on the same port.
        vec![("host", told.as_str()), ("origin", url.as_str())],
    ] {
        let status = answered(&url, &headers).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{headers:?}");
    }
}
