//! Retrieval of the sentences of a text file that are relevant to a prompt, by BM25 (Robertson and Zaragoza 2009).

use std::path::Path;

use anyhow::{Context, ensure};
use bm25::{Language, SearchEngineBuilder};

/// The maximum number of sentences.
const MAX_SENTENCES: usize = 2;
/// The maximum number of words of all sentences together.
const MAX_WORDS: usize = 40;

/// The sentences of `file` that are most relevant to `query`, most relevant first, joined by spaces.
///
/// # Errors
/// When the file cannot be read, or no sentence shares a word with `query`.
pub(super) fn relevant_sentences(file: &Path, query: &str) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read {} as text", file.display()))?;
    let sentences = sentences(&text);
    let engine =
        SearchEngineBuilder::<u32>::with_corpus(Language::English, sentences.iter().copied())
            .build();
    let mut chosen: Vec<&str> = Vec::new();
    for found in engine.search(query, sentences.len()) {
        let sentence = sentences[found.document.id as usize];
        let words: usize = chosen
            .iter()
            .chain([&sentence])
            .map(|s| s.split_whitespace().count())
            .sum();
        if words <= MAX_WORDS && chosen.len() < MAX_SENTENCES {
            chosen.push(sentence);
        }
    }
    ensure!(
        !chosen.is_empty(),
        "no sentence of at most {MAX_WORDS} words in {} has a word of the prompt or the tags",
        file.display()
    );
    Ok(chosen.join(" "))
}

/// The sentences of `text`. A sentence ends with a full stop, an exclamation mark or a question mark before white
/// space, or with an empty line.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (end, mark) in text.char_indices() {
        let behind = end + mark.len_utf8();
        let rest = &text[behind..];
        let stop = ".!?".contains(mark) && rest.starts_with(char::is_whitespace);
        let line = rest.trim_start_matches([' ', '\t', '\r']);
        let empty_line = mark == '\n' && (line.starts_with('\n') || line.is_empty());
        if stop || empty_line || rest.is_empty() {
            sentences.push(text[start..behind].trim());
            start = behind;
        }
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, query: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("text.txt");
        std::fs::write(&file, text).unwrap();
        relevant_sentences(&file, query).map_err(|error| error.to_string())
    }

    #[test]
    fn sentences_that_share_words_with_the_query_are_found() {
        let text =
            "The sea was calm. Bread is made of flour, water and salt. A ship lay in the harbour!";
        assert_eq!(
            found(text, "how to bake bread").unwrap(),
            "Bread is made of flour, water and salt."
        );
    }

    #[test]
    fn decimal_points_do_not_end_a_sentence_and_empty_lines_do() {
        let text = "Bread weighs 3.5 kg. A title\r\n\r\nThe sea! Is it calm?";
        assert_eq!(
            sentences(text),
            ["Bread weighs 3.5 kg.", "A title", "The sea!", "Is it calm?"]
        );
    }

    #[test]
    fn a_sentence_that_is_too_long_is_skipped() {
        let long = format!("Bread {}.", "bread is made of flour ".repeat(12).trim());
        let text = format!("{long} The sea was calm. Bread is baked.");
        assert_eq!(found(&text, "bread").unwrap(), "Bread is baked.");
    }

    #[test]
    fn a_file_without_a_relevant_sentence_is_refused() {
        let error = found("The sea was calm.", "sandwich").unwrap_err();
        assert!(
            error.contains("has a word of the prompt or the tags"),
            "{error}"
        );
    }
}
