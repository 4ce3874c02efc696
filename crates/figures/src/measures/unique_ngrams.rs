//! Unique n-grams (Wang & Cho 2019, arXiv:1902.04094): a measure of diversity.
//!
//! The notebook of the paper defines the two kinds differently. This file follows it, so that the figures are
//! comparable.

use std::collections::HashSet;

use super::corpus::TokenisedText;
use super::ngrams::{count_in_corpus, percent, total};

/// The percentage of n-gram occurrences in `texts` whose n-gram occurs exactly once in them. `None` if no text has `n`
/// words.
pub(super) fn unique_within(texts: &[TokenisedText], n: usize) -> Option<f64> {
    let once = count_in_corpus(texts, n)
        .values()
        .filter(|count| **count == 1)
        .count();
    percent(once, total(texts, n))
}

/// The number of *distinct* n-grams of `texts` that `reference` does not contain, in percent of all n-gram occurrences
/// in `texts`. An n-gram that `texts` repeat therefore lowers the measure. `None` if no text has `n` words.
pub(super) fn absent_from(
    texts: &[TokenisedText],
    reference: &[TokenisedText],
    n: usize,
) -> Option<f64> {
    let known: HashSet<_> = reference.iter().flat_map(|text| text.windows(n)).collect();
    let new = count_in_corpus(texts, n)
        .keys()
        .filter(|ngram| !known.contains(**ngram))
        .count();
    percent(new, total(texts, n))
}

#[cfg(test)]
mod tests {
    use super::super::corpus::tests::texts;
    use super::super::corpus::{WordId, WordInterner};
    use super::*;
    use proptest::prelude::*;

    fn all(texts: &[TokenisedText], n: usize) -> Vec<&[WordId]> {
        texts.iter().flat_map(|text| text.windows(n)).collect()
    }

    proptest! {
        #[test]
        fn the_counts_equal_a_search_for_each_ngram(texts in texts(), reference in texts(), n in 1usize..5) {
            let (ngrams, known) = (all(&texts, n), all(&reference, n));
            let once = ngrams.iter().filter(|a| ngrams.iter().filter(|b| a == b).count() == 1).count();
            let new = (0..ngrams.len())
                .filter(|&i| !known.contains(&ngrams[i]) && !ngrams[..i].contains(&ngrams[i]))
                .count();
            prop_assert_eq!(unique_within(&texts, n), percent(once, ngrams.len()));
            prop_assert_eq!(absent_from(&texts, &reference, n), percent(new, ngrams.len()));
        }
    }

    #[test]
    fn the_measures_of_a_small_corpus_are_those_counted_by_hand() {
        let mut words = WordInterner::default();
        // a b, b a, a b, a c: two of four occur once; a b and a c are new, which makes two of four as well.
        let texts = words.samples("samples", "a b a b\na c").unwrap();
        let reference = words.references("reference", "B A").unwrap();
        assert_eq!(unique_within(&texts, 2), Some(50.0));
        assert_eq!(absent_from(&texts, &reference, 2), Some(50.0));
        assert_eq!(absent_from(&texts, &reference, 3), percent(2, 2));
    }

    #[test]
    fn texts_without_ngrams_have_no_measure() {
        let texts = WordInterner::default()
            .samples("samples", "a b c\nd")
            .unwrap();
        assert_eq!(unique_within(&texts, 4), None);
        assert_eq!(absent_from(&texts, &texts, 4), None);
    }
}
