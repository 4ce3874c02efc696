//! N-grams: n words that follow each other within one text.

use std::collections::HashMap;

use super::corpus::{Text, WordId};

/// How often each n-gram of `texts` occurs in them.
pub(super) fn occurrences(texts: &[Text], n: usize) -> HashMap<&[WordId], usize> {
    let mut occurrences = HashMap::new();
    for ngram in texts.iter().flat_map(|text| text.windows(n)) {
        *occurrences.entry(ngram).or_default() += 1;
    }
    occurrences
}

/// The different n-grams of one text, each with how often it occurs.
pub(super) fn counted(text: &Text, n: usize) -> Vec<(&[WordId], usize)> {
    let mut ngrams: Vec<&[WordId]> = text.windows(n).collect();
    ngrams.sort_unstable();
    ngrams
        .chunk_by(|a, b| a == b)
        .map(|same| (same[0], same.len()))
        .collect()
}

/// How many n-grams there are in `texts`, counting each as often as it occurs.
pub(super) fn total(texts: &[Text], n: usize) -> usize {
    texts.iter().map(|text| text.windows(n).len()).sum()
}

/// `part` of `whole` in percent; of nothing there is no share.
pub(super) fn percent(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}
