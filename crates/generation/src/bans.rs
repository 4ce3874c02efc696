//! Banned words: no run of neighbouring tokens may spell one, however the word is divided into pieces and in whatever
//! order the tokens are written.
//!
//! A run is refused even if the next piece would make another word of it. The rule therefore still holds when a
//! strategy masks some of the tokens again or truncates the text, and a check when a token is written is enough.
//!
//! The words of a list form a trie over characters.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::token_spellings::{SEPARATOR, TokenSpellings};
use super::{Begins, Draft, PositionState, TokenId};

/// Lists of banned words, compiled for a vocabulary and shared between clones. Empty by default, which costs nothing.
///
/// ```
/// use std::sync::Arc;
///
/// use generation::testing::{token_table, words};
/// use generation::{Bans, TokenSpellings};
///
/// let table = token_table();
/// let pieces = table.tokens().map(|token| words(&[token]).replace(['#', '[', ']'], "").to_lowercase());
/// let spellings = Arc::new(TokenSpellings::new(&table, pieces));
/// let bans = Bans::new(&spellings, ["cat", "bird*"]);
/// assert_eq!(bans.find_in("two birds and a dog"), Some("bird"));
/// assert_eq!(bans.find_in("cats"), None);
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Bans(Option<Arc<[Arc<BanTrie>]>>);

#[derive(PartialEq)]
struct BanTrie {
    spelling: Arc<TokenSpellings>,
    /// By token: whether the token can be part of a banned word. Nearly none can.
    relevant: Vec<bool>,
    /// The child of a node by character.
    edges: HashMap<(usize, char), usize>,
    /// By node: what ends there.
    ends: Vec<TrieEnd>,
    /// Maximum length of a banned word, in characters.
    max_chars: usize,
}

/// What ends at a node of the trie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TrieEnd {
    None,
    Word,
    /// A prefix, i.e. every word that begins with it.
    Prefix,
}

/// A position in the trie.
#[derive(Clone, Copy)]
struct TrieCursor {
    node: usize,
    /// Whether a word has ended and the next has not begun.
    separated: bool,
}

/// The boundary between two tokens when they are shown.
enum Boundary {
    /// The tokens are one word.
    Joined,
    /// The tokens are two words.
    Separate,
    /// Depends on the typed text around them; both are considered.
    Ambiguous,
}

/// A draft with a token in place of the one at a position.
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

    /// The boundary on the left of the position `right`.
    fn boundary(&self, right: usize) -> Boundary {
        let positions = self.draft.positions();
        let same = positions[right - 1].segment == positions[right].segment;
        let table = self.draft.token_table();
        let joined = self
            .token(right)
            .is_some_and(|token| table.begins(token) == Begins::Joined);
        let region = self.draft.in_region(right);
        match (same, joined) {
            (true, true) => Boundary::Joined,
            (true, false) => Boundary::Separate,
            (false, true) if region && table.keeps_spaces() => Boundary::Joined,
            (false, _) if region => Boundary::Separate,
            (false, _) => Boundary::Ambiguous,
        }
    }
}

impl Bans {
    /// Compiles one list of words. Each is plain: lower case, letters and digits, one space between the words of a
    /// phrase; a `*` at the end bans every word that begins with the rest.
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

    /// The words of both.
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

