//! The operators of an int8 graph that lie between its integer matrix products, in the domain `mouthpiece`.
//!
//! ONNX Runtime multiplies whole numbers at the speed of the hardware, but scaling, normalising and rounding around
//! the products take it as long again, one pass over memory for each step. Here each stretch between two products is
//! one operator, which takes a row through all its steps while it is in the cache, and rounds it to int8 with a scale
//! of its own. Sequences lie one behind the other without padding:
//!
//! ```text
//! input_ids   int64 [tokens]       the sequences of a batch, one behind the other
//! starts      int64 [rows + 1]     where each begins, and where the last ends
//! positions   int64 [asked]        indices into input_ids, in the order of the sequences
//! ```
//!
//! A row depends on its own sequence only and every sum has one fixed order, so an answer has the same bits alone and
//! in any batch, on every processor that has fused multiply-add.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the processor's vectors"
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

/// What the graphs call the domain of these operators.
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
