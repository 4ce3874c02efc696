//! Events of Discord's gateway: who asks is who the event says, and nobody gets a rank that it does not give.

use mouthpiece::discord::fuzzing::{self, Asked};
use mouthpiece::service::PermissionLevel;
use serde_json::Value;

pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Ok(Some(asked)) = fuzzing::event(text) else {
        return;
    };
    let event: Value = serde_json::from_str(text).expect("serenity reads nothing else");
    fits(&asked, &event["d"]);
}

fn fits(asked: &Asked, event: &Value) {
    let user = asked.caller.user.0.to_string();
    let named = [&event["user"]["id"], &event["member"]["user"]["id"]];
    assert!(named.into_iter().any(|id| is(id, &user)), "{asked:?}");
    if asked.caller.location.guild.is_none() {
        assert_eq!(
            asked.caller.permission,
            PermissionLevel::Member,
            "{asked:?}"
        );
    }
    if asked.caller.permission > PermissionLevel::Member {
        assert!(!event["member"]["permissions"].is_null(), "{asked:?}");
    }
    if let Some(id) = event["data"]["custom_id"].as_str() {
        let argument = asked.argument.as_deref().expect("components have one");
        let written = format!("{}:{argument}", asked.name);
        assert!(written == id || written == format!("{id}:"), "{asked:?}");
    }
}

/// Discord writes its numbers as text; serenity takes plain ones as well.
fn is(id: &Value, number: &str) -> bool {
    match id {
        Value::String(text) => text.parse::<u64>() == number.parse(),
        other => other.as_u64() == number.parse().ok(),
    }
}
