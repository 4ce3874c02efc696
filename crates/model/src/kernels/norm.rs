//! Layer normalisation (Ba, Kiros & Hinton 2016).

use generation::simd::{sum, sum_of_squares};

/// The parameters of one layer normalisation.
#[derive(Debug, Clone)]
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) epsilon: f32,
}

impl Norm {
    /// Moves a row to mean 0 and variance 1, then by weight and bias.
    #[inline(always)]
    pub(super) fn apply(&self, row: &mut [f32]) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a row has far fewer than 2^24 numbers"
        )]
        let inv_len = 1.0 / row.len() as f32;
        let mean = sum(row) * inv_len;
        let deviation = sum_of_squares(row, mean)
            .mul_add(inv_len, self.epsilon)
            .sqrt();
        let inverse = 1.0 / deviation;
        for ((x, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
            *x = ((*x - mean) * inverse).mul_add(*weight, *bias);
        }
    }
}
