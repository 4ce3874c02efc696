//! Scores of a text: a picture with each word coloured by its surprise, and a list of words. Pure.

use serenity::builder::{CreateEmbed, CreateEmbedFooter};

use crate::discord::view::markdown::escaped;
use crate::discord::view::message::Message;
use crate::service::Scoring;
use figures::images::{ScoreUnit, Scorecard, ScorecardWord};

/// Maximum number of words in the message; a longer list is attached as a file.
const LISTED: usize = 15;
const COLOUR: u32 = 0x58_65_f2;
const CARD: &str = "surprise.png";
const WORDS: &str = "words.txt";
const TITLE: &str = "What surprises the model";

/// The text as a picture in which each word is coloured by its surprise.
pub(in crate::discord) fn card(scoring: &Scoring) -> Scorecard {
    let word = |word: &crate::service::WordSurprisal| ScorecardWord {
        text: word.text.clone(),
        spaced: word.spaced,
        score: Some(word.bits),
    };
    Scorecard {
        title: TITLE.to_owned(),
        unit: ScoreUnit::Bits,
        words: scoring.words.iter().map(word).collect(),
    }
}

/// The most surprising words, with the picture if there is one.
pub(in crate::discord) fn message(scoring: &Scoring, card: Option<Vec<u8>>) -> Message {
    let words = scoring.most_surprising();
    let line = |word: &&crate::service::WordSurprisal| {
        format!("{:.1} bits  {}", word.bits, escaped(&word.text))
    };
    let mut lines: Vec<String> = words.iter().take(LISTED).map(line).collect();
    if words.len() > LISTED {
        lines.push(format!("… and {} more, in {WORDS}.", words.len() - LISTED));
    }
    let count = words.len();
    let average = scoring.bits() / count.max(1) as f64;
    let summary = format!(
        "**{:.1} bits** in all, **{average:.1} bits** for each of {count} words and marks. The most surprising first:",
        scoring.bits()
    );
    let score = &scoring.score;
    let footer = format!(
        "PLL-word-l2r {:.1} nats · {:.2} per word · pseudo-perplexity {:.1} · {} tokens",
        score.total(),
        score.per_word(),
        score.perplexity(),
        score.tokens.len()
    );
    let mut embed = CreateEmbed::new()
        .title(TITLE)
        .colour(COLOUR)
        .description(format!("{summary}\n{}", lines.join("\n")))
        .footer(CreateEmbedFooter::new(footer));
    if card.is_some() {
        embed = embed.image(format!("attachment://{CARD}"));
    }
    let mut message = Message::embed(embed);
    if let Some(card) = card {
        let described = format!(
            "The text with each word coloured by its surprise, {:.1} bits in all; the words are listed beside it.",
            scoring.bits()
        );
        message = message.with_picture(CARD, card, described);
    }
    if count > LISTED {
        let all = words
            .iter()
            .map(|word| format!("{:.2}\t{}", word.bits, word.text));
        let all: Vec<String> = all.collect();
        message = message.with_file(WORDS, all.join("\n").into_bytes());
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use generation::score::Score;

    fn scoring(bits: &[f64]) -> Scoring {
        let word = |(number, &bits): (usize, &f64)| crate::service::WordSurprisal {
            text: format!("w_{number}"),
            spaced: number > 0,
            bits,
        };
        Scoring {
            words: bits.iter().enumerate().map(word).collect(),
            score: Score {
                tokens: bits
                    .iter()
                    .map(|bits| -bits * std::f64::consts::LN_2)
                    .collect(),
                words: bits.len(),
            },
        }
    }

    #[test]
    fn the_most_surprising_words_come_first_with_their_bits() {
        let body = message(&scoring(&[1.0, 5.25, 0.25]), Some(vec![1])).body();
        let embed = &body["embeds"][0];
        assert_eq!(
            embed["description"],
            "**6.5 bits** in all, **2.2 bits** for each of 3 words and marks. The most surprising first:\n5.2 bits  w\\_1\n1.0 \
             bits  w\\_0\n0.2 bits  w\\_2"
        );
        assert_eq!(
            embed["footer"]["text"],
            "PLL-word-l2r -4.5 nats · -1.50 per word · pseudo-perplexity 4.5 · 3 tokens"
        );
        assert_eq!(embed["image"]["url"], "attachment://surprise.png");
        assert!(
            body["attachments"][0]["description"]
                .as_str()
                .unwrap()
                .contains("6.5 bits")
        );
    }

    #[test]
    fn words_that_find_no_room_are_in_a_file() {
        let message = message(&scoring(&[1.0; 40]), None);
        let body = message.body();
        let description = body["embeds"][0]["description"].as_str().unwrap();
        assert!(description.ends_with("… and 25 more, in words.txt."));
        let file = String::from_utf8(message.files()[0].bytes.clone()).unwrap();
        assert_eq!(file.lines().count(), 40);
        assert!(card(&scoring(&[1.0; 40])).to_png().is_ok());
    }
}
