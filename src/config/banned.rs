//! The words that the operator does not want written.

use std::path::Path;

use super::ConfigError;
use super::sources::{SettingSources, read_at_most};

const WORDS: &str = "limits.banned_words";
const FILE: &str = "limits.banned_words_file";
/// So many words are taken, so that making the list takes no noticeable time and space.
const MOST_WORDS: usize = 5_000;
const MOST_CHARACTERS: usize = 40;
/// Larger files hold something else.
const MOST_BYTES: u64 = 1 << 20;

/// The words of both settings.
pub(super) fn words(read: &SettingSources) -> Result<Vec<String>, ConfigError> {
    let mut words = listed(read, WORDS, &read.text(WORDS)?)?;
    let path = read.text(FILE)?;
    if !path.is_empty() {
        let refused = |problem: &str| {
            read.refused(
                FILE,
                "a readable text file",
                &format!("{path:?} ({problem})"),
            )
        };
        let text = read_at_most(Path::new(&path), MOST_BYTES)
            .map_err(|error| refused(&error.to_string()))?;
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default());
        words.extend(listed(read, FILE, &lines.collect::<Vec<_>>().join(","))?);
    }
    if words.len() > MOST_WORDS {
        let given = format!("{} words", words.len());
        return Err(read.refused(WORDS, &format!("at most {MOST_WORDS} words"), &given));
    }
    Ok(words)
}

fn listed(read: &SettingSources, key: &str, list: &str) -> Result<Vec<String>, ConfigError> {
    let words = list
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    let checked = |word: &str| {
        let fits = word.chars().count() <= MOST_CHARACTERS;
        if fits && word.chars().any(char::is_alphanumeric) {
            return Ok(word.to_owned());
        }
        let range = format!(
            "words with at least one letter or digit and at most {MOST_CHARACTERS} characters, separated by commas"
        );
        Err(read.refused(key, &range, &format!("{word:?}")))
    };
    words.map(checked).collect()
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
    fn words_come_from_the_setting_and_from_the_file() {
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
    fn what_is_no_word_or_too_much_is_refused() {
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
        // Larger than it says.
        let refused = read("", "/dev/zero").unwrap_err();
        assert!(refused.contains("more than 1048576 bytes"), "{refused}");
        let refused = read("", "/nowhere/words.txt").unwrap_err();
        assert!(
            refused.contains("must be a readable text file"),
            "{refused}"
        );
    }
}
