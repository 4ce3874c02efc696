//! Words that must not be written, in whatever pieces and whatever order they come.
//!
//! The rule is stricter than it looks from outside: no run of neighbouring tokens may spell a banned word, not even one
//! that the next piece would make longer. What holds for every run holds for all that is left of it when a strategy masks
//! some of its tokens again or cuts the text, so that a check when a token is written is enough.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::{Draft, PositionState, TokenId, TokenKind, TokenTable};

/// Between two words, however many marks stand there.
const SEPARATOR: char = ' ';

/// How every token of a vocabulary is spelled for the comparison with banned words.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenSpellings {
    /// Lower case, words separated by [`SEPARATOR`]. A mark is a gap alone, and what ends a phrase is empty.
    texts: Vec<Box<str>>,
}

impl TokenSpellings {
    /// `pieces` in token order without the marks of continued words, each plain in the sense of [`Bans::new`].
    pub fn new(token_table: &TokenTable, pieces: impl IntoIterator<Item = String>) -> Self {
        let spelled = |(id, piece): (u32, String)| match token_table.kind(TokenId(id)) {
            TokenKind::Special | TokenKind::Stop => "".into(),
            _ if piece.is_empty() => " ".into(),
            _ => piece.into_boxed_str(),
        };
        Self {
            texts: (0..).zip(pieces).map(spelled).collect(),
        }
    }

    fn of(&self, token: TokenId) -> &str {
        self.texts.get(token.index()).map_or("", AsRef::as_ref)
    }
}

/// Lists of banned words, compiled for a vocabulary and shared. Empty by default, and free then.
#[derive(Clone, Default, PartialEq)]
pub struct Bans(Option<Arc<[Arc<BanTrie>]>>);

#[derive(PartialEq)]
struct BanTrie {
    spelling: Arc<TokenSpellings>,
    /// By token: whether it can be part of a banned word at all. Nearly none can.
    relevant: Vec<bool>,
    edges: HashMap<(usize, char), usize>,
    ends: Vec<TrieEnd>,
    /// The longest banned word, in characters.
    max_chars: usize,
}

/// What ends at a place in the tree of banned words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TrieEnd {
    None,
    Word,
    /// Every word that begins so.
    Prefix,
}

/// Where reading has come to in the tree of banned words.
#[derive(Clone, Copy)]
struct TrieCursor {
    node: usize,
    /// A word has ended there, and the next has not begun.
    separated: bool,
}

/// What stands between two tokens when they are shown.
enum Boundary {
    /// They are one word.
    Joined,
    Separate,
    /// The typed text around them decides; both are considered.
    Ambiguous,
}

/// A draft as it would be with a token at a position.
#[derive(Clone, Copy)]
struct Substitution<'a> {
    draft: &'a Draft,
    position: usize,
    token: TokenId,
}

impl Substitution<'_> {
    fn token(&self, position: usize) -> Option<TokenId> {
        if position == self.position {
            Some(self.token)
        } else {
            self.draft.token(position)
        }
    }

    fn boundary(&self, right: usize) -> Boundary {
        let positions = self.draft.positions();
        let same = positions[right - 1].segment == positions[right].segment;
        let piece = self
            .token(right)
            .is_some_and(|token| self.draft.token_table().kind(token) == TokenKind::Piece);
        match (same, piece) {
            (true, true) => Boundary::Joined,
            (true, false) => Boundary::Separate,
            (false, _) if self.draft.in_region(right) => Boundary::Separate,
            (false, _) => Boundary::Ambiguous,
        }
    }
}

impl Bans {
    /// The words of one list. Each is plain: in lower case, of letters and digits, with one space between the words of a
    /// phrase; one with `*` at its end stands for every word that begins so.
    pub fn new<'a>(
        spelling: &Arc<TokenSpellings>,
        words: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut list = BanTrie {
            spelling: Arc::clone(spelling),
            relevant: Vec::new(),
            edges: HashMap::new(),
            ends: vec![TrieEnd::None],
            max_chars: 0,
        };
        let words: Vec<&str> = words
            .into_iter()
            .filter(|word| !without_wildcard(word).is_empty())
            .collect();
        if words.is_empty() {
            return Self::default();
        }
        for word in &words {
            list.add(word);
        }
        list.mark_relevant(&words);
        Self(Some(Arc::new([Arc::new(list)])))
    }

    /// All words of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (_, None) => self.clone(),
            (None, _) => other.clone(),
            (Some(ours), Some(theirs)) => {
                Self(Some(ours.iter().chain(&**theirs).cloned().collect()))
            }
        }
    }

    /// Whether nothing is banned.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The first banned word in a plain text.
    pub fn find_in<'a>(&self, plain: &'a str) -> Option<&'a str> {
        self.lists().find_map(|list| list.find_in(plain))
    }

    /// The first place of a typed text that is to be rewritten which breaks the strict rule: when a part of its word is
    /// masked, what is left of it would spell a banned one.
    pub fn first_violation(&self, draft: &Draft) -> Option<usize> {
        let typed = |&position: &usize| {
            matches!(draft.positions()[position].state, PositionState::Written(_))
        };
        (0..draft.len()).filter(typed).find(|&position| {
            let token = draft.positions()[position].token;
            !self.permits(draft, position, token)
        })
    }

    /// Whether `token` may be written at `position`.
    pub(super) fn permits(&self, draft: &Draft, position: usize, token: TokenId) -> bool {
        let substitution = Substitution {
            draft,
            position,
            token,
        };
        !self.lists().any(|list| list.forbids(substitution))
    }

    fn lists(&self) -> impl Iterator<Item = &BanTrie> {
        self.0
            .iter()
            .flat_map(|lists| lists.iter())
            .map(AsRef::as_ref)
    }
}

