//! Channels with and without the bot, and the bot's permissions.

use super::*;

fn register(world: &mut World, command: Value) {
    world.overwrite_commands(NOW, vec![command]).unwrap();
    world.take_outbox();
}

fn run() -> Invocation {
    Invocation::Command {
        name: "say".into(),
        options: vec![],
    }
}

#[test]
fn a_command_is_available_in_its_contexts_and_installations_only() {
    let mut world = world();
    assert_eq!(code(world.invoke(NOW, ADA, World::LOUNGE, &run())), 10_063);
    register(
        &mut world,
        json!({"name": "say", "description": "x", "integration_types": [1], "contexts": [0, 2]}),
    );
    assert_eq!(code(world.invoke(NOW, ADA, GENERAL, &run())), 10_063);
    assert_eq!(
        code(world.invoke(NOW, ADA, World::FIRST_DM, &run())),
        10_063
    );
    let (_, data) = invoke(&mut world, ADA, World::LOUNGE, &run());
    assert_eq!(
        data["authorizing_integration_owners"],
        json!({"1": ADA.to_string()})
    );
    assert_eq!(
        (&data["context"], &data["guild"]["id"]),
        (&json!(0), &json!(World::FOREIGN_GUILD.to_string()))
    );
    assert!(data["member"].is_object());
    let (_, data) = invoke(&mut world, BEN, World::GROUP_DM, &run());
    assert_eq!(
        (&data["context"], &data["channel"]["type"]),
        (&json!(2), &json!(3))
    );
    assert!(data["guild_id"].is_null() && data["user"]["id"] == json!(BEN.to_string()));
}

#[test]
fn default_member_permissions_restrict_commands_in_guilds() {
    let mut world = world();
    register(
        &mut world,
        json!({"name": "say", "description": "x", "default_member_permissions": "0"}),
    );
    assert!(world.invoke(NOW, ADA, GENERAL, &run()).is_ok());
    assert_eq!(code(world.invoke(NOW, BEN, GENERAL, &run())), 50_013);
    assert!(world.invoke(NOW, BEN, World::FIRST_DM + 1, &run()).is_ok());
    assert_eq!(
        code(world.invoke(NOW, BEN, World::FIRST_DM, &run())),
        10_003,
        "it is Ada's"
    );
}

#[test]
fn interactions_carry_locale_and_roles() {
    let mut world = world();
    world.set_locale(BEN, "es-ES").unwrap();
    assert_eq!(code(world.set_locale(BEN, "tlh")), 50_035);
    world.add_role(BEN, "Judges").unwrap();
    world.add_role(BEN, "Writers").unwrap();
    world.remove_role(BEN, "Writers").unwrap();
    assert_eq!(code(world.add_role(BEN, "Kings")), 10_011);
    world.take_outbox();
    let (_, data) = invoke(&mut world, BEN, GENERAL, &run());
    let judges = world.roles()[1].id.to_string();
    assert_eq!(
        (&data["locale"], &data["guild_locale"]),
        (&json!("es-ES"), &json!("en-US"))
    );
    assert_eq!(data["member"]["roles"], json!([judges]));
}

#[test]
fn channel_endpoints_require_access_and_permissions() {
    let mut world = world();
    let hello = body(json!({"content": "hello"}));
    let sent = world.create_message(NOW, GENERAL, &hello).unwrap();
    let id: u64 = sent["id"].as_str().unwrap().parse().unwrap();
    world
        .edit_message(NOW, GENERAL, id, &body(json!({"content": "bye"})))
        .unwrap();
    assert_eq!(world.get_message(GENERAL, id).unwrap()["content"], "bye");
    assert_eq!(
        code(world.get_message(GENERAL + 1, id)),
        10_008,
        "it is in another channel"
    );
    assert_eq!(
        code(world.create_message(NOW, World::LOUNGE, &hello)),
        50_001
    );
    assert_eq!(
        code(world.create_message(NOW, World::GROUP_DM, &hello)),
        50_001
    );
    assert_eq!(code(world.create_message(NOW, 5, &hello)), 10_003);
    world.set_bot_permissions(GENERAL, channel::VIEW_CHANNEL);
    assert_eq!(code(world.create_message(NOW, GENERAL, &hello)), 50_013);
    assert_eq!(code(world.get_message(GENERAL, id)), 50_013);
    world.set_bot_permissions(GENERAL, 0);
    assert_eq!(code(world.edit_message(NOW, GENERAL, id, &hello)), 50_001);
}

#[test]
fn the_bot_cannot_edit_or_delete_messages_of_users() {
    let mut world = world();
    let id = world
        .post_as_user(NOW, BEN, GENERAL, "my own words")
        .unwrap();
    assert_eq!(
        world.get_message(GENERAL, id).unwrap()["content"],
        "",
        "no intent to read it"
    );
    assert_eq!(
        code(world.edit_message(NOW, GENERAL, id, &body(json!({"content": "x"})))),
        50_005
    );
    assert_eq!(code(world.delete_message_by_bot(GENERAL, id)), 50_013);
    let direct = World::FIRST_DM + 1;
    let id = world.post_as_user(NOW, BEN, direct, "hello bot").unwrap();
    assert_eq!(
        world.get_message(direct, id).unwrap()["content"],
        "hello bot"
    );
    assert_eq!(code(world.delete_message_by_bot(direct, id)), 50_003);
    assert_eq!(code(world.post_as_user(NOW, BEN, GENERAL, " ")), 50_006);
    assert_eq!(
        code(world.post_as_user(NOW, BEN, World::FIRST_DM, "x")),
        10_003
    );
    let seen = |user| {
        world.page_state(user).unwrap()["messages"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        (seen(ADA), seen(BEN)),
        (1, 2),
        "others do not see what is said to the bot alone"
    );
}

#[test]
fn channel_endpoints_do_not_know_ephemeral_messages() {
    let mut world = world();
    let (_, token) = say(&mut world);
    let id = respond(&mut world, &token, &json!({"content": "psst", "flags": 64}));
    assert_eq!(code(world.get_message(GENERAL, id)), 10_008);
    assert_eq!(code(world.delete_message_by_bot(GENERAL, id)), 10_008);
}
