//! Rep-4 (seq-rep-4 of Welleck et al. 2020, arXiv:1908.04319): how much texts repeat themselves.

use super::corpus::Text;
use super::ngrams::{counted, percent};

/// The percentage of 4-gram occurrences in a text whose 4-gram occurred in it before, on average over the texts that have
/// 4-grams. Every text weighs the same, so one that is stuck does not get lost among those that are not.
pub(super) fn rep4(texts: &[Text]) -> Option<f64> {
    let shares: Vec<f64> = texts.iter().filter_map(repeated).collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

fn repeated(text: &Text) -> Option<f64> {
    let all = text.windows(4).len();
    percent(all - counted(text, 4).len(), all)
}

#[cfg(test)]
mod tests {
    use super::super::corpus::Words;
    use super::super::corpus::tests::texts;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_once_gives_what_looking_back_gives(texts in texts()) {
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
        let texts = Words::default()
            .samples("samples", "a a a a a a\na b c d\na a a")
            .unwrap();
        // Two of three, and none of one.
        assert_eq!(rep4(&texts), Some((200.0 / 3.0) / 2.0));
        assert_eq!(rep4(&texts[2..]), None);
    }
}