fn without_wildcard(word: &str) -> &str {
    word.strip_suffix('*').unwrap_or(word)
}

impl BanTrie {
    fn add(&mut self, word: &str) {
        let mut node = 0;
        for c in without_wildcard(word).chars() {
            let next = self.ends.len();
            node = *self.edges.entry((node, c)).or_insert(next);
            if node == next {
                self.ends.push(TrieEnd::None);
            }
        }
        if word.ends_with('*') {
            self.ends[node] = TrieEnd::Prefix;
        } else if self.ends[node] == TrieEnd::None {
            self.ends[node] = TrieEnd::Word;
        }
        self.max_chars = self.max_chars.max(without_wildcard(word).chars().count());
    }

    /// Finds the tokens that are inside one of `words`, or end one of those that are stems.
    fn mark_relevant(&mut self, words: &[&str]) {
        let mut inside: HashSet<&str> = HashSet::new();
        let mut ends: HashSet<&str> = HashSet::new();
        for word in words {
            let text = without_wildcard(word);
            let starts: Vec<usize> = text.char_indices().map(|(index, _)| index).collect();
            for &start in &starts {
                let stops = starts.iter().copied().chain([text.len()]);
                inside.extend(
                    stops
                        .filter(|&stop| stop > start)
                        .map(|stop| &text[start..stop]),
                );
                if word.ends_with('*') {
                    ends.insert(&text[start..]);
                }
            }
        }
        let relevant = |text: &str| {
            inside.contains(text)
                || (!ends.is_empty()
                    && text
                        .char_indices()
                        .any(|(index, c)| ends.contains(&text[..index + c.len_utf8()])))
        };
        self.relevant = self
            .spelling
            .texts
            .iter()
            .map(|text| relevant(text))
            .collect();
    }

    fn step(&self, cursor: TrieCursor, c: char) -> Option<TrieCursor> {
        if c == SEPARATOR {
            return Some(TrieCursor {
                separated: cursor.node != 0,
                ..cursor
            });
        }
        let mut node = cursor.node;
        if cursor.separated {
            node = *self.edges.get(&(node, SEPARATOR))?;
        }
        let node = *self.edges.get(&(node, c))?;
        Some(TrieCursor {
            node,
            separated: false,
        })
    }

    fn forbids(&self, substitution: Substitution<'_>) -> bool {
        if !self
            .relevant
            .get(substitution.token.index())
            .is_some_and(|&it| it)
        {
            return false;
        }
        let mut room = self.max_chars;
        let mut start = substitution.position;
        loop {
            let begin = TrieCursor {
                node: 0,
                separated: false,
            };
            if self.spells(substitution, start, begin) {
                return true;
            }
            let Some(left) = start.checked_sub(1) else {
                return false;
            };
            let text = substitution
                .token(left)
                .map_or("", |token| self.spelling.of(token));
            room = room.saturating_sub(text.trim().chars().count());
            if text.is_empty() || room == 0 {
                return false;
            }
            start = left;
        }
    }

    /// Whether the tokens from `from` on, with the tried one among them, spell a banned word that goes on at `cursor`.
    fn spells(&self, substitution: Substitution<'_>, from: usize, mut cursor: TrieCursor) -> bool {
        let text = substitution
            .token(from)
            .map_or("", |token| self.spelling.of(token));
        if text.is_empty() {
            return false;
        }
        let reached = from >= substitution.position;
        for c in text.chars() {
            let Some(next) = self.step(cursor, c) else {
                return false;
            };
            cursor = next;
            if reached && !cursor.separated && self.ends[cursor.node] == TrieEnd::Prefix {
                return true;
            }
        }
        if reached && !cursor.separated && self.ends[cursor.node] == TrieEnd::Word {
            return true;
        }
        let next = from + 1;
        if next >= substitution.draft.len() {
            return false;
        }
        let apart = |cursor| {
            self.step(cursor, SEPARATOR)
                .is_some_and(|cursor| self.spells(substitution, next, cursor))
        };
        match substitution.boundary(next) {
            Boundary::Joined => self.spells(substitution, next, cursor),
            Boundary::Separate => apart(cursor),
            Boundary::Ambiguous => self.spells(substitution, next, cursor) || apart(cursor),
        }
    }

