//! `AddNorm`: residual connection and layer normalisation at the end of a sublayer.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use pulp::Arch;

use super::norm::Norm;
use super::rows::{Columns, quantise};
use super::tensors::{FLOATS, FLOATS_OUT, PRODUCT, ROWS, columns, input, norm, output};

/// LayerNorm(product + bias + residual), as floats and quantized.
///
/// Inputs: product `[n, width]`, its rows' scales `[n]`, residual `[n, width]`; constants of `[width]`: scales and biases
/// of the product's columns, weights and biases of the normalisation. Attribute: epsilon. Outputs: floats `[n, width]`,
/// rows `[n, width]` and their scales `[n]`.
pub(super) struct AddNorm;

impl Operator for AddNorm {
    type Kernel<'attr> = AddNormKernel;

    fn name(&self) -> &'static str {
        "AddNorm"
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [PRODUCT, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [FLOATS_OUT].into_iter().chain(ROWS)
    }

    fn create_kernel(&self, kernel: &KernelContext<'_>) -> ort::Result<AddNormKernel> {
        let columns = columns(kernel, 3, 4)?;
        let width = columns.scale.len();
        let norm = norm(kernel, 5, 6, width)?;
        Ok(AddNormKernel {
            arch: Arch::new(),
            columns,
            norm,
            width,
        })
    }
}

pub(super) struct AddNormKernel {
    arch: Arch,
    columns: Columns,
    norm: Norm,
    width: usize,
}

impl Kernel for AddNormKernel {
    fn compute(&mut self, ctx: &ComputeContext) -> ort::Result<()> {
        let (product, scale, residual) = (input(ctx, 0)?, input(ctx, 1)?, input(ctx, 2)?);
        let scale = scale.all::<f32>()?;
        let (n, width) = (scale.len(), self.width);
        let (product, residual) = (
            product.values::<i32>(n * width)?,
            residual.values::<f32>(n * width)?,
        );
        let (mut floats, mut quantized, mut scales) = (
            output(ctx, 0, [n, width])?,
            output(ctx, 1, [n, width])?,
            output(ctx, 2, [n])?,
        );
        let (floats, quantized, scales) = (
            floats.values::<f32>()?,
            quantized.values::<u8>()?,
            scales.values::<f32>()?,
        );
        let (columns, norm) = (&self.columns, &self.norm);
        self.arch.dispatch(
            #[inline(always)]
            || {
                let inputs = product
                    .chunks_exact(width)
                    .zip(residual.chunks_exact(width))
                    .zip(scale);
                let outputs = floats
                    .chunks_exact_mut(width)
                    .zip(quantized.chunks_exact_mut(width))
                    .zip(scales);
                for (((product, residual), &scale), ((floats, quantized), out)) in
                    inputs.zip(outputs)
                {
                    columns.dequantise(product, scale, floats);
                    for (x, residual) in floats.iter_mut().zip(residual) {
                        *x += residual;
                    }
                    norm.apply(floats);
                    *out = quantise(floats, quantized);
                }
            },
        );
        Ok(())
    }
}
