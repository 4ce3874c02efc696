//! The words that the operator bans.

use std::path::Path;

use super::error::ConfigError;
use super::sources::{SettingSources, read_at_most};

const WORDS: &str = "limits.banned_words";
const FILE: &str = "limits.banned_words_file";
/// The maximum number of words of both settings: compiling the list takes no noticeable time and memory.
const MAX_WORDS: usize = 5_000;
/// The maximum number of characters of a word.
const MAX_CHARACTERS: usize = 40;
/// The maximum size of the file.
const MAX_BYTES: u64 = 1 << 20;

/// The words of both settings.
///
/// # Errors
/// When the file cannot be read, a word is too long or has no letter or digit, or there are too many words.
pub(super) fn words(sources: &SettingSources) -> Result<Vec<String>, ConfigError> {
    let mut words = split(sources, WORDS, &sources.text(WORDS)?)?;
    let path = sources.text(FILE)?;
    if !path.is_empty() {
        let refused = |problem: &str| {
            sources.refused(
                FILE,
                "a readable text file",
                &format!("{path:?} ({problem})"),
            )
        };
        let text = read_at_most(Path::new(&path), MAX_BYTES)
            .map_err(|error| refused(&error.to_string()))?;
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default());
        words.extend(split(sources, FILE, &lines.collect::<Vec<_>>().join(","))?);
    }
    if words.len() > MAX_WORDS {
        let given = format!("{} words", words.len());
        return Err(sources.refused(WORDS, &format!("at most {MAX_WORDS} words"), &given));
    }
    Ok(words)
}

/// The words of a comma-separated list.
fn split(sources: &SettingSources, key: &str, list: &str) -> Result<Vec<String>, ConfigError> {
    let words = list
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    let check = |word: &str| {
        let fits = word.chars().count() <= MAX_CHARACTERS;
        if fits && word.chars().any(char::is_alphanumeric) {
            return Ok(word.to_owned());
        }
        let accepted = format!(
            "words with at least one letter or digit and at most {MAX_CHARACTERS} characters, separated by commas"
        );
        Err(sources.refused(key, &accepted, &format!("{word:?}")))
    };
    words.map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str, file: &str) -> Result<Vec<String>, String> {
        let set = |key: &str, value: &str| (format!("MOUTHPIECE__LIMITS__{key}"), value.to_owned());
        let environment = vec![set("BANNED_WORDS", words), set("BANNED_WORDS_FILE", file)];
        let sources = SettingSources::new(None, environment).map_err(|error| error.to_string())?;
        super::words(&sources).map_err(|error| error.to_string())
    }

    #[test]
    fn words_of_the_setting_and_of_the_file_are_joined() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("banned.txt");
        std::fs::write(
            &path,
            "# ours\nfoo, two words\n\nbar* # and all its forms\n",
        )
        .unwrap();
        let words = read(" one,,Two ", path.to_str().unwrap()).unwrap();
        assert_eq!(words, ["one", "Two", "foo", "two words", "bar*"]);
        assert!(read("", "").unwrap().is_empty());
    }

    #[test]
    fn words_without_letters_and_lists_that_are_too_long_are_refused() {
        let refused = read("fine, ***", "").unwrap_err();
        assert!(
            refused.contains("limits.banned_words must be words with at least one letter"),
            "{refused}"
        );
        assert!(read(&"a".repeat(41), "").is_err());
        assert!(
            read(&"a,".repeat(5_001), "")
                .unwrap_err()
                .contains("at most 5000 words")
        );
        // The metadata says that the file is empty.
        let refused = read("", "/dev/zero").unwrap_err();
        assert!(refused.contains("more than 1048576 bytes"), "{refused}");
        let refused = read("", "/nowhere/words.txt").unwrap_err();
        assert!(
            refused.contains("must be a readable text file"),
            "{refused}"
        );
    }

    #[test]
    fn the_comment_of_the_setting_states_the_maxima() {
        let stated = format!("At most {MAX_WORDS} entries of at most {MAX_CHARACTERS} characters.");
        let defaults = include_str!("../../config/default.toml");
        assert!(defaults.contains(&stated), "{stated}");
    }
}
