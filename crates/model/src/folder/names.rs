//! The names under which checkpoints of each family store their parameters, in all spellings that are found.

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
    /// `model.layers.0.attn.Wqkv`, head `head`.
    ModernBert,
}

/// What a parameter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// Table of words `[rows, hidden]`.
    WordEmbeddings,
    /// Position embeddings `[positions, hidden]`.
    PositionEmbeddings,
    /// Table of token types `[types, hidden]`.
    TokenTypeEmbeddings,
    /// Normalisation behind the embeddings.
    EmbeddingNorm,
    /// Projection to the queries.
    Query,
    /// Projection to the keys.
    Key,
    /// Projection to the values.
    Value,
    /// Projections to queries, keys and values, one above the other `[3 hidden, hidden]`.
    Qkv,
    /// Projection of the mixed values.
    AttentionOutput,
    /// Normalisation at the end of the attention, or before it.
    AttentionNorm,
    /// First matrix of the feed-forward layer `[intermediate, hidden]`; twice as high if it is gated.
    Intermediate,
    /// Second matrix of the feed-forward layer `[hidden, intermediate]`.
    Output,
    /// Normalisation at the end of the feed-forward layer, or before it.
    OutputNorm,
    /// Normalisation behind the last layer.
    FinalNorm,
    /// Projection of the head `[hidden, hidden]`.
    HeadDense,
    /// Normalisation of the head.
    HeadNorm,
    /// Projection onto the vocabulary `[rows, hidden]`, and its bias.
    Decoder,
    /// Bias of the projection onto the vocabulary, where it is stored apart.
    HeadBias,
}

impl Slot {
    /// All of them, in the order of a model.
    pub(super) const ALL: [Self; 18] = [
        Self::WordEmbeddings,
        Self::PositionEmbeddings,
        Self::TokenTypeEmbeddings,
        Self::EmbeddingNorm,
        Self::Query,
        Self::Key,
        Self::Value,
        Self::Qkv,
        Self::AttentionOutput,
        Self::AttentionNorm,
        Self::Intermediate,
        Self::Output,
        Self::OutputNorm,
        Self::FinalNorm,
        Self::HeadDense,
        Self::HeadNorm,
        Self::Decoder,
        Self::HeadBias,
    ];

    /// Whether every layer has one.
    pub(super) fn in_layer(self) -> bool {
        matches!(
            self,
            Self::Query
                | Self::Key
                | Self::Value
                | Self::Qkv
                | Self::AttentionOutput
                | Self::AttentionNorm
                | Self::Intermediate
                | Self::Output
                | Self::OutputNorm
        )
    }
}

/// Matrix or vector of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The matrix, or the factors of a normalisation.
    Weight,
    /// The summands.
    Bias,
}

/// One parameter of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// What it is for.
    pub(crate) slot: Slot,
    /// Number of its layer; 0 outside of layers.
    pub(crate) layer: usize,
    /// Which of the two.
    pub(crate) kind: Kind,
}

/// What a tensor of a file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A parameter of the model.
    Parameter(Key),
    /// Something that is not needed: another head, or a buffer.
    Ignored,
    /// Something that is not known.
    Unknown,
}

/// Names without `.weight` and `.bias`, with `{}` for the number of a layer.
type Table = &'static [(&'static str, Slot)];

const BERT_ENCODER: Table = &[
    ("embeddings.word_embeddings", Slot::WordEmbeddings),
    ("embeddings.position_embeddings", Slot::PositionEmbeddings),
    (
        "embeddings.token_type_embeddings",
        Slot::TokenTypeEmbeddings,
    ),
    ("embeddings.LayerNorm", Slot::EmbeddingNorm),
    ("encoder.layer.{}.attention.self.query", Slot::Query),
    ("encoder.layer.{}.attention.self.key", Slot::Key),
    ("encoder.layer.{}.attention.self.value", Slot::Value),
    (
        "encoder.layer.{}.attention.output.dense",
        Slot::AttentionOutput,
    ),
    (
        "encoder.layer.{}.attention.output.LayerNorm",
        Slot::AttentionNorm,
    ),
    ("encoder.layer.{}.intermediate.dense", Slot::Intermediate),
    ("encoder.layer.{}.output.dense", Slot::Output),
    ("encoder.layer.{}.output.LayerNorm", Slot::OutputNorm),
];

