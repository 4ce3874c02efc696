//! `Attend`: multi-head self-attention within each sequence (Vaswani et al. 2017, section 3.2).

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use pulp::{Arch, Simd, WithSimd};

use super::rows::{Columns, quantise};
use super::tensors::{
    FLOATS, INDICES, PRODUCT, ROWS, columns, indices, input, mismatch, output, same, sequences,
    whole_lanes,
};
use generation::simd::{LANES, exp, row_max, sum};

/// Number of queries per block.
const QUERIES: usize = 8;

/// softmax(Q Kᵀ / √d) V of the asked rows, as int8.
///
/// Inputs: product for Q `[asked, width]`, its rows' scales `[asked]`; product for K and V `[n, 2 width]`, its rows'
/// scales `[n]`; starts of the sequences `[rows + 1]`; asked rows `[asked]`, in the order of the sequences; constants:
/// scales and biases of the first product's columns `[width]`, then of the second's `[2 width]`. Attributes: heads;
/// causal: if it is there and not 0, a row sees only itself and the rows before it; `head_columns`: d, if the rest of a
/// head's columns are padding, in which everything is 0.
/// Outputs: rows `[asked, width]` and their scales `[asked]`.
pub(super) struct Attend;

impl Operator for Attend {
    type Kernel<'attr> = AttendKernel;

    fn name(&self) -> &'static str {
        "Attend"
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [
            PRODUCT, FLOATS, PRODUCT, FLOATS, INDICES, INDICES, FLOATS, FLOATS, FLOATS, FLOATS,
        ]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        ROWS
    }

    fn create_kernel(&self, kernel: &KernelContext<'_>) -> ort::Result<AttendKernel> {
        let (query, kv) = (columns(kernel, 6, 7)?, columns(kernel, 8, 9)?);
        let width = query.scale.len();
        same("the columns of K and V", kv.scale.len(), 2 * width)?;
        let heads = kernel
            .get::<i64>("heads")
            .and_then(|heads| usize::try_from(heads).ok());
        let heads = heads.filter(|&heads| heads > 0 && width.is_multiple_of(heads));
        let head = width / heads.ok_or_else(|| mismatch("the heads do not divide the width"))?;
        whole_lanes(head)?;
        let columns = kernel
            .get::<i64>("head_columns")
            .map_or(Some(head), |columns| usize::try_from(columns).ok());
        let columns = columns.filter(|columns| (1..=head).contains(columns));
        let columns = columns.ok_or_else(|| mismatch("a head has other columns"))?;
        Ok(AttendKernel {
            arch: Arch::new(),
            query,
            kv,
            width,
            head,
            inv_sqrt_d: inv_sqrt(columns),
            causal: kernel
                .get::<i64>("causal")
                .is_some_and(|causal| causal != 0),
            scratch: Scratch::default(),
        })
    }
}

pub(super) struct AttendKernel {
    arch: Arch,
    query: Columns,
    kv: Columns,
    width: usize,
    head: usize,
    inv_sqrt_d: f32,
    causal: bool,
    scratch: Scratch,
}

/// 1 / √d.
fn inv_sqrt(d: usize) -> f32 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a head has far fewer than 2^24 columns"
    )]
    let d = d as f32;
    1.0 / d.sqrt()
}

/// Buffers for one sequence, kept to avoid allocations.
#[derive(Default)]
struct Scratch {
    /// Q of the asked rows, divided by √d: `[asked, width]`. Once a head is done, its columns hold the result.
    queries: Vec<f32>,
    /// K and V: `[padded length, 2 width]`.
    kv_rows: Vec<f32>,
    /// K of one head, transposed: `[head, padded length]`.
    keys: Vec<f32>,
    /// The weights of a block of asked rows: `[QUERIES, padded length]`.
    weights: Vec<f32>,
    /// Number of rows of the sequence that each asked row attends to: `[asked]`.
    seen: Vec<usize>,
}

