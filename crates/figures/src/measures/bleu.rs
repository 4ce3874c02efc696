//! BLEU (Papineni et al. 2002): the overlap of n-grams with references.
//!
//! As NLTK's `corpus_bleu` without smoothing: BLEU = BP · exp(¼ Σₙ ln pₙ), n from 1 to 4. The modified precision pₙ is
//! the number of matched n-grams over the number of n-grams of all texts; an n-gram of a text matches at most as often
//! as it occurs in the one reference that contains it most often. The brevity penalty BP is min(1, exp(1 − r / c)),
//! where c is the length of all texts and r the sum of the reference lengths nearest to each text; of two equally near
//! lengths the shorter counts. A text with fewer than n words counts as one n-gram that does not match.
//!
//! A comparison of every text with every reference is quadratic. This file is linear: it needs only the maximum count
//! of each n-gram over the references, and the lengths of the references. For self-BLEU, where the references are the
//! other texts, the second largest count replaces the maximum for the text that has the maximum itself.

use std::collections::{BTreeMap, HashMap};

use super::corpus::{TokenisedText, WordId};
use super::ngrams;

/// The maximum order of n-grams.
const MAX_ORDER: usize = 4;

/// Corpus BLEU in percent of `texts` against all of `references`; 0 if some order of n-grams has no match.
pub(super) fn corpus_bleu(texts: &[TokenisedText], references: &[TokenisedText]) -> f64 {
    bleu(texts, references, |_| None)
}

/// Self-BLEU in percent: BLEU of every text against all other texts (Zhu et al. 2018, Texygen, arXiv:1802.01886).
/// Higher is less diverse. `None` for a single text.
pub(super) fn self_bleu(texts: &[TokenisedText]) -> Option<f64> {
    (texts.len() > 1).then(|| bleu(texts, texts, Some))
}

/// BLEU, where `left_out` gives the index of the reference that a text is not compared with, by the index of the text.
fn bleu(
    texts: &[TokenisedText],
    references: &[TokenisedText],
    left_out: fn(usize) -> Option<usize>,
) -> f64 {
    let mut log_precisions = 0.0;
    for n in 1..=MAX_ORDER {
        let max_counts = max_counts(references, n);
        let (mut found, mut all) = (0, 0);
        for (index, text) in texts.iter().enumerate() {
            for (ngram, count) in ngrams::count_in_text(text, n) {
                let max_count = max_counts.get(ngram).copied().unwrap_or_default();
                found += count.min(max_count.without(left_out(index)));
            }
            all += text.windows(n).len().max(1);
        }
        if found == 0 {
            return 0.0;
        }
        log_precisions += (found as f64 / all as f64).ln();
    }
    let penalty = log_brevity_penalty(texts, references, left_out);
    100.0 * (log_precisions / MAX_ORDER as f64 + penalty).exp()
}

/// The maximum count of an n-gram within one reference.
#[derive(Debug, Clone, Copy, Default)]
struct MaxCount {
    count: usize,
    reference: usize,
    /// The maximum count in any other reference.
    runner_up: usize,
}

impl MaxCount {
    fn update(&mut self, count: usize, reference: usize) {
        if count > self.count {
            *self = Self {
                count,
                reference,
                runner_up: self.count,
            };
        } else {
            self.runner_up = self.runner_up.max(count);
        }
    }

    fn without(self, reference: Option<usize>) -> usize {
        if reference == Some(self.reference) {
            self.runner_up
        } else {
            self.count
        }
    }
}

fn max_counts(references: &[TokenisedText], n: usize) -> HashMap<&[WordId], MaxCount> {
    let mut max_counts: HashMap<_, MaxCount> = HashMap::new();
    for (index, text) in references.iter().enumerate() {
        for (ngram, count) in ngrams::count_in_text(text, n) {
            max_counts.entry(ngram).or_default().update(count, index);
        }
    }
    max_counts
}

