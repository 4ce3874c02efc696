//! Duels of the arena. Pure. Until a duel is revealed, nothing in its message depends on how the texts were written.

use serenity::builder::{CreateActionRow, CreateEmbed, CreateEmbedFooter};

use crate::discord::custom_id::{CustomId, VoteId};
use crate::discord::view::controls::button;
use crate::discord::view::limits::FIELD;
use crate::discord::view::markdown::{bold, escaped};
use crate::discord::view::message::Message;
use crate::discord::view::text::{stop_row, units};
use crate::service::{Duel, DuelId, DuelResult, Text, TextId, VoteChoice, VoteCount};

/// Maximum length of each of the two embeds, in UTF-16 code units: together they must fit
/// [`EMBED`](super::limits::EMBED).
const HALF: usize = 2700;
const COLOUR: u32 = 0x58_65_f2;
const REVEALED: u32 = 0x3b_a5_5d;
const NAMES: [&str; 2] = ["A", "B"];
const DELETED: &str = "(deleted)";
/// Name of the file with both texts, attached when the embeds cannot hold them.
const WHOLE: &str = "texts.txt";

/// The message while both texts are generated. `id` is one of the two generations; *Stop* stops both.
pub(in crate::discord) fn waiting(id: &TextId) -> Message {
    Message::text("Two texts are being written, each in its own way. You will see them together.")
        .with_row(stop_row(id))
}

/// Two anonymous texts, and buttons to vote.
pub(in crate::discord) fn blind(duel: &Duel) -> Message {
    let message = side_by_side(duel, NAMES.map(str::to_owned), COLOUR).saying(format!(
        "**Which text is better?** Votes count until <t:{}:f>.",
        duel.closes_at
    ));
    duel_rows(&duel.id)
        .into_iter()
        .fold(message, Message::with_row)
}

/// The revealed duel: how each text was written, and the votes.
pub(in crate::discord) fn revealed(revelation: &DuelResult) -> Message {
    let DuelResult { duel, votes } = revelation;
    let name = |place: usize| match &duel.texts[place] {
        Some(text) => format!("{} · {}", NAMES[place], made(text)),
        None => NAMES[place].to_owned(),
    };
    side_by_side(duel, [name(0), name(1)], REVEALED).saying(result(*votes))
}

/// How a text was written, with its id.
fn made(text: &Text) -> String {
    format!(
        "{} · temperature {} · seed {} · id {}",
        text.strategy, text.sampling.temperature, text.seed, text.id
    )
}

fn result(tally: VoteCount) -> String {
    let VoteCount {
        a,
        b,
        tie,
        both_bad,
    } = tally;
    let won = match a.cmp(&b) {
        _ if tally.votes() == 0 => "Nobody voted.".to_owned(),
        std::cmp::Ordering::Greater => format!("A is better: {a} to {b}."),
        std::cmp::Ordering::Less => format!("B is better: {b} to {a}."),
        std::cmp::Ordering::Equal => format!("Neither is better: {a} to {b}."),
    };
    let rest = match (tie, both_bad) {
        (0, 0) => String::new(),
        (tie, 0) => format!(" Equally good: {tie}."),
        (0, bad) => format!(" Both bad: {bad}."),
        (tie, bad) => format!(" Equally good: {tie}, both bad: {bad}."),
    };
    format!("**{won}**{rest}")
}

/// Both texts, with a file of the full texts if they exceed the embeds.
fn side_by_side(duel: &Duel, names: [String; 2], colour: u32) -> Message {
    let message = beside(duel, names, colour);
    let texts = duel.texts.iter().flatten();
    if texts.clone().all(|text| units(&marked(text)) <= HALF) {
        return message;
    }
    let whole = NAMES
        .into_iter()
        .zip(&duel.texts)
        .filter_map(|(name, text)| {
            let text = &text.as_ref()?.text;
            Some(format!("{name}\n\n{text}\n"))
        });
    let whole: Vec<String> = whole.collect();
    message.with_file(WHOLE, whole.join("\n").into_bytes())
}

