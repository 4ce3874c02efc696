//! Matrices of attention whose heads are padded with columns of zeros to whole vectors.

use super::quantise::Columns;
use crate::folder::{Architecture, Slot};
use generation::simd::LANES;

/// A matrix `[out, height]`, of which `out` or `height` may be heads that are padded.
pub(super) struct Block {
    height: usize,
    out: usize,
    /// Columns of a head, and with padding.
    head: usize,
    padded: usize,
    /// Which side of the matrix the padded heads are on.
    side: Side,
}

#[derive(PartialEq, Eq)]
enum Side {
    Neither,
    Out,
    Height,
}

impl Block {
    pub(super) fn new(slot: Slot, architecture: &Architecture) -> Self {
        let (hidden, intermediate) = (architecture.hidden, architecture.intermediate);
        let (height, out) = match slot {
            Slot::Intermediate => (hidden, intermediate),
            Slot::Output => (intermediate, hidden),
            _ => (hidden, hidden),
        };
        let head = architecture.head();
        let padded = head.next_multiple_of(LANES);
        let side = match slot {
            Slot::Query | Slot::Key | Slot::Value if padded > head => Side::Out,
            Slot::AttentionOutput if padded > head => Side::Height,
            _ => Side::Neither,
        };
        Self {
            height,
            out,
            head,
            padded,
            side,
        }
    }

    /// Columns of the product, with padding.
    pub(super) fn columns(&self) -> usize {
        match self.side {
            Side::Out => self.out / self.head * self.padded,
            Side::Neither | Side::Height => self.out,
        }
    }

    /// Rows of the matrix of the product, with padding.
    pub(super) fn padded_height(&self) -> usize {
        match self.side {
            Side::Height => self.height / self.head * self.padded,
            Side::Neither | Side::Out => self.height,
        }
    }

    /// Quantises `weight` into the columns of `matrix` from `first` on.
    pub(super) fn put(&self, matrix: &mut Columns, first: usize, weight: &[f32]) {
        match self.side {
            Side::Neither => matrix.put(first, weight),
            Side::Out => {
                let heads = weight.chunks_exact(self.head * self.height);
                for (index, rows) in heads.enumerate() {
                    matrix.put(first + index * self.padded, rows);
                }
            }
            Side::Height => matrix.put(first, &self.pad(weight)),
        }
    }

    /// The bias, 0 where columns are padded.
    pub(super) fn bias(&self, bias: Vec<f32>) -> Vec<f32> {
        match self.side {
            Side::Out => self.pad(&bias),
            Side::Neither | Side::Height => bias,
        }
    }

    /// Numbers of heads with zeros behind each of them.
    fn pad(&self, numbers: &[f32]) -> Vec<f32> {
        let mut padded = vec![0.0; numbers.len() / self.head * self.padded];
        let heads = padded
            .chunks_exact_mut(self.padded)
            .zip(numbers.chunks_exact(self.head));
        for (padded, head) in heads {
            padded[..self.head].copy_from_slice(head);
        }
        padded
    }
}
