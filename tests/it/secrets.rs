//! Nothing that lets others speak for the bot, and nothing that people typed, is in a log, however much is logged.

use sandbox::Sandbox;
use serde_json::json;

use crate::harness::{ADA, BEN, TOKEN, being_written};
use crate::process::{Program, ended, registered, until};
use sandbox::{Disconnect, Invocation, RequestFault};

/// What an operator might set who wants to see everything.
const EVERYTHING: &str = "trace,serenity=trace,tungstenite=trace,tokio_tungstenite=trace,hyper=trace,hyper_util=trace,\
                          reqwest=trace,rustls=trace,sqlx=trace,h2=trace,tokenizers=trace,mouthpiece=trace";
const TYPED: &str = "Zanzibarbara";

fn command(name: &str, options: &serde_json::Value) -> Invocation {
    Invocation::Command {
        name: name.to_owned(),
        options: options.as_array().unwrap().clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_holds_a_token_or_what_was_typed_even_if_everything_is_logged_and_goes_wrong() {
    let (sandbox, folder) = (
        Sandbox::start(0).await.unwrap(),
        tempfile::tempdir().unwrap(),
    );
    for format in ["text", "json"] {
        let environment = [
            ("MOUTHPIECE__DISCORD__REQUEST_TIMEOUT_MS", "1000"),
            ("MOUTHPIECE__LOG__LEVEL", EVERYTHING),
            ("MOUTHPIECE__LOG__FORMAT", format),
        ];
        let program = Program::on(&sandbox, folder.path(), &environment);
        registered(&sandbox).await;
        let answer = |status| {
            RequestFault::response(
                status,
                &json!({"message": "no", "code": 0, "retry_after": 0.1}),
            )
        };
        for fault in [
            answer(429),
            answer(500),
            RequestFault::Hang,
            RequestFault::DropResponse,
        ] {
            sandbox.plan_fault("PATCH", "/messages/@original", &fault, 1);
        }
        let prompt = json!({"name": "prompt", "type": 3, "value": format!("{TYPED} went")});
        let mut asked = Vec::new();
        for (user, name, options) in [
            (
                ADA,
                "speak",
                json!([prompt, {"name": "length", "type": 4, "value": 6}]),
            ),
            (
                BEN,
                "speak",
                json!([prompt, {"name": "options", "type": 3, "value": format!("{TYPED}=1")}]),
            ),
            (
                BEN,
                "fill",
                json!([{"name": "text", "type": 3, "value": format!("{TYPED} ___.")}]),
            ),
            (
                ADA,
                "settings",
                json!([{"name": "set", "type": 1, "options": [prompt]}]),
            ),
            (
                ADA,
                "settings",
                json!([{"name": "show", "type": 1, "options": []}]),
            ),
            (ADA, "about", json!([])),
            (ADA, "help", json!([])),
            (ADA, "stop", json!([])),
        ] {
            asked.push(
                sandbox
                    .invoke(user, crate::harness::GENERAL, &command(name, &options))
                    .unwrap(),
            );
        }
        for token in &asked {
            until(&sandbox, "an answer", || {
                sandbox.world(|world| {
                    world
                        .responses(token)
                        .find(|message| !message.is_thinking() && !being_written(message))
                        .cloned()
                })
            })
            .await;
        }
        let before = sandbox.session_counts();
        sandbox.disconnect(Disconnect::Abort);
        until(&sandbox, "the bot back", || {
            (sandbox.session_counts() != before).then_some(())
        })
        .await;
        program.signal("TERM");
        let (code, output) = ended(program).await;
        assert_eq!(code, Some(0), "{output}");
        assert!(
            output.contains("a request failed and is retried"),
            "faults are logged: {output}"
        );
        for secret in asked.iter().map(String::as_str).chain([TOKEN, TYPED]) {
            let found = output.lines().find(|line| line.contains(secret));
            assert_eq!(found, None, "{secret} is in the log");
        }
        sandbox.world(sandbox::World::clear_commands);
    }
}
