//! `Gelu` and `GeluNorm`: the activation of the feed-forward layer and of the head.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use pulp::Arch;

use super::norm::Norm;
use super::rows::{Columns, quantise, quantise_above};
use super::tensors::{FLOATS, PRODUCT, ROWS, columns, input, mismatch, norm, output};
use generation::simd::{gelu, gelu_tanh};

/// Lower bound of GELU's output, negated: its global minimum is ≈ -0.17, at x ≈ -0.75.
const DEPTH: f32 = 0.171;

/// GELU(product + bias), quantized. The attribute `zero` (1 to 254, default 128) is the zero point, and `activation` the
/// nonlinearity: 0 GELU (default), 1 its approximation by tanh, 2 `ReLU`.
///
/// Inputs: product `[n, width]`, its rows' scales `[n]`; constants of `[width]`: scales and biases of the product's
/// columns. Outputs: rows `[n, width]` and their scales `[n]`.
pub(super) struct Gelu;

/// LayerNorm(GELU(product + bias)), quantized. As [`Gelu`], with weights and biases of the normalisation as two more
/// constants and epsilon as attribute.
pub(super) struct GeluNorm;

impl Operator for Gelu {
    type Kernel<'attr> = GeluKernel;

    fn name(&self) -> &'static str {
        "Gelu"
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [PRODUCT, FLOATS, FLOATS, FLOATS]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        ROWS
    }

    fn create_kernel(&self, kernel: &KernelContext<'_>) -> ort::Result<GeluKernel> {
        let zero = match kernel.get::<i64>("zero") {
            None => None,
            Some(zero) => match u8::try_from(zero) {
                Ok(zero @ 1..=254) => Some(f32::from(zero)),
                _ => return Err(mismatch(&format!("zero is {zero}, not 1 to 254"))),
            },
        };
        GeluKernel::new(kernel, zero, |_, _| Ok(None))
    }
}

impl Operator for GeluNorm {
    type Kernel<'attr> = GeluKernel;

    fn name(&self) -> &'static str {
        "GeluNorm"
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [PRODUCT, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        ROWS
    }

    fn create_kernel(&self, kernel: &KernelContext<'_>) -> ort::Result<GeluKernel> {
        GeluKernel::new(kernel, None, |kernel, width| {
            norm(kernel, 4, 5, width).map(Some)
        })
    }
}

/// The nonlinearity.
#[derive(Debug, Clone, Copy)]
enum Activation {
    Gelu,
    GeluTanh,
    Relu,
}

impl Activation {
    fn of(kernel: &KernelContext<'_>) -> ort::Result<Self> {
        match kernel.get::<i64>("activation").unwrap_or(0) {
            0 => Ok(Self::Gelu),
            1 => Ok(Self::GeluTanh),
            2 => Ok(Self::Relu),
            other => Err(mismatch(&format!("activation is {other}, not 0 to 2"))),
        }
    }

    #[inline(always)]
    fn apply(self, row: &mut [f32]) {
        match self {
            Self::Gelu => row.iter_mut().for_each(
                #[inline(always)]
                |x| *x = gelu(*x),
            ),
            Self::GeluTanh => row.iter_mut().for_each(
                #[inline(always)]
                |x| *x = gelu_tanh(*x),
            ),
            Self::Relu => row.iter_mut().for_each(
                #[inline(always)]
                |x| *x = if *x > 0.0 { *x } else { 0.0 },
            ),
        }
    }
}

pub(super) struct GeluKernel {
    arch: Arch,
    activation: Activation,
    columns: Columns,
    norm: Option<Norm>,
    zero: Option<f32>,
    row: Vec<f32>,
}

impl GeluKernel {
    fn new(
        kernel: &KernelContext<'_>,
        zero: Option<f32>,
        norm: impl FnOnce(&KernelContext<'_>, usize) -> ort::Result<Option<Norm>>,
    ) -> ort::Result<Self> {
        let columns = columns(kernel, 2, 3)?;
        let width = columns.scale.len();
        let norm = norm(kernel, width)?;
        Ok(Self {
            arch: Arch::new(),
            activation: Activation::of(kernel)?,
            columns,
            norm,
            zero,
            row: vec![0.0; width],
        })
    }
}

impl Kernel for GeluKernel {
    fn compute(&mut self, ctx: &ComputeContext) -> ort::Result<()> {
        let (product, scale) = (input(ctx, 0)?, input(ctx, 1)?);
        let scale = scale.all::<f32>()?;
        let (n, width) = (scale.len(), self.row.len());
        let product = product.values::<i32>(n * width)?;
        let (mut quantized, mut scales) = (output(ctx, 0, [n, width])?, output(ctx, 1, [n])?);
        let (quantized, scales) = (quantized.values::<u8>()?, scales.values::<f32>()?);
        let (columns, norm, row) = (&self.columns, self.norm.as_ref(), &mut *self.row);
        let (zero, activation) = (self.zero, self.activation);
        self.arch.dispatch(
            #[inline(always)]
            || {
                let inputs = product.chunks_exact(width).zip(scale);
                let outputs = quantized.chunks_exact_mut(width).zip(scales);
                for ((product, &scale), (quantized, out)) in inputs.zip(outputs) {
                    columns.dequantise(product, scale, row);
                    activation.apply(row);
                    if let Some(norm) = norm {
                        norm.apply(row);
                    }
                    *out = match zero {
                        Some(zero) => quantise_above(row, DEPTH, zero, quantized),
                        None => quantise(row, quantized),
                    };
                }
            },
        );
        Ok(())
    }
}
