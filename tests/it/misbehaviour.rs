//! Injected faults of the sandbox: each has the effect that it announces.

use std::time::{Duration, Instant};

use sandbox::{
    Disconnect, GatewayFault, LimitScope, RateLimited, RequestFault, Sandbox, SandboxSettings,
};
use serde_json::{Value, json};

use crate::harness::{ADA, LIMIT, POLL, Place, Scripted};

async fn start() -> (Scripted, Place) {
    Scripted::start(&json!([{"name": "say", "description": "x"}])).await
}

/// A request for something harmless: status and text of the answer, or nothing if the connection broke.
async fn ask(bot: &Scripted) -> Option<(u16, String)> {
    let url = format!("{}/api/v10/users/@me", bot.sandbox.url());
    let request = reqwest::Client::new()
        .get(url)
        .header("authorization", "Bot x");
    let answer = request.send().await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

#[tokio::test]
async fn answers_are_cut_late_wrong_or_missing() {
    let (bot, _) = start().await;
    let plan = |fault: &RequestFault| bot.sandbox.plan_fault("GET", "/users/@me", fault, 1);
    plan(&RequestFault::Truncated);
    let (status, text) = ask(&bot).await.unwrap();
    assert!(status == 200 && text.starts_with('{') && !text.ends_with('}'));
    plan(&RequestFault::malformed_json());
    assert!(serde_json::from_str::<Value>(&ask(&bot).await.unwrap().1).is_err());
    plan(&RequestFault::bad_gateway());
    let (status, text) = ask(&bot).await.unwrap();
    assert!(status == 502 && text.starts_with("<html>"));
    plan(&RequestFault::Reset);
    assert_eq!(ask(&bot).await, None);
    let (late, began) = (Duration::from_millis(200), Instant::now());
    plan(&RequestFault::Delay(late));
    assert_eq!(ask(&bot).await.unwrap().0, 200);
    assert!(began.elapsed() >= late);
}

#[tokio::test]
async fn refusals_have_discords_codes() {
    let (bot, _) = start().await;
    for (fault, status, code) in [
        (RequestFault::unknown_message(), 404, 10_008),
        (RequestFault::invalid_webhook_token(), 401, 50_027),
        (RequestFault::missing_permissions(), 403, 50_013),
        (RequestFault::already_acknowledged(), 400, 40_060),
        (RequestFault::unknown_interaction(), 404, 10_062),
    ] {
        bot.sandbox.plan_fault("", "/users/@me", &fault, 1);
        let (told, text) = ask(&bot).await.unwrap();
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((told, &body["code"]), (status, &json!(code)));
    }
    assert_eq!(ask(&bot).await.unwrap().0, 200, "each happened once");
}

#[tokio::test]
async fn too_many_requests_are_told_with_their_scope() {
    let (bot, _) = start().await;
    for scope in [LimitScope::User, LimitScope::Global, LimitScope::Shared] {
        let limited = RequestFault::RateLimited(RateLimited {
            retry_after: 1.25,
            scope,
        });
        bot.sandbox.plan_fault("GET", "/users/@me", &limited, 1);
        let url = format!("{}/api/v10/users/@me", bot.sandbox.url());
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 429);
        assert_eq!(answer.headers()["retry-after"], "2");
        assert!(answer.headers().contains_key("via"), "it is Discord's own");
        let name = format!("{scope:?}").to_lowercase();
        assert_eq!(answer.headers()["x-ratelimit-scope"], name.as_str());
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(body["global"], scope == LimitScope::Global);
    }
}

#[tokio::test]
async fn rate_limits_are_enforced_when_that_is_asked_for() {
    let (bot, general) = start().await;
    let token = general.slash(ADA, "say", json!({}));
    bot.sandbox.enforce_rate_limits();
    let path = format!("/webhooks/1100000000000000000/{token}");
    for _ in 0..5 {
        let (status, _) = bot.request("POST", &path, &json!({"content": "x"})).await;
        assert_ne!(status, 429);
    }
    let (status, body) = bot.request("POST", &path, &json!({"content": "x"})).await;
    assert!(status == 429 && body["retry_after"].as_f64().unwrap() <= 2.0);
    let violations = bot.sandbox.rate_limit_violations();
    assert_eq!((violations.len(), violations[0].limit), (1, "interaction"));
}

#[tokio::test]
async fn the_gateway_says_that_the_bot_must_come_again() {
    let (mut bot, _) = start().await;
    for (trouble, op, data) in [
        (GatewayFault::Reconnect, 7, Value::Null),
        (GatewayFault::InvalidSessionResumable, 9, json!(true)),
        (GatewayFault::InvalidSession, 9, json!(false)),
    ] {
        bot.sandbox.inject_gateway_fault(trouble);
        let said = bot.frame().await.unwrap();
        assert_eq!((&said["op"], &said["d"]), (&json!(op), &data));
    }
}

#[tokio::test]
async fn events_come_twice_out_of_order_or_with_news() {
    let (mut bot, general) = start().await;
    bot.sandbox
        .inject_gateway_fault(GatewayFault::DuplicateEvent);
    general.slash(ADA, "say", json!({}));
    let first = bot.frame().await.unwrap();
    assert_eq!(bot.frame().await.unwrap(), first);
    bot.sandbox
        .inject_gateway_fault(GatewayFault::ReorderEvents);
    let tokens = [0, 1].map(|_| general.slash(ADA, "say", json!({})));
    for token in [&tokens[1], &tokens[0]] {
        assert_eq!(bot.frame().await.unwrap()["d"]["token"], token.as_str());
    }
    bot.sandbox.inject_gateway_fault(GatewayFault::UnknownEvent);
    assert_eq!(bot.frame().await.unwrap()["t"], "SOMETHING_NEW");
    bot.sandbox
        .inject_gateway_fault(GatewayFault::UnknownFields);
    general.slash(ADA, "say", json!({}));
    assert_eq!(bot.frame().await.unwrap()["d"]["new_field"], 1);
}

