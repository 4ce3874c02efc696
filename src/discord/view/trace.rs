//! The trace of a generation: an animation of the passes, and the same steps in words. Pure.

use serenity::builder::{CreateEmbed, CreateEmbedFooter};

use crate::discord::view::limits::ALT_TEXT;
use crate::discord::view::markdown::escaped;
use crate::discord::view::message::Message;
use crate::service::{Text, TextTrace, TokenState, TraceStep, TraceToken};
use figures::images::{Animation, AnimationPass, AnimationWord, WordState};
use generation::{Setting, Settings};

/// Maximum length of the steps in the message, in characters; all steps are then attached as a file.
const SHOWN: usize = 500;
/// Maximum number of changes of one step in the message.
const TOLD: usize = 6;
const COLOUR: u32 = 0x58_65_f2;
const FILM: &str = "how.gif";
const STEPS: &str = "steps.txt";

/// A change at one position.
#[derive(Debug, PartialEq)]
enum Change<'a> {
    Wrote(&'a TraceToken, f32),
    Replaced(&'a TraceToken, &'a TraceToken, f32),
    TookBack(&'a TraceToken),
}

/// The animation of a replay. `None` if nothing was ever written.
pub(in crate::discord) fn film(text: &Text, replay: &TextTrace) -> Option<Animation> {
    let mut passes = Vec::with_capacity(replay.steps.len());
    let mut before: &[TraceToken] = &[];
    for step in &replay.steps {
        let word = |(place, token): (usize, &TraceToken)| AnimationWord {
            text: token.text.clone(),
            spaced: token.spaced,
            state: state(before.get(place), token),
        };
        passes.push(AnimationPass {
            number: usize::try_from(step.passes).unwrap_or(usize::MAX),
            words: step.tokens.iter().enumerate().map(word).collect(),
        });
        before = &step.tokens;
    }
    let caption = format!(
        "{} · temperature {} · seed {}",
        text.strategy, text.sampling.temperature, text.seed
    );
    (passes.len() > 1).then_some(Animation { caption, passes })
}

fn state(before: Option<&TraceToken>, now: &TraceToken) -> WordState {
    match (before, now.state) {
        (_, TokenState::Given) => WordState::Given,
        (_, TokenState::Open) => WordState::Open,
        // A rewritten text has written words from the first step.
        (None, TokenState::Written(sure)) => WordState::Written(sure),
        (Some(before), TokenState::Written(sure)) => match before.state {
            TokenState::Open => WordState::New(sure),
            _ if before.text == now.text => WordState::Written(sure),
            _ => WordState::Replaced(sure),
        },
    }
}

/// The trace of a text, with the animation if there is one.
pub(in crate::discord) fn message(
    text: &Text,
    replay: &TextTrace,
    film: Option<Vec<u8>>,
) -> Message {
    let steps = replay.steps.windows(2);
    let lines: Vec<String> = steps.map(|pair| line(&pair[0], &pair[1], TOLD)).collect();
    let mut description = vec![facts(text)];
    if !replay.reproduced {
        description.push(
            "Written again with the same settings it comes out otherwise now, because the bot has changed since. This is \
             how it is written today."
                .to_owned(),
        );
    }
    let mut left = SHOWN;
    let fits = lines.iter().take_while(|line| {
        left = left.saturating_sub(line.chars().count());
        left > 0
    });
    let shown = fits.count();
    description.extend(lines[..shown].iter().map(|line| escaped(line)));
    if shown < lines.len() {
        description.push(format!(
            "… and {} more steps, in {STEPS}.",
            lines.len() - shown
        ));
    }
    let mut embed = embed(text).description(description.join("\n"));
    if film.is_some() {
        embed = embed.image(format!("attachment://{FILM}"));
    }
    let message = Message::embed(embed).private();
    let message = match film {
        Some(film) => message.with_picture(FILM, film, described(text, &lines)),
        None => message,
    };
    if shown < lines.len() || lines.is_empty() {
        message.with_file(STEPS, file(text, replay).into_bytes())
    } else {
        message
    }
}

/// Says that another model wrote the text, so that it cannot be replayed.
pub(in crate::discord) fn by_another_model(text: &Text, fingerprint: &str) -> Message {
    let description = format!(
        "{}\nAnother model wrote it ({}) than the one that writes here now ({fingerprint}), so its passes cannot be \
         shown: the same settings give another text.",
        facts(text),
        text.model
    );
    Message::embed(embed(text).description(description)).private()
}

fn embed(text: &Text) -> CreateEmbed {
    CreateEmbed::new()
        .title(format!("How {} was written", text.id))
        .colour(COLOUR)
        .footer(CreateEmbedFooter::new(format!("model {}", text.model)))
}

/// All settings that the text was written with.
fn facts(text: &Text) -> String {
    let sampling = &text.sampling;
    let seconds = std::time::Duration::from_millis(text.milliseconds).as_secs_f64();
    let mut facts = vec![
        text.strategy.to_string(),
        format!("temperature {}", sampling.temperature),
        format!("top-k {}", sampling.top_k),
        format!("top-p {}", sampling.top_p),
        format!("seed {}", text.seed),
    ];
    facts.extend(text.length.map(|length| format!("length {length}")));
    let typed = Settings {
        options: Some(text.options.clone()).filter(|it| !it.is_empty()),
        ..text.other.clone()
    };
    let named =
        |(setting, value): (Setting, String)| format!("{} {}", setting.name(), escaped(&value));
    facts.extend(typed.values().map(named));
    facts.push(format!("{} passes in {seconds:.1} s", text.passes));
    facts.join(" · ")
}

/// One step in words, with at most `most` changes.
fn line(before: &TraceStep, now: &TraceStep, most: usize) -> String {
    let changes = changes(before, now);
    let mut told: Vec<String> = changes.iter().take(most).map(tell).collect();
    if changes.len() > most {
        told.push(format!("and {} more", changes.len() - most));
    }
    let what = if told.is_empty() {
        "nothing changed".to_owned()
    } else {
        told.join(", ")
    };
    format!("pass {}: {what}", now.passes)
}

fn changes<'a>(before: &'a TraceStep, now: &'a TraceStep) -> Vec<Change<'a>> {
    let places = before.tokens.len().max(now.tokens.len());
    let change = |place: usize| {
        let (old, new) = (before.tokens.get(place), now.tokens.get(place));
        let was_written = old.filter(|old| matches!(old.state, TokenState::Written(_)));
        match (was_written, new.map(|new| (new, new.state))) {
            (None, Some((new, TokenState::Written(sure)))) => Some(Change::Wrote(new, sure)),
            (Some(old), Some((new, TokenState::Written(sure)))) => {
                (old.text != new.text).then_some(Change::Replaced(old, new, sure))
            }
            (Some(old), None | Some((_, TokenState::Open))) => Some(Change::TookBack(old)),
            _ => None,
        }
    };
    (0..places).filter_map(change).collect()
}

fn tell(change: &Change<'_>) -> String {
    let percent = |sure: f32| format!("{:.0} %", sure * 100.0);
    match change {
        Change::Wrote(new, sure) => format!("“{}” {}", new.text, percent(*sure)),
        Change::Replaced(old, new, sure) => {
            format!("“{}” for “{}” {}", new.text, old.text, percent(*sure))
        }
        Change::TookBack(old) => format!("“{}” taken back", old.text),
    }
}

/// The alternative text of the animation.
fn described(text: &Text, lines: &[String]) -> String {
    let last = lines.last().map(String::as_str).unwrap_or_default();
    let description = format!(
        "Film of how a text was written in {} passes with {}; the steps are told in words beside it. {last}. The finished \
         text: {}",
        text.passes, text.strategy, text.text
    );
    description.chars().take(ALT_TEXT).collect()
}

/// Every step in full, with the text after it.
fn file(text: &Text, replay: &TextTrace) -> String {
    let mut lines = vec![facts(text), String::new()];
    lines.extend(
        replay
            .steps
            .first()
            .map(|first| format!("before: {}", stood(first))),
    );
    for pair in replay.steps.windows(2) {
        lines.push(String::new());
        lines.push(line(&pair[0], &pair[1], usize::MAX));
        lines.push(stood(&pair[1]));
    }
    lines.join("\n")
}

fn stood(step: &TraceStep) -> String {
    let mut shown = String::new();
    for token in &step.tokens {
        if token.spaced {
            shown.push(' ');
        }
        shown.push_str(if token.text.is_empty() {
            "_"
        } else {
            &token.text
        });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::example_text;
    use crate::service::TextOutcome;
    use generation::Seed;

    fn step(passes: u64, words: &str) -> TraceStep {
        let token = |word: &str| {
            let (text, state) = match word.split_at(1) {
                ("=", given) => (given, TokenState::Given),
                ("_", _) => ("", TokenState::Open),
                _ => (word, TokenState::Written(0.5)),
            };
            TraceToken {
                text: text.to_owned(),
                spaced: true,
                state,
            }
        };
        TraceStep {
            passes,
            tokens: words.split_whitespace().map(token).collect(),
        }
    }

    fn text() -> Text {
        Text {
            prompt: "A".into(),
            text: "A cat sat.".into(),
            length: "3".parse().ok(),
            seed: Seed::from(7),
            other: Settings::default(),
            model: "f1".into(),
            tokens: 3,
            passes: 4,
            milliseconds: 1200,
            ended: TextOutcome::Done,
            ..example_text("abc")
        }
    }

    fn replay() -> TextTrace {
        let steps = vec![
            step(0, "=A _ _ _"),
            step(1, "=A dog _ _"),
            step(3, "=A cat sat _"),
            step(4, "=A cat _ ."),
            step(5, "=A cat"),
        ];
        TextTrace {
            steps,
            reproduced: true,
        }
    }

    #[test]
    fn every_step_is_told_in_words() {
        let replay = replay();
        let lines: Vec<String> = replay
            .steps
            .windows(2)
            .map(|pair| line(&pair[0], &pair[1], 6))
            .collect();
        assert_eq!(
            lines,
            [
                "pass 1: “dog” 50 %",
                "pass 3: “cat” for “dog” 50 %, “sat” 50 %",
                "pass 4: “sat” taken back, “.” 50 %",
                "pass 5: “.” taken back",
            ]
        );
        let told = line(&step(0, "_ _ _"), &step(1, "a b c"), 2);
        assert_eq!(told, "pass 1: “a” 50 %, “b” 50 %, and 1 more");
    }

    #[test]
    fn the_film_tells_new_words_from_replaced_ones() {
        let film = film(&text(), &replay()).unwrap();
        let states: Vec<WordState> = film.passes[2].words.iter().map(|word| word.state).collect();
        assert_eq!(
            states,
            [
                WordState::Given,
                WordState::Replaced(0.5),
                WordState::New(0.5),
                WordState::Open
            ]
        );
        assert_eq!(film.passes[3].words[1].state, WordState::Written(0.5));
        assert!(film.to_gif().is_ok());
    }

    #[test]
    fn the_message_has_settings_steps_and_a_film_with_words_for_it() {
        let body = message(&text(), &replay(), Some(vec![1])).body();
        let description = body["embeds"][0]["description"].as_str().unwrap();
        assert!(description.starts_with("lookahead · temperature 0.75 · top-k"));
        assert!(description.contains("options window=3 · 4 passes in 1.2 s\npass 1\\: “dog” 50 %"));
        assert_eq!(body["embeds"][0]["image"]["url"], "attachment://how.gif");
        let alternative = body["attachments"][0]["description"].as_str().unwrap();
        assert!(alternative.ends_with("The finished text: A cat sat."));
        assert_eq!(body["attachments"].as_array().unwrap().len(), 1);
        assert_eq!(body["flags"], 64);
    }

    #[test]
    fn steps_that_find_no_room_are_in_a_file_in_full() {
        let words = |n: usize| format!("{}{}", "word ".repeat(n), "_ ".repeat(200 - n));
        let steps = (0..200).map(|n| step(n as u64, &words(n))).collect();
        let long = TextTrace {
            steps,
            reproduced: false,
        };
        let message = message(&text(), &long, None);
        let body = message.body();
        let description = body["embeds"][0]["description"].as_str().unwrap();
        assert!(
            description.contains("more steps, in steps.txt.")
                && description.contains("comes out otherwise")
        );
        let file = String::from_utf8(message.files()[0].bytes.clone()).unwrap();
        assert_eq!(file.matches("pass ").count(), 199);
    }

    #[test]
    fn of_another_models_text_the_settings_are_shown_and_the_reason() {
        let body = by_another_model(&text(), "f2").body();
        let description = body["embeds"][0]["description"].as_str().unwrap();
        assert!(
            description.contains("seed 7")
                && description.contains("(f1)")
                && description.contains("(f2)")
        );
    }
}
