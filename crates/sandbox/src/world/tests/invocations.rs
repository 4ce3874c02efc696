//! Actions of users: checks, and the resulting interactions.

use super::*;

/// A world with a command of each type.
fn world_with_commands() -> World {
    let mut world = world();
    let option = |name: &str, kind: u64, more: Value| {
        let mut option = json!({"name": name, "description": "x", "type": kind});
        for (key, value) in more.as_object().unwrap() {
            option[key] = value.clone();
        }
        option
    };
    let sub = json!({"name": "one", "description": "x", "type": 1, "options": [
        option("word", 3, json!({"required": true, "autocomplete": true})), option("who", 6, json!({})),
        option("heat", 10, json!({})), option("file", 11, json!({})),
    ]});
    let commands = json!([
        {"name": "ask", "description": "x", "options": [sub]},
        {"name": "Rate this", "type": 3}, {"name": "Their texts", "type": 2},
    ]);
    world
        .overwrite_commands(NOW, commands.as_array().unwrap().clone())
        .unwrap();
    world.take_outbox();
    world
}

fn ask(options: &Value) -> Vec<Value> {
    vec![json!({"name": "one", "type": 1, "options": options})]
}

fn command(options: &Value) -> Invocation {
    Invocation::Command {
        name: "ask".into(),
        options: ask(options),
    }
}

#[test]
fn options_get_their_registered_types_and_are_resolved() {
    let mut world = world_with_commands();
    let upload = Upload {
        index: 0,
        id: 77,
        name: "mine.txt".into(),
        content_type: "text/plain".into(),
        size: 3,
        dimensions: None,
    };
    world.add_upload(&upload);
    let given = json!([
        {"name": "word", "value": "x"}, {"name": "heat", "type": 4, "value": 1}, {"name": "who", "value": BEN.to_string()},
        {"name": "file", "value": "77"},
    ]);
    let (_, data) = invoke(&mut world, ADA, GENERAL, &command(&given));
    let options = data["data"]["options"][0]["options"].as_array().unwrap();
    let kinds: Vec<_> = options
        .iter()
        .map(|option| option["type"].as_u64().unwrap())
        .collect();
    assert_eq!(kinds, [3, 10, 6, 11]);
    let resolved = &data["data"]["resolved"];
    assert_eq!(resolved["users"][BEN.to_string()]["global_name"], "Ben");
    assert_eq!(resolved["attachments"]["77"]["filename"], "mine.txt");
    let mut refused = |options: &Value| code(world.invoke(NOW, ADA, GENERAL, &command(options)));
    assert_eq!(refused(&json!([])), 50_035, "word is required");
    assert_eq!(
        refused(&json!([{"name": "word", "value": "x"}, {"name": "hue", "value": 1}])),
        50_035
    );
    assert_eq!(
        refused(&json!([{"name": "word", "value": "x"}, {"name": "who", "value": "5"}])),
        10_013
    );
}

#[test]
fn autocomplete_choices_are_requested_checked_and_kept() {
    let mut world = world_with_commands();
    let typing = |focused: &str| Invocation::Autocomplete {
        name: "ask".into(),
        options: ask(&json!([{"name": focused, "value": "ca", "focused": true}])),
    };
    assert_eq!(
        code(world.invoke(NOW, ADA, GENERAL, &typing("heat"))),
        50_035
    );
    let (token, data) = invoke(&mut world, ADA, GENERAL, &typing("word"));
    assert_eq!(
        (
            &data["type"],
            &data["data"]["options"][0]["options"][0]["focused"]
        ),
        (&json!(4), &json!(true))
    );
    let id = data["id"].as_str().unwrap().parse().unwrap();
    let mut answer = |answer: Value| world.create_response(NOW, id, &token, &body(answer));
    assert_eq!(
        code(answer(json!({"type": 4, "data": {"content": "x"}}))),
        50_035
    );
    assert_eq!(code(answer(json!({"type": 9, "data": {}}))), 50_035);
    let choice = |n: usize| json!({"name": format!("n{n}"), "value": "v"});
    let offer = |choices: Vec<Value>| json!({"type": 8, "data": {"choices": choices}});
    assert_eq!(code(answer(offer((0..26).map(choice).collect()))), 50_035);
    assert_eq!(
        code(answer(offer(vec![json!({"name": "n", "value": 5})]))),
        50_035
    );
    answer(offer(vec![choice(1)])).unwrap();
    assert_eq!(world.choices(&token).unwrap(), [choice(1)]);
}

#[test]
fn context_menu_commands_resolve_their_target() {
    let mut world = world_with_commands();
    let said = world
        .post_as_user(NOW, BEN, GENERAL, "my own words")
        .unwrap();
    world.take_outbox();
    let on = |name: &str, target| Invocation::ContextMenu {
        name: name.into(),
        target,
    };
    let (token, data) = invoke(
        &mut world,
        ADA,
        GENERAL,
        &on("Rate this", ContextMenuTarget::Message(said)),
    );
    let told = &data["data"];
    assert_eq!(
        (&told["type"], &told["target_id"]),
        (&json!(3), &json!(said.to_string()))
    );
    let message = &told["resolved"]["messages"][said.to_string()];
    assert_eq!(
        (&message["content"], &message["author"]["global_name"]),
        (&json!("my own words"), &json!("Ben"))
    );
    let private = respond(&mut world, &token, &json!({"content": "x", "flags": 64}));
    assert_eq!(
        code(world.invoke(
            NOW,
            ADA,
            GENERAL,
            &on("Rate this", ContextMenuTarget::Message(private))
        )),
        10_008
    );
    assert_eq!(
        code(world.invoke(
            NOW,
            ADA,
            GENERAL,
            &on("Rate this", ContextMenuTarget::User(BEN))
        )),
        10_063
    );
    let (_, data) = invoke(
        &mut world,
        ADA,
        GENERAL,
        &on("Their texts", ContextMenuTarget::User(BEN)),
    );
    assert!(data["data"]["resolved"]["members"][BEN.to_string()].is_object());
}

