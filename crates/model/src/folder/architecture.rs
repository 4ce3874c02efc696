//! The switches by which the encoders of different families differ.

use super::names::{Key, Kind, Names, Slot};

/// The nonlinearity of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// x Φ(x).
    Gelu,
    /// The approximation of GELU by tanh.
    GeluTanh,
    /// max(x, 0).
    Relu,
}

/// How positions enter a model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Positions {
    /// Learned position embeddings, added to the word embeddings.
    Learned {
        /// Rows of the table.
        rows: usize,
        /// Row of the first token.
        offset: usize,
    },
    /// Queries and keys are rotated by angles that grow with the position (Su et al. 2021, arXiv:2104.09864).
    Rotary {
        /// Longest sequence in tokens.
        longest: usize,
        /// What each layer sees.
        layers: Vec<RotaryLayer>,
    },
}

/// Attention of one layer with rotation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RotaryLayer {
    /// Base of the angles.
    pub(crate) base: f32,
    /// Largest distance of two tokens that see each other; `None` without limit.
    pub(crate) window: Option<usize>,
}

/// Where normalisations stand, and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Behind each sublayer; query, key and value are matrices of their own (BERT).
    PostNorm,
    /// Before each sublayer but the first, and at the end; query, key and value are one matrix, and the feed-forward layer is
    /// gated (`ModernBERT`).
    PreNorm,
}

/// An encoder with a masked-language-model head.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Architecture {
    /// `model_type` of the configuration.
    pub(crate) family: String,
    /// How its parameters are named.
    pub(crate) names: Names,
    /// Number of layers.
    pub(crate) layers: usize,
    /// Width of the rows between layers.
    pub(crate) hidden: usize,
    /// Number of attention heads; divides `hidden`.
    pub(crate) heads: usize,
    /// Width of the feed-forward layer.
    pub(crate) intermediate: usize,
    /// Rows of the table of words, of which the vocabulary may use fewer.
    pub(crate) rows: usize,
    /// How positions enter.
    pub(crate) positions: Positions,
    /// Where normalisations stand.
    pub(crate) style: Style,
    /// The parameters that have no bias.
    pub(crate) without_bias: Vec<Slot>,
    /// Rows of the table of token types, of which the first is used; 0 for families without.
    pub(crate) types: usize,
    /// Nonlinearity of the feed-forward layer.
    pub(crate) activation: Activation,
    /// Nonlinearity of the head.
    pub(crate) head_activation: Activation,
    /// Added to the variance in a layer normalisation.
    pub(crate) epsilon: f32,
    /// Whether the decoder is the table of words unless the weights say otherwise.
    pub(crate) tied: bool,
}

impl Architecture {
    /// Longest sequence in tokens.
    pub(crate) fn max_tokens(&self) -> usize {
        match &self.positions {
            Positions::Learned { rows, offset } => rows.saturating_sub(*offset),
            Positions::Rotary { longest, .. } => *longest,
        }
    }

    /// Whether the model has a parameter.
    pub(crate) fn has(&self, key: Key) -> bool {
        let pre_norm = self.style == Style::PreNorm;
        let has_slot = match key.slot {
            Slot::PositionEmbeddings => matches!(self.positions, Positions::Learned { .. }),
            Slot::TokenTypeEmbeddings => self.types > 0,
            Slot::Query | Slot::Key | Slot::Value => !pre_norm,
            Slot::Qkv | Slot::FinalNorm => pre_norm,
            // The first sublayer reads the embeddings, which are normalised already.
            Slot::AttentionNorm => !pre_norm || key.layer > 0,
            _ => true,
        };
        let tables = [
            Slot::WordEmbeddings,
            Slot::PositionEmbeddings,
            Slot::TokenTypeEmbeddings,
        ];
        let has_kind = match key.kind {
            Kind::Weight => key.slot != Slot::HeadBias,
            Kind::Bias => !tables.contains(&key.slot) && !self.without_bias.contains(&key.slot),
        };
        let layers = if key.slot.in_layer() { self.layers } else { 1 };
        has_slot && has_kind && key.layer < layers
    }

    /// Columns of one attention head.
    pub(crate) fn head(&self) -> usize {
        self.hidden / self.heads
    }
}
