//! Symmetric int8 quantisation of weight matrices with one scale per output column, as `training/packed_graph.py` does it:
//! scale = max |w| / 127 in float32, w / scale rounded to the nearest whole number, ties to even.

/// Quantisation levels on either side of zero.
const LEVELS: f32 = 127.0;
/// Smallest max |w|; avoids a division by zero for a column of zeros.
const SMALLEST: f32 = 1e-12;
/// 1.5 × 2²³: adding and subtracting it rounds a float of magnitude below 2²² to the nearest whole number, ties to even.
const ROUND: f32 = 12_582_912.0;
/// Rows that are transposed together, so that whole cache lines are written.
const BLOCK: usize = 64;

/// Quantises a row of a matrix `[out, in]`, i.e. one output column, and returns its scale.
fn quantise_row(row: &[f32], quantized: &mut [i8]) -> f32 {
    // Independent lanes, so that the compiler vectorises the maximum.
    let mut lanes = [SMALLEST; 16];
    let (chunks, rest) = row.as_chunks::<16>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if x.abs() > *lane { x.abs() } else { *lane };
        }
    }
    let largest = lanes
        .iter()
        .chain(rest)
        .fold(SMALLEST, |a, x| a.max(x.abs()));
    let scale = largest / LEVELS;
    for (quantized, x) in quantized.iter_mut().zip(row) {
        let rounded = (x / scale + ROUND) - ROUND;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "|x / scale| is at most 127 and a rounding error"
        )]
        let rounded = rounded as i32 as i8;
        *quantized = rounded;
    }
    scale
}

/// A quantised matrix.
pub(super) struct Quantised {
    /// The whole numbers.
    pub(super) bytes: Vec<i8>,
    /// One scale per output column.
    pub(super) scales: Vec<f32>,
}

/// Quantises the rows of `[out, in]` and keeps their order.
pub(super) fn quantise_rows(matrix: &[f32], width: usize) -> Quantised {
    let mut bytes = vec![0; matrix.len()];
    let rows = matrix
        .chunks_exact(width)
        .zip(bytes.chunks_exact_mut(width));
    let scales = rows
        .map(|(row, quantized)| quantise_row(row, quantized))
        .collect();
    Quantised { bytes, scales }
}

/// A matrix `[in, columns]` that is filled with the transposes of quantised matrices `[out, in]`, side by side.
pub(super) struct Columns {
    quantised: Quantised,
    height: usize,
    width: usize,
    block: Vec<i8>,
}

impl Columns {
    /// A matrix of `height` rows for `columns` columns, all of them zeros with the scale 1.
    pub(super) fn new(height: usize, columns: usize) -> Self {
        Self {
            quantised: Quantised {
                bytes: vec![0; height * columns],
                scales: vec![1.0; columns],
            },
            height,
            width: columns,
            block: vec![0; BLOCK * height],
        }
    }

    /// Quantises `matrix` `[out, height]` into the columns from `first` on.
    pub(super) fn put(&mut self, first: usize, matrix: &[f32]) {
        let (height, width) = (self.height, self.width);
        let Quantised { bytes, scales } = &mut self.quantised;
        for (index, rows) in matrix.chunks(BLOCK * height).enumerate() {
            let first = first + index * BLOCK;
            let rows = rows.chunks_exact(height);
            let count = rows.len();
            for ((row, block), scale) in rows
                .zip(self.block.chunks_exact_mut(height))
                .zip(&mut scales[first..])
            {
                *scale = quantise_row(row, block);
            }
            for (at, out) in bytes.chunks_exact_mut(width).enumerate() {
                for (out, row) in out[first..][..count]
                    .iter_mut()
                    .zip(self.block.chunks_exact(height))
                {
                    *out = row[at];
                }
            }
        }
    }

    /// The filled matrix `[height, columns]`.
    pub(super) fn finish(self) -> Quantised {
        self.quantised
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_go_to_even_numbers_and_the_largest_to_127() {
        let mut quantized = [0; 5];
        let scale = quantise_row(&[127.0, 0.5, 1.5, -2.5, -126.6], &mut quantized);
        assert!((scale - 1.0).abs() < f32::EPSILON);
        assert_eq!(quantized, [127, 0, 2, -2, -127]);
        assert!(quantise_row(&[0.0; 3], &mut quantized) > 0.0);
        assert_eq!(quantized[..3], [0; 3]);
    }

    proptest! {
        #[test]
        fn transposed_columns_hold_the_same_numbers_as_rows(
            out in 1usize..150,
            height in 1usize..40,
            seed in any::<u32>(),
        ) {
            let number = |n: usize| ((n as f32 + seed as f32 % 97.0) * 0.7).sin();
            let matrix: Vec<f32> = (0..out * height).map(number).collect();
            let rows = quantise_rows(&matrix, height);
            let mut columns = Columns::new(height, out + 3);
            columns.put(2, &matrix);
            let columns = columns.finish();
            prop_assert_eq!(&columns.scales[2..out + 2], &rows.scales[..]);
            for (at, row) in columns.bytes.chunks(out + 3).enumerate() {
                prop_assert_eq!((row[0], row[1], row[out + 2]), (0, 0, 0));
                for (n, &byte) in row[2..out + 2].iter().enumerate() {
                    prop_assert_eq!(byte, rows.bytes[n * height + at]);
                }
            }
        }
    }
}
