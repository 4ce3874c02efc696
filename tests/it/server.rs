//! What managers settle for a server: who may have texts, where, of what kind and how many.

use std::time::Duration;

use sandbox::{ChannelMessage, World};
use serde_json::{Value, json};

use crate::harness::{ADA, BEN, Bot, GENERAL, description, footer};

const EXPERIMENTS: u64 = GENERAL + 1;

async fn overview(bot: &Bot) -> ChannelMessage {
    let token = bot.slash(ADA, "server", json!({"settings": {}}));
    bot.answer(&token).await
}

async fn says(bot: &Bot, panel: &ChannelMessage, words: &str) -> ChannelMessage {
    let fits = |world: &World| {
        let message = world.messages().find(|message| message.id == panel.id)?;
        message.text().contains(words).then(|| message.clone())
    };
    bot.until(words, fits).await
}

/// The panel once it is the view of that title.
async fn titled(bot: &Bot, panel: &ChannelMessage, title: &str) -> ChannelMessage {
    let fits = |world: &World| {
        let message = world.messages().find(|message| message.id == panel.id)?;
        (message.embeds[0]["title"] == title).then(|| message.clone())
    };
    bot.until(title, fits).await
}

/// Opens a part of the overview and chooses there.
async fn choose(bot: &Bot, (part, title): (&str, &str), values: &[&str]) -> ChannelMessage {
    let shown = overview(bot).await;
    bot.choose(ADA, &shown, "server:open", &[part]);
    let view = titled(bot, &shown, title).await;
    bot.choose(ADA, &view, &format!("server:{part}"), values);
    says(bot, &shown, "Kept.").await
}

/// From the overview to what holds in one channel.
async fn of_channel(bot: &Bot, overview: &ChannelMessage, channel: u64) -> ChannelMessage {
    bot.choose(ADA, overview, "server:open", &["channel"]);
    let view = says(bot, overview, "Choose the channel.").await;
    bot.choose(ADA, &view, "server:channel", &[&channel.to_string()]);
    says(bot, overview, "and its threads instead").await
}

/// Opens a form of the overview and fills it in. Returns the overview, and what was sent.
async fn send(bot: &Bot, part: &str, fields: &[(&str, &str)]) -> (ChannelMessage, String) {
    let shown = overview(bot).await;
    let opened = bot.choose(ADA, &shown, "server:open", &[part]);
    let token = bot.submit(ADA, &opened, fields).await;
    (shown, token)
}

/// The overview as it is when a form was taken.
async fn fill_in(bot: &Bot, part: &str, fields: &[(&str, &str)]) -> ChannelMessage {
    let (shown, _) = send(bot, part, fields).await;
    says(bot, &shown, "Kept.").await
}

