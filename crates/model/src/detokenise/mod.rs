//! Detokenization: decoded pieces to readable text, with spaces, quotation marks and capitals.
//!
//! Does not use the vocabulary. Pieces that contain spaces say where one stands; for others the rules of English do, except
//! in scripts without spaces. Capitals are set only for a vocabulary that has none.

mod words;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use generation::{Begins, TokenKind};

use super::word_lists::{CONTRACTIONS, TITLES, is_abbreviation};
use super::writing::Writing;
pub(super) use words::Written;
use words::{Word, joined};

/// A part of a rendered text.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The text; empty for open positions.
    pub text: String,
    /// The origin of the text.
    pub kind: SpanKind,
}

/// The origin of a part of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SpanKind {
    /// Typed by a person.
    Given,
    /// Written by the model; the probability of its least likely piece, 0 to 1.
    Written(f32),
    /// Not written yet; the number of tokens.
    Open(usize),
}

/// Words that are always capitalised.
const CAPITALS: &str = "i monday tuesday wednesday thursday friday saturday sunday january february april june july august \
    september october november december";
/// Words that are nearly always capitalised in cased English text; made by training/names.py.
static NAMES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("names.txt").lines().collect());
/// Punctuation without a space before it.
const CLOSING: [&str; 15] = [
    ",", ".", "!", "?", ";", ":", ")", "]", "}", "%", "”", "’", "…", "/", "-",
];
/// Punctuation without a space after it.
const OPENING: [char; 11] = ['(', '[', '{', '$', '£', '€', '#', '“', '‘', '/', '@'];
/// Assembles a text from left to right.
#[derive(Default)]
pub(super) struct Detokenizer {
    /// Spellings of words that the prompt capitalises inside a sentence, by their lower-case form.
    names: HashMap<String, String>,
    spans: Vec<Span>,
    /// The text so far, without open positions.
    text: String,
    quotes: usize,
    /// Number of open single quotation marks.
    single_quotes: usize,
    writing: Writing,
}

impl Detokenizer {
    /// A detokenizer that writes as `writing`, and spells names as `typed` does.
    pub(super) fn knowing(typed: &str, writing: Writing) -> Self {
        Self {
            names: names(typed),
            writing,
            ..Self::default()
        }
    }

    /// Appends typed text.
    pub(super) fn given(&mut self, text: &str) {
        self.quotes += text.matches('"').count();
        self.count_single_quotes(text);
        self.push(text.to_owned(), SpanKind::Given);
    }

