//! Dynamic quantization of rows of floats, and dequantization of integer products.

use generation::simd::{row_abs_max, row_max, to_u8};

/// Quantization levels on either side of zero.
const LEVELS: f32 = 127.0;

/// Quantizes a row with zero point 128, and returns its scale: x ≈ scale · (quantized - 128).
#[inline(always)]
pub(super) fn quantise(row: &[f32], quantized: &mut [u8]) -> f32 {
    let abs_max = row_abs_max(row);
    // Avoids a division by zero for a row of zeros, which any scale represents.
    let abs_max = if abs_max > 1e-9 { abs_max } else { 1e-9 };
    let inverse = LEVELS / abs_max;
    for (quantized, x) in quantized.iter_mut().zip(row) {
        *quantized = to_u8(x * inverse, 128.0);
    }
    abs_max / LEVELS
}

/// Quantizes a row without numbers below `-depth` with the zero point `zero`: x ≈ scale · (quantized - zero). A zero point
/// below 128 leaves finer steps for the positive numbers.
#[inline(always)]
pub(super) fn quantise_above(row: &[f32], depth: f32, zero: f32, quantized: &mut [u8]) -> f32 {
    let abs_max = row_max(row);
    let (above, below) = (abs_max / (255.0 - zero), depth / zero);
    let scale = if above > below { above } else { below };
    let inverse = 1.0 / scale;
    for (quantized, x) in quantized.iter_mut().zip(row) {
        *quantized = to_u8(x * inverse, zero);
    }
    scale
}

/// Scales and biases that dequantize a product with an int8 matrix.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// The scale of each column.
    pub(super) scale: Vec<f32>,
    /// The bias of each column.
    pub(super) bias: Vec<f32>,
}

impl Columns {
    /// Dequantizes a row of a product whose left operand has the scale `row_scale`.
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
        let mut quantized = vec![0; row.len()];
        let scale = round(&mut quantized);
        let errors = row
            .iter()
            .zip(&quantized)
            .map(|(x, &quantized)| (x / scale - (f32::from(quantized) - zero)).abs());
        (errors.fold(0.0, f32::max), scale)
    }

    proptest! {
        #[test]
        fn a_number_comes_back_within_half_a_step(row in prop::collection::vec(-9f32..9.0, 1..100)) {
            let (worst, _) = rounding(&row, 128.0, |quantized| quantise(&row, quantized));
            prop_assert!(worst <= 0.501, "{}", worst);
        }

        #[test]
        fn with_a_low_zero_too_and_in_finer_steps(row in prop::collection::vec(-0.17f32..9.0, 1..100)) {
            let row = [&[9.0], &row[..]].concat();
            let (worst, scale) = rounding(&row, 24.0, |quantized| quantise_above(&row, 0.17, 24.0, quantized));
            let (_, even) = rounding(&row, 128.0, |quantized| quantise(&row, quantized));
            prop_assert!(worst <= 0.501, "{}", worst);
            prop_assert!(scale < 0.6 * even);
        }

        #[test]
        fn what_lies_below_zero_has_room_whatever_lies_above(row in prop::collection::vec(-0.17f32..0.01, 1..100)) {
            let (worst, _) = rounding(&row, 24.0, |quantized| quantise_above(&row, 0.17, 24.0, quantized));
            prop_assert!(worst <= 0.501, "{}", worst);
        }
    }
}
