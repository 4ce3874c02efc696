//! Distinct-n (Li et al. 2016, arXiv:1510.03055): how many different n-grams there are for all that is said.

use super::corpus::Text;
use super::ngrams::{occurrences, percent, total};

/// The number of different n-grams in `texts`, as a percentage of all n-gram occurrences in them. It falls as there are
/// more texts, so compare only files of the same size.
pub(super) fn distinct(texts: &[Text], n: usize) -> Option<f64> {
    percent(occurrences(texts, n).len(), total(texts, n))
}

#[cfg(test)]
mod tests {
    use super::super::corpus::Words;
    use super::*;

    #[test]
    fn repetition_within_and_between_texts_counts() {
        let texts = Words::default().samples("samples", "a b a b\na b").unwrap();
        assert_eq!(distinct(&texts, 1), percent(2, 6));
        assert_eq!(distinct(&texts, 2), percent(2, 4));
        assert_eq!(distinct(&texts, 3), percent(2, 2));
        assert_eq!(distinct(&texts, 5), None);
    }
}