    fn find_in<'a>(&self, plain: &'a str) -> Option<&'a str> {
        let mut start = 0;
        loop {
            if let Some(length) = self.match_at(&plain[start..]) {
                return Some(&plain[start..start + length]);
            }
            start += plain[start..].find(SEPARATOR)? + SEPARATOR.len_utf8();
        }
    }

    /// The length of a banned word that `plain` begins with.
    fn match_at(&self, plain: &str) -> Option<usize> {
        let mut cursor = TrieCursor {
            node: 0,
            separated: false,
        };
        for (index, c) in plain.char_indices() {
            if c == SEPARATOR && self.ends[cursor.node] == TrieEnd::Word {
                return Some(index);
            }
            cursor = self.step(cursor, c)?;
            if !cursor.separated && self.ends[cursor.node] == TrieEnd::Prefix {
                return Some(index + c.len_utf8());
            }
        }
        (self.ends[cursor.node] == TrieEnd::Word).then_some(plain.len())
    }
}

impl fmt::Debug for Bans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() {
            "Bans(none)"
        } else {
            "Bans(some)"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;
    use crate::testing::{ids, token_table, words};

    fn bans(banned: &[&str]) -> Bans {
        let size = u32::try_from(token_table().size()).unwrap();
        let pieces = (0..size).map(|id| {
            let piece = words(&[TokenId(id)]);
            let plain = piece.trim_start_matches("##");
            let plain = plain.replace(|c: char| !c.is_alphanumeric(), " ");
            plain.trim().to_owned()
        });
        let spelling = Arc::new(TokenSpellings::new(&token_table(), pieces));
        Bans::new(&spelling, banned.iter().copied())
    }

    /// Whether `word` may go where `_` is.
    fn may(banned: &[&str], text: &str, word: &str) -> bool {
        let (before, after) = text.split_once('_').unwrap();
        let given = |text: &str| match text.trim() {
            "" => Vec::new(),
            text => ids(text),
        };
        let (before, after) = (given(before), given(after));
        let segments = [Segment::Blank(before.len() + 1 + after.len())];
        let mut draft = Draft::new(token_table(), &segments);
        let at = before.len();
        for (position, token) in before.into_iter().enumerate() {
            draft.write(position, token, 1.0);
        }
        for (position, token) in after.into_iter().enumerate() {
            draft.write(at + 1 + position, token, 1.0);
        }
        bans(banned).permits(&draft, at, ids(word)[0])
    }

    #[test]
    fn a_word_is_banned_whole_and_in_pieces_from_both_sides() {
        assert!(!may(&["cat"], "_", "cat"));
        assert!(may(&["cat"], "_", "dog"));
        assert!(may(&["cats"], "_", "cat"));
        assert!(!may(&["cats"], "the cat _", "##s"));
        assert!(!may(&["cats"], "the _ ##s", "cat"));
        assert!(may(&["cats"], "the dog _", "##s"));
        assert!(
            !may(&["cat"], "_ ##s", "cat"),
            "the piece may be taken away again"
        );
    }

    #[test]
    fn a_phrase_is_banned_whatever_mark_stands_inside() {
        for mark in ["", ", ", "' "] {
            assert!(!may(&["cat dog"], &format!("cat {mark}_"), "dog"), "{mark}");
            assert!(!may(&["cat dog"], &format!("_ {mark}dog"), "cat"), "{mark}");
        }
        assert!(!may(&["cat dog"], "cat _ dog", ","));
        assert!(may(&["cat dog"], "cat . _", "dog"), "a sentence ends there");
        assert!(may(&["cat dog"], "dog _", "cat"));
        assert!(may(&["cat dog"], "cat , _", ","));
    }

    #[test]
    fn a_stem_bans_every_word_that_begins_so() {
        assert!(!may(&["ca*"], "_", "cat"));
        assert!(!may(&["cat*"], "_ ##s", "cat"));
        assert!(!may(&["the ca*"], "the _", "cat"));
        assert!(
            may(&["cat*"], "cat _", "dog"),
            "what stood there before is not its fault"
        );
    }

    #[test]
    fn given_words_and_a_blank_may_be_shown_as_one() {
        let draft = |given: &str| {
            Draft::new(
                token_table(),
                &[Segment::Given(ids(given)), Segment::Blank(1)],
            )
        };
        assert!(!bans(&["thecat"]).permits(&draft("the"), 1, ids("cat")[0]));
        assert!(!bans(&["the cat"]).permits(&draft("the"), 1, ids("cat")[0]));
        let region = Draft::new(
            token_table(),
            &[Segment::Given(ids("the")), Segment::Region(1)],
        );
        assert!(bans(&["thecat"]).permits(&region, 1, ids("cat")[0]));
    }

    #[test]
    fn banned_words_are_found_in_typed_text() {
        let some = bans(&["cat", "big dog", "fish*"]);
        assert_eq!(some.find_in("a cat and"), Some("cat"));
        assert_eq!(some.find_in("the big dog"), Some("big dog"));
        assert_eq!(some.find_in("two fishes"), Some("fish"));
        assert_eq!(some.find_in("cats and a big bird of dog"), None);
        assert_eq!(Bans::default().find_in("cat"), None);
        assert_eq!(bans(&["a"]).union(&bans(&["b"])).find_in("b"), Some("b"));
    }
}