impl Kernel for AttendKernel {
    fn compute(&mut self, ctx: &ComputeContext) -> ort::Result<()> {
        let (query, query_scale) = (input(ctx, 0)?, input(ctx, 1)?);
        let (kv, kv_scale) = (input(ctx, 2)?, input(ctx, 3)?);
        let (starts, asked) = (input(ctx, 4)?, input(ctx, 5)?);
        let (query_scale, kv_scale) = (query_scale.all::<f32>()?, kv_scale.all::<f32>()?);
        let (n, width) = (kv_scale.len(), self.width);
        let asked = indices(asked.all()?, n)?;
        same(
            "the queries and the asked rows",
            query_scale.len(),
            asked.len(),
        )?;
        let query = query.values::<i32>(asked.len() * width)?;
        let kv = kv.values::<i32>(n * 2 * width)?;
        let sequences = sequences(starts.all()?, n)?;
        let (mut quantized, mut scales) = (
            output(ctx, 0, [asked.len(), width])?,
            output(ctx, 1, [asked.len()])?,
        );
        let (quantized, scales) = (quantized.values::<u8>()?, scales.values::<f32>()?);

        let mut first = 0;
        for sequence in sequences {
            let count = asked[first..]
                .iter()
                .take_while(|row| sequence.contains(row))
                .count();
            let block = Block {
                asked: &asked[first..][..count],
                start: sequence.start,
                query: &query[first * width..][..count * width],
                query_scale: &query_scale[first..][..count],
                kv: &kv[sequence.start * 2 * width..sequence.end * 2 * width],
                kv_scale: &kv_scale[sequence],
                quantized: &mut quantized[first * width..][..count * width],
                scales: &mut scales[first..][..count],
            };
            self.attend(block);
            first += count;
        }
        same(
            "the asked rows and those of the sequences in their order",
            asked.len(),
            first,
        )
    }
}

/// The slices of the tensors that belong to one sequence.
struct Block<'a> {
    /// The asked rows, counted like `start`, where the sequence begins.
    asked: &'a [usize],
    start: usize,
    query: &'a [i32],
    query_scale: &'a [f32],
    kv: &'a [i32],
    kv_scale: &'a [f32],
    quantized: &'a mut [u8],
    scales: &'a mut [f32],
}

impl AttendKernel {
    fn attend(&mut self, block: Block<'_>) {
        let Self {
            arch,
            query,
            kv,
            width,
            head,
            inv_sqrt_d,
            causal,
            scratch,
        } = self;
        let (width, head) = (*width, *head);
        let length = block.kv_scale.len();
        let seen = |at: &usize| {
            if *causal {
                at - block.start + 1
            } else {
                length
            }
        };
        scratch.seen.clear();
        scratch.seen.extend(block.asked.iter().map(seen));
        arch.dispatch(Attention {
            scratch,
            query,
            kv,
            block,
            width,
            head,
            inv_sqrt_d: *inv_sqrt_d,
        });
    }
}

/// Attention within one sequence.
struct Attention<'a> {
    scratch: &'a mut Scratch,
    query: &'a Columns,
    kv: &'a Columns,
    block: Block<'a>,
    width: usize,
    head: usize,
    inv_sqrt_d: f32,
}

impl WithSimd for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            scratch,
            query,
            kv,
            block,
            width,
            head,
            inv_sqrt_d,
        } = self;
        scratch.load(query, kv, &block, head, inv_sqrt_d);
        for from in (0..width).step_by(head) {
            scratch.transpose_keys(from, head, width);
            for first in (0..block.scales.len()).step_by(QUERIES) {
                scratch.mix(simd, first, from, head, width);
            }
        }
        let rows = scratch
            .queries
            .chunks_exact(width)
            .zip(block.quantized.chunks_exact_mut(width));
        for ((mixed, quantized), scale) in rows.zip(block.scales) {
            *scale = quantise(mixed, quantized);
        }
    }
}

