//! English word lists that the classes of tokens and the detokenizer share.

/// Words of grammar; they are exempt from the repetition penalty, because every text repeats them.
pub(super) const FUNCTION_WORDS: &str = "about after all also am any are be been before by can could did do does had has \
    have her here him how in is it just may me might more most must no not now on one only other out over said shall should \
    so some such that them then there these this those to too under up us was were what when where which while whom why \
    will would you";
/// Words that no sentence ends with.
pub(super) const BOUND_WORDS: &str = "a an the and or but nor of at as for from with into upon if because whose my your our \
    their its his than every although though unless whether toward towards among amid via per he she i we they who very";
/// What can follow an apostrophe inside a word.
pub(super) const CONTRACTIONS: [&str; 7] = ["s", "t", "re", "ll", "ve", "d", "m"];
/// Titles of persons: written with a capital, as is the name that follows; their full stop ends no sentence.
pub(super) const TITLES: [&str; 7] = ["mr", "mrs", "ms", "dr", "st", "prof", "messrs"];
/// Other abbreviations whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 1] = ["vol"];

/// Whether the full stop after `word`, in lower case, ends no sentence.
pub(super) fn is_abbreviation(word: &str) -> bool {
    TITLES.contains(&word) || ABBREVIATIONS.contains(&word)
}
