//! SIMD primitives: loops over 16 floats that the compiler vectorises, with a fixed order of summation.
//!
//! They are fast only inside `pulp::Arch::dispatch`, which compiles the code inlined into it for each instruction set.
//! The results have the same bits on all of them.

#![expect(
    clippy::inline_always,
    reason = "only inlined code is compiled for the dispatched instruction set"
)]

/// Floats per step: one AVX-512 register, two of AVX2, four of NEON.
pub const LANES: usize = 16;

/// Σ x over a row, summed per lane and then over the lanes.
#[inline(always)]
pub fn sum(row: &[f32]) -> f32 {
    reduce(
        row,
        0.0,
        #[inline(always)]
        |x| x,
        plus,
    )
}

/// Σ (x - mean)² over a row.
#[inline(always)]
pub fn sum_of_squares(row: &[f32], mean: f32) -> f32 {
    reduce(
        row,
        0.0,
        #[inline(always)]
        |x| (x - mean) * (x - mean),
        plus,
    )
}

/// Σ exp(x - `row_max`) over a row whose maximum is `row_max`.
#[inline(always)]
pub fn sum_of_exp(row: &[f32], row_max: f32) -> f32 {
    reduce(
        row,
        0.0,
        #[inline(always)]
        |x| exp(x - row_max),
        plus,
    )
}

/// max x over a row without NaN; -∞ if the row is empty.
#[inline(always)]
pub fn row_max(row: &[f32]) -> f32 {
    reduce(
        row,
        f32::NEG_INFINITY,
        #[inline(always)]
        |x| x,
        larger,
    )
}

/// max |x| over a row without NaN; 0 if the row is empty.
#[inline(always)]
pub fn row_abs_max(row: &[f32]) -> f32 {
    reduce(row, 0.0, f32::abs, larger)
}

#[inline(always)]
fn plus(a: f32, b: f32) -> f32 {
    a + b
}

/// One instruction; `f32::max` takes three to handle NaN.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

#[inline(always)]
fn reduce(row: &[f32], start: f32, of: impl Fn(f32) -> f32, with: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = with(*lane, of(x));
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = with(*lane, of(x));
    }
    fold(lanes, with)
}

/// Reduces the lanes to one, half by half.
#[inline(always)]
fn fold(mut lanes: [f32; LANES], with: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = with(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// 1.5 × 2²³: adding and subtracting it rounds a float of magnitude below 2²² to the nearest whole number.
const ROUND: f32 = 12_582_912.0;

/// Quantises `x`: rounds to the nearest whole number and adds the zero point `zero`, a whole number. The sum must lie
/// between 0 and 255.
#[inline(always)]
pub fn to_u8(x: f32, zero: f32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the low byte holds the whole number"
    )]
    let byte = (x + (ROUND + zero)).to_bits() as u8;
    byte
}

/// eˣ for x ≤ 0, with a relative error of at most 2.4 × 10⁻⁷ (2.31 × 10⁻⁷ is the maximum over all floats); 0 below -87.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    // ln 2 split in two (Cody and Waite 1980); the first part has few bits, so that n times it is exact.
    const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = if x > -87.0 { x } else { -87.0 };
    let shifted = x.mul_add(LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-LN2[1], n.mul_add(-LN2[0], x));
    // Taylor series with |r| ≤ ln 2 / 2: the first omitted term is below 1.2 × 10⁻⁷.
    let series = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let mut y = 1.0 / 720.0;
    for term in series {
        y = r.mul_add(y, term);
    }
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    if x > -87.0 { y * power } else { 0.0 }
}

/// GELU: x Φ(x) (Hendrycks and Gimpel 2016, arXiv:1606.08415), with an absolute error of at most 4 × 10⁻⁵, far below
/// the rounding to int8.
///
/// Φ(x) - ½ is approximated by an odd polynomial on ±4.5, a minimax fit of the error of x Φ(x), and by ±½ outside.
#[inline(always)]
pub fn gelu(x: f32) -> f32 {
    const END: f32 = 4.5;
    const FIT: [f32; 11] = [
        0.690_370_26,
        -4.545_053,
        13.545_547,
        -24.354_176,
        29.785_368,
        -26.560_846,
        18.080_261,
        -9.654_92,
        4.071_209_4,
        -1.345_579_1,
        0.398_928_64,
    ];
    let z = if x < END { x } else { END };
    let z = if z > -END { z } else { -END };
    let scaled = z * (1.0 / END);
    let square = scaled * scaled;
    let mut y = 0.0f32;
    for term in FIT {
        y = y.mul_add(square, term);
    }
    x * z.mul_add(y, 0.5)
}

/// The approximation of GELU by tanh, x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))) (Hendrycks and Gimpel 2016, section 2).
#[inline(always)]
pub fn gelu_tanh(x: f32) -> f32 {
    /// 2 √(2/π)
    const FACTOR: f32 = 1.595_769;
    let y = FACTOR * x * (x * x).mul_add(0.044_715, 1.0);
    // (1 + tanh(y/2)) / 2 is the logistic function, here by the exponential of a number that is not positive.
    let small = exp(-y.abs());
    let tail = small / (1.0 + small);
    x * if y > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
#[expect(
    clippy::float_cmp,
    reason = "what is claimed to be exact is compared exactly"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// x Φ(x) by Simpson's rule.
    fn exact_gelu(x: f64) -> f64 {
        let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let step = x / 2000.0;
        let inner: f64 = (1..2000)
            .map(|i| density(f64::from(i) * step) * if i % 2 == 1 { 4.0 } else { 2.0 })
            .sum();
        x * (0.5 + (density(0.0) + inner + density(x)) * step / 3.0)
    }

    proptest! {
        #[test]
        fn exp_agrees_with_the_standard_library(x in -87f32..=0.0) {
            let expected = f64::from(x).exp();
            prop_assert!((f64::from(exp(x)) - expected).abs() <= 2.4e-7 * expected, "{} {}", exp(x), expected);
        }

        #[test]
        fn gelu_by_tanh_is_what_it_is_defined_as(x in -12f32..12.0) {
            let y = f64::from(x);
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (y + 0.044_715 * y.powi(3));
            let expected = 0.5 * y * (1.0 + inner.tanh());
            prop_assert!((f64::from(gelu_tanh(x)) - expected).abs() <= 1e-6, "{} {}", gelu_tanh(x), expected);
        }

        #[test]
        fn gelu_is_x_times_the_normal_distribution(x in -12f32..12.0) {
            prop_assert!((f64::from(gelu(x)) - exact_gelu(f64::from(x))).abs() < 5e-5);
        }

        #[test]
        fn whole_numbers_are_the_nearest(x in -127f32..=127.0) {
            prop_assert_eq!(f32::from(to_u8(x, 128.0)), x.round_ties_even() + 128.0);
        }

        #[test]
        fn sums_and_peaks_take_every_number(row in prop::collection::vec(-9f32..9.0, 0..100)) {
            let expected: f64 = row.iter().map(|&x| f64::from(x)).sum();
            prop_assert!((f64::from(sum(&row)) - expected).abs() < 1e-3);
            prop_assert_eq!(row_max(&row), row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
            prop_assert_eq!(row_abs_max(&row), row.iter().map(|x| x.abs()).fold(0.0, f32::max));
        }
    }

    #[test]
    fn exp_of_large_negative_numbers_is_zero() {
        assert_eq!(
            [exp(f32::NEG_INFINITY), exp(-87.5), exp(0.0)],
            [0.0, 0.0, 1.0]
        );
    }
}
