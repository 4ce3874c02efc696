//! `/fill`.

use sandbox::{ChannelMessage, Invocation, World};
use serde_json::{Value, json};

use crate::harness::{ADA, BEN, Bot, GENERAL, description, footer, plain};

#[tokio::test(flavor = "multi_thread")]
async fn blanks_are_filled_and_five_words_are_shown_for_each() {
    let bot = Bot::start().await;
    let token = bot.slash(
        ADA,
        "fill",
        json!({"text": "The old man ___ the door and looked at the [MASK]."}),
    );
    let done = bot.answer(&token).await;
    let text = description(&done);
    assert!(
        text.starts_with("The old man **") && text.ends_with("**."),
        "{text}"
    );
    let fields = done.embeds[0]["fields"].as_array().unwrap();
    assert_eq!(fields.len(), 2);
    for field in fields {
        let lines: Vec<&str> = field["value"].as_str().unwrap().lines().collect();
        assert!(
            lines.len() == 5 && lines.iter().all(|line| line.contains('%')),
            "{lines:?}"
        );
    }
    assert!(
        footer(&done).starts_with("2 blanks · 3 passes"),
        "{}",
        footer(&done)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_place_in_the_pool_is_enough() {
    let bot = Bot::start_with(|config| config.pool.generations = 1).await;
    let token = bot.slash(ADA, "fill", json!({"text": "The old man ___ the door."}));
    let done = bot.answer(&token).await;
    assert!(footer(&done).starts_with("1 blank"), "{}", done.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_sentence_is_filled_the_same_way_again() {
    let bot = Bot::start().await;
    let fill = async || {
        let token = bot.slash(
            ADA,
            "fill",
            json!({"text": "She ___ the ___ into the ___.", "top": 1}),
        );
        plain(&description(&bot.answer(&token).await))
    };
    let first = fill().await;
    assert_eq!(fill().await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_blanks_fit_and_one_more_is_refused_with_the_numbers() {
    let bot = Bot::start().await;
    let text = |blanks: usize| format!("so{}", " and ___".repeat(blanks));
    let token = bot.slash(ADA, "fill", json!({"text": text(50), "order": "joint"}));
    let done = bot.answer(&token).await;
    assert!(
        !done.is_ephemeral() && footer(&done).starts_with("50 blanks"),
        "{}",
        done.text()
    );
    let token = bot.slash(ADA, "fill", json!({"text": text(51)}));
    assert_eq!(
        bot.told(&token).await,
        "There are 51 blanks; at most 50 are filled at once."
    );
}

/// A sentence of which the second blank depends on the first.
async fn begun(bot: &Bot, options: Value) -> ChannelMessage {
    let mut all = json!({"text": "The ___ was sitting on the ___."});
    let given = options.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(given);
    let token = bot.slash(ADA, "fill", all);
    bot.answer(&token).await
}

/// The message once a press has changed it.
async fn changed(bot: &Bot, before: &ChannelMessage, press: &str) -> ChannelMessage {
    let id = before.id;
    let answered = |world: &World| {
        let message = world.message(id)?;
        (message.edited != before.edited).then(|| message.clone())
    };
    let message = bot.until("the sentence changes", answered).await;
    assert!(bot.sandbox.world(|world| world.responses(press).count()) == 0);
    message
}

async fn pressed(bot: &Bot, message: &ChannelMessage, label: &str) -> ChannelMessage {
    let press = bot.press(ADA, message, label);
    changed(bot, message, &press).await
}

fn menu(message: &ChannelMessage) -> Value {
    let rows = message.components.iter();
    let mut all = rows.flat_map(|row| row["components"].as_array().unwrap());
    all.find(|component| component["type"] == 3)
        .unwrap()
        .clone()
}

fn offered(message: &ChannelMessage) -> Vec<String> {
    let options = menu(message)["options"].as_array().unwrap().clone();
    let values = options
        .iter()
        .map(|option| option["value"].as_str().unwrap());
    values.map(str::to_owned).collect()
}

fn choose(bot: &Bot, user: u64, message: &ChannelMessage, value: &str) -> String {
    let choice = Invocation::Component {
        message: message.id,
        custom_id: menu(message)["custom_id"].as_str().unwrap().to_owned(),
        values: vec![value.to_owned()],
    };
    bot.sandbox.invoke(user, GENERAL, &choice).unwrap()
}

async fn chosen(bot: &Bot, message: &ChannelMessage, value: &str) -> ChannelMessage {
    let press = choose(bot, ADA, message, value);
    changed(bot, message, &press).await
}

fn fields(message: &ChannelMessage) -> Vec<(String, String)> {
    let fields = message.embeds[0]["fields"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    fields
        .iter()
        .map(|field| (text(&field["name"]), text(&field["value"])))
        .collect()
}

fn disabled(message: &ChannelMessage, label: &str) -> bool {
    let rows = message.components.iter();
    let mut all = rows.flat_map(|row| row["components"].as_array().unwrap());
    let button = all.find(|component| component["label"] == label).unwrap();
    button["disabled"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_word_changes_what_the_other_blanks_are_offered_and_can_be_undone() {
    let bot = Bot::start().await;
    let first = begun(&bot, json!({})).await;
    assert_eq!(menu(&first)["placeholder"], "Choose the word for blank 1");
    let words = offered(&first);
    assert!(words.len() == 25 && disabled(&first, "Undo"), "{words:?}");
    let other = fields(&first)[1].1.clone();
    // Not the best one, so that it differs from what is proposed.
    let after = chosen(&bot, &first, &words[9]).await;
    let word = words[9].strip_prefix("word:").unwrap();
    assert!(
        plain(&description(&after)).starts_with(&format!("The {word} was sitting on the ")),
        "{}",
        description(&after)
    );
    let now = fields(&after);
    assert_eq!(now[0], (format!("Blank 1: {word} ✓"), "chosen".to_owned()));
    assert_ne!(now[1].1, other, "the other blank is asked anew");
    assert_eq!(menu(&after)["placeholder"], "Choose the word for blank 2");
    let undone = pressed(&bot, &after, "Undo").await;
    assert_eq!(fields(&undone), fields(&first));
    assert_eq!(description(&undone), description(&first));
    assert!(disabled(&undone, "Undo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_words_are_the_next_best_and_a_settled_blank_can_be_chosen_again() {
    let bot = Bot::start().await;
    let first = begun(&bot, json!({})).await;
    let best = offered(&first);
    let more = pressed(&bot, &first, "Other words").await;
    let next = offered(&more);
    assert!(next.len() == 25 && next.iter().all(|word| !best.contains(word)));
    let after = chosen(&bot, &more, &next[0]).await;
    let back = pressed(&bot, &after, "Previous blank").await;
    assert_eq!(menu(&back)["placeholder"], "Choose the word for blank 1");
    assert!(fields(&back)[0].0.contains('✓') && fields(&back)[0].1.contains('%'));
    let again = chosen(&bot, &back, &offered(&back)[0]).await;
    let word = offered(&back)[0].replace("word:", "");
    assert_eq!(fields(&again)[0].0, format!("Blank 1: {word} ✓"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_can_be_left_to_the_bot_and_is_undone_at_once() {
    let bot = Bot::start().await;
    for order in ["confident", "l2r", "joint"] {
        let first = begun(&bot, json!({"order": order})).await;
        let done = pressed(&bot, &first, "Finish for me").await;
        assert_eq!(description(&done), description(&first), "{order}");
        assert!(footer(&done).contains("2 chosen") && disabled(&done, "Finish for me"));
        let undone = pressed(&bot, &done, "Undo").await;
        assert_eq!(fields(&undone), fields(&first));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_the_buttons_go_on_where_they_were() {
    let mut bot = Bot::start().await;
    let first = begun(&bot, json!({})).await;
    let after = chosen(&bot, &first, &offered(&first)[3]).await;
    bot.restart().await;
    let looked = pressed(&bot, &after, "Previous blank").await;
    assert_eq!(description(&looked), description(&after));
    let undone = pressed(&bot, &looked, "Undo").await;
    assert_eq!(description(&undone), description(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn others_cannot_choose_and_are_told_so() {
    let bot = Bot::start().await;
    let first = begun(&bot, json!({})).await;
    let told = "Only the person who asked can fill these blanks; begin your own with /fill.";
    let choice = choose(&bot, BEN, &first, &offered(&first)[3]);
    assert_eq!(bot.told(&choice).await, told);
    for label in ["Next blank", "Other words", "Type a word", "Finish for me"] {
        let press = bot.press(BEN, &first, label);
        assert_eq!(bot.told(&press).await, told, "{label}");
    }
    let now = bot.sandbox.world(|world| world.message(first.id).cloned());
    assert_eq!(now.unwrap().embeds, first.embeds);
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_words_are_ranked_however_many_pieces_they_have() {
    let bot = Bot::start().await;
    let words = "cat, grandmother's old lighthouse, man";
    let first = begun(&bot, json!({"candidates": words, "order": "l2r"})).await;
    let (name, ranking) = fields(&first)[0].clone();
    assert_eq!(
        name,
        "Your words (all pieces of each together, from the left)"
    );
    let lines: Vec<&str> = ranking.lines().collect();
    assert!(lines.len() == 3 && lines[0].ends_with("man"), "{ranking}");
    assert!(
        lines[2].ends_with("grandmother's old lighthouse"),
        "{ranking}"
    );
    let after = chosen(&bot, &first, "own:1").await;
    assert!(
        plain(&description(&after)).starts_with("The grandmother's old lighthouse was sitting on"),
        "{}",
        description(&after)
    );
    // The ranking is that of the blank that is next, with this one in place.
    assert_ne!(fields(&after)[0].1, ranking);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_for_all_blanks_at_once_are_ranked_and_put_in_together() {
    let bot = Bot::start().await;
    let words = "cat / window, window / cat";
    let first = begun(&bot, json!({"candidates": words})).await;
    let ranking = fields(&first)[0].1.clone();
    assert!(
        ranking.lines().next().unwrap().ends_with("cat / window"),
        "{ranking}"
    );
    let after = chosen(&bot, &first, "own:1").await;
    assert_eq!(
        plain(&description(&after)),
        "The window was sitting on the cat."
    );
    let token = bot.slash(
        ADA,
        "fill",
        json!({"text": "A ___ and a ___.", "candidates": "a, b / c"}),
    );
    assert_eq!(
        bot.told(&token).await,
        "Name words for the candidates separated by commas; for all 2 blanks at once give each candidate 2 words, such as one / two."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_can_be_typed_whether_the_model_thinks_of_it_or_not() {
    let bot = Bot::start().await;
    let first = begun(&bot, json!({})).await;
    let opened = bot.press(ADA, &first, "Type a word");
    let modal = bot.modal(&opened).await;
    assert_eq!(modal["title"], "Blank 1");
    let sent = bot
        .submit(ADA, &opened, &[("word", "grandmother's cat")])
        .await;
    let after = changed(&bot, &first, &sent).await;
    assert!(
        plain(&description(&after)).starts_with("The grandmother's cat was sitting on the "),
        "{}",
        description(&after)
    );
    assert_eq!(
        fields(&after)[0],
        (
            "Blank 1: grandmother's cat ✓".to_owned(),
            "chosen".to_owned()
        )
    );
    let opened = bot.press(ADA, &after, "Type a word");
    let sent = bot.submit(ADA, &opened, &[("word", "  ")]).await;
    assert_eq!(bot.told(&sent).await, "Type a word.");
    let undone = pressed(&bot, &after, "Undo").await;
    assert_eq!(description(&undone), description(&first));
}
