//! Files of texts as numbers: one text on every line, one number for every word.

use std::collections::HashMap;

use super::EvaluationError;

/// What reference files write where samples write something else: words unknown to the tokeniser of WikiText-103, and the
/// quotation marks of the Toronto Book Corpus.
const REWRITTEN: [(&str, &str); 3] = [("@@unknown@@", "[UNK]"), ("``", "\""), ("''", "\"")];

/// A word, as a number. Equal words have equal numbers in all texts read with the same [`Words`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct WordId(pub(super) u32);

/// The words of one text.
pub(super) type Text = Vec<WordId>;

/// The numbers given to words so far.
#[derive(Debug, Default)]
pub(super) struct Words(HashMap<String, WordId>);

impl Words {
    /// The texts of a sample file, as they are: one on every line that is not blank, words between white space.
    pub(super) fn samples(
        &mut self,
        name: &str,
        lines: &str,
    ) -> Result<Vec<Text>, EvaluationError> {
        self.texts(name, lines, Self::id)
    }

    /// The texts of a reference file, written the way that samples are: in lower case, with their quotation marks and
    /// `[UNK]`. The notebook of the paper rewrites one corpus one way and the other another way; neither has what is
    /// rewritten in the other, so one way does for both.
    pub(super) fn references(
        &mut self,
        name: &str,
        lines: &str,
    ) -> Result<Vec<Text>, EvaluationError> {
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
    ) -> Result<Vec<Text>, EvaluationError> {
        let texts: Vec<Text> = lines
            .lines()
            .map(|line| {
                line.split_whitespace()
                    .map(|word| read(self, word))
                    .collect()
            })
            .filter(|text: &Text| !text.is_empty())
            .collect();
        if texts.is_empty() {
            return Err(EvaluationError::Empty {
                name: name.to_owned(),
            });
        }
        Ok(texts)
    }

    fn id(&mut self, word: &str) -> WordId {
        if let Some(id) = self.0.get(word) {
            return *id;
        }
        let id = WordId(u32::try_from(self.0.len()).expect("four billion words do not fit memory"));
        self.0.insert(word.to_owned(), id);
        id
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A few short texts of few words, so that n-grams come back.
    pub(crate) fn texts() -> impl Strategy<Value = Vec<Text>> {
        prop::collection::vec(
            prop::collection::vec((0u32..4).prop_map(WordId), 1..9),
            1..9,
        )
    }

    #[test]
    fn samples_are_taken_as_they_are_and_blank_lines_are_skipped() {
        let mut words = Words::default();
        let texts = words
            .samples("file", "a  A '' \r\n\n \t\n a @@unknown@@")
            .unwrap();
        let ids = |ids: &[u32]| ids.iter().copied().map(WordId).collect::<Text>();
        assert_eq!(texts, [ids(&[0, 1, 2]), ids(&[0, 3])]);
    }

    #[test]
    fn references_are_rewritten_the_way_samples_are_written() {
        let mut words = Words::default();
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
            let refusal = Words::default().samples("gpt.txt", lines).unwrap_err();
            assert!(
                refusal.to_string().contains("gpt.txt has no texts"),
                "{refusal}"
            );
        }
    }
}
