//! What is said over gateway connections, line by line: the relay between serenity and Discord changes nothing but what it
//! has to, and the sandbox's gateway answers whatever it hears with what the relay understands.

use std::sync::OnceLock;

use mouthpiece::discord::fuzzing;
use sandbox::Sandbox;
use serde_json::Value;
use tokio::runtime::Runtime;

static SANDBOX: OnceLock<(Runtime, Sandbox)> = OnceLock::new();

pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let lines: Vec<&str> = text.lines().collect();
    for line in &lines {
        relayed(line);
    }
    let (_, sandbox) = SANDBOX.get_or_init(|| {
        let runtime = Runtime::new().expect("threads");
        let sandbox = runtime.block_on(Sandbox::start(0)).expect("a port");
        (runtime, sandbox)
    });
    let (told, code) = sandbox.gateway_exchange(&lines);
    assert!(code.is_none_or(|code| (4001..=4005).contains(&code)));
    for text in told {
        let event: Value = serde_json::from_str(&text).expect("Discord says JSON");
        assert_eq!(
            fuzzing::begun(&text).is_some(),
            event["t"] == "READY",
            "{text}"
        );
    }
}

fn relayed(line: &str) {
    let said = fuzzing::said(line);
    if said != line {
        let mut identify: Value = serde_json::from_str(line).expect("only JSON is changed");
        assert_eq!(identify["op"], 2, "{line}");
        identify["d"]["compress"] = false.into();
        assert_eq!(said, identify.to_string());
    }
    if let Some((session, place)) = fuzzing::begun(line) {
        let ready: Value = serde_json::from_str(line).expect("only JSON is understood");
        assert_eq!(ready["d"]["session_id"], session);
        assert_eq!(ready["d"]["resume_gateway_url"], place);
    }
}