fn beside(duel: &Duel, names: [String; 2], colour: u32) -> Message {
    let footer = CreateEmbedFooter::new(format!("arena · id {}", duel.id));
    let shown = [0, 1].map(|place| {
        let text = duel.texts[place].as_ref();
        text.map_or_else(|| DELETED.to_owned(), |text| words(text, HALF))
    });
    let [name_a, name_b] = names;
    let [a, b] = shown;
    if units(&a) <= FIELD && units(&b) <= FIELD {
        let embed = CreateEmbed::new()
            .field(name_a, a, true)
            .field(name_b, b, true);
        return Message::embed(embed.colour(colour).footer(footer));
    }
    let embed = |name, text| {
        CreateEmbed::new()
            .title(name)
            .description(text)
            .colour(colour)
    };
    Message::embed(embed(name_a, a)).with_embed(embed(name_b, b).footer(footer))
}

/// A text with the written part in bold, cut to `most` UTF-16 code units.
fn words(text: &Text, most: usize) -> String {
    let shown = marked(text);
    if units(&shown) <= most {
        return if shown.trim().is_empty() {
            "…".to_owned()
        } else {
            shown
        };
    }
    let mut left = most - 2;
    let whole = escaped(&text.text);
    let kept: String = whole
        .chars()
        .take_while(|c| {
            left = left.saturating_sub(c.len_utf16());
            left > 0
        })
        .collect();
    // A trailing backslash would escape the ellipsis.
    format!("{}…", kept.trim_end_matches('\\'))
}

/// A text with the written part in bold.
fn marked(text: &Text) -> String {
    match text.text.strip_prefix(&text.prompt) {
        Some(rest) => escaped(&text.prompt) + &bold(rest),
        None => escaped(&text.text),
    }
}

/// The rows under a duel.
fn duel_rows(id: &DuelId) -> Vec<CreateActionRow> {
    let vote = |choice: VoteChoice| {
        let duel = id.clone();
        button(&CustomId::Vote(VoteId { duel, choice }), label(choice))
    };
    let reveal = button(&CustomId::Reveal(id.clone()), "Close and reveal");
    vec![
        CreateActionRow::Buttons(VoteChoice::ALL.map(vote).into()),
        CreateActionRow::Buttons(vec![reveal]),
    ]
}

fn label(choice: VoteChoice) -> &'static str {
    match choice {
        VoteChoice::A => "A",
        VoteChoice::B => "B",
        VoteChoice::Tie => "Tie",
        VoteChoice::BothBad => "Both bad",
    }
}

/// Who wrote the prompt of a duel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) enum PromptAuthor {
    /// The voter.
    Voter,
    /// Somebody else.
    Other,
}

/// The state of a duel after a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::discord) enum DuelState {
    /// It waits for more votes.
    Open,
    /// It was the last vote, so the duel is revealed.
    Revealed,
}

