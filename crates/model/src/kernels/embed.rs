//! `Embed`: token and position embeddings.

use ort::operator::{
    ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput,
};
use ort::value::TensorElementType;
use pulp::Arch;

use super::norm::Norm;
use super::rows::quantise;
use super::tensors::{
    FLOATS, FLOATS_OUT, INDICES, ROWS, constant, indices, input, mismatch, norm, output, same,
    sequences,
};

/// LayerNorm(word + position) of every token, as floats and quantized.
///
/// Inputs: ids `[n]`, starts of the sequences `[rows + 1]`, the table of words `[vocabulary, width]` in int8; constants:
/// the words' scales `[vocabulary]`, places `[longest sequence, width]`, weights and biases `[width]` of the
/// normalisation. Attribute: epsilon. Outputs: floats `[n, width]`, rows `[n, width]` and their scales `[n]`.
pub(super) struct Embed;

impl Operator for Embed {
    type Kernel<'attr> = EmbedKernel;

    fn name(&self) -> &'static str {
        "Embed"
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        let words = OperatorInput::required(TensorElementType::Int8);
        [INDICES, INDICES, words, FLOATS, FLOATS, FLOATS, FLOATS]
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [FLOATS_OUT].into_iter().chain(ROWS)
    }

    fn create_kernel(&self, kernel: &KernelContext<'_>) -> ort::Result<EmbedKernel> {
        let width = constant(kernel, 5)?.len();
        if width == 0 {
            return Err(mismatch("a row has no columns"));
        }
        let (scales, places) = (constant(kernel, 3)?, constant(kernel, 4)?);
        same("places and their rows", places.len() % width, 0)?;
        Ok(EmbedKernel {
            arch: Arch::new(),
            norm: norm(kernel, 5, 6, width)?,
            scales,
            places,
            width,
        })
    }
}

pub(super) struct EmbedKernel {
    arch: Arch,
    scales: Vec<f32>,
    places: Vec<f32>,
    norm: Norm,
    width: usize,
}

impl Kernel for EmbedKernel {
    fn compute(&mut self, ctx: &ComputeContext) -> ort::Result<()> {
        let (ids, starts, words) = (input(ctx, 0)?, input(ctx, 1)?, input(ctx, 2)?);
        let ids = indices(ids.all()?, self.scales.len())?;
        let (n, width) = (ids.len(), self.width);
        let sequences = sequences(starts.all()?, n)?;
        if sequences
            .iter()
            .any(|sequence| sequence.len() * width > self.places.len())
        {
            return Err(mismatch("a sequence is longer than the model's places"));
        }
        let words = words.values::<i8>(self.scales.len() * width)?;
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
        let (places, norm, word_scales) = (&*self.places, &self.norm, &*self.scales);
        self.arch.dispatch(
            #[inline(always)]
            || {
                let places = sequences
                    .iter()
                    .flat_map(|sequence| places.chunks_exact(width).take(sequence.len()));
                let outputs = floats
                    .chunks_exact_mut(width)
                    .zip(quantized.chunks_exact_mut(width))
                    .zip(scales);
                for ((&id, place), ((floats, quantized), out)) in
                    ids.iter().zip(places).zip(outputs)
                {
                    let word = &words[id * width..][..width];
                    let scale = word_scales[id];
                    for ((x, &word), place) in floats.iter_mut().zip(word).zip(place) {
                        *x = f32::from(word).mul_add(scale, *place);
                    }
                    norm.apply(floats);
                    *out = quantise(floats, quantized);
                }
            },
        );
        Ok(())
    }
}