fn log_brevity_penalty(
    texts: &[TokenisedText],
    references: &[TokenisedText],
    left_out: fn(usize) -> Option<usize>,
) -> f64 {
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for text in references {
        *lengths.entry(text.len()).or_default() += 1;
    }
    let (mut written, mut wanted) = (0, 0);
    for (index, text) in texts.iter().enumerate() {
        let missing = left_out(index).map(|reference| references[reference].len());
        written += text.len();
        wanted += lengths
            .iter()
            .filter(|(length, count)| **count > usize::from(missing == Some(**length)))
            .map(|(length, _)| *length)
            .min_by_key(|length| (length.abs_diff(text.len()), *length))
            .expect("there is a reference besides the one left out");
    }
    (1.0 - wanted as f64 / written as f64).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::corpus::WordInterner;
    use super::super::corpus::tests::texts;
    use super::*;
    use proptest::prelude::*;

    /// The definition of BLEU, each text with its own references.
    fn definition(texts: &[TokenisedText], references: &[Vec<&TokenisedText>]) -> f64 {
        let occurrences = |text: &TokenisedText, ngram: &[WordId]| {
            let windows = text.windows(ngram.len());
            windows.filter(|window| *window == ngram).count()
        };
        let mut precisions = Vec::new();
        for n in 1..=4 {
            let (mut found, mut all) = (0, 0);
            for (text, own) in texts.iter().zip(references) {
                let different: std::collections::BTreeSet<_> = text.windows(n).collect();
                for ngram in different {
                    let most = own.iter().map(|reference| occurrences(reference, ngram));
                    found += occurrences(text, ngram).min(most.max().unwrap());
                }
                all += (text.len() + 1).saturating_sub(n).max(1);
            }
            precisions.push(f64::from(u32::try_from(found).unwrap()) / all as f64);
        }
        let written: usize = texts.iter().map(Vec::len).sum();
        let nearest = |text: &TokenisedText, own: &[&TokenisedText]| {
            let mut lengths: Vec<usize> = own.iter().map(|reference| reference.len()).collect();
            lengths.sort_by_key(|length| (length.abs_diff(text.len()), *length));
            lengths[0]
        };
        let pairs = texts.iter().zip(references);
        let wanted: usize = pairs.map(|(text, own)| nearest(text, own)).sum();
        let penalty = if written > wanted {
            1.0
        } else {
            (1.0 - wanted as f64 / written as f64).exp()
        };
        100.0 * penalty * precisions.iter().product::<f64>().powf(0.25)
    }

    proptest! {
        #[test]
        fn bleu_equals_a_comparison_with_every_reference(texts in texts(), references in texts()) {
            let expected = definition(&texts, &vec![references.iter().collect(); texts.len()]);
            prop_assert!((corpus_bleu(&texts, &references) - expected).abs() < 1e-9);
        }

        #[test]
        fn self_bleu_equals_a_comparison_with_every_other_text(texts in texts()) {
            let others: Vec<Vec<&TokenisedText>> = (0..texts.len())
                .map(|i| (0..texts.len()).filter(|&j| j != i).map(|j| &texts[j]).collect())
                .collect();
            let bleu = self_bleu(&texts);
            prop_assert_eq!(bleu.is_none(), texts.len() == 1);
            prop_assert!(bleu.is_none_or(|bleu| (bleu - definition(&texts, &others)).abs() < 1e-9));
        }
    }

    fn against(texts: &str, references: &str) -> f64 {
        let mut words = WordInterner::default();
        let texts = words.samples("samples", texts).unwrap();
        corpus_bleu(&texts, &words.samples("references", references).unwrap())
    }

    fn nearly(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_text_that_is_one_of_its_references_has_the_maximum() {
        assert!(nearly(against("a b c d e", "x y\na b c d e"), 100.0));
    }

    #[test]
    fn counts_are_clipped_at_the_maximum_of_one_reference() {
        // 5 of 7 unigrams match, as `the` counts twice, not three times; 4 of 6 bigrams, with `the bird` from the other
        // reference; 2 of 5 trigrams and 1 of 4 4-grams.
        let bleu = against(
            "the cat the dog the bird sat",
            "the cat the dog bird\nthe bird",
        );
        let expected: f64 = 5.0 / 7.0 * (4.0 / 6.0) * (2.0 / 5.0) * (1.0 / 4.0);
        assert!(nearly(bleu, 100.0 * expected.powf(0.25)), "{bleu}");
    }

    #[test]
    fn of_two_equally_near_lengths_the_shorter_counts() {
        // Five words, references of four and six: no penalty, as the shorter one counts.
        assert!(nearly(against("a b c d e", "a b c d e f\na b c d"), 100.0));
        let shortened = against("a b c d e", "a b c d e f");
        assert!(nearly(shortened, 100.0 * (-0.2_f64).exp()), "{shortened}");
    }

    #[test]
    fn a_text_with_fewer_than_n_words_counts_as_one_ngram_without_match() {
        let bleu = against("a b c d\na b", "a b c d\na b");
        let expected: f64 = 6.0 / 6.0 * (4.0 / 4.0) * (2.0 / 3.0) * (1.0 / 2.0);
        assert!(nearly(bleu, 100.0 * expected.powf(0.25)), "{bleu}");
    }

    #[test]
    fn without_any_matching_4_gram_bleu_is_zero() {
        assert!(nearly(against("a b c x d e f", "a b c d e f"), 0.0));
        assert!(nearly(against("a b c", "a b c"), 0.0));
    }

    #[test]
    fn a_single_text_has_no_self_bleu() {
        let mut words = WordInterner::default();
        assert_eq!(self_bleu(&words.samples("one", "a b c d e").unwrap()), None);
        let twins = words.samples("two", "a b c d e\na b c d e").unwrap();
        assert!(self_bleu(&twins).is_some_and(|bleu| nearly(bleu, 100.0)));
    }
}
