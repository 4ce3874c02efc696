//! Unique n-grams (Wang & Cho 2019): how much of the text is said nowhere else.
//!
//! The notebook of the paper counts the two kinds in two ways; so do we, or the figures could not be compared.

use std::collections::HashSet;

use super::corpus::Text;
use super::ngrams::{occurrences, percent, total};

/// The percentage of n-gram occurrences in `texts` whose n-gram occurs just once in them.
pub(super) fn within(texts: &[Text], n: usize) -> Option<f64> {
    let once = occurrences(texts, n)
        .values()
        .filter(|count| **count == 1)
        .count();
    percent(once, total(texts, n))
}

/// The number of *different* n-grams of `texts` that `reference` does not have, as a percentage of all n-gram
/// occurrences in `texts`. So an n-gram that `texts` repeat lowers the figure.
pub(super) fn beyond(texts: &[Text], reference: &[Text], n: usize) -> Option<f64> {
    let known: HashSet<_> = reference.iter().flat_map(|text| text.windows(n)).collect();
    let new = occurrences(texts, n)
        .keys()
        .filter(|ngram| !known.contains(**ngram))
        .count();
    percent(new, total(texts, n))
}

#[cfg(test)]
mod tests {
    use super::super::corpus::tests::texts;
    use super::super::corpus::{WordId, Words};
    use super::*;
    use proptest::prelude::*;

    fn all(texts: &[Text], n: usize) -> Vec<&[WordId]> {
        texts.iter().flat_map(|text| text.windows(n)).collect()
    }

    proptest! {
        #[test]
        fn counting_once_gives_what_looking_for_each_gives(texts in texts(), reference in texts(), n in 1usize..5) {
            let (ngrams, known) = (all(&texts, n), all(&reference, n));
            let once = ngrams.iter().filter(|a| ngrams.iter().filter(|b| a == b).count() == 1).count();
            let new = (0..ngrams.len())
                .filter(|&i| !known.contains(&ngrams[i]) && !ngrams[..i].contains(&ngrams[i]))
                .count();
            prop_assert_eq!(within(&texts, n), percent(once, ngrams.len()));
            prop_assert_eq!(beyond(&texts, &reference, n), percent(new, ngrams.len()));
        }
    }

    #[test]
    fn worked_by_hand() {
        let mut words = Words::default();
        // a b, b a, a b, a c: two of four occur once; a b and a c are new, which makes two of four as well.
        let texts = words.samples("samples", "a b a b\na c").unwrap();
        let reference = words.references("reference", "B A").unwrap();
        assert_eq!(within(&texts, 2), Some(50.0));
        assert_eq!(beyond(&texts, &reference, 2), Some(50.0));
        assert_eq!(beyond(&texts, &reference, 3), percent(2, 2));
    }

    #[test]
    fn texts_without_n_grams_have_no_share_of_them() {
        let texts = Words::default().samples("samples", "a b c\nd").unwrap();
        assert_eq!(within(&texts, 4), None);
        assert_eq!(beyond(&texts, &texts, 4), None);
    }
}
