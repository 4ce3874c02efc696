//! Rows of floats to int8 with a scale of their own, and products of such rows back.

use crate::lanes::{magnitude, to_u8};

/// Of a signed 8-bit number, on either side of zero.
const LEVELS: f32 = 127.0;

/// Rounds a row to `whole`, unsigned with 128 for zero, and returns its scale: x ≈ scale · (whole - 128).
#[inline(always)]
pub(super) fn quantise(row: &[f32], whole: &mut [u8]) -> f32 {
    let most = magnitude(row);
    // A row of zeros has any scale.
    let most = if most > 1e-9 { most } else { 1e-9 };
    let inverse = LEVELS / most;
    for (whole, x) in whole.iter_mut().zip(row) {
        *whole = to_u8(x * inverse);
    }
    most / LEVELS
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
