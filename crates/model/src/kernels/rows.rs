//! Rows of floats to int8 with a scale of their own, and products of such rows back.

use generation::simd::{row_abs_max, row_max, to_u8};

/// Of a signed 8-bit number, on either side of zero.
const LEVELS: f32 = 127.0;

/// Rounds a row to `whole`, unsigned with 128 for zero, and returns its scale: x ≈ scale · (whole - 128).
#[inline(always)]
pub(super) fn quantise(row: &[f32], whole: &mut [u8]) -> f32 {
    let most = row_abs_max(row);
    // A row of zeros has any scale.
    let most = if most > 1e-9 { most } else { 1e-9 };
    let inverse = LEVELS / most;
    for (whole, x) in whole.iter_mut().zip(row) {
        *whole = to_u8(x * inverse, 128.0);
    }
    most / LEVELS
}

/// The same for a row without numbers below `-depth`, with `zero` for zero: x ≈ scale · (whole - zero). Where little lies
/// below zero, a zero far down leaves finer steps for what lies above it.
#[inline(always)]
pub(super) fn quantise_above(row: &[f32], depth: f32, zero: f32, whole: &mut [u8]) -> f32 {
    let most = row_max(row);
    let (above, below) = (most / (255.0 - zero), depth / zero);
    let scale = if above > below { above } else { below };
    let inverse = 1.0 / scale;
    for (whole, x) in whole.iter_mut().zip(row) {
        *whole = to_u8(x * inverse, zero);
    }
    scale
}

/// What a product with a matrix of int8 columns needs to become floats again.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// The scale of each column.
    pub(super) scale: Vec<f32>,
    /// The bias of each column.
    pub(super) bias: Vec<f32>,
}

impl Columns {
    /// The floats behind a row of a product whose left side had the scale `row_scale`.
    #[inline(always)]
    pub(super) fn dequantise(&self, product: &[i32], row_scale: f32, out: &mut [f32]) {
        let columns = self.scale.iter().zip(&self.bias);
        for ((out, &x), (scale, bias)) in out.iter_mut().zip(product).zip(columns) {
            #[expect(
                clippy::cast_precision_loss,
                reason = "what a float loses of a large sum, int8 has lost before"
            )]
            let x = x as f32;
            *out = (x * row_scale).mul_add(*scale, *bias);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The largest error of a row in steps of its scale, and the scale.
    fn rounding(row: &[f32], zero: f32, round: impl Fn(&mut [u8]) -> f32) -> (f32, f32) {
        let mut whole = vec![0; row.len()];
        let scale = round(&mut whole);
        let errors = row
            .iter()
            .zip(&whole)
            .map(|(x, &whole)| (x / scale - (f32::from(whole) - zero)).abs());
        (errors.fold(0.0, f32::max), scale)
    }

    proptest! {
        #[test]
        fn a_number_comes_back_within_half_a_step(row in prop::collection::vec(-9f32..9.0, 1..100)) {
            let (worst, _) = rounding(&row, 128.0, |whole| quantise(&row, whole));
            prop_assert!(worst <= 0.501, "{}", worst);
        }

        #[test]
        fn with_a_low_zero_too_and_in_finer_steps(row in prop::collection::vec(-0.17f32..9.0, 1..100)) {
            let row = [&[9.0], &row[..]].concat();
            let (worst, scale) = rounding(&row, 24.0, |whole| quantise_above(&row, 0.17, 24.0, whole));
            let (_, even) = rounding(&row, 128.0, |whole| quantise(&row, whole));
            prop_assert!(worst <= 0.501, "{}", worst);
            prop_assert!(scale < 0.6 * even);
        }

        #[test]
        fn what_lies_below_zero_has_room_whatever_lies_above(row in prop::collection::vec(-0.17f32..0.01, 1..100)) {
            let (worst, _) = rounding(&row, 24.0, |whole| quantise_above(&row, 0.17, 24.0, whole));
            prop_assert!(worst <= 0.501, "{}", worst);
        }
    }
}
