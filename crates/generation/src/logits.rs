//! Reduction of a row of logits to the requested part of the distribution.

use pulp::Arch;

use super::{Guess, LogitRow, TokenId, Want};
use crate::simd;

/// Logits per block, whose maximum is computed first to find the best quickly.
const BLOCK: usize = 64;

/// The part `want` of the distribution that a row of logits over the vocabulary describes. Named tokens outside the
/// vocabulary are omitted.
pub fn reduce_logits(logits: &[f32], want: &Want) -> LogitRow {
    let mut block_maxima = vec![0.0; logits.len().div_ceil(BLOCK)];
    // Owning `block_maxima` makes this an `FnOnce`; any other closure is called through a function that the compiler
    // does not inline, which would lose the vector instructions.
    let (block_maxima, log_normaliser) = Arch::new().dispatch(
        #[inline(always)]
        move || {
            for (row_max, block) in block_maxima.iter_mut().zip(logits.chunks(BLOCK)) {
                *row_max = simd::row_max(block);
            }
            let row_max = simd::row_max(&block_maxima);
            let sum = simd::sum_of_exp(logits, row_max);
            (block_maxima, row_max + sum.ln())
        },
    );
    let guesses = match want {
        Want::All => guesses(logits, |_| true),
        Want::Named(tokens) => {
            let guess = |&token: &TokenId| {
                logits
                    .get(token.index())
                    .map(|&logit| Guess { token, logit })
            };
            tokens.iter().filter_map(guess).collect()
        }
        Want::Top(k) => top(logits, block_maxima, *k),
    };
    LogitRow {
        guesses,
        log_normaliser,
    }
}

/// The `k` largest logits, largest first. The k-th largest block maximum is a lower bound of the k-th largest logit, so
/// few logits reach it, and the best k are among them.
fn top(logits: &[f32], mut block_maxima: Vec<f32>, k: usize) -> Vec<Guess> {
    let k = k.clamp(1, logits.len());
    let bound = if k < block_maxima.len() {
        *block_maxima
            .select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a))
            .1
    } else {
        f32::NEG_INFINITY
    };
    let mut best = guesses(logits, |logit| logit >= bound);
    best.sort_unstable_by(|a, b| b.logit.total_cmp(&a.logit).then(a.token.cmp(&b.token)));
    best.truncate(k);
    best
}

fn guesses(logits: &[f32], keep: impl Fn(f32) -> bool) -> Vec<Guess> {
    let numbered = (0..).map(TokenId).zip(logits);
    numbered
        .filter(|(_, logit)| keep(**logit))
        .map(|(token, &logit)| Guess { token, logit })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_top_k_are_those_of_a_full_sort(logits in prop::collection::vec(-20f32..20.0, 1..700), k in 1usize..120) {
            let row = reduce_logits(&logits, &Want::Top(k));
            let mut order: Vec<usize> = (0..logits.len()).collect();
            order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]).then(a.cmp(&b)));
            let expected: Vec<usize> = order.into_iter().take(k).collect();
            prop_assert_eq!(row.guesses.iter().map(|guess| guess.token.index()).collect::<Vec<_>>(), expected);
        }

        #[test]
        fn all_probabilities_add_up_to_one(logits in prop::collection::vec(-30f32..30.0, 1..700)) {
            let row = reduce_logits(&logits, &Want::All);
            let sum: f32 = row.guesses.iter().map(|&guess| row.probability(guess)).sum();
            prop_assert!((sum - 1.0).abs() < 1e-4, "{}", sum);
        }
    }

    #[test]
    fn named_tokens_come_in_the_order_they_were_named() {
        let row = reduce_logits(
            &[1.0, 2.0, 3.0],
            &Want::Named(vec![TokenId(2), TokenId(0), TokenId(9)]),
        );
        assert_eq!(
            row.guesses,
            [
                Guess {
                    token: TokenId(2),
                    logit: 3.0
                },
                Guess {
                    token: TokenId(0),
                    logit: 1.0
                }
            ]
        );
    }
}
