//! The operators of an int8 graph that lie between its integer matrix products, in the domain `mouthpiece`.
//!
//! ONNX Runtime multiplies integer matrices at the speed of the hardware, but scaling, normalising and rounding between
//! the products take as long again, with one pass over memory for each step. Here the steps between two products are fused
//! into one operator, which processes a row while it is in the cache and quantizes it with a scale of its own. Sequences
//! are concatenated without padding:
//!
//! ```text
//! input_ids   int64 [tokens]       the sequences of a batch, one behind the other
//! starts      int64 [rows + 1]     where each begins, and where the last ends
//! positions   int64 [asked]        indices into input_ids, in the order of the sequences
//! ```
//!
//! A row depends on its own sequence only, and every sum has a fixed order; so an answer has the same bits alone and in
//! any batch, on every processor with fused multiply-add.

#![expect(
    clippy::inline_always,
    reason = "only inlined code is compiled for the vector instructions of the processor"
)]

mod add_norm;
mod attend;
mod dequantise;
mod embed;
mod gelu;
mod norm;
mod rows;
mod tensors;

use ort::operator::OperatorDomain;

/// The domain of these operators in the graphs.
const DOMAIN: &str = "mouthpiece";

/// All operators, for one session or many.
///
/// # Errors
/// When ONNX Runtime refuses them.
pub(super) fn operators() -> Result<OperatorDomain, ort::Error> {
    OperatorDomain::new(DOMAIN)?
        .add(embed::Embed)?
        .add(attend::Attend)?
        .add(add_norm::AddNorm)?
        .add(gelu::Gelu)?
        .add(gelu::GeluNorm)?
        .add(dequantise::Dequantise)
}
