//! Finds the sentences of a text file that suit a prompt: BM25 (Robertson and Zaragoza 2009), from a library.

use std::path::Path;

use anyhow::{Context, ensure};
use bm25::{Language, SearchEngineBuilder};

/// So many sentences at most …
const SENTENCES: usize = 2;
/// … of so many words in all.
const WORDS: usize = 40;

/// The best sentences of `file` for a text about `about`, best first, as one line.
///
/// # Errors
/// When the file cannot be read, or nothing in it has a word of `about`.
pub(super) fn context(file: &Path, about: &str) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read {} as text", file.display()))?;
    let sentences = sentences(&text);
    let engine =
        SearchEngineBuilder::<u32>::with_corpus(Language::English, sentences.iter().copied())
            .build();
    let mut chosen: Vec<&str> = Vec::new();
    for found in engine.search(about, SENTENCES) {
        let sentence = sentences[found.document.id as usize];
        let words: usize = chosen
            .iter()
            .chain([&sentence])
            .map(|s| s.split_whitespace().count())
            .sum();
        if words <= WORDS {
            chosen.push(sentence);
        }
    }
    ensure!(
        !chosen.is_empty(),
        "no sentence of at most {WORDS} words in {} has a word of the prompt or the tags",
        file.display()
    );
    Ok(chosen.join(" "))
}

/// The sentences of `text`: each ends with a full stop, an exclamation or a question mark before a space, or with a line
/// left empty.
fn sentences(text: &str) -> Vec<&str> {
    let paragraphs = text.split("\n\n");
    let sentences =
        paragraphs.flat_map(|paragraph| paragraph.split_inclusive(['.', '!', '?']).map(str::trim));
    sentences.filter(|sentence| !sentence.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, about: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("text.txt");
        std::fs::write(&file, text).unwrap();
        context(&file, about).map_err(|error| error.to_string())
    }

    #[test]
    fn the_sentences_that_share_words_are_found() {
        let text =
            "The sea was calm. Bread is made of flour, water and salt. A ship lay in the harbour!";
        assert_eq!(
            found(text, "how to bake bread").unwrap(),
            "Bread is made of flour, water and salt."
        );
    }

    #[test]
    fn nothing_that_suits_is_said() {
        let error = found("The sea was calm.", "sandwich").unwrap_err();
        assert!(
            error.contains("has a word of the prompt or the tags"),
            "{error}"
        );
    }
}
