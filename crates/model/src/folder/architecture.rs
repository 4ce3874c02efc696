//! The switches by which the encoders of different families differ.

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

/// The tables by which the families name their parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// `bert.encoder.layer.0.attention.self.query`, head `cls.predictions`.
    Bert,
    /// `distilbert.transformer.layer.0.attention.q_lin`, head `vocab_transform`.
    DistilBert,
    /// `roberta.encoder.layer.0.attention.self.query`, head `lm_head`.
    Roberta,
    /// As [`Names::Roberta`], with the prefix `data2vec_text`.
    Data2VecText,
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
    /// Rows of the table of places.
    pub(crate) places: usize,
    /// Row of the first token in the table of places.
    pub(crate) first_place: usize,
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
        self.places - self.first_place
    }

    /// Columns of one attention head.
    pub(crate) fn head(&self) -> usize {
        self.hidden / self.heads
    }
}
