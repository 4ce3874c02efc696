//! Corpora as numbers: one text per line, one id per word.

use std::collections::HashMap;

use super::error::CorpusError;

/// Spellings of reference corpora and the spelling of samples: the unknown word of WikiText-103, and the quotation
/// marks of the Toronto Book Corpus.
const REWRITTEN: [(&str, &str); 3] = [("@@unknown@@", "[UNK]"), ("``", "\""), ("''", "\"")];

/// The id of a word. Equal words have equal ids in all texts read with the same [`WordInterner`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct WordId(pub(super) u32);

/// The words of one text.
pub(super) type TokenisedText = Vec<WordId>;

/// Assigns ids to words, from 0 in the order of their first occurrence.
#[derive(Debug, Default)]
pub(super) struct WordInterner(HashMap<String, WordId>);

impl WordInterner {
    /// The texts of a sample file, unchanged: one on every line that is not blank, words separated by white space.
    pub(super) fn samples(
        &mut self,
        name: &str,
        lines: &str,
    ) -> Result<Vec<TokenisedText>, CorpusError> {
        self.texts(name, lines, Self::id)
    }

    /// The texts of a reference file, normalised to the spelling of samples: lower case, straight quotation marks,
    /// `[UNK]`. The notebook of Wang & Cho 2019 normalises each of its two corpora in its own way. Neither corpus
    /// contains what is rewritten in the other, so one normalisation serves both.
    pub(super) fn references(
        &mut self,
        name: &str,
        lines: &str,
    ) -> Result<Vec<TokenisedText>, CorpusError> {
        self.texts(name, lines, |words, word| {
            let word = word.to_lowercase();
            let rewritten = REWRITTEN.iter().find(|(from, _)| *from == word);
            words.id(rewritten.map_or(&word, |(_, to)| to))
        })
    }

    fn texts(
        &mut self,
        name: &str,
        lines: &str,
        read: impl Fn(&mut Self, &str) -> WordId,
    ) -> Result<Vec<TokenisedText>, CorpusError> {
        let texts: Vec<TokenisedText> = lines
            .lines()
            .map(|line| {
                line.split_whitespace()
                    .map(|word| read(self, word))
                    .collect()
            })
            .filter(|text: &TokenisedText| !text.is_empty())
            .collect();
        if texts.is_empty() {
            return Err(CorpusError::Empty {
                name: name.to_owned(),
            });
        }
        Ok(texts)
    }

    fn id(&mut self, word: &str) -> WordId {
        if let Some(id) = self.0.get(word) {
            return *id;
        }
        let id =
            WordId(u32::try_from(self.0.len()).expect("2³² distinct words do not fit into memory"));
        self.0.insert(word.to_owned(), id);
        id
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A few short texts of few distinct words, so that n-grams repeat.
    pub(crate) fn texts() -> impl Strategy<Value = Vec<TokenisedText>> {
        prop::collection::vec(
            prop::collection::vec((0u32..4).prop_map(WordId), 1..9),
            1..9,
        )
    }

    #[test]
    fn samples_are_unchanged_and_blank_lines_are_skipped() {
        let mut words = WordInterner::default();
        let texts = words
            .samples("file", "a  A '' \r\n\n \t\n a @@unknown@@")
            .unwrap();
        let ids = |ids: &[u32]| ids.iter().copied().map(WordId).collect::<TokenisedText>();
        assert_eq!(texts, [ids(&[0, 1, 2]), ids(&[0, 3])]);
    }

    #[test]
    fn references_are_normalised_to_the_spelling_of_samples() {
        let mut words = WordInterner::default();
        let samples = words
            .samples("samples", "the [UNK] said \" no \" ``no'' .")
            .unwrap();
        let references = words
            .references("references", "The @@UNKNOWN@@ said `` No '' ``no'' .")
            .unwrap();
        assert_eq!(samples, references);
    }

    #[test]
    fn a_file_without_words_is_refused_by_name() {
        for lines in ["", "\n \n"] {
            let refusal = WordInterner::default()
                .samples("gpt.txt", lines)
                .unwrap_err();
            assert!(
                refusal.to_string().contains("gpt.txt has no texts"),
                "{refusal}"
            );
        }
    }
}
