//! The list of banned words that managers type.

use crate::service::refusal::Refusal;

/// Maximum number of words that a guild may ban.
const MAX_WORDS: usize = 400;
/// Maximum characters of one banned word.
const MAX_WORD_CHARACTERS: usize = 40;
/// Maximum UTF-16 code units of the joined list: the maximum length of a Discord text input.
const MAX_LIST_LENGTH: usize = 4_000;

/// Parses a list of words that are separated by commas or line breaks.
///
/// # Errors
/// When the list or a word is too long, or a word has no letter or digit.
pub fn banned_words(typed: &str) -> Result<Vec<String>, Refusal> {
    let words = typed.split([',', '\n']).map(str::trim);
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let invalid = |word: &&String| {
        word.chars().count() > MAX_WORD_CHARACTERS || !word.contains(char::is_alphanumeric)
    };
    if let Some(word) = words.iter().find(invalid) {
        return Err(Refusal::Ban {
            given: word.clone(),
            most: MAX_WORD_CHARACTERS,
        });
    }
    if words.len() > MAX_WORDS {
        return Err(Refusal::TooManyBans(MAX_WORDS));
    }
    let given = words.join(", ").encode_utf16().count();
    if given > MAX_LIST_LENGTH {
        return Err(Refusal::BansTooLong {
            given,
            most: MAX_LIST_LENGTH,
        });
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_parsed_and_an_invalid_word_is_named() {
        assert_eq!(
            banned_words(" crumpet,, red tea\nbutter* ").unwrap(),
            ["crumpet", "red tea", "butter*"]
        );
        assert!(banned_words("").unwrap().is_empty());
        let told = banned_words("tea, *!").unwrap_err().to_string();
        assert!(told.contains("unlike \"*!\""), "{told}");
    }

    #[test]
    fn lists_that_are_too_long_are_refused() {
        assert_eq!(
            banned_words(&"a,".repeat(401)),
            Err(Refusal::TooManyBans(400))
        );
        let (given, most) = (399 * 11 - 2, 4_000);
        let long = "teapotpot,".repeat(399);
        assert!(long.len() <= most, "the list fits the text input");
        assert_eq!(
            banned_words(&long),
            Err(Refusal::BansTooLong { given, most })
        );
    }

    proptest! {
        #[test]
        fn joined_words_parse_to_the_same_words(typed in "[a-z,\n *!é]{0,80}") {
            let Ok(words) = banned_words(&typed) else { return Ok(()) };
            let again = banned_words(&words.join(", "));
            prop_assert_eq!(again.as_ref(), Ok(&words));
            prop_assert!(words.iter().all(|word| typed.contains(word.as_str()) && word.trim() == word));
        }
    }
}