/// The confirmation of a vote. `before` is the person's vote so far.
pub(in crate::discord) fn thanks(
    before: Option<VoteChoice>,
    choice: VoteChoice,
    author: PromptAuthor,
    state: DuelState,
) -> String {
    let chosen = label(choice);
    let counted = match before {
        Some(before) if before != choice => {
            format!("Changed: {chosen} instead of {}.", label(before))
        }
        Some(_) => format!("{chosen} is what you had chosen already; it counts once."),
        None => format!("You voted: {chosen}."),
    };
    let own = match author {
        PromptAuthor::Voter => " It is your own prompt, and the vote is marked so.",
        PromptAuthor::Other => "",
    };
    let change = match state {
        DuelState::Revealed => " It was the last vote.",
        DuelState::Open => {
            " As long as it is secret who is who, you can press another button instead."
        }
    };
    format!("{counted}{own}{change}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{ChannelId, GuildId, TextOutcome, UserId};
    use generation::{Seed, Settings, strategy};

    fn text(strategy: &str, words: &str) -> Text {
        Text {
            id: format!("id-of-{strategy}").into(),
            user: UserId(1),
            server: Some(GuildId(2)),
            channel: Some(ChannelId(3)),
            parent: None,
            prompt: "Once".into(),
            text: format!("Once{words}"),
            strategy: strategy.into(),
            sampling: strategy::default_sampling(strategy::ALL[0]),
            length: "9".parse().ok(),
            seed: Seed::from(5),
            options: String::new(),
            other: Settings::default(),
            model: "f".into(),
            tokens: 9,
            passes: 1234,
            milliseconds: 5678,
            ended: TextOutcome::Done,
            kept_at: 0,
        }
    }

    fn duel(words: &str) -> Duel {
        Duel {
            id: "xyz".into(),
            user: UserId(1),
            server: Some(GuildId(2)),
            channel: ChannelId(3),
            texts: [Some(text("gibbs", words)), Some(text("naive", words))],
            closes_at: 99,
            closed: false,
        }
    }

    #[test]
    fn nothing_says_which_text_is_whose() {
        let mut other = duel(" upon *a* time");
        let shown = blind(&other).body();
        other.texts.reverse();
        assert_eq!(blind(&other).body(), shown, "equal texts look equal");
        let shown = shown.to_string();
        for secret in [
            "gibbs",
            "naive",
            "id-of",
            "1234",
            "5678",
            "temperature",
            "seed",
        ] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains(r"Once **upon \\*a\\* time**"), "{shown}");
    }

    #[test]
    fn in_the_end_it_is_told_who_was_who_and_the_buttons_go() {
        let tally = VoteCount {
            a: 1,
            b: 3,
            tie: 2,
            both_bad: 0,
        };
        let duel = duel(" more");
        let body = revealed(&DuelResult { duel, votes: tally }).body();
        assert_eq!(body["content"], "**B is better: 3 to 1.** Equally good: 2.");
        let name = body["embeds"][0]["fields"][1]["name"].as_str().unwrap();
        assert!(
            name.starts_with("B · naive · temperature ")
                && name.ends_with(" · seed 5 · id id-of-naive"),
            "{name}"
        );
        assert_eq!(body["components"], serde_json::json!([]));
    }

    #[test]
    fn a_deleted_text_is_said_to_be_so() {
        let mut duel = duel(" more");
        duel.texts[0] = None;
        let tally = VoteCount::default();
        let body = revealed(&DuelResult { duel, votes: tally }).body();
        assert_eq!(body["content"], "**Nobody voted.**");
        assert_eq!(body["embeds"][0]["fields"][0]["value"], DELETED);
    }

    #[test]
    fn long_texts_stand_under_each_other_within_discords_limits() {
        for length in [100, 1000, 2000, 4000] {
            let body = blind(&duel(&" *".repeat(length))).body();
            let embeds = body["embeds"].as_array().unwrap();
            let size = |embed: &serde_json::Value| {
                let text = embed["description"].as_str().map_or(0, units);
                assert!(text <= 4096);
                text
            };
            assert!(embeds.iter().map(size).sum::<usize>() < 5900, "{length}");
            assert_eq!(embeds.len(), if length == 100 { 1 } else { 2 });
        }
    }

    #[test]
    fn a_vote_is_confirmed_in_words_that_fit() {
        let said = thanks(None, VoteChoice::A, PromptAuthor::Voter, DuelState::Open);
        assert!(
            said.starts_with("You voted: A. It is your own prompt"),
            "{said}"
        );
        let said = thanks(
            Some(VoteChoice::A),
            VoteChoice::BothBad,
            PromptAuthor::Other,
            DuelState::Revealed,
        );
        assert_eq!(
            said,
            "Changed: Both bad instead of A. It was the last vote."
        );
        let said = thanks(
            Some(VoteChoice::B),
            VoteChoice::B,
            PromptAuthor::Other,
            DuelState::Open,
        );
        assert!(said.contains("counts once"));
    }
}