    /// Appends what was written into a blank. The typed text around it has its own spaces.
    pub(super) fn blank(&mut self, pieces: &[Written<'_>]) {
        self.write(pieces, false);
    }

    /// Appends what was written behind the typed text.
    pub(super) fn region(&mut self, pieces: &[Written<'_>]) {
        self.write(pieces, true);
    }

    /// Closes open brackets and quotation marks at the end of a text.
    pub(super) fn close(&mut self) {
        let mut open = Vec::new();
        let mut before = ' ';
        for c in self.text.chars() {
            match c {
                _ if open.last() == Some(&c) => drop(open.pop()),
                '(' => open.push(')'),
                '[' => open.push(']'),
                '“' => open.push('”'),
                c if self.writing.closing(c).is_some() => open.extend(self.writing.closing(c)),
                // That of 5" is none.
                '"' if before.is_whitespace() || "([".contains(before) => open.push('"'),
                _ => {}
            }
            before = c;
        }
        let closing: String = open.into_iter().rev().collect();
        if !closing.is_empty() {
            self.push(closing, SpanKind::Written(1.0));
        }
    }

    pub(super) fn finish(self) -> Vec<Span> {
        self.spans
    }

    fn write(&mut self, pieces: &[Written<'_>], mut spaced: bool) {
        let mut words = joined(pieces, self.writing);
        let mut first = true;
        while let Some(word) = words.pop_front() {
            match word {
                Word::Open(count) => self.spans.push(Span {
                    text: String::new(),
                    kind: SpanKind::Open(count),
                }),
                Word::Text {
                    text: word,
                    confidence,
                    begins,
                } => {
                    let next = words.iter().find_map(|word| match word {
                        Word::Text { text, .. } => Some(text.as_str()),
                        Word::Open(_) => None,
                    });
                    let space = spaced
                        && match begins {
                            Begins::Joined => false,
                            Begins::Spaced if !first => !self.ends_with_space(),
                            Begins::Spaced | Begins::Start => self.wants_space(&word, next),
                        };
                    let shown = self.cased(&word, next);
                    self.quotes += usize::from(word == "\"");
                    if word == "'" && !self.is_apostrophe(next) {
                        self.single_quotes = self.single_quotes.checked_sub(1).unwrap_or(1);
                    }
                    self.push(
                        if space { format!(" {shown}") } else { shown },
                        SpanKind::Written(confidence),
                    );
                }
            }
            (spaced, first) = (true, false);
        }
    }

    /// Whether the text so far is empty or ends with white space.
    fn ends_with_space(&self) -> bool {
        self.text
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace)
    }

    /// Counts the single quotation marks that `text` leaves open.
    fn count_single_quotes(&mut self, text: &str) {
        let mut before = self.text.chars().next_back();
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            let word_ahead = characters.peek().is_some_and(|c| c.is_alphanumeric());
            let opens = before.is_none_or(|c| c.is_whitespace() || c == '"') && word_ahead;
            let closes = before.is_some_and(|c| ",.!?".contains(c)) || !word_ahead;
            match c {
                '\'' if opens => self.single_quotes += 1,
                '\'' if closes => self.single_quotes = self.single_quotes.saturating_sub(1),
                _ => {}
            }
            before = Some(c);
        }
    }

    fn push(&mut self, text: String, kind: SpanKind) {
        self.text.push_str(&text);
        match self.spans.last_mut() {
            // Written words stay separate spans, because each has its own confidence.
            Some(last) if last.kind == SpanKind::Given && kind == SpanKind::Given => {
                last.text.push_str(&text);
            }
            _ => self.spans.push(Span { text, kind }),
        }
    }

    /// Whether a space separates the text so far from `word`.
    fn wants_space(&self, word: &str, next: Option<&str>) -> bool {
        let Some(last) = self.text.chars().next_back() else {
            return false;
        };
        let german = self.writing.closes_german_quotation(&self.text, word);
        if last.is_whitespace() || CLOSING.contains(&word) || german {
            return false;
        }
        let opened = self.text.trim_end_matches(last);
        if OPENING.contains(&last) && !self.writing.closes_german_quotation(opened, "“") {
            return false;
        }
        if self.writing.parts_without_space(last, word) {
            return false;
        }
        let before = self.text.trim_end_matches(last);
        let number = word.chars().all(|c| c.is_ascii_digit());
        match (last, word) {
            ('-', _) => before.ends_with(' '),
            (_, "'") => !self.is_apostrophe(next) && self.single_quotes == 0,
            ('\'' | '’', _) => {
                let inside = before.ends_with(char::is_alphanumeric)
                    && (CONTRACTIONS.contains(&word) || elides(before));
                let opened = before.is_empty() || before.ends_with([' ', '\n', '"']);
                !inside && !opened
            }
            (_, "\"") | ('"', _) => self.quotes.is_multiple_of(2),
            (',', _) if number => !(word.len() == 3 && ends_with_digits(before, 3)),
            (':', _) if number => !(word.len() == 2 && ends_with_digits(before, 2)),
            ('.', _) if number => !ends_with_digits(before, 3),
            _ => true,
        }
    }

    /// Whether an apostrophe at the current end belongs to the word before it.
    fn is_apostrophe(&self, next: Option<&str>) -> bool {
        let after_word = self.text.ends_with(char::is_alphanumeric);
        let plural = self.text.ends_with('s') && self.single_quotes == 0;
        let elided =
            elides(&self.text) && next.is_some_and(|next| next.starts_with(char::is_alphanumeric));
        let contracted = next.is_some_and(|next| CONTRACTIONS.contains(&next));
        after_word && (contracted || plural || elided)
    }

    fn cased(&self, word: &str, next: Option<&str>) -> String {
        if self.writing.is_cased() {
            return word.to_owned();
        }
        let title = TITLES.contains(&word) && next == Some(".");
        let initial = word.chars().count() == 1
            && next == Some(".")
            && word.chars().all(char::is_alphabetic)
            && word != "a";
        let in_word = self.text.ends_with(['\'', '’']) && CONTRACTIONS.contains(&word);
        let known = NAMES.contains(word) || CAPITALS.split_whitespace().any(|name| name == word);
        let capital =
            self.begins_sentence() || follows_title(&self.text) || title || initial || known;
        match self.names.get(word) {
            _ if in_word => word.to_owned(),
            Some(name) => name.clone(),
            None if capital => capitalised(word),
            None => word.to_owned(),
        }
    }

    /// Whether the next word begins a sentence.
    fn begins_sentence(&self) -> bool {
        let text = self
            .text
            .trim_end()
            .trim_end_matches(['"', '\'', '(', '“', '‘', ')', '”', '’'])
            .trim_end();
        let Some(rest) = text.strip_suffix(['.', '!', '?']) else {
            let last = text.chars().next_back();
            return last.is_none_or(|last| self.writing.mark(last) == Some(TokenKind::Stop));
        };
        let last = rest
            .rsplit(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let initial =
            last.chars().count() == 1 && last.chars().all(char::is_uppercase) && last != "I";
        let ellipsis = rest.ends_with('.');
        !(text.ends_with('.') && (initial || ellipsis || is_abbreviation(&last.to_lowercase())))
    }
}

/// The words of `typed` with a capital although they begin no sentence, or with a capital inside.
fn names(typed: &str) -> HashMap<String, String> {
    let mut names = HashMap::new();
    let mut begins = true;
    for token in typed.split_whitespace() {
        let word = token.trim_matches(|c: char| !c.is_alphanumeric());
        let inner = word.chars().skip(1).any(char::is_uppercase);
        let shouted = word.chars().count() > 5 && !word.chars().any(char::is_lowercase);
        let first = word.chars().next().is_some_and(char::is_uppercase);
        if (inner && !shouted) || (first && !begins) {
            let name = word.strip_suffix("'s").unwrap_or(word);
            names.insert(name.to_lowercase(), name.to_owned());
        }
        begins = token.ends_with(['.', '!', '?', ':', '"', '“', '”']);
    }
    names
}

/// Whether the word after `text` is a name because a title precedes it.
fn follows_title(text: &str) -> bool {
    let rest = text.trim_end().strip_suffix('.');
    rest.is_some_and(|rest| TITLES.contains(&last_word(rest).to_lowercase().as_str()))
}

/// Whether `text` ends with a prefix that an apostrophe joins to the next word, as in "o'clock".
fn elides(text: &str) -> bool {
    matches!(
        last_word(text).to_lowercase().as_str(),
        "o" | "d" | "l" | "ma" | "y"
    )
}

fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
}

/// Whether `text` ends with a number of at most `most` digits.
fn ends_with_digits(text: &str, most: usize) -> bool {
    let digits = text.chars().rev().take_while(char::is_ascii_digit).count();
    (1..=most).contains(&digits)
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