const BERT_HEAD: Table = &[
    ("cls.predictions.transform.dense", Slot::HeadDense),
    ("cls.predictions.transform.LayerNorm", Slot::HeadNorm),
    ("cls.predictions.decoder", Slot::Decoder),
    ("cls.predictions", Slot::HeadBias),
];

const ROBERTA_HEAD: Table = &[
    ("lm_head.dense", Slot::HeadDense),
    ("lm_head.layer_norm", Slot::HeadNorm),
    ("lm_head.decoder", Slot::Decoder),
    ("lm_head", Slot::HeadBias),
];

const DISTILBERT_ENCODER: Table = &[
    ("embeddings.word_embeddings", Slot::WordEmbeddings),
    ("embeddings.position_embeddings", Slot::PositionEmbeddings),
    ("embeddings.LayerNorm", Slot::EmbeddingNorm),
    ("transformer.layer.{}.attention.q_lin", Slot::Query),
    ("transformer.layer.{}.attention.k_lin", Slot::Key),
    ("transformer.layer.{}.attention.v_lin", Slot::Value),
    (
        "transformer.layer.{}.attention.out_lin",
        Slot::AttentionOutput,
    ),
    ("transformer.layer.{}.sa_layer_norm", Slot::AttentionNorm),
    ("transformer.layer.{}.ffn.lin1", Slot::Intermediate),
    ("transformer.layer.{}.ffn.lin2", Slot::Output),
    ("transformer.layer.{}.output_layer_norm", Slot::OutputNorm),
];

const DISTILBERT_HEAD: Table = &[
    ("vocab_transform", Slot::HeadDense),
    ("vocab_layer_norm", Slot::HeadNorm),
    ("vocab_projector", Slot::Decoder),
];

const MODERNBERT_ENCODER: Table = &[
    ("embeddings.tok_embeddings", Slot::WordEmbeddings),
    ("embeddings.norm", Slot::EmbeddingNorm),
    ("layers.{}.attn_norm", Slot::AttentionNorm),
    ("layers.{}.attn.Wqkv", Slot::Qkv),
    ("layers.{}.attn.Wo", Slot::AttentionOutput),
    ("layers.{}.mlp_norm", Slot::OutputNorm),
    ("layers.{}.mlp.Wi", Slot::Intermediate),
    ("layers.{}.mlp.Wo", Slot::Output),
    ("final_norm", Slot::FinalNorm),
];

const MODERNBERT_HEAD: Table = &[
    ("head.dense", Slot::HeadDense),
    ("head.norm", Slot::HeadNorm),
    ("decoder", Slot::Decoder),
];

/// Beginnings of the names of other heads, behind the prefix of the family.
const OTHER_HEADS: [&str; 2] = ["pooler.", "cls.seq_relationship."];
/// Buffers that old versions of `transformers` stored.
const BUFFERS: [&str; 2] = ["embeddings.position_ids", "embeddings.token_type_ids"];