#[test]
fn select_menus_accept_offered_values_only() {
    let mut world = world();
    let (_, token) = say(&mut world);
    let option = |n: u64| json!({"label": format!("L{n}"), "value": format!("v{n}")});
    let rows = json!([
        {"type": 1, "components": [{"type": 3, "custom_id": "some", "min_values": 1, "max_values": 2, "options": [option(1), option(2), option(3)]}]},
        {"type": 1, "components": [{"type": 5, "custom_id": "people"}]},
        {"type": 1, "components": [{"type": 6, "custom_id": "roles"}]},
        {"type": 1, "components": [{"type": 8, "custom_id": "channels"}]},
    ]);
    let message = respond(
        &mut world,
        &token,
        &json!({"content": "x", "components": rows}),
    );
    let choose = |custom_id: &str, values: &[&str]| Invocation::Component {
        message,
        custom_id: custom_id.into(),
        values: values.iter().map(ToString::to_string).collect(),
    };
    for values in [&[][..], &["v1", "v2", "v3"], &["v4"], &["v1", "v1"]] {
        assert_eq!(
            code(world.invoke(NOW, BEN, GENERAL, &choose("some", values))),
            50_035,
            "{values:?}"
        );
    }
    let (_, data) = invoke(&mut world, BEN, GENERAL, &choose("some", &["v3", "v1"]));
    assert_eq!(data["data"]["values"], json!(["v3", "v1"]));
    let (ben, role) = (BEN.to_string(), world.roles()[0].id.to_string());
    for (menu, value, kind) in [
        ("people", ben, "users"),
        ("roles", role, "roles"),
        ("channels", GENERAL.to_string(), "channels"),
    ] {
        let (_, data) = invoke(&mut world, BEN, GENERAL, &choose(menu, &[&value]));
        assert!(data["data"]["resolved"][kind][&value].is_object(), "{data}");
        assert!(
            world
                .invoke(NOW, BEN, GENERAL, &choose(menu, &["5"]))
                .is_err()
        );
    }
}

#[test]
fn a_modal_is_opened_filled_in_and_submitted() {
    let mut world = world();
    let (_, token) = say(&mut world);
    let row = json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Edit", "custom_id": "edit"}]}]);
    let message = respond(
        &mut world,
        &token,
        &json!({"content": "x", "components": row}),
    );
    let press = Invocation::Component {
        message,
        custom_id: "edit".into(),
        values: vec![],
    };
    let (token, data) = invoke(&mut world, BEN, GENERAL, &press);
    let input = |id: &str, more: Value| {
        let mut input = json!({"type": 4, "custom_id": id, "label": id, "style": 1});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        json!({"type": 1, "components": [input]})
    };
    let modal = json!({"custom_id": "form:1", "title": "Edit", "components": [
        input("word", json!({"max_length": 5})), input("seed", json!({"required": false, "min_length": 2})), input("old", json!({"value": "kept"})),
    ]});
    let id = data["id"].as_str().unwrap().parse().unwrap();
    world
        .create_response(NOW, id, &token, &body(json!({"type": 9, "data": modal})))
        .unwrap();
    assert_eq!(world.modal(&token).unwrap()["title"], "Edit");
    let submit = |fields: &[(&str, &str)]| Invocation::Modal {
        token: token.clone(),
        fields: fields
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect(),
    };
    for fields in [
        &[][..],
        &[("word", "too long")],
        &[("word", "x"), ("seed", "1")],
        &[("word", "x"), ("hue", "y")],
    ] {
        assert_eq!(
            code(world.invoke(NOW, BEN, GENERAL, &submit(fields))),
            50_035,
            "{fields:?}"
        );
    }
    assert_eq!(
        code(world.invoke(NOW, ADA, GENERAL, &submit(&[("word", "x")]))),
        10_062,
        "it is Ben's"
    );
    world.take_outbox();
    let (sent, data) = invoke(&mut world, BEN, GENERAL, &submit(&[("word", "x")]));
    assert_eq!(
        (&data["type"], &data["message"]["id"]),
        (&json!(5), &json!(message.to_string()))
    );
    let values: Vec<&Value> = data["data"]["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["components"][0]["value"])
        .collect();
    assert_eq!(values, ["x", "", "kept"]);
    let id = data["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        code(world.create_response(NOW, id, &sent, &body(json!({"type": 9, "data": modal})))),
        50_035,
        "no dialog after a dialog"
    );
    world
        .create_response(
            NOW,
            id,
            &sent,
            &body(json!({"type": 7, "data": {"content": "new"}})),
        )
        .unwrap();
    assert_eq!(world.message(message).unwrap().content, "new");
}
