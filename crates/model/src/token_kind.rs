//! Classes of word pieces: words, parts of words, punctuation, and words that need a neighbour.

use generation::TokenKind;

use super::word_lists::{BOUND_WORDS, CONTRACTIONS, FUNCTION_WORDS, is_abbreviation};

/// The class of a word piece, by its characters and by the word lists.
pub(super) fn token_kind(piece: &str) -> TokenKind {
    match piece {
        "." | "!" | "?" => TokenKind::Stop,
        "," | ";" | ":" | "–" | "—" => TokenKind::Pause,
        "-" => TokenKind::Hyphen,
        "\"" => TokenKind::Quote,
        "(" | "[" | "{" | "“" | "‘" | "«" => TokenKind::Open,
        ")" | "]" | "}" | "”" | "»" => TokenKind::Close,
        _ if piece.is_empty() || (piece.starts_with('[') && piece.ends_with(']')) => {
            TokenKind::Special
        }
        _ if piece.starts_with("##") => TokenKind::Piece,
        "'" => TokenKind::Apostrophe,
        _ if CONTRACTIONS.contains(&piece) => TokenKind::Clitic,
        _ if is_abbreviation(piece) => TokenKind::Title,
        _ if !piece.chars().any(char::is_alphanumeric) => TokenKind::Sign,
        _ if piece.chars().all(|c| c.is_ascii_digit()) => TokenKind::Number,
        _ if BOUND_WORDS.split_whitespace().any(|word| word == piece) => TokenKind::Bound,
        _ if piece.chars().count() == 1 => TokenKind::Letter,
        _ if FUNCTION_WORDS.split_whitespace().any(|word| word == piece) => TokenKind::FunctionWord,
        _ => TokenKind::Word,
    }
}