impl Names {
    /// The prefix of the encoder's names, which may be missing.
    fn prefix(self) -> &'static str {
        match self {
            Self::Bert => "bert.",
            Self::DistilBert => "distilbert.",
            Self::Roberta => "roberta.",
            Self::Data2VecText => "data2vec_text.",
            Self::ModernBert => "model.",
        }
    }

    fn encoder(self) -> Table {
        match self {
            Self::Bert | Self::Roberta | Self::Data2VecText => BERT_ENCODER,
            Self::DistilBert => DISTILBERT_ENCODER,
            Self::ModernBert => MODERNBERT_ENCODER,
        }
    }

    fn head(self) -> Table {
        match self {
            Self::Bert => BERT_HEAD,
            Self::DistilBert => DISTILBERT_HEAD,
            Self::Roberta | Self::Data2VecText => ROBERTA_HEAD,
            Self::ModernBert => MODERNBERT_HEAD,
        }
    }

    /// What the tensor `name` is.
    pub(super) fn meaning(self, name: &str) -> Meaning {
        let name = name.strip_prefix(self.prefix()).unwrap_or(name);
        if OTHER_HEADS.iter().any(|head| name.starts_with(head)) || BUFFERS.contains(&name) {
            return Meaning::Ignored;
        }
        self.parameter(name)
            .map_or(Meaning::Unknown, Meaning::Parameter)
    }

    fn parameter(self, name: &str) -> Option<Key> {
        let (stem, kind) = name.rsplit_once('.')?;
        // TensorFlow's names of the parameters of a normalisation, as old checkpoints have them.
        let kind = match kind {
            "weight" => Kind::Weight,
            "bias" => Kind::Bias,
            "gamma" if stem.ends_with("LayerNorm") => Kind::Weight,
            "beta" if stem.ends_with("LayerNorm") => Kind::Bias,
            _ => return None,
        };
        let number = stem
            .split('.')
            .find(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        let (template, layer) = match number {
            None => (stem.to_owned(), 0),
            Some(number) => {
                let layer = number.parse().ok()?;
                (stem.replacen(&format!(".{number}."), ".{}.", 1), layer)
            }
        };
        let mut rows = self.encoder().iter().chain(self.head());
        let (_, slot) = rows.find(|(pattern, _)| *pattern == template)?;
        Some(Key {
            slot: *slot,
            layer,
            kind,
        })
    }

    /// The name under which `transformers` stores a parameter today.
    pub(super) fn name(self, key: Key) -> String {
        let find = |table: Table| table.iter().find(|(_, slot)| *slot == key.slot);
        let (prefix, pattern) = match (find(self.encoder()), find(self.head())) {
            (Some((pattern, _)), _) => (self.prefix(), *pattern),
            (None, Some((pattern, _))) => ("", *pattern),
            (None, None) => ("", "?"),
        };
        let kind = match key.kind {
            Kind::Weight => "weight",
            Kind::Bias => "bias",
        };
        let stem = pattern.replace("{}", &key.layer.to_string());
        format!("{prefix}{stem}.{kind}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(slot: Slot, layer: usize, kind: Kind) -> Meaning {
        Meaning::Parameter(Key { slot, layer, kind })
    }

    #[test]
    fn all_spellings_of_a_parameter_mean_the_same() {
        for name in [
            "bert.encoder.layer.11.output.LayerNorm.gamma",
            "bert.encoder.layer.11.output.LayerNorm.weight",
            "encoder.layer.11.output.LayerNorm.weight",
        ] {
            let meaning = Names::Bert.meaning(name);
            assert_eq!(meaning, key(Slot::OutputNorm, 11, Kind::Weight), "{name}");
        }
        let bias = Names::Bert.meaning("cls.predictions.bias");
        assert_eq!(bias, key(Slot::HeadBias, 0, Kind::Bias));
    }

    #[test]
    fn every_name_that_is_written_is_read() {
        for names in [
            Names::Bert,
            Names::DistilBert,
            Names::Roberta,
            Names::Data2VecText,
            Names::ModernBert,
        ] {
            for (pattern, slot) in names.encoder().iter().chain(names.head()) {
                let layer = if pattern.contains("{}") { 7 } else { 0 };
                for kind in [Kind::Weight, Kind::Bias] {
                    let key = Key {
                        slot: *slot,
                        layer,
                        kind,
                    };
                    let meaning = names.meaning(&names.name(key));
                    assert_eq!(meaning, Meaning::Parameter(key), "{pattern}");
                }
            }
        }
    }

    #[test]
    fn what_lies_beside_is_told_from_what_is_not_known() {
        for name in [
            "bert.pooler.dense.weight",
            "pooler.dense.bias",
            "cls.seq_relationship.weight",
            "bert.embeddings.position_ids",
        ] {
            assert_eq!(Names::Bert.meaning(name), Meaning::Ignored, "{name}");
        }
        for name in [
            "bert.encoder.layer.0.attention.self.distance_embedding.weight",
            "bert.encoder.layer.x.output.dense.weight",
            "roberta.encoder.layer.0.output.dense.weight",
            "weight",
            "",
        ] {
            assert_eq!(Names::Bert.meaning(name), Meaning::Unknown, "{name}");
        }
    }
}
