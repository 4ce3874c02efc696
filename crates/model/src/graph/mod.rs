//! Writes the ONNX graph of a model folder: the exact one in ONNX's own operators, or the packed int8 one for the operators of
//! `kernels/`. Knows nothing of ONNX Runtime.

mod builder;
mod exact;
mod packed;
mod padding;
mod proto;
mod quantise;
mod rotation;

pub(crate) use builder::{Graph, Values, Weight};

use crate::error::ModelError;
use crate::folder::{Folder, Style};
use crate::precision::Precision;

/// Writes the graph of a model.
///
/// # Errors
/// When the weights cannot be read.
pub(crate) fn write(folder: &Folder, precision: Precision) -> Result<Graph, ModelError> {
    let (architecture, parameters) = (&folder.architecture, &folder.parameters);
    let metadata = [
        ("max_tokens", architecture.max_tokens().to_string()),
        ("kind", precision.to_string()),
    ];
    if architecture.style == Style::PreNorm && precision == Precision::Int8 {
        return Err(ModelError::Unfit {
            path: folder.path.clone(),
            problem: format!(
                "is of the family {}, which runs in fp32 only; set model.precision to \"fp32\", or --precision fp32",
                architecture.family
            ),
        });
    }
    match precision {
        Precision::Fp32 => exact::write(architecture, parameters, &metadata),
        Precision::Int8 => packed::write(architecture, parameters, &metadata),
    }
}
