//! N-grams: n consecutive words of one text.

use std::collections::HashMap;

use super::corpus::{TokenisedText, WordId};

/// The number of occurrences of each distinct n-gram in all of `texts`.
pub(super) fn count_in_corpus(texts: &[TokenisedText], n: usize) -> HashMap<&[WordId], usize> {
    let mut counts = HashMap::new();
    for ngram in texts.iter().flat_map(|text| text.windows(n)) {
        *counts.entry(ngram).or_default() += 1;
    }
    counts
}

/// The number of occurrences of each distinct n-gram in one text, sorted by n-gram.
pub(super) fn count_in_text(text: &TokenisedText, n: usize) -> Vec<(&[WordId], usize)> {
    let mut ngrams: Vec<&[WordId]> = text.windows(n).collect();
    ngrams.sort_unstable();
    ngrams
        .chunk_by(|a, b| a == b)
        .map(|equal| (equal[0], equal.len()))
        .collect()
}

/// The number of n-gram occurrences in `texts`.
pub(super) fn total(texts: &[TokenisedText], n: usize) -> usize {
    texts.iter().map(|text| text.windows(n).len()).sum()
}

/// `part` of `whole` in percent; `None` if `whole` is 0.
pub(super) fn percent(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}
