//! Distinct-n (Li et al. 2016, arXiv:1510.03055): a measure of diversity.
//!
//! distinct-n = |distinct n-grams| / |n-gram occurrences|.

use super::corpus::TokenisedText;
use super::ngrams::{count_in_corpus, percent, total};

/// The number of distinct n-grams in `texts`, in percent of all n-gram occurrences. The measure falls with the size of
/// the corpus, so only files of equal size are comparable. `None` if no text has `n` words.
pub(super) fn distinct(texts: &[TokenisedText], n: usize) -> Option<f64> {
    percent(count_in_corpus(texts, n).len(), total(texts, n))
}

#[cfg(test)]
mod tests {
    use super::super::corpus::WordInterner;
    use super::*;

    #[test]
    fn repetition_within_and_between_texts_lowers_the_measure() {
        let texts = WordInterner::default()
            .samples("samples", "a b a b\na b")
            .unwrap();
        assert_eq!(distinct(&texts, 1), percent(2, 6));
        assert_eq!(distinct(&texts, 2), percent(2, 4));
        assert_eq!(distinct(&texts, 3), percent(2, 2));
        assert_eq!(distinct(&texts, 5), None);
    }
}
