//! Inputs, constants and outputs of an operator, with errors for wrong shapes.

use ort::operator::{ComputeContext, KernelContext, OperatorInput, OperatorOutput};
use ort::value::{PrimitiveTensorElementType, TensorElementType, ValueRef, ValueRefMut};

use super::norm::Norm;
use super::rows::Columns;

pub(super) const FLOATS: OperatorInput = OperatorInput::required(TensorElementType::Float32);
pub(super) const PRODUCT: OperatorInput = OperatorInput::required(TensorElementType::Int32);
pub(super) const INDICES: OperatorInput = OperatorInput::required(TensorElementType::Int64);
/// Quantized rows, unsigned with zero point 128 unless an operator states another, and one scale per row.
pub(super) const ROWS: [OperatorOutput; 2] = [
    OperatorOutput::required(TensorElementType::Uint8),
    FLOATS_OUT,
];
pub(super) const FLOATS_OUT: OperatorOutput = OperatorOutput::required(TensorElementType::Float32);

/// An input or output tensor.
pub(super) struct Tensor<V>(V);

/// The input tensor at `index`.
pub(super) fn input(ctx: &ComputeContext, index: usize) -> ort::Result<Tensor<ValueRef<'_>>> {
    let value = ctx.input(index)?;
    value
        .map(Tensor)
        .ok_or_else(|| mismatch(&format!("input {index} is missing")))
}

/// Allocates the output tensor at `index`.
pub(super) fn output<const N: usize>(
    ctx: &ComputeContext,
    index: usize,
    shape: [usize; N],
) -> ort::Result<Tensor<ValueRefMut<'_>>> {
    let value = ctx.output(index, shape)?;
    value
        .map(Tensor)
        .ok_or_else(|| mismatch(&format!("output {index} is missing")))
}

impl Tensor<ValueRef<'_>> {
    /// The values.
    ///
    /// # Errors
    /// When their number is not `expected`.
    pub(super) fn values<T: PrimitiveTensorElementType>(
        &self,
        expected: usize,
    ) -> ort::Result<&[T]> {
        let values = self.all()?;
        if values.len() == expected {
            Ok(values)
        } else {
            Err(mismatch(&format!(
                "a tensor has {} values, not {expected}",
                values.len()
            )))
        }
    }

    /// The values, of any number.
    pub(super) fn all<T: PrimitiveTensorElementType>(&self) -> ort::Result<&[T]> {
        Ok(self.0.try_extract_tensor::<T>()?.1)
    }
}

impl Tensor<ValueRefMut<'_>> {
    /// The values, writable.
    pub(super) fn values<T: PrimitiveTensorElementType>(&mut self) -> ort::Result<&mut [T]> {
        Ok(self.0.try_extract_tensor_mut::<T>()?.1)
    }
}

/// A constant tensor of floats.
pub(super) fn constant(kernel: &KernelContext<'_>, index: usize) -> ort::Result<Vec<f32>> {
    let value = kernel.constant_input::<ort::value::DynTensorValueType>(index)?;
    Ok(value.try_extract_tensor::<f32>()?.1.to_vec())
}

/// The column scales and biases of a product, from two constant inputs.
pub(super) fn columns(
    kernel: &KernelContext<'_>,
    scale: usize,
    bias: usize,
) -> ort::Result<Columns> {
    let (scale, bias) = (constant(kernel, scale)?, constant(kernel, bias)?);
    same("scales and biases", scale.len(), bias.len())?;
    if scale.is_empty() {
        return Err(mismatch("a product has no columns"));
    }
    Ok(Columns { scale, bias })
}

/// The layer normalisation of rows of `width`, from two constant inputs and the attribute `epsilon`.
pub(super) fn norm(
    kernel: &KernelContext<'_>,
    weight: usize,
    bias: usize,
    width: usize,
) -> ort::Result<Norm> {
    let (weight, bias) = (constant(kernel, weight)?, constant(kernel, bias)?);
    same(
        "a normalisation's weights and its rows",
        weight.len(),
        width,
    )?;
    same("a normalisation's biases and its rows", bias.len(), width)?;
    let epsilon = kernel
        .get("epsilon")
        .ok_or_else(|| mismatch("epsilon is missing"))?;
    Ok(Norm {
        weight,
        bias,
        epsilon,
    })
}

/// Checks that `width` is a multiple of the vector length.
pub(super) fn whole_lanes(width: usize) -> ort::Result<usize> {
    if width > 0 && width.is_multiple_of(generation::simd::LANES) {
        Ok(width)
    } else {
        Err(mismatch(&format!(
            "rows of {width} are not a multiple of {}",
            generation::simd::LANES
        )))
    }
}

/// Checks that two lengths are equal.
pub(super) fn same(what: &str, a: usize, b: usize) -> ort::Result<()> {
    if a == b {
        Ok(())
    } else {
        Err(mismatch(&format!("{what}: {a} and {b} do not fit")))
    }
}

/// Converts indices, each of which must be below `end`.
pub(super) fn indices(raw: &[i64], end: usize) -> ort::Result<Vec<usize>> {
    let index = |&raw: &i64| {
        let index = usize::try_from(raw).ok().filter(|&index| index < end);
        index.ok_or_else(|| mismatch(&format!("index {raw} is not below {end}")))
    };
    raw.iter().map(index).collect()
}

/// The ranges of the sequences. `starts` begins with 0 and ends with the number of tokens.
pub(super) fn sequences(starts: &[i64], tokens: usize) -> ort::Result<Vec<std::ops::Range<usize>>> {
    let starts = indices(starts, tokens + 1)?;
    let whole = starts.first() == Some(&0) && starts.last() == Some(&tokens) && starts.is_sorted();
    if !whole {
        return Err(mismatch("the sequences do not cover the tokens"));
    }
    Ok(starts.windows(2).map(|pair| pair[0]..pair[1]).collect())
}

/// An error of shapes or attributes.
pub(super) fn mismatch(problem: &str) -> ort::Error {
    ort::Error::new(problem.to_owned())
}