impl Scratch {
    /// Q, K and V of a sequence as floats.
    #[inline(always)]
    fn load(
        &mut self,
        query: &Columns,
        kv: &Columns,
        block: &Block<'_>,
        head: usize,
        inv_sqrt_d: f32,
    ) {
        let (asked, length, width) = (
            block.query_scale.len(),
            block.kv_scale.len(),
            query.scale.len(),
        );
        let padded = length.next_multiple_of(LANES);
        self.queries.resize(asked * width, 0.0);
        self.kv_rows.resize(length * 2 * width, 0.0);
        // Behind the last row are zeros, which the weights of 0 there leave at 0.
        self.kv_rows.resize(padded * 2 * width, 0.0);
        self.weights.resize(QUERIES * padded, 0.0);
        self.keys.clear();
        self.keys.resize(head * padded, 0.0);
        let rows = block.query.chunks_exact(width).zip(block.query_scale);
        for ((product, &scale), row) in rows.zip(self.queries.chunks_exact_mut(width)) {
            query.dequantise(product, scale, row);
            for x in row {
                *x *= inv_sqrt_d;
            }
        }
        let rows = block.kv.chunks_exact(2 * width).zip(block.kv_scale);
        for ((product, &scale), row) in rows.zip(self.kv_rows.chunks_exact_mut(2 * width)) {
            kv.dequantise(product, scale, row);
        }
    }

    /// K of the head whose columns begin at `from`.
    #[inline(always)]
    fn transpose_keys(&mut self, from: usize, head: usize, width: usize) {
        let padded = self.keys.len() / head;
        for (place, row) in self.kv_rows.chunks_exact(2 * width).enumerate() {
            for (column, x) in self.keys.chunks_exact_mut(padded).zip(&row[from..][..head]) {
                column[place] = *x;
            }
        }
    }

    /// The asked rows from `first` on, at most [`QUERIES`], for the head whose columns begin at `from`.
    #[inline(always)]
    fn mix<S: Simd>(&mut self, simd: S, first: usize, from: usize, head: usize, width: usize) {
        let (asked, padded) = (self.queries.len() / width, self.keys.len() / head);
        // The last asked row is repeated, so that a block is always full.
        let rows: [usize; QUERIES] =
            std::array::from_fn(|i| (first + i).min(asked - 1) * width + from);
        let queries = rows.map(|row| &self.queries[row..][..head]);
        for place in (0..padded).step_by(S::F32_LANES) {
            let scores = tile(simd, queries, &self.keys[place..], padded);
            for (row, scores) in self.weights.chunks_exact_mut(padded).zip(scores) {
                put::<S>(&mut row[place..], scores);
            }
        }
        let wanted = QUERIES.min(asked - first);
        let seen = &self.seen[first..];
        for (row, &seen) in self.weights.chunks_exact_mut(padded).zip(seen) {
            row[seen..].fill(f32::NEG_INFINITY);
            let row_max = row_max(row);
            for lanes in row.as_chunks_mut::<LANES>().0 {
                for x in lanes {
                    *x = exp(*x - row_max);
                }
            }
            let inverse = 1.0 / sum(row);
            for x in row {
                *x *= inverse;
            }
        }
        let weights: [&[f32]; QUERIES] =
            std::array::from_fn(|i| &self.weights[i * padded..][..padded]);
        for place in (0..head).step_by(S::F32_LANES) {
            let mixed = tile(
                simd,
                weights,
                &self.kv_rows[width + from + place..],
                2 * width,
            );
            for (row, mixed) in rows.iter().zip(mixed).take(wanted) {
                put::<S>(&mut self.queries[row + place..], mixed);
            }
        }
    }
}

/// The product of [`QUERIES`] rows, whose length is a multiple of [`LANES`], with as many columns of `b` as a register holds;
/// the rows of `b` are `stride` apart. Written in the processor's own vectors: compilers do not always find them, and then it
/// takes five times as long.
#[inline(always)]
fn tile<S: Simd>(simd: S, rows: [&[f32]; QUERIES], b: &[f32], stride: usize) -> [S::f32s; QUERIES] {
    let mut sums = [simd.splat_f32s(0.0); QUERIES];
    for from in (0..rows[0].len()).step_by(LANES) {
        // Arrays of known length, so that the loops below check no bounds.
        let rows: [&[f32; LANES]; QUERIES] =
            rows.map(|row| row[from..].first_chunk().expect("whole lanes"));
        for k in 0..LANES {
            let columns = S::as_simd_f32s(&b[(from + k) * stride..][..S::F32_LANES]).0[0];
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = simd.mul_add_f32s(simd.splat_f32s(row[k]), columns, *sum);
            }
        }
    }
    sums
}

