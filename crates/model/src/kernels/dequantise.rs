//! `Dequantise`: the logits, from the last product.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use pulp::Arch;

use super::rows::Columns;
use super::tensors::{FLOATS, FLOATS_OUT, PRODUCT, columns, input, output};

/// product + bias as floats.
///
/// Inputs: product `[n, width]`, its rows' scales `[n]`; constants of `[width]`: scales and biases of the product's
/// columns. Output: floats `[n, width]`.
pub(super) struct Dequantise;

impl Operator for Dequantise {
    type Kernel<'attr> = DequantiseKernel;

    fn name(&self) -> &'static str {
        "Dequantise"
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [PRODUCT, FLOATS, FLOATS, FLOATS]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [FLOATS_OUT]
    }

    fn create_kernel(&self, kernel: &KernelContext<'_>) -> ort::Result<DequantiseKernel> {
        Ok(DequantiseKernel {
            arch: Arch::new(),
            columns: columns(kernel, 2, 3)?,
        })
    }
}

pub(super) struct DequantiseKernel {
    arch: Arch,
    columns: Columns,
}

impl Kernel for DequantiseKernel {
    fn compute(&mut self, ctx: &ComputeContext) -> ort::Result<()> {
        let (product, scale) = (input(ctx, 0)?, input(ctx, 1)?);
        let scale = scale.all::<f32>()?;
        let (n, width) = (scale.len(), self.columns.scale.len());
        let product = product.values::<i32>(n * width)?;
        let mut floats = output(ctx, 0, [n, width])?;
        let floats = floats.values::<f32>()?;
        let columns = &self.columns;
        self.arch.dispatch(
            #[inline(always)]
            || {
                let rows = product
                    .chunks_exact(width)
                    .zip(floats.chunks_exact_mut(width))
                    .zip(scale);
                for ((product, floats), &scale) in rows {
                    columns.dequantise(product, scale, floats);
                }
            },
        );
        Ok(())
    }
}
