//! Bodies at and beyond Discord's limits.

use super::*;

#[test]
fn messages_beyond_discords_limits_are_rejected() {
    let mut world = world();
    let (id, token) = say(&mut world);
    let mut answer = |data: Value| {
        world
            .create_response(
                later(10),
                id,
                &token,
                &body(json!({"type": 4, "data": data})),
            )
            .unwrap_err()
            .code
    };
    assert_eq!(answer(json!({})), 50_006);
    assert_eq!(answer(json!({"content": "x".repeat(2001)})), 50_035);
    assert_eq!(answer(json!({"content": "😀".repeat(1001)})), 50_035);
    assert_eq!(
        answer(json!({"embeds": [{"description": "x".repeat(4097)}]})),
        50_035
    );
    let half = json!({"description": "x".repeat(3001)});
    assert_eq!(answer(json!({"embeds": [half, half]})), 50_035);
    let button = json!({"type": 2, "style": 1, "label": "a", "custom_id": "same"});
    assert_eq!(
        answer(
            json!({"content": "x", "components": [{"type": 1, "components": [button, button]}]})
        ),
        50_035
    );
}

#[test]
fn rejected_commands_leave_the_registered_ones_unchanged() {
    let mut world = world();
    let mut put = |command: Value| world.overwrite_commands(NOW, vec![command]).map(|_| ());
    assert!(put(json!({"name": "Say", "description": "x"})).is_err());
    assert!(put(json!({"name": "say", "description": "x".repeat(101)})).is_err());
    assert!(put(json!({"name": "say", "description": ""})).is_err());
    let option = |n: usize| json!({"name": format!("o{n}"), "description": "x", "type": 3});
    assert!(put(json!({"name": "say", "description": "x", "options": (0..26).map(option).collect::<Vec<_>>()})).is_err());
    assert_eq!(world.commands().len(), 1);
}

/// The error message of a rejected body.
fn error_message(result: Result<(), ApiError>) -> String {
    let error = result.unwrap_err();
    assert_eq!((error.status, error.code), (400, 50_035), "{error:?}");
    error.message
}

