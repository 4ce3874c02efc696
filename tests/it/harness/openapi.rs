//! Holds requests against Discord's OpenAPI document, and against the rules it leaves out.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use jsonschema::{Registry, Validator};
use sandbox::RecordedRequest;
use serde_json::{Value, json};

const DOCUMENT: &str = "https://discord.invalid/openapi";

static SPECIFICATION: LazyLock<Value> = LazyLock::new(|| {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/openapi.json"
    ))
    .unwrap();
    serde_json::from_str(&text).unwrap()
});
static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    Registry::new()
        .add(DOCUMENT, &*SPECIFICATION)
        .unwrap()
        .prepare()
        .unwrap()
});
static VALIDATORS: LazyLock<Mutex<HashMap<String, &'static Validator>>> =
    LazyLock::new(Mutex::default);

/// Commands with permissions as a number: the document knows only that, Discord's documentation only the text that is sent.
fn with_numbers(body: &Value) -> Value {
    let mut body = body.clone();
    for command in body.as_array_mut().into_iter().flatten() {
        let bits = command["default_member_permissions"].as_str();
        if let Some(bits) = bits.and_then(|bits| bits.parse::<u64>().ok()) {
            command["default_member_permissions"] = json!(bits);
        }
    }
    body
}

/// Panics if the request is not one that Discord documents, or mentions somebody.
pub(crate) fn check(request: &RecordedRequest) {
    let route = route_of(&request.path);
    let method = request.method.to_lowercase();
    let operation = &SPECIFICATION["paths"][&route][&method];
    assert!(
        operation.is_object(),
        "Discord has no {method} {}",
        request.path
    );
    assert_ne!(
        (request.status, &request.body["code"]),
        (404, &json!(0)),
        "the sandbox has no {method} {}",
        request.path
    );
    let schema = operation.pointer("/requestBody/content/application~1json/schema");
    match (schema, &request.body) {
        (None, body) => assert!(body.is_null(), "{method} {route} takes no body: {body}"),
        (Some(_), body) => {
            let body = &with_numbers(body);
            let pointer = format!(
                "/paths/{}/{method}/requestBody/content/application~1json/schema",
                route.replace('/', "~1")
            );
            let errors: Vec<String> = validator(&pointer)
                .iter_errors(body)
                .map(|error| format!("{error} at {}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{method} {route}: {errors:?}\n{body:#}");
        }
    }
    assert!(
        !request.may_mention(),
        "a message could mention somebody: {:#}",
        request.body
    );
}

fn validator(pointer: &str) -> &'static Validator {
    let mut validators = VALIDATORS.lock().unwrap();
    validators.entry(pointer.to_owned()).or_insert_with(|| {
        let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
        let schema = json!({"$ref": format!("{DOCUMENT}#{fragment}")});
        let validator = jsonschema::options()
            .with_registry(&REGISTRY)
            .offline()
            .build(&schema)
            .unwrap();
        Box::leak(Box::new(validator))
    })
}

/// The path as the document writes it, such as `/webhooks/{webhook_id}/{webhook_token}`.
fn route_of(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let known = SPECIFICATION["paths"].as_object().unwrap().keys();
    let fits = |route: &&String| {
        let parts: Vec<&str> = route.split('/').skip(1).collect();
        parts.len() == segments.len()
            && parts
                .iter()
                .zip(&segments)
                .all(|(part, segment)| part.starts_with('{') || part == segment)
    };
    // A literal segment such as @original is closer than a parameter.
    let closest = known
        .filter(fits)
        .min_by_key(|route| route.matches('{').count());
    closest.cloned().unwrap_or_else(|| path.to_owned())
}

fn recorded(method: &str, path: &str, body: Value) -> RecordedRequest {
    RecordedRequest {
        at: std::time::Instant::now(),
        method: method.into(),
        path: path.into(),
        body,
        status: 200,
    }
}

#[test]
fn a_documented_request_is_accepted() {
    let body = json!({"content": "x", "allowed_mentions": {"parse": []}});
    check(&recorded(
        "PATCH",
        "/webhooks/1/token/messages/@original",
        body,
    ));
}

#[test]
#[should_panic(expected = "is not of type")]
fn a_body_that_discord_would_not_take_is_caught() {
    let body = json!({"content": 5, "allowed_mentions": {"parse": []}});
    check(&recorded(
        "PATCH",
        "/webhooks/1/token/messages/@original",
        body,
    ));
}

#[test]
#[should_panic(expected = "could mention somebody")]
fn a_message_without_empty_mentions_is_caught() {
    check(&recorded(
        "PATCH",
        "/webhooks/1/token/messages/@original",
        json!({"content": "x"}),
    ));
}

#[test]
#[should_panic(expected = "Discord has no")]
fn an_unknown_route_is_caught() {
    check(&recorded("GET", "/nowhere", Value::Null));
}
