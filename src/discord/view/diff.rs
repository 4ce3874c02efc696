//! The difference of two frames of a text: which words are new. Pure.

use crate::service::{Span, SpanKind};

/// For each span of `now`, whether it is new since `before`: a written word is new unless it belongs to the longest
/// common subsequence of both frames' written words.
pub(in crate::discord) fn fresh(before: &[Span], now: &[Span]) -> Vec<bool> {
    let (old, new) = (written(before), written(now));
    let common = common_lengths(&old, &new);
    let mut news = vec![false; now.len()];
    let (mut i, mut j) = (0, 0);
    while j < new.len() {
        if i < old.len() && old[i].1.text == new[j].1.text {
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            i += 1;
        } else {
            news[new[j].0] = true;
            j += 1;
        }
    }
    news
}

/// The written words with their indices.
fn written(spans: &[Span]) -> Vec<(usize, &Span)> {
    let written = |(_, span): &(usize, &Span)| matches!(span.kind, SpanKind::Written(_));
    spans.iter().enumerate().filter(written).collect()
}

/// The table of the longest common subsequence: for each pair of indices, the length for the suffixes that start there.
fn common_lengths(old: &[(usize, &Span)], new: &[(usize, &Span)]) -> Vec<Vec<u16>> {
    let mut lengths = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i][j] = if old[i].1.text == new[j].1.text {
                lengths[i + 1][j + 1].saturating_add(1)
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spans(words: &str) -> Vec<Span> {
        let kind = |word: &str| match word {
            "_" => SpanKind::Open(1),
            _ if word.starts_with('=') => SpanKind::Given,
            _ => SpanKind::Written(0.5),
        };
        let span = |word| Span {
            text: format!(" {word}"),
            kind: kind(word),
        };
        words.split_whitespace().map(span).collect()
    }

    fn marked(before: &str, now: &str) -> String {
        let news = fresh(&spans(before), &spans(now));
        news.iter()
            .map(|new| if *new { '!' } else { '.' })
            .collect()
    }

    #[test]
    fn only_what_was_written_since_is_new() {
        assert_eq!(marked("=a b c _ _", "=a b c d _"), "...!.");
        assert_eq!(marked("a b c d", "a x c d"), ".!..");
        assert_eq!(marked("a b c", "a x b c y"), ".!..!");
        assert_eq!(marked("=a _ _", "=a b c"), ".!!");
        assert_eq!(marked("a b", "a b"), "..");
    }

    #[test]
    fn what_moved_because_words_before_it_left_is_not_new() {
        assert_eq!(marked("a b c d", "c d"), "..");
    }

    proptest! {
        #[test]
        fn what_is_not_new_stood_there_before_in_the_same_order(before in "[abc ]{0,40}", now in "[abc ]{0,40}") {
            let (old, new) = (spans(&before.split("").collect::<Vec<_>>().join(" ")), spans(&now.split("").collect::<Vec<_>>().join(" ")));
            let news = fresh(&old, &new);
            let mut rest = old.iter();
            for (span, _) in new.iter().zip(&news).filter(|(_, new)| !**new) {
                prop_assert!(rest.any(|known| known.text == span.text));
            }
        }
    }
}