#[tokio::test]
async fn heartbeats_are_not_acknowledged_by_a_deaf_gateway() {
    let (mut bot, general) = start().await;
    let heartbeat = json!({"op": 1, "d": 3});
    bot.tells(&heartbeat).await;
    assert_eq!(bot.frame().await.unwrap()["op"], 11);
    bot.sandbox
        .inject_gateway_fault(GatewayFault::NoHeartbeatAck);
    bot.sandbox.inject_gateway_fault(GatewayFault::UnknownEvent);
    assert_eq!(bot.frame().await.unwrap()["t"], "SOMETHING_NEW");
    bot.tells(&heartbeat).await;
    // Something unknown is answered by closing, so the heartbeat has been read when that comes.
    bot.tells(&json!({"op": 99})).await;
    assert_eq!(bot.frame().await, None);
    drop(general);
}

#[tokio::test]
async fn a_session_is_over_when_the_bot_or_the_code_says_so() {
    let (mut bot, _) = start().await;
    bot.resumes("session-1").await;
    assert_eq!(bot.frame().await.unwrap()["t"], "RESUMED");
    bot.tells(&json!({"op": 2, "d": {"token": "x", "intents": 0}}))
        .await;
    assert_eq!(bot.code().await, Some(4005), "it has identified already");
    bot.resumes("session-1").await;
    assert_eq!(bot.frame().await.unwrap()["t"], "RESUMED");
    bot.sandbox.disconnect(Disconnect::Close(4009));
    assert_eq!(bot.code().await, Some(4009));
    bot.resumes("session-1").await;
    let said = bot.frame().await.unwrap();
    assert_eq!((&said["op"], &said["d"]), (&json!(9), &json!(false)));
    bot.tells(&json!({"op": 2, "d": {"token": "x", "intents": 0}}))
        .await;
    assert_eq!(bot.hears("READY").await["session_id"], "session-2");
    bot.closes(1000).await;
    bot.resumes("session-2").await;
    assert_eq!(bot.frame().await.unwrap()["op"], 9);
}

#[tokio::test]
async fn a_zombie_says_nothing_more() {
    let (mut bot, general) = start().await;
    bot.sandbox.inject_gateway_fault(GatewayFault::Zombie);
    general.slash(ADA, "say", json!({}));
    bot.tells(&json!({"op": 1, "d": 3})).await;
    bot.sandbox.disconnect(Disconnect::CloseWithoutCode);
    assert_eq!(bot.frame().await, None);
}

#[tokio::test]
async fn a_person_plans_faults_by_a_route_of_the_sandbox() {
    let (mut bot, _) = start().await;
    let plan = async |plan: Value| {
        let url = format!("{}/sandbox/faults", bot.sandbox.url());
        let request = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/json");
        let answer = request.body(plan.to_string()).send().await.unwrap();
        answer.status().as_u16()
    };
    let deleted = json!({"plan": "request", "method": "GET", "path": "/users", "times": 2, "fault": {"kind": "deleted"}});
    assert_eq!(plan(deleted).await, 204);
    assert_eq!(ask(&bot).await.unwrap().0, 404);
    let refused = format!("{}/sandbox/refused", bot.sandbox.url());
    let refused = reqwest::get(refused).await.unwrap().text().await.unwrap();
    let refused: Value = serde_json::from_str(&refused).unwrap();
    assert_eq!(
        (&refused[0]["status"], &refused[1]),
        (&json!(404), &Value::Null)
    );
    assert_eq!(plan(json!({"plan": "nothing"})).await, 204);
    assert_eq!(ask(&bot).await.unwrap().0, 200);
    assert_eq!(
        plan(json!({"plan": "chaos", "seed": 1, "rate": 1.0})).await,
        204
    );
    assert_eq!(plan(json!({"plan": "nothing"})).await, 204);
    assert_eq!(plan(json!({"plan": "nonsense"})).await, 422);
    let gateway = json!({"plan": "gateway", "trouble": {"kind": "reconnect"}});
    assert_eq!(plan(gateway).await, 204);
    assert_eq!(bot.frame().await.unwrap()["op"], 7);
}

#[tokio::test]
async fn faults_can_be_settled_from_the_start() {
    let settings = |faults| SandboxSettings {
        faults,
        ..SandboxSettings::local(0)
    };
    let mut fine = [0, 0];
    for (fine, percent) in fine.iter_mut().zip([0, 100]) {
        // Some faults never answer. Without faults, even a slow answer counts.
        let timeout = if percent == 0 { LIMIT } else { POLL };
        let client = reqwest::Client::builder().timeout(timeout);
        let client = client.build().unwrap();
        let sandbox = Sandbox::start_with(settings(percent)).await.unwrap();
        let url = format!("{}/api/v10/gateway", sandbox.url());
        for _ in 0..20 {
            let answer = client.get(&url).send().await;
            let Ok(answer) = answer.and_then(reqwest::Response::error_for_status) else {
                continue;
            };
            let text = answer.text().await.unwrap_or_default();
            *fine += usize::from(serde_json::from_str::<Value>(&text).is_ok());
        }
    }
    assert_eq!(fine[0], 20, "nothing goes wrong unless it is asked for");
    // Some faults only delay the answer.
    assert!(fine[1] < 5, "{} of 20 were answered well", fine[1]);
}
