//! Rep-4 (seq-rep-4 of Welleck et al. 2020, arXiv:1908.04319): a measure of repetition within texts.
//!
//! rep-4 of a text = 1 − |distinct 4-grams| / |4-gram occurrences|.

use super::corpus::TokenisedText;
use super::ngrams::{count_in_text, percent};

/// The percentage of 4-gram occurrences whose 4-gram occurred earlier in the same text, averaged over the texts with at
/// least four words. All texts have the same weight, so a degenerate text is not outweighed by longer ones. `None` if
/// there are no such texts.
pub(super) fn rep4(texts: &[TokenisedText]) -> Option<f64> {
    let shares: Vec<f64> = texts.iter().filter_map(repeated).collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

fn repeated(text: &TokenisedText) -> Option<f64> {
    let all = text.windows(4).len();
    percent(all - count_in_text(text, 4).len(), all)
}

#[cfg(test)]
mod tests {
    use super::super::corpus::WordInterner;
    use super::super::corpus::tests::texts;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_count_equals_a_search_for_each_ngram_in_the_words_before(texts in texts()) {
            let ngrams: Vec<Vec<_>> = texts.iter().map(|text| text.windows(4).collect()).collect();
            let shares: Vec<f64> = ngrams
                .iter()
                .filter_map(|all| percent((0..all.len()).filter(|&i| all[..i].contains(&all[i])).count(), all.len()))
                .collect();
            let expected = shares.iter().sum::<f64>() / shares.len() as f64;
            prop_assert_eq!(rep4(&texts), (!shares.is_empty()).then_some(expected));
        }
    }

    #[test]
    fn texts_weigh_the_same_and_those_too_short_not_at_all() {
        let texts = WordInterner::default()
            .samples("samples", "a a a a a a\na b c d\na a a")
            .unwrap();
        // Two of three, and none of one.
        assert_eq!(rep4(&texts), Some((200.0 / 3.0) / 2.0));
        assert_eq!(rep4(&texts[2..]), None);
    }
}