    /// Whether no word is banned.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The first banned word in a plain text.
    pub fn find_in<'a>(&self, plain: &'a str) -> Option<&'a str> {
        self.lists().find_map(|list| list.find_in(plain))
    }

    /// The first rewritable position of `draft` that violates the rule: its word would spell a banned one once a part
    /// of it is masked.
    pub fn first_violation(&self, draft: &Draft) -> Option<usize> {
        let rewritable = |&position: &usize| {
            matches!(draft.positions()[position].state, PositionState::Written(_))
        };
        (0..draft.len()).filter(rewritable).find(|&position| {
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

    /// Marks the tokens that are spelled inside one of `words`, or begin with the end of a prefix among them.
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
        let word_is_relevant = |text: &str| {
            inside.contains(text)
                || (!ends.is_empty()
                    && text
                        .char_indices()
                        .any(|(index, c)| ends.contains(&text[..index + c.len_utf8()])))
        };
        // A token may have marks at its ends, or several words.
        let relevant = |text: &str| {
            word_is_relevant(text)
                || (text.contains(SEPARATOR) && text.split(SEPARATOR).any(word_is_relevant))
        };
        self.relevant = self.spelling.texts().map(relevant).collect();
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
            let text = self.text(substitution, start);
            let words = text.match_indices(SEPARATOR).map(|(mark, _)| mark + 1);
            let mut words = [0].into_iter().chain(words);
            if words.any(|word| self.spells(substitution, start, word, begin)) {
                return true;
            }
            let Some(left) = start.checked_sub(1) else {
                return false;
            };
            let text = self.text(substitution, left);
            room = room.saturating_sub(text.trim().chars().count());
            if text.is_empty() || room == 0 {
                return false;
            }
            start = left;
        }
    }

    /// The spelling of the token at `position`; empty where a phrase ends.
    fn text(&self, substitution: Substitution<'_>, position: usize) -> &str {
        substitution
            .token(position)
            .map_or("", |token| self.spelling.of(token))
    }

    /// Whether the tokens from the byte `offset` of that at `from` on, the substituted one among them, complete a banned
    /// word of which `cursor` is the part read so far.
    fn spells(
        &self,
        substitution: Substitution<'_>,
        from: usize,
        offset: usize,
        mut cursor: TrieCursor,
    ) -> bool {
        let text = self.text(substitution, from);
        if text.is_empty() {
            return false;
        }
        let reached = from >= substitution.position;
        let mut in_word = false;
        for c in text[offset..].chars() {
            if c == SEPARATOR && reached && in_word && self.ends[cursor.node] == TrieEnd::Word {
                return true;
            }
            in_word = c != SEPARATOR;
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
                .is_some_and(|cursor| self.spells(substitution, next, 0, cursor))
        };
        match substitution.boundary(next) {
            Boundary::Joined => self.spells(substitution, next, 0, cursor),
            Boundary::Separate => apart(cursor),
            Boundary::Ambiguous => self.spells(substitution, next, 0, cursor) || apart(cursor),
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

    /// The length in bytes of a banned word at the beginning of `plain`.
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
    use crate::testing::{ids, spaced_id, spaced_letters, spaced_table, token_table, words};

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

    /// Whether `word` may follow `left` in a vocabulary whose tokens contain spaces.
    fn may_follow(banned: &str, left: &str, word: &str) -> bool {
        let table = spaced_table();
        let spelling = Arc::new(TokenSpellings::new(&table, spaced_letters()));
        let mut draft = Draft::new(table, &[Segment::Blank(2)]);
        draft.write(0, spaced_id(left), 1.0);
        Bans::new(&spelling, [banned]).permits(&draft, 1, spaced_id(word))
    }

    #[test]
    fn tokens_with_marks_and_spaces_are_read_as_the_words_in_them() {
        assert!(!may_follow("don t", "_don", "'t"));
        assert!(
            !may_follow("t", "_don", "'t"),
            "behind a mark a word begins"
        );
        assert!(may_follow("dont", "_don", "'t"));
        assert!(
            !may_follow("s", "_cat", "_a's"),
            "the second word of a token"
        );
        assert!(
            !may_follow("a", "_cat", "_a's"),
            "the first word of a token"
        );
        assert!(!may_follow("cat a", "_cat", "_a's"));
        assert!(!may_follow("cats", "_cat", "s"));
        assert!(may_follow("cat s", "_cat", "s"));
        assert!(!may_follow("catcat", "_cat", "cat"));
        assert!(!may_follow("cat cat", "_cat", "_cat"));
        assert!(may_follow("catcat", "_cat", "_cat"));
    }
}
