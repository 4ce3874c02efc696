//! A prompt as a person typed it: words and blanks.

/// What stands for a blank: `[MASK]` and `<mask>` in any case, or two or more underscores.
const MARKS: [&str; 2] = ["[mask]", "<mask>"];

/// A stretch of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stretch {
    /// Exactly as typed.
    Text(String),
    /// A blank to fill, so many tokens wide: as many as were marked without anything between them.
    Blank(usize),
}

/// What a person typed, with its blanks found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    text: String,
    pub(super) stretches: Vec<Stretch>,
}

/// A prompt that cannot be used. Displays as a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// Nothing to go on from.
    #[error("the prompt is empty; write a few words for the model to go on from")]
    Empty,
    /// Nothing but blanks.
    #[error(
        "there are only blanks; put at least one word beside them, so that the model has something to go on"
    )]
    OnlyBlanks,
    /// No blank where one is needed.
    #[error("there is no blank to fill; mark one with [MASK] or ___ (two or more underscores)")]
    NoBlank,
    /// More blanks than are filled at once.
    #[error("there are {given} blanks; at most {most} are filled at once")]
    TooManyBlanks {
        /// How many there are.
        given: usize,
        /// How many there may be.
        most: usize,
    },
    /// More characters than are read.
    #[error("the prompt has {given} characters; at most {most} are allowed")]
    TooManyCharacters {
        /// How many there are.
        given: usize,
        /// How many there may be.
        most: usize,
    },
    /// More tokens of tags and context than leave room for a text.
    #[error("tags and context have {given} tokens; at most {most} leave room for a text")]
    SteeringTooLong {
        /// How many there are.
        given: usize,
        /// How many there may be.
        most: usize,
    },
    /// More tokens than the model takes.
    #[error(
        "the prompt has {prompt} tokens and {new} are to be written; the model takes {most} in all, so shorten the prompt or the length"
    )]
    TooLong {
        /// Tokens of the prompt.
        prompt: usize,
        /// New tokens.
        new: usize,
        /// What the model takes, its own marks not counted.
        most: usize,
    },
}

impl Prompt {
    /// What was typed between the blanks.
    pub fn given(&self) -> impl Iterator<Item = &str> {
        self.stretches.iter().filter_map(|stretch| match stretch {
            Stretch::Text(text) => Some(text.as_str()),
            Stretch::Blank(_) => None,
        })
    }

    /// Finds the blanks in `typed`. Control characters and marks that turn the direction of text are dropped, since they
    /// would garble what is shown; everything else stays as it is.
    pub fn parse(typed: &str) -> Self {
        let text: String = typed
            .chars()
            .filter(|&c| c == '\n' || c == '\t' || !is_control(c))
            .collect();
        let mut stretches = Vec::new();
        let mut rest = text.as_str();
        while let Some((start, end)) = next_blank(rest) {
            if start > 0 {
                stretches.push(Stretch::Text(rest[..start].to_owned()));
            }
            match stretches.last_mut() {
                Some(Stretch::Blank(width)) => *width += 1,
                _ => stretches.push(Stretch::Blank(1)),
            }
            rest = &rest[end..];
        }
        if !rest.is_empty() {
            stretches.push(Stretch::Text(rest.to_owned()));
        }
        Self { text, stretches }
    }

    /// The text as typed, blanks as they were marked.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many blanks there are.
    pub fn blanks(&self) -> usize {
        let width = |stretch: &Stretch| match stretch {
            Stretch::Text(_) => 0,
            Stretch::Blank(width) => *width,
        };
        self.stretches.iter().map(width).sum()
    }
}

fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Where the next blank starts and ends, in bytes.
fn next_blank(text: &str) -> Option<(usize, usize)> {
    text.char_indices().find_map(|(start, c)| {
        let rest = &text[start..];
        let length = match c {
            '_' => rest.len() - rest.trim_start_matches('_').len(),
            _ => MARKS
                .iter()
                .find(|mark| {
                    rest.get(..mark.len())
                        .is_some_and(|head| head.eq_ignore_ascii_case(mark))
                })
                .map_or(0, |mark| mark.len()),
        };
        (length >= 2).then_some((start, start + length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stretches(typed: &str) -> Vec<String> {
        let show = |stretch: &Stretch| match stretch {
            Stretch::Text(text) => text.clone(),
            Stretch::Blank(width) => "*".repeat(*width),
        };
        Prompt::parse(typed).stretches.iter().map(show).collect()
    }

    #[test]
    fn blanks_may_be_written_in_three_ways() {
        assert_eq!(
            stretches("a [MASK] b ___ c <mask>."),
            ["a ", "*", " b ", "*", " c ", "*", "."]
        );
        assert_eq!(stretches("[Mask]__"), ["**"]);
    }

    #[test]
    fn a_single_underscore_is_no_blank() {
        assert_eq!(stretches("snake_case and __"), ["snake_case and ", "*"]);
    }

    #[test]
    fn other_brackets_stay_text() {
        assert_eq!(
            stretches("[SEP] [CLS] [MASKED] <m>"),
            ["[SEP] [CLS] [MASKED] <m>"]
        );
    }

    #[test]
    fn control_and_direction_marks_are_dropped_but_emoji_joiners_stay() {
        assert_eq!(
            stretches("a\u{0}b\u{202e}c 👩\u{200d}🚀\n"),
            ["abc 👩\u{200d}🚀\n"]
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser_and_none_of_it_is_lost(typed in "\\PC*(\\[MASK\\]|_{2,4})?\\PC*") {
            let prompt = Prompt::parse(&typed);
            let kept: usize = prompt.stretches.iter().map(|s| if let Stretch::Text(text) = s { text.chars().count() } else { 0 }).sum();
            prop_assert!(kept <= typed.chars().count());
            prop_assert!(prompt.blanks() <= typed.chars().count() / 2);
        }
    }
}