#[test]
fn modals_beyond_discords_limits_are_rejected() {
    let input = |changes: Value| {
        let mut input = json!({"type": 4, "custom_id": "text", "style": 1, "label": "Text"});
        for (key, value) in changes.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    let modal = |title: &str, inputs: Vec<Value>| {
        let rows: Vec<Value> = inputs
            .into_iter()
            .map(|input| json!({"type": 1, "components": [input]}))
            .collect();
        super::super::limits::check_modal(
            &json!({"title": title, "custom_id": "m", "components": rows}),
        )
    };
    assert!(modal(&"x".repeat(45), vec![input(json!({}))]).is_ok());
    assert!(error_message(modal(&"x".repeat(46), vec![input(json!({}))])).contains("title"));
    assert!(error_message(modal("x", vec![])).contains("components"));
    let six = (0..6).map(|n| input(json!({"custom_id": n.to_string()})));
    assert!(error_message(modal("x", six.collect())).contains("between 1 and 5"));
    assert!(
        error_message(modal("x", vec![input(json!({})), input(json!({}))])).contains("duplicated")
    );
    for (changes, place) in [
        (json!({"label": "x".repeat(46)}), "label"),
        (json!({"label": ""}), "label"),
        (json!({"placeholder": "x".repeat(101)}), "placeholder"),
        (json!({"value": "x".repeat(4001)}), "value"),
        (json!({"value": "xxx", "max_length": 2}), "value"),
        (json!({"max_length": 4001}), "max_length"),
        (json!({"min_length": 9, "max_length": 8}), "min_length"),
        (json!({"style": 3}), "style"),
        (json!({"style": null}), "style"),
        (json!({"custom_id": "x".repeat(101)}), "custom_id"),
        (json!({"type": 2}), "type"),
    ] {
        let said = error_message(modal("x", vec![input(changes.clone())]));
        assert!(said.contains(place), "{changes}: {said}");
    }
}

#[test]
fn components_beyond_discords_limits_are_rejected() {
    let check = |component: Value| {
        let row = json!({"type": 1, "components": [component]});
        super::super::limits::check_message(
            &json!({"content": "x", "components": [row]}),
            super::super::limits::MessageWrite::Create { files: 0 },
        )
    };
    let button = json!({"type": 2, "style": 1, "custom_id": "a", "label": "A"});
    let option = |n: usize| json!({"label": format!("L{n}"), "value": format!("v{n}")});
    let menu = |options: Vec<Value>| json!({"type": 3, "custom_id": "a", "options": options});
    assert!(check(button.clone()).is_ok());
    assert!(
        check(json!({"type": 2, "style": 2, "custom_id": "a", "emoji": {"name": "🎲"}})).is_ok()
    );
    assert!(
        check(json!({"type": 2, "style": 5, "url": "https://example.org", "label": "Go"})).is_ok()
    );
    assert!(check(menu((0..25).map(option).collect())).is_ok());
    let long = "x".repeat(101);
    for (component, place) in [
        (json!({"type": 2, "style": 1, "custom_id": "a"}), "label"),
        (
            json!({"type": 2, "style": 1, "custom_id": "", "label": "A"}),
            "custom_id",
        ),
        (
            json!({"type": 2, "style": 7, "custom_id": "a", "label": "A"}),
            "style",
        ),
        (
            json!({"type": 2, "style": 1, "custom_id": "a", "emoji": {"name": ":dice:"}}),
            "emoji",
        ),
        (json!({"type": 2, "style": 5, "label": "Go"}), "url"),
        (
            json!({"type": 2, "style": 5, "label": "Go", "url": "javascript:alert(1)"}),
            "url",
        ),
        (
            json!({"type": 2, "style": 1, "custom_id": "a", "label": "A", "url": "https://x.y"}),
            "both",
        ),
        (menu(vec![]), "options"),
        (menu((0..26).map(option).collect()), "options"),
        (menu(vec![option(1), option(1)]), "already used"),
        (menu(vec![json!({"label": long, "value": "v"})]), "label"),
        (menu(vec![json!({"label": "l", "value": long})]), "value"),
        (
            menu(vec![
                json!({"label": "l", "value": "v", "description": long}),
            ]),
            "description",
        ),
        (
            json!({"type": 3, "custom_id": "a", "options": [option(1)], "max_values": 2}),
            "max_values",
        ),
        (
            json!({"type": 5, "custom_id": "a", "min_values": 3, "max_values": 2}),
            "min_values",
        ),
        (json!({"type": 9, "custom_id": "a"}), "type"),
    ] {
        let said = error_message(check(component.clone()));
        assert!(said.contains(place), "{component}: {said}");
    }
    let row = json!({"type": 1, "components": [button, {"type": 5, "custom_id": "b"}]});
    let both = json!({"content": "x", "components": [row]});
    let sending = super::super::limits::MessageWrite::Create { files: 0 };
    assert!(error_message(super::super::limits::check_message(&both, sending)).contains("width"));
}

#[test]
fn commands_beyond_discords_limits_are_rejected() {
    let mut world = world();
    let mut put = |command: Value| world.overwrite_commands(NOW, vec![command]).map(drop);
    assert!(put(json!({"name": "Rate this Text", "type": 3})).is_ok());
    let choice = |n: usize| json!({"name": format!("n{n}"), "value": format!("v{n}")});
    let option = |changes: Value| {
        let mut option = json!({"name": "o", "description": "x", "type": 3});
        for (key, value) in changes.as_object().unwrap() {
            option[key] = value.clone();
        }
        json!({"name": "say", "description": "x", "options": [option]})
    };
    let big: Vec<Value> = (0..25)
        .map(|n| json!({"name": format!("{n:0100}"), "value": format!("{n:0100}")}))
        .collect();
    let options: Vec<Value> = (0..2)
        .map(|n| json!({"name": format!("o{n}"), "description": "x", "type": 3, "choices": big}))
        .collect();
    for (command, place) in [
        (
            json!({"name": "Rate", "type": 3, "description": "x"}),
            "description",
        ),
        (json!({"name": "x".repeat(33), "type": 2}), "name"),
        (
            json!({"name": "say", "description": "x", "name_localizations": {"de": "Sagen"}}),
            "name",
        ),
        (
            json!({"name": "say", "description": "x", "description_localizations": {"xx": "y"}}),
            "one of",
        ),
        (
            json!({"name": "say", "description": "x", "description_localizations": {"fr": "x".repeat(101)}}),
            "fr",
        ),
        (
            json!({"name": "say", "description": "x", "default_member_permissions": 8}),
            "default_member_permissions",
        ),
        (
            json!({"name": "say", "description": "x", "contexts": [3]}),
            "contexts",
        ),
        (
            option(json!({"choices": (0..26).map(choice).collect::<Vec<_>>()})),
            "choices",
        ),
        (option(json!({"choices": [choice(1), choice(1)]})), "unique"),
        (
            option(json!({"choices": [choice(1)], "autocomplete": true})),
            "autocomplete",
        ),
        (option(json!({"type": 4, "choices": [choice(1)]})), "type"),
        (option(json!({"type": 12})), "type"),
        (
            json!({"name": "say", "description": "x", "options": options}),
            "8000",
        ),
    ] {
        let said = error_message(put(command.clone()));
        assert!(said.contains(place), "{command}: {said}");
    }
    let menus = (0..16)
        .map(|n| json!({"name": format!("M{n}"), "type": 3}))
        .collect();
    assert_eq!(code(world.overwrite_commands(NOW, menus)), 30_032);
}

#[test]
fn embeds_beyond_discords_limits_are_rejected() {
    let check = |embed: Value| {
        super::super::limits::check_message(
            &json!({"embeds": [embed]}),
            super::super::limits::MessageWrite::Create { files: 0 },
        )
    };
    assert!(check(json!({"image": {"url": "attachment://a.png"}})).is_ok());
    for (embed, place) in [
        (json!({}), "required"),
        (json!({"image": {"url": "a.png"}}), "image.url"),
        (json!({"title": "x", "url": "attachment://a.png"}), "url"),
        (json!({"title": "x", "color": 0x0100_0000}), "color"),
        (
            json!({"fields": [{"name": "", "value": "x"}]}),
            "fields.0.name",
        ),
        (json!({"footer": {"text": "x".repeat(2049)}}), "footer.text"),
    ] {
        let said = error_message(check(embed.clone()));
        assert!(said.contains(place), "{embed}: {said}");
    }
}
