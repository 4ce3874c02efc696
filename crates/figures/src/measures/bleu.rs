//! BLEU (Papineni et al. 2002): how much of the n-grams of a text is also in one of its references.
//!
//! As NLTK's `corpus_bleu` without smoothing: the geometric mean of the precisions of 1- to 4-grams over the whole corpus,
//! times a penalty if the texts are shorter than the references nearest to them in length. An n-gram of a text counts at
//! most as often as it occurs in that one reference that has it most often; of two lengths equally near the shorter is
//! the nearest; a text too short to have an n-gram counts as having one that is not found.
//!
//! Comparing every text with every reference takes a product of their numbers. But all that a comparison needs of the
//! references is the largest count of each n-gram and their lengths, so they are gone through only once. Where the
//! references are the other texts, the second largest count stands in for the text that has the largest.

use std::collections::{BTreeMap, HashMap};

use super::corpus::{Text, WordId};
use super::ngrams;

/// The longest n-grams that count.
const LONGEST: usize = 4;

/// BLEU in percent of every text against all of `references`; 0 where not one 4-gram is found.
pub(super) fn corpus_bleu(texts: &[Text], references: &[Text]) -> f64 {
    bleu(texts, references, |_| None)
}

/// BLEU in percent of every text against all the other texts: the higher, the more alike they are. One text alone has
/// none. Self-BLEU is from Zhu et al. 2018 (Texygen).
pub(super) fn self_bleu(texts: &[Text]) -> Option<f64> {
    (texts.len() > 1).then(|| bleu(texts, texts, Some))
}

/// `left_out` says which reference a text is not compared with.
fn bleu(texts: &[Text], references: &[Text], left_out: fn(usize) -> Option<usize>) -> f64 {
    let mut log_precisions = 0.0;
    for n in 1..=LONGEST {
        let peaks = peaks(references, n);
        let (mut found, mut all) = (0, 0);
        for (index, text) in texts.iter().enumerate() {
            for (ngram, count) in ngrams::counted(text, n) {
                let peak = peaks.get(ngram).copied().unwrap_or_default();
                found += count.min(peak.without(left_out(index)));
            }
            all += text.windows(n).len().max(1);
        }
        if found == 0 {
            return 0.0;
        }
        log_precisions += (found as f64 / all as f64).ln();
    }
    let penalty = log_brevity_penalty(texts, references, left_out);
    100.0 * (log_precisions / LONGEST as f64 + penalty).exp()
}

/// The largest count of an n-gram in one reference.
#[derive(Debug, Clone, Copy, Default)]
struct Peak {
    count: usize,
    reference: usize,
    /// The largest count in another reference.
    runner_up: usize,
}

impl Peak {
    fn raise(&mut self, count: usize, reference: usize) {
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

fn peaks(references: &[Text], n: usize) -> HashMap<&[WordId], Peak> {
    let mut peaks: HashMap<_, Peak> = HashMap::new();
    for (index, text) in references.iter().enumerate() {
        for (ngram, count) in ngrams::counted(text, n) {
            peaks.entry(ngram).or_default().raise(count, index);
        }
    }
    peaks
}

fn log_brevity_penalty(
    texts: &[Text],
    references: &[Text],
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
    use super::super::corpus::Words;
    use super::super::corpus::tests::texts;
    use super::*;
    use proptest::prelude::*;

    /// BLEU word for word: each text with its own references, one after the other.
    fn literal(texts: &[Text], references: &[Vec<&Text>]) -> f64 {
        let occurrences = |text: &Text, ngram: &[WordId]| {
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
        let nearest = |text: &Text, own: &[&Text]| {
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
        fn the_table_gives_what_comparing_with_every_reference_gives(texts in texts(), references in texts()) {
            let expected = literal(&texts, &vec![references.iter().collect(); texts.len()]);
            prop_assert!((corpus_bleu(&texts, &references) - expected).abs() < 1e-9);
        }

        #[test]
        fn the_table_gives_what_comparing_with_every_other_text_gives(texts in texts()) {
            let others: Vec<Vec<&Text>> = (0..texts.len())
                .map(|i| (0..texts.len()).filter(|&j| j != i).map(|j| &texts[j]).collect())
                .collect();
            let bleu = self_bleu(&texts);
            prop_assert_eq!(bleu.is_none(), texts.len() == 1);
            prop_assert!(bleu.is_none_or(|bleu| (bleu - literal(&texts, &others)).abs() < 1e-9));
        }
    }

    fn against(texts: &str, references: &str) -> f64 {
        let mut words = Words::default();
        let texts = words.samples("samples", texts).unwrap();
        corpus_bleu(&texts, &words.samples("references", references).unwrap())
    }

    fn nearly(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_text_that_is_one_of_its_references_has_all() {
        assert!(nearly(against("a b c d e", "x y\na b c d e"), 100.0));
    }

    #[test]
    fn a_text_counts_a_word_as_often_as_one_reference_has_it() {
        // Of the words 5 of 7 are found, as `the` counts twice, not three times; of the pairs 4 of 6, with `the bird`
        // from the other reference; then 2 of 5 and 1 of 4.
        let bleu = against(
            "the cat the dog the bird sat",
            "the cat the dog bird\nthe bird",
        );
        let expected: f64 = 5.0 / 7.0 * (4.0 / 6.0) * (2.0 / 5.0) * (1.0 / 4.0);
        assert!(nearly(bleu, 100.0 * expected.powf(0.25)), "{bleu}");
    }

    #[test]
    fn of_two_lengths_equally_near_the_shorter_counts() {
        // Five words between four and six: no penalty, as four are wanted.
        assert!(nearly(against("a b c d e", "a b c d e f\na b c d"), 100.0));
        let shortened = against("a b c d e", "a b c d e f");
        assert!(nearly(shortened, 100.0 * (-0.2_f64).exp()), "{shortened}");
    }

    #[test]
    fn a_text_too_short_for_four_words_counts_as_one_that_is_not_found() {
        let bleu = against("a b c d\na b", "a b c d\na b");
        let expected: f64 = 6.0 / 6.0 * (4.0 / 4.0) * (2.0 / 3.0) * (1.0 / 2.0);
        assert!(nearly(bleu, 100.0 * expected.powf(0.25)), "{bleu}");
    }

    #[test]
    fn without_a_single_4_gram_there_is_nothing() {
        assert!(nearly(against("a b c x d e f", "a b c d e f"), 0.0));
        assert!(nearly(against("a b c", "a b c"), 0.0));
    }

    #[test]
    fn one_text_alone_has_no_self_bleu() {
        let mut words = Words::default();
        assert_eq!(self_bleu(&words.samples("one", "a b c d e").unwrap()), None);
        let twins = words.samples("two", "a b c d e\na b c d e").unwrap();
        assert!(self_bleu(&twins).is_some_and(|bleu| nearly(bleu, 100.0)));
    }
}