fn short(seed: u64) -> Value {
    json!({"prompt": "Once upon a time", "length": 2, "seed": seed})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_wins_over_a_person_a_channel_a_server_and_the_configuration() {
    let bot = Bot::start().await;
    let shown = overview(&bot).await;
    let length = async |shown: &ChannelMessage, scope: &str, value: &str| {
        let opened = bot.choose(ADA, shown, &format!("settings:{scope}:change"), &["length"]);
        bot.submit(ADA, &opened, &[("value", value)]).await;
        says(&bot, shown, &format!("**length** {value}")).await;
    };
    let in_force = async |options: Value| {
        let token = bot.slash(BEN, "speak", options);
        footer(&bot.spoken(&token).await)
    };
    let prompt = json!({"prompt": "Once upon a time"});
    bot.choose(ADA, &shown, "server:open", &["defaults"]);
    let panel = titled(&bot, &shown, "Defaults of this server").await;
    length(&panel, "server", "3").await;
    assert!(in_force(prompt.clone()).await.contains("length 3"));
    let panel = says(&bot, &shown, "length").await;
    bot.press(ADA, &panel, "Back");
    let home = titled(&bot, &shown, "This server").await;
    let channel = of_channel(&bot, &home, GENERAL).await;
    bot.choose(
        ADA,
        &channel,
        &format!("server:open:{GENERAL}"),
        &["defaults"],
    );
    let panel = says(&bot, &shown, "**length** 3 · the server's").await;
    length(&panel, &GENERAL.to_string(), "4").await;
    assert!(in_force(prompt.clone()).await.contains("length 4"));
    let token = bot
        .in_channel(EXPERIMENTS)
        .slash(BEN, "speak", prompt.clone());
    assert!(
        footer(&bot.spoken(&token).await).contains("length 3"),
        "another channel has the server's"
    );
    let token = bot.slash(BEN, "settings", json!({"show": {}}));
    let origin = description(&bot.answer(&token).await);
    assert!(origin.contains("**length** 4 · the channel's"), "{origin}");
    let token = bot.slash(BEN, "settings", json!({"set": {"length": 5}}));
    assert!(description(&bot.answer(&token).await).contains("**length** 5 · yours"));
    assert!(in_force(prompt.clone()).await.contains("length 5"));
    assert!(
        in_force(json!({"prompt": "Once upon a time", "length": 6}))
            .await
            .contains("length 6")
    );
    let token = bot
        .in_direct(BEN)
        .slash(BEN, "speak", json!({"prompt": "Once", "length": 2}));
    assert!(footer(&bot.spoken(&token).await).contains("length 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_stay_in_the_allowed_channels_but_not_in_direct_messages() {
    let mut bot = Bot::start().await;
    choose(&bot, ("channels", "Channels"), &[&EXPERIMENTS.to_string()]).await;
    bot.restart().await;
    let token = bot.slash(BEN, "speak", short(1));
    let told = bot.told(&token).await;
    assert_eq!(
        told,
        format!("Here texts are written in <#{EXPERIMENTS}> only. Or write to the bot directly.")
    );
    let token = bot.slash(BEN, "fill", json!({"text": "The ___ sat."}));
    assert!(bot.told(&token).await.contains("only"));
    for channel in [EXPERIMENTS, World::THREAD] {
        let token = bot.in_channel(channel).slash(BEN, "speak", short(1));
        bot.spoken(&token).await;
    }
    let token = bot.in_direct(BEN).slash(BEN, "speak", short(1));
    bot.spoken(&token).await;
    choose(&bot, ("channels", "Channels"), &[]).await;
    let token = bot.slash(BEN, "speak", short(1));
    bot.spoken(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_can_be_needed() {
    let bot = Bot::start().await;
    let role = bot.sandbox.world(|world| world.roles()[0].clone());
    choose(&bot, ("roles", "Roles"), &[&role.id.to_string()]).await;
    let token = bot.slash(BEN, "speak", short(1));
    assert!(
        bot.told(&token)
            .await
            .contains(&format!("the role <@&{}> only", role.id))
    );
    bot.sandbox
        .world(|world| world.add_role(BEN, &role.name))
        .unwrap();
    let token = bot.slash(BEN, "speak", short(1));
    bot.spoken(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strategies_and_length_can_be_narrowed() {
    let bot = Bot::start().await;
    choose(&bot, ("strategies", "Strategies"), &["naive", "gibbs"]).await;
    let settled = fill_in(&bot, "limits", &[("length", "3"), ("pace", "2")]).await;
    assert!(
        description(&settled).contains("**Longest text** 3 tokens"),
        "{}",
        settled.text()
    );
    let token = bot.slash(BEN, "speak", json!({"prompt": "Once upon a time"}));
    let footer = footer(&bot.spoken(&token).await);
    assert!(
        footer.starts_with("naive") && footer.contains("length 3"),
        "{footer}"
    );
    let token = bot.slash(
        BEN,
        "speak",
        json!({"prompt": "Once", "strategy": "lookahead"}),
    );
    assert_eq!(
        bot.told(&token).await,
        "The strategy lookahead is not used here; use one of naive, gibbs."
    );
    let token = bot.slash(BEN, "speak", json!({"prompt": "Once", "length": 4}));
    assert_eq!(
        bot.told(&token).await,
        "Length must be at most 3 here, not 4."
    );
    let (_, token) = send(&bot, "limits", &[("length", "many")]).await;
    let refused = bot.answer(&token).await;
    assert!(
        refused
            .content
            .contains("must be a whole number from 1 to 400, or empty"),
        "{}",
        refused.content
    );
    assert!(
        description(&overview(&bot).await).contains("**Longest text** 3 tokens"),
        "nothing was lost"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_can_have_limits_of_its_own() {
    let mut bot = Bot::start().await;
    fill_in(&bot, "limits", &[("length", "9"), ("running", "2")]).await;
    fill_in(&bot, "words", &[("words", "crumpet")]).await;
    let id = |action: &str| format!("server:{action}:{EXPERIMENTS}");
    let shown = overview(&bot).await;
    let channel = of_channel(&bot, &shown, EXPERIMENTS).await;
    let opened = bot.choose(ADA, &channel, &id("open"), &["limits"]);
    bot.submit(ADA, &opened, &[("length", "4"), ("pace", "3")])
        .await;
    let kept = says(&bot, &shown, "**Longest text** 4 tokens").await;
    let opened = bot.choose(ADA, &kept, &id("open"), &["words"]);
    bot.submit(ADA, &opened, &[("words", "teapot")]).await;
    let kept = says(&bot, &shown, "**Banned words** teapot").await;
    bot.choose(ADA, &kept, &id("open"), &["strategies"]);
    let view = titled(&bot, &shown, "Strategies").await;
    bot.choose(ADA, &view, &id("strategies"), &["naive"]);
    let kept = says(&bot, &shown, "**Strategies** naive").await;
    assert!(
        description(&kept).contains("**Roles** as on the server"),
        "{}",
        kept.text()
    );
    bot.press(ADA, &kept, "Back");
    let home = titled(&bot, &shown, "This server").await;
    assert!(
        description(&home).contains("**Longest text** 9 tokens"),
        "{}",
        home.text()
    );

    bot.restart().await;
    for channel in [EXPERIMENTS, World::THREAD] {
        let there = bot.in_channel(channel);
        let token = there.slash(BEN, "speak", json!({"prompt": "Once upon a time"}));
        let footer = footer(&bot.spoken(&token).await);
        assert!(
            footer.starts_with("naive") && footer.contains("length 4"),
            "{footer}"
        );
        for (options, refusal) in [
            (
                json!({"prompt": "Once", "length": 5}),
                "Length must be at most 4 here, not 5.",
            ),
            (
                json!({"prompt": "Once", "strategy": "gibbs"}),
                "The strategy gibbs is not used here; use one of naive.",
            ),
            (
                json!({"prompt": "A teapot is"}),
                "\"teapot\" is not written here; use another word.",
            ),
            (
                json!({"prompt": "A crumpet is"}),
                "\"crumpet\" is not written here; use another word.",
            ),
        ] {
            let token = there.slash(BEN, "speak", options);
            assert_eq!(bot.told(&token).await, refusal);
        }
    }
    let token = bot.slash(
        BEN,
        "speak",
        json!({"prompt": "A teapot is", "strategy": "gibbs", "length": 9}),
    );
    bot.spoken(&token).await;

    let role = bot.sandbox.world(|world| world.roles()[0].clone());
    let shown = overview(&bot).await;
    let channel = of_channel(&bot, &shown, EXPERIMENTS).await;
    bot.choose(ADA, &channel, &id("open"), &["roles"]);
    let view = titled(&bot, &shown, "Roles").await;
    bot.choose(ADA, &view, &id("roles"), &[&role.id.to_string()]);
    says(&bot, &shown, &format!("**Roles** <@&{}>", role.id)).await;
    let token = bot.in_channel(EXPERIMENTS).slash(BEN, "speak", short(1));
    assert!(bot.told(&token).await.contains("the role"));
    bot.spoken(&bot.slash(BEN, "speak", short(1))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_banned_words_are_neither_taken_nor_written() {
    let bot = Bot::start().await;
    let settled = fill_in(&bot, "words", &[("words", "crumpet, the")]).await;
    assert!(
        description(&settled).contains("**Banned words** crumpet, the"),
        "{}",
        settled.text()
    );
    let token = bot.slash(BEN, "speak", json!({"prompt": "A crumpet is"}));
    assert_eq!(
        bot.told(&token).await,
        "\"crumpet\" is not written here; use another word."
    );
    let token = bot.slash(
        BEN,
        "speak",
        json!({"prompt": "Once upon a time", "length": 30, "seed": 2}),
    );
    let text = description(&bot.spoken(&token).await).to_lowercase();
    assert!(
        !text
            .split(|c: char| !c.is_alphabetic())
            .any(|word| word == "the"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_ends_says_when_it_goes_on_and_survives_a_restart() {
    let mut bot = Bot::start().await;
    fill_in(&bot, "quotas", &[("person_hour", "2")]).await;
    for seed in 1..=2 {
        let token = bot.slash(BEN, "speak", short(seed));
        bot.spoken(&token).await;
    }
    // A text that is refused does not count for anybody.
    let token = bot.slash(ADA, "speak", json!({"prompt": ""}));
    bot.told(&token).await;
    bot.restart().await;
    let token = bot.slash(BEN, "speak", short(3));
    let told = bot.told(&token).await;
    assert!(
        told.starts_with("Here you may have 2 texts in any hour")
            && told.contains("<t:")
            && told.contains(":R>"),
        "{told}"
    );
    for seed in 1..=2 {
        let token = bot.slash(ADA, "speak", short(seed));
        bot.spoken(&token).await;
    }
    let token = bot.in_direct(BEN).slash(BEN, "speak", short(1));
    bot.spoken(&token).await;
    let token = bot.slash(ADA, "server", json!({"reset": {"user": BEN.to_string()}}));
    assert!(bot.answer(&token).await.content.contains("starts afresh"));
    let token = bot.slash(BEN, "speak", short(3));
    bot.spoken(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_can_be_a_pause_between_two_texts_of_one_person() {
    let bot = Bot::start().await;
    fill_in(&bot, "quotas", &[("cooldown", "3600")]).await;
    let token = bot.slash(BEN, "speak", short(1));
    bot.spoken(&token).await;
    let token = bot.slash(BEN, "speak", short(2));
    let told = bot.told(&token).await;
    assert!(
        told.starts_with("Here 3600 seconds must pass between two of your texts."),
        "{told}"
    );
    let token = bot.slash(ADA, "speak", short(1));
    bot.spoken(&token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duel_is_two_texts_without_a_pause_between_them() {
    let bot = Bot::start().await;
    fill_in(
        &bot,
        "quotas",
        &[("cooldown", "3600"), ("person_hour", "2")],
    )
    .await;
    let options =
        json!({"prompt": "Once", "first": "blocks 0.8", "second": "naive 1", "length": 4});
    let token = bot.slash(BEN, "arena", options);
    let open = |message: &ChannelMessage| json!(message.components).to_string().contains("vote:");
    bot.see(&token, "two texts to vote on", open).await;
    let told = bot.told(&bot.slash(BEN, "speak", short(1))).await;
    assert!(told.starts_with("Here 3600 seconds must pass"), "{told}");
    let reset = bot.slash(ADA, "server", json!({"reset": {"user": BEN.to_string()}}));
    bot.answer(&reset).await;
    let options =
        json!({"prompt": "Once", "first": "blocks 0.8", "second": "naive 1", "length": 4});
    let token = bot.slash(BEN, "arena", options);
    bot.see(&token, "another duel", open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_from_elsewhere_is_shown_only_where_its_words_may_be() {
    let bot = Bot::start().await;
    let private = bot.in_direct(BEN);
    let options = json!({"prompt": "The parliament sat", "length": 2});
    let spoken = bot.spoken(&private.slash(BEN, "speak", options)).await;
    let id = footer(&spoken);
    let (_, id) = id.split_once("id ").unwrap();
    let shown = bot.spoken(&bot.slash(BEN, "show", json!({"id": id}))).await;
    assert!(crate::harness::description(&shown).starts_with("The parliament"));
    fill_in(&bot, "words", &[("words", "parliament")]).await;
    let told = bot.told(&bot.slash(BEN, "show", json!({"id": id}))).await;
    assert!(told.starts_with("That text holds a word"), "{told}");
    bot.spoken(&private.slash(BEN, "show", json!({"id": id})))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_stop_somebodys_texts() {
    let bot = Bot::start().await;
    let options =
        json!({"prompt": "Once", "strategy": "gibbs", "length": 60, "options": "iterations=2000"});
    let token = bot.slash(BEN, "speak", options);
    bot.see(
        &token,
        "a text in the making",
        crate::harness::being_written,
    )
    .await;
    let stop = bot.slash(ADA, "server", json!({"stop": {"user": BEN.to_string()}}));
    assert!(
        bot.answer(&stop)
            .await
            .content
            .starts_with("Stopped the text of")
    );
    assert!(footer(&bot.answer(&token).await).contains("stopped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_managers_see_and_work_the_panel() {
    let bot = Bot::start().await;
    let command = bot.sandbox.world(|world| {
        let found = world
            .commands()
            .iter()
            .find(|command| command["name"] == "server");
        found.cloned().unwrap()
    });
    assert_eq!(command["default_member_permissions"], "32");
    assert_eq!(command["contexts"], json!([0]));
    let shown = overview(&bot).await;
    let text = bot.spoken(&bot.slash(ADA, "speak", short(1))).await;
    let channel = format!("server:roles:{EXPERIMENTS}");
    for forged in [
        "server:open",
        "server:home",
        &channel,
        "settings:server:temperature:0.3",
        "settings:7:strategy",
    ] {
        let token = bot.forge(BEN, &text, forged);
        assert_eq!(
            bot.answer(&token).await.content,
            "Only people who may manage the server can do this; ask one of them.",
            "{forged}"
        );
    }
    for forged in [
        "server:quotas",
        "server:roles:x",
        "server:channels:7",
        "settings:0:reset",
    ] {
        let token = bot.forge(ADA, &text, forged);
        let told = bot.answer(&token).await.content;
        assert!(
            told.contains("from another version of the bot"),
            "{forged}: {told}"
        );
    }
    says(&bot, &shown, "**Roles** everybody").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_channel_settled_is_said_to_be_the_channels_and_its_defaults_keep_to_it() {
    let bot = Bot::start().await;
    let id = |action: &str| format!("server:{action}:{EXPERIMENTS}");
    let shown = overview(&bot).await;
    let channel = of_channel(&bot, &shown, EXPERIMENTS).await;
    let opened = bot.choose(ADA, &channel, &id("open"), &["limits"]);
    bot.submit(ADA, &opened, &[("length", "5")]).await;
    let kept = says(&bot, &shown, "**Longest text** 5 tokens").await;
    bot.choose(ADA, &kept, &id("open"), &["strategies"]);
    let view = titled(&bot, &shown, "Strategies").await;
    bot.choose(ADA, &view, &id("strategies"), &["gibbs"]);
    let kept = says(&bot, &shown, "**Strategies** gibbs").await;
    let there = bot.in_channel(EXPERIMENTS);
    let panel = bot
        .answer(&there.slash(BEN, "settings", json!({"show": {}})))
        .await;
    let said = description(&panel);
    assert!(said.contains("**length** 5 · the channel's"), "{said}");
    assert!(
        said.contains("**strategy** gibbs · the channel's"),
        "{said}"
    );
    // From elsewhere, with options that only the strategy of the channel has.
    bot.choose(ADA, &kept, &id("open"), &["defaults"]);
    let panel = says(&bot, &shown, "**strategy** gibbs").await;
    let opened = bot.choose(
        ADA,
        &panel,
        &format!("settings:{EXPERIMENTS}:change"),
        &["options"],
    );
    bot.submit(ADA, &opened, &[("value", "iterations=9")]).await;
    says(&bot, &shown, "**options** iterations=9").await;
    // A text from elsewhere goes on there in the way and the length that there are.
    let long = json!({"prompt": "Fill ___ in ___.", "strategy": "template"});
    let text = bot.spoken(&bot.slash(BEN, "speak", long)).await;
    let show = |id: &str| there.slash(BEN, "show", json!({"id": id}));
    let (_, id) = footer(&text)
        .rsplit_once("id ")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let shown = bot.spoken(&show(&id)).await;
    let token = there.press(BEN, &shown, "Continue");
    let footer = footer(&bot.spoken(&token).await);
    assert!(
        footer.starts_with("gibbs") && footer.contains("length 5"),
        "{footer}"
    );
    let chosen = bot
        .answer(&there.slash(BEN, "settings", json!({"show": {}})))
        .await;
    bot.choose(BEN, &chosen, "settings:me:strategy", &["naive"]);
    says(
        &bot,
        &chosen,
        "Kept, but the strategy is not used in this place.",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_has_the_defaults_of_its_channel_and_all_buttons_work_there() {
    let bot = Bot::start().await;
    let shown = overview(&bot).await;
    let channel = of_channel(&bot, &shown, EXPERIMENTS).await;
    bot.choose(
        ADA,
        &channel,
        &format!("server:open:{EXPERIMENTS}"),
        &["defaults"],
    );
    let panel = says(&bot, &shown, "**length**").await;
    let change = format!("settings:{EXPERIMENTS}:change");
    let opened = bot.choose(ADA, &panel, &change, &["length"]);
    bot.submit(ADA, &opened, &[("value", "4")]).await;
    says(&bot, &shown, "**length** 4").await;
    let thread = bot.in_channel(World::THREAD);
    let token = thread.slash(BEN, "speak", json!({"prompt": "Once upon a time"}));
    let written = bot.spoken(&token).await;
    assert!(
        footer(&written).contains("length 4"),
        "{}",
        footer(&written)
    );
    for button in ["Reroll", "Continue"] {
        let token = thread.press(BEN, &written, button);
        assert_eq!(bot.spoken(&token).await.channel, World::THREAD);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_can_lengthen_the_interval_between_edits() {
    let bot = Bot::start().await;
    fill_in(&bot, "limits", &[("pace", "1")]).await;
    // More and more iterations, until the text takes several intervals, however fast the machine is.
    for iterations in [600, 2_500, 5_000] {
        let long = json!({
            "prompt": "Once upon a time", "strategy": "gibbs", "length": 20,
            "options": format!("iterations={iterations}"),
        });
        let token = bot.slash(BEN, "speak", long);
        bot.spoken(&token).await;
        let requests = bot.requests(&token);
        let edits: Vec<_> = requests.iter().filter(|r| r.method == "PATCH").collect();
        for pair in edits.windows(2) {
            let apart = pair[1].at - pair[0].at;
            assert!(apart >= Duration::from_secs(1), "{apart:?}");
        }
        if edits.len() > 1 {
            return;
        }
    }
    panic!("no text took several intervals");
}
