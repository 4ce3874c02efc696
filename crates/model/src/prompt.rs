//! Parsing of prompts: text and blanks.

/// Notations of a blank, in any case; two or more underscores are another.
const MARKS: [&str; 2] = ["[mask]", "<mask>"];

/// A segment of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PromptSegment {
    /// Exactly as typed.
    Text(String),
    /// A blank to fill, and its width in tokens: the number of adjacent marks.
    Blank(usize),
}

/// A prompt as a person typed it, split into text and blanks.
///
/// ```
/// let prompt = model::Prompt::parse("First slice some ___, then add [MASK].");
/// assert_eq!(prompt.blanks(), 2);
/// assert_eq!(prompt.given().collect::<Vec<_>>(), ["First slice some ", ", then add ", "."]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    text: String,
    pub(super) segments: Vec<PromptSegment>,
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
    /// The tokenizer failed on the text.
    #[error("the model cannot read that text; write it a little differently")]
    Tokenizer,
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
    /// The text between the blanks.
    pub fn given(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            PromptSegment::Text(text) => Some(text.as_str()),
            PromptSegment::Blank(_) => None,
        })
    }

    /// Parses `typed`. Control characters and bidirectional formatting characters are removed, because they would garble the
    /// output; all other characters are kept.
    pub fn parse(typed: &str) -> Self {
        let text: String = typed
            .chars()
            .filter(|&c| c == '\n' || c == '\t' || !is_control(c))
            .collect();
        let mut segments = Vec::new();
        let mut rest = text.as_str();
        while let Some((start, end)) = next_blank(rest) {
            if start > 0 {
                segments.push(PromptSegment::Text(rest[..start].to_owned()));
            }
            match segments.last_mut() {
                Some(PromptSegment::Blank(width)) => *width += 1,
                _ => segments.push(PromptSegment::Blank(1)),
            }
            rest = &rest[end..];
        }
        if !rest.is_empty() {
            segments.push(PromptSegment::Text(rest.to_owned()));
        }
        Self { text, segments }
    }

    /// The text as typed, blanks included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Number of blanks.
    pub fn blanks(&self) -> usize {
        let width = |segment: &PromptSegment| match segment {
            PromptSegment::Text(_) => 0,
            PromptSegment::Blank(width) => *width,
        };
        self.segments.iter().map(width).sum()
    }
}

fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Byte range of the next blank.
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

    fn parsed(typed: &str) -> Vec<String> {
        let show = |segment: &PromptSegment| match segment {
            PromptSegment::Text(text) => text.clone(),
            PromptSegment::Blank(width) => "*".repeat(*width),
        };
        Prompt::parse(typed).segments.iter().map(show).collect()
    }

    #[test]
    fn blanks_may_be_written_in_three_ways() {
        assert_eq!(
            parsed("a [MASK] b ___ c <mask>."),
            ["a ", "*", " b ", "*", " c ", "*", "."]
        );
        assert_eq!(parsed("[Mask]__"), ["**"]);
    }

    #[test]
    fn a_single_underscore_is_no_blank() {
        assert_eq!(parsed("snake_case and __"), ["snake_case and ", "*"]);
    }

    #[test]
    fn other_brackets_stay_text() {
        assert_eq!(
            parsed("[SEP] [CLS] [MASKED] <m>"),
            ["[SEP] [CLS] [MASKED] <m>"]
        );
    }

    #[test]
    fn control_and_direction_marks_are_dropped_but_emoji_joiners_stay() {
        assert_eq!(
            parsed("a\u{0}b\u{202e}c 👩\u{200d}🚀\n"),
            ["abc 👩\u{200d}🚀\n"]
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser_and_none_of_it_is_lost(typed in "\\PC*(\\[MASK\\]|_{2,4})?\\PC*") {
            let prompt = Prompt::parse(&typed);
            let kept: usize = prompt.segments.iter().map(|s| if let PromptSegment::Text(text) = s { text.chars().count() } else { 0 }).sum();
            prop_assert!(kept <= typed.chars().count());
            prop_assert!(prompt.blanks() <= typed.chars().count() / 2);
        }
    }
}
