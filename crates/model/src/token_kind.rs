//! Classes of tokens: words, parts of words, punctuation, and words that need a neighbour.

use generation::{Begins, TokenKind};

use super::tokenizer::Piece;
use super::word_lists::{BOUND_WORDS, CONTRACTIONS, FUNCTION_WORDS, is_abbreviation};
use super::writing::{Writing, is_combining, is_word_character};

/// Length of the longest word of the lists; saves most comparisons in a vocabulary of 250,000 pieces.
const MAX_LISTED_BYTES: usize = 8;

/// The class of a piece that is no special token, by its letters and by the word lists.
pub(super) fn token_kind(piece: &Piece, writing: Writing) -> TokenKind {
    let letters = piece.letters();
    if piece.is_fragment() {
        return TokenKind::Fragment;
    }
    let joined = piece.begins() == Begins::Joined;
    if joined && !writing.keeps_spaces() {
        return TokenKind::Piece;
    }
    if let Some(kind) = marks_kind(letters, writing) {
        return kind;
    }
    if writing.keeps_spaces() {
        if is_contraction(letters) {
            return TokenKind::Contraction;
        }
        if joined && continues(letters, writing) {
            return TokenKind::Piece;
        }
    } else if CONTRACTIONS.contains(&letters) {
        return TokenKind::Clitic;
    }
    word_kind(letters, writing)
}

/// The class of a piece of punctuation marks only; `None` for a piece with letters.
fn marks_kind(letters: &str, writing: Writing) -> Option<TokenKind> {
    let mut characters = letters.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        let sign = || (!is_word_character(only)).then_some(TokenKind::Sign);
        return writing.mark(only).or_else(sign);
    }
    if letters.contains(is_word_character) {
        return None;
    }
    if !writing.keeps_spaces() {
        return Some(TokenKind::Sign);
    }
    let marks: Vec<TokenKind> = letters.chars().filter_map(|c| writing.mark(c)).collect();
    let has = |wanted: &[TokenKind]| marks.iter().any(|mark| wanted.contains(mark));
    let ellipsis = letters.contains("..");
    Some(match marks.last() {
        // Marks that open or close something and more are never written, so that all pairs stay whole.
        _ if has(&[TokenKind::Open]) => TokenKind::Open,
        _ if has(&[TokenKind::Close, TokenKind::Quote]) => TokenKind::Close,
        Some(TokenKind::Stop) if !ellipsis => TokenKind::Stop,
        Some(TokenKind::Pause) => TokenKind::Pause,
        Some(TokenKind::Hyphen) => TokenKind::Hyphen,
        _ => TokenKind::Sign,
    })
}

/// Whether a piece is an apostrophe with what follows it inside a word.
fn is_contraction(letters: &str) -> bool {
    let rest = letters.strip_prefix(['\'', '’']);
    rest.is_some_and(|rest| CONTRACTIONS.contains(&rest))
}

/// Whether letters behind a word without a space continue it. A script without spaces begins words everywhere.
fn continues(letters: &str, writing: Writing) -> bool {
    let first = letters.chars().next();
    first.is_some_and(|c| is_combining(c) || !writing.is_spaceless(c))
}

/// The class of a piece that begins a word.
fn word_kind(letters: &str, writing: Writing) -> TokenKind {
    let lower = if writing.is_cased() {
        letters.to_lowercase()
    } else {
        letters.to_owned()
    };
    let short = lower.len() <= MAX_LISTED_BYTES;
    let listed = |words: &str| short && words.split_whitespace().any(|word| word == lower);
    let spaceless = letters.starts_with(|c| writing.is_spaceless(c));
    match letters {
        _ if is_abbreviation(&lower) => TokenKind::Title,
        _ if !letters.contains(char::is_alphanumeric) => TokenKind::Sign,
        _ if letters.chars().all(|c| c.is_ascii_digit()) => TokenKind::Number,
        _ if listed(BOUND_WORDS) => TokenKind::Bound,
        _ if spaceless => TokenKind::Word,
        _ if letters.chars().count() == 1 => TokenKind::Letter,
        _ if listed(FUNCTION_WORDS) => TokenKind::FunctionWord,
        _ => TokenKind::Word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vocabulary of Latin and Chinese, cased, with spaces in its pieces.
    fn mixed() -> Writing {
        Writing::of(["The", "中", "é"].into_iter(), true)
    }

    fn kind(letters: &str, begins: Begins) -> TokenKind {
        token_kind(&Piece::new(letters, begins), mixed())
    }

    #[test]
    fn a_piece_without_a_space_continues_a_word_unless_its_script_has_no_spaces() {
        assert_eq!(kind("ing", Begins::Joined), TokenKind::Piece);
        assert_eq!(kind("84", Begins::Joined), TokenKind::Piece);
        assert_eq!(kind("84", Begins::Spaced), TokenKind::Number);
        assert_eq!(kind("猫", Begins::Joined), TokenKind::Word);
        assert_eq!(kind("猫", Begins::Spaced), TokenKind::Word);
        assert_eq!(kind("B", Begins::Spaced), TokenKind::Letter);
    }

    #[test]
    fn word_lists_apply_to_capitals() {
        assert_eq!(kind("The", Begins::Spaced), TokenKind::Bound);
        assert_eq!(kind("I", Begins::Spaced), TokenKind::Bound);
        assert_eq!(kind("There", Begins::Spaced), TokenKind::FunctionWord);
        assert_eq!(kind("Mr", Begins::Spaced), TokenKind::Title);
        assert_eq!(kind("'s", Begins::Joined), TokenKind::Contraction);
        let words = Writing::of(["The"].into_iter(), false);
        assert_eq!(
            token_kind(&Piece::new("There", Begins::Start), words),
            TokenKind::FunctionWord
        );
        assert_eq!(
            token_kind(&Piece::new("S", Begins::Start), words),
            TokenKind::Letter,
            "an initial is no contraction"
        );
    }

    #[test]
    fn several_marks_in_one_piece_are_what_they_end_as() {
        let expected = [
            ("?!", TokenKind::Stop),
            (".\"", TokenKind::Close),
            ("(\"", TokenKind::Open),
            ("--", TokenKind::Hyphen),
            ("...", TokenKind::Sign),
            ("。", TokenKind::Stop),
            ("、", TokenKind::Pause),
            ("。」", TokenKind::Close),
        ];
        for (letters, expected) in expected {
            assert_eq!(kind(letters, Begins::Joined), expected, "{letters}");
        }
    }

    #[test]
    fn no_listed_word_is_too_long() {
        let words = BOUND_WORDS
            .split_whitespace()
            .chain(FUNCTION_WORDS.split_whitespace());
        assert_eq!(words.map(str::len).max(), Some(MAX_LISTED_BYTES));
    }

    #[test]
    fn white_space_is_no_word() {
        for letters in ["", " ", "\n"] {
            assert_eq!(kind(letters, Begins::Spaced), TokenKind::Fragment);
        }
    }
}