/// Stores a vector register at the beginning of `to`.
#[inline(always)]
fn put<S: Simd>(to: &mut [f32], x: S::f32s) {
    S::as_mut_simd_f32s(&mut to[..S::F32_LANES]).0[0] = x;
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 32;
    const HEAD: usize = 16;

    fn numbers(count: usize, seed: usize) -> Vec<i32> {
        let number = |n: usize| i32::try_from((n * 7919 + seed * 104_729) % 2001).unwrap() - 1000;
        (0..count).map(number).collect()
    }

    /// Attention written down as it is defined, on integer rows with the scale 1/500 and no bias; each query sees so many
    /// rows.
    fn defined(query: &[i32], kv: &[i32], seen: &[usize]) -> Vec<f64> {
        let value = |x: i32| f64::from(x) / 500.0;
        let mut mixed = Vec::new();
        for (query, &seen) in query.chunks(WIDTH).zip(seen) {
            for column in 0..WIDTH {
                let from = column / HEAD * HEAD;
                let score = |row: &[i32]| {
                    let dot: f64 = (from..from + HEAD)
                        .map(|i| value(query[i]) * value(row[i]))
                        .sum();
                    (dot / 4.0).exp()
                };
                let rows = || kv.chunks(2 * WIDTH).take(seen);
                let total: f64 = rows().map(score).sum();
                mixed.push(
                    rows()
                        .map(|row| score(row) * value(row[WIDTH + column]))
                        .sum::<f64>()
                        / total,
                );
            }
        }
        mixed
    }

    fn kernel(causal: bool) -> AttendKernel {
        let columns = |width| Columns {
            scale: vec![1.0; width],
            bias: vec![0.0; width],
        };
        AttendKernel {
            arch: Arch::new(),
            query: columns(WIDTH),
            kv: columns(2 * WIDTH),
            width: WIDTH,
            head: HEAD,
            inv_sqrt_d: inv_sqrt(HEAD),
            causal,
            scratch: Scratch::default(),
        }
    }

    /// Holds the kernel against the definition on a sequence of which the last rows are asked.
    fn check(kernel: &mut AttendKernel, length: usize, asked: usize) {
        let (query, kv) = (numbers(asked * WIDTH, 1), numbers(length * 2 * WIDTH, 2));
        let (mut quantized, mut scales) = (vec![0; asked * WIDTH], vec![0.0; asked]);
        let start = 5;
        let rows: Vec<usize> = (start + length - asked..start + length).collect();
        kernel.attend(Block {
            asked: &rows,
            start,
            query: &query,
            query_scale: &vec![0.002; asked],
            kv: &kv,
            kv_scale: &vec![0.002; length],
            quantized: &mut quantized,
            scales: &mut scales,
        });
        let seen: Vec<usize> = if kernel.causal {
            rows.iter().map(|row| row - start + 1).collect()
        } else {
            vec![length; asked]
        };
        let expected = defined(&query, &kv, &seen);
        for (place, (expected, quantized)) in expected.iter().zip(quantized).enumerate() {
            let scale = f64::from(scales[place / WIDTH]);
            let found = scale * (f64::from(quantized) - 128.0);
            assert!(
                (found - expected).abs() < 0.51 * scale + 1e-4,
                "{length} {asked} {place}: {found} {expected}"
            );
        }
    }

    /// Long before short, so that what is left of an earlier sequence would show.
    const SIZES: [(usize, usize); 6] = [(40, 40), (33, 33), (16, 9), (7, 7), (5, 1), (1, 1)];

    #[test]
    fn it_is_attention_whatever_the_length_and_however_many_rows_are_asked() {
        let mut kernel = kernel(false);
        for (length, asked) in SIZES {
            check(&mut kernel, length, asked);
        }
    }

    #[test]
    fn a_causal_row_sees_itself_and_what_stands_before_it() {
        let mut kernel = kernel(true);
        for (length, asked) in SIZES {
            check(&mut kernel, length, asked);
        }
    }
}
