//! The reference corpora that samples are compared with, and the measurement.

use std::collections::BTreeMap;

use super::corpus::{TokenisedText, WordInterner};
use super::error::CorpusError;
use super::report::TextReport;
use super::{bleu, distinct, rep4, unique_ngrams};

/// Reference corpora by name. Without any, samples are compared only with themselves.
///
/// ```
/// use figures::measures::ReferenceCorpora;
///
/// let mut corpora = ReferenceCorpora::default();
/// corpora.add_reference("books", "The cat sat on the mat .\nThe dog sat on the mat .")?;
/// let report = corpora.measure("samples", "the cat sat on the mat .\na bird sat on the mat .")?;
/// assert_eq!((report.texts, report.tokens), (2, 14));
/// assert!(report.corpus_bleu["books"] > 50.0);
/// # Ok::<(), figures::measures::CorpusError>(())
/// ```
#[derive(Debug, Default)]
pub struct ReferenceCorpora {
    words: WordInterner,
    references: BTreeMap<String, Vec<TokenisedText>>,
}

impl ReferenceCorpora {
    /// Adds the reference corpus `name` with one text per line. The texts are normalised to the spelling of samples:
    /// lower case, `[UNK]` for `@@unknown@@`, and straight quotation marks for those of LaTeX.
    ///
    /// # Errors
    /// When there are no texts, or a reference of that name exists already.
    pub fn add_reference(&mut self, name: &str, lines: &str) -> Result<(), CorpusError> {
        if self.references.contains_key(name) {
            return Err(CorpusError::DuplicateReference {
                name: name.to_owned(),
            });
        }
        let texts = self.words.references(name, lines)?;
        self.references.insert(name.to_owned(), texts);
        Ok(())
    }

    /// Measures the sample corpus `name` with one text per line. Words are separated by white space and compared as
    /// they are. The time is linear in the number of words of samples and references. The fields that need a model are
    /// `None`.
    ///
    /// # Errors
    /// When there are no texts.
    pub fn measure(&mut self, name: &str, lines: &str) -> Result<TextReport, CorpusError> {
        let texts = self.words.samples(name, lines)?;
        let references = || self.references.iter();
        Ok(TextReport {
            name: name.to_owned(),
            texts: texts.len(),
            tokens: texts.iter().map(Vec::len).sum(),
            corpus_bleu: references()
                .map(|(name, reference)| (name.clone(), bleu::corpus_bleu(&texts, reference)))
                .collect(),
            self_bleu: bleu::self_bleu(&texts),
            unique_self: by_n(2..=4, |n| unique_ngrams::unique_within(&texts, n)),
            unique_reference: references()
                .map(|(name, reference)| {
                    let percentages =
                        by_n(2..=4, |n| unique_ngrams::absent_from(&texts, reference, n));
                    (name.clone(), percentages)
                })
                .collect(),
            distinct: by_n(1..=3, |n| distinct::distinct(&texts, n)),
            rep4: rep4::rep4(&texts),
            pppl: None,
            passes_per_token: None,
            tokens_per_second: None,
            passes_per_second: None,
        })
    }
}

/// The measures of the n-gram orders that have one.
fn by_n(
    orders: impl Iterator<Item = usize>,
    measure: impl Fn(usize) -> Option<f64>,
) -> BTreeMap<usize, f64> {
    orders.filter_map(|n| Some((n, measure(n)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_that_the_texts_are_too_short_for_is_left_out() {
        let mut corpora = ReferenceCorpora::default();
        corpora.add_reference("book", "A b .").unwrap();
        let report = corpora.measure("sample", "a b .\n").unwrap();
        assert_eq!((report.texts, report.tokens), (1, 3));
        assert_eq!((report.self_bleu, report.rep4), (None, None));
        assert_eq!(report.corpus_bleu["book"].to_bits(), 0.0_f64.to_bits());
        assert!(report.unique_self.keys().eq(&[2, 3]));
        assert!(report.unique_reference["book"].keys().eq(&[2, 3]));
        assert!(report.distinct.keys().eq(&[1, 2, 3]));
    }

    #[test]
    fn measuring_one_corpus_does_not_change_the_report_of_another() {
        let mut corpora = ReferenceCorpora::default();
        corpora.add_reference("book", "a b c d e").unwrap();
        let first = corpora.measure("sample", "a b c d x\na b c d e").unwrap();
        corpora.measure("other", "x y z a b c").unwrap();
        let again = corpora.measure("sample", "a b c d x\na b c d e").unwrap();
        assert_eq!(first, again);
    }

    #[test]
    fn two_references_of_one_name_are_refused() {
        let mut corpora = ReferenceCorpora::default();
        corpora.add_reference("book", "a b").unwrap();
        let refusal = corpora.add_reference("book", "c d").unwrap_err();
        assert!(refusal.to_string().contains("two references called book"));
    }
}
