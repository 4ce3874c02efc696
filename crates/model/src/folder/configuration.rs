//! `config.json` of a Hugging Face folder: what it says, as an [`Architecture`].

use std::fmt::Display;
use std::path::Path;

use serde_json::{Map, Value};

use super::architecture::{Activation, Architecture, Positions, RotaryLayer, Style};
use super::names::{Names, Slot};
use super::text_file::read_text;
use crate::error::ModelError;

/// Maximum size of the file in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// Maximum number of layers, heads, token types.
const MAX_COUNT: usize = 1 << 10;
/// Maximum width of a layer.
const MAX_WIDTH: usize = 1 << 16;
/// Maximum size of a vocabulary.
pub(crate) const MAX_PIECES: usize = 1 << 20;
/// Maximum length of a sequence in tokens.
pub(crate) const MAX_TOKENS: usize = 1 << 15;
/// Minimum length of a sequence in tokens.
pub(crate) const MIN_TOKENS: usize = 8;

/// The values of `model_type` that can be loaded.
const FAMILIES: &[&str] = &[
    "bert",
    "distilbert",
    "roberta",
    "xlm-roberta",
    "camembert",
    "data2vec-text",
    "modernbert",
];

/// The keys of one file, with its path for messages.
struct Config<'a> {
    path: &'a Path,
    keys: Map<String, Value>,
}

/// Reads the configuration of a folder.
///
/// # Errors
/// When the file is missing, is not JSON, or describes a model that cannot be run.
pub(super) fn read(folder: &Path) -> Result<Architecture, ModelError> {
    let path = folder.join("config.json");
    let text = read_text(&path, MAX_BYTES)?;
    let keys: Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| ModelError::Unfit {
            path: path.clone(),
            problem: format!(
                "is not the configuration of a model: {error}; download the folder again"
            )
            .replace(char::is_control, "\u{fffd}"),
        })?;
    Config { path: &path, keys }.architecture()
}

impl Config<'_> {
    fn architecture(&self) -> Result<Architecture, ModelError> {
        let family = self.text("model_type").ok_or_else(|| {
            self.unfit(
                "names no model_type; a model folder holds the configuration that transformers saves",
            )
        })?;
        let architecture = match family {
            "bert" => self.bert(Names::Bert),
            "distilbert" => self.distilbert(),
            "roberta" | "xlm-roberta" | "camembert" => self.roberta(Names::Roberta),
            "data2vec-text" => self.roberta(Names::Data2VecText),
            "modernbert" => self.modernbert(),
            _ => Err(self.unfit(format!(
                "says model_type = {family:?}; the families that can be loaded are {}",
                FAMILIES.join(", ")
            ))),
        }?;
        self.check(&architecture)?;
        Ok(architecture)
    }

    fn bert(&self, names: Names) -> Result<Architecture, ModelError> {
        let activation = self.activation("hidden_act")?;
        Ok(Architecture {
            family: self.text("model_type").unwrap_or_default().to_owned(),
            names,
            layers: self.count("num_hidden_layers", 12, MAX_COUNT)?,
            hidden: self.count("hidden_size", 768, MAX_WIDTH)?,
            heads: self.count("num_attention_heads", 12, MAX_COUNT)?,
            intermediate: self.count("intermediate_size", 3072, MAX_WIDTH)?,
            rows: self.count("vocab_size", 30522, MAX_PIECES)?,
            positions: self.learned_positions(0)?,
            style: Style::PostNorm,
            without_bias: Vec::new(),
            types: self.count("type_vocab_size", 2, MAX_COUNT)?,
            activation,
            head_activation: activation,
            epsilon: self.epsilon("layer_norm_eps", 1e-12)?,
            tied: self.flag("tie_word_embeddings", true)?,
        })
    }

    /// `DistilBertForMaskedLM`: other keys, no token types, a fixed epsilon.
    fn distilbert(&self) -> Result<Architecture, ModelError> {
        let activation = self.activation("activation")?;
        Ok(Architecture {
            family: "distilbert".to_owned(),
            names: Names::DistilBert,
            layers: self.count("n_layers", 6, MAX_COUNT)?,
            hidden: self.count("dim", 768, MAX_WIDTH)?,
            heads: self.count("n_heads", 12, MAX_COUNT)?,
            intermediate: self.count("hidden_dim", 3072, MAX_WIDTH)?,
            rows: self.count("vocab_size", 30522, MAX_PIECES)?,
            positions: self.learned_positions(0)?,
            style: Style::PostNorm,
            without_bias: Vec::new(),
            types: 0,
            activation,
            head_activation: activation,
            epsilon: 1e-12,
            tied: self.flag("tie_word_embeddings", true)?,
        })
    }

    /// `RoBERTa`: position embeddings begin behind that of the padding token, and the head always uses GELU.
    fn roberta(&self, names: Names) -> Result<Architecture, ModelError> {
        let padding = self.whole("pad_token_id", 1)?;
        Ok(Architecture {
            positions: self.learned_positions(padding.saturating_add(1))?,
            head_activation: Activation::Gelu,
            ..self.bert(names)?
        })
    }

    /// Learned position embeddings; row `offset` is that of the first token.
    fn learned_positions(&self, offset: usize) -> Result<Positions, ModelError> {
        let rows = self.count("max_position_embeddings", 512, MAX_TOKENS)?;
        Ok(Positions::Learned { rows, offset })
    }

    /// `ModernBertForMaskedLM`, as `transformers` 4 and 5 write its configuration.
    fn modernbert(&self) -> Result<Architecture, ModelError> {
        let layers = self.count("num_hidden_layers", 22, MAX_COUNT)?;
        Ok(Architecture {
            family: "modernbert".to_owned(),
            names: Names::ModernBert,
            layers,
            hidden: self.count("hidden_size", 768, MAX_WIDTH)?,
            heads: self.count("num_attention_heads", 12, MAX_COUNT)?,
            intermediate: self.count("intermediate_size", 1152, MAX_WIDTH)?,
            rows: self.count("vocab_size", 50368, MAX_PIECES)?,
            positions: Positions::Rotary {
                longest: self.count("max_position_embeddings", 8192, MAX_TOKENS)?,
                layers: self.rotary(layers)?,
            },
            style: Style::PreNorm,
            without_bias: self.without_bias()?,
            types: 0,
            activation: self.activation("hidden_activation")?,
            head_activation: self.activation("classifier_activation")?,
            epsilon: self.epsilon("norm_eps", 1e-5)?,
            tied: self.flag("tie_word_embeddings", true)?,
        })
    }

    /// The parameters of `ModernBERT` that have no bias.
    fn without_bias(&self) -> Result<Vec<Slot>, ModelError> {
        let biases: [(&str, bool, &[Slot]); 5] = [
            ("attention_bias", false, &[Slot::Qkv, Slot::AttentionOutput]),
            ("mlp_bias", false, &[Slot::Intermediate, Slot::Output]),
            (
                "norm_bias",
                false,
                &[
                    Slot::EmbeddingNorm,
                    Slot::AttentionNorm,
                    Slot::OutputNorm,
                    Slot::FinalNorm,
                    Slot::HeadNorm,
                ],
            ),
            ("classifier_bias", false, &[Slot::HeadDense]),
            ("decoder_bias", true, &[Slot::Decoder]),
        ];
        let mut without = Vec::new();
        for (key, default, slots) in biases {
            if !self.flag(key, default)? {
                without.extend(slots);
            }
        }
        Ok(without)
    }

    /// What each layer of `ModernBERT` sees: all of the text, or a window.
    fn rotary(&self, layers: usize) -> Result<Vec<RotaryLayer>, ModelError> {
        let window = self.count("local_attention", 128, MAX_TOKENS)? / 2;
        let every = self.count("global_attn_every_n_layers", 3, MAX_COUNT)?;
        let kinds = match self.value("layer_types") {
            None => (0..layers)
                .map(|layer| !layer.is_multiple_of(every))
                .collect(),
            Some(kinds) => local_layers(kinds, layers)
                .ok_or_else(|| self.wrong("layer_types", kinds, "the kind of each layer"))?,
        };
        let global = self.theta("full_attention", "global_rope_theta", 160_000.0)?;
        let local = self.theta("sliding_attention", "local_rope_theta", 10_000.0)?;
        let layer = |is_local: bool| RotaryLayer {
            base: if is_local { local } else { global },
            window: is_local.then_some(window),
        };
        Ok(kinds.into_iter().map(layer).collect())
    }

    /// The base of the angles of one kind of layer.
    fn theta(&self, kind: &str, old_key: &str, default: f64) -> Result<f32, ModelError> {
        let parameters = self.value("rope_parameters").and_then(|all| all.get(kind));
        let rope = parameters
            .and_then(|rope| rope.get("rope_type"))
            .and_then(Value::as_str)
            .unwrap_or("default");
        if rope != "default" || self.value("rope_scaling").is_some() {
            return Err(self.unfit(
                "stretches the angles of positions (rope_scaling or rope_type); only the default can be loaded",
            ));
        }
        let theta = parameters
            .and_then(|rope| rope.get("rope_theta"))
            .or_else(|| self.value(old_key));
        let Some(theta) = theta else {
            return Ok(narrow(default));
        };
        let base = theta.as_f64().filter(|base| (1.0..1e12).contains(base));
        base.map(narrow)
            .ok_or_else(|| self.wrong(old_key, theta, "a number from 1 on"))
    }

    fn check(&self, architecture: &Architecture) -> Result<(), ModelError> {
        if self.flag("is_decoder", false)? {
            return Err(self.unfit(
                "says is_decoder = true; only models that see both sides of a token can be loaded",
            ));
        }
        let kind = self.text("position_embedding_type").unwrap_or("absolute");
        if kind != "absolute" {
            return Err(self.unfit(format!(
                "says position_embedding_type = {kind:?}; only \"absolute\" can be loaded"
            )));
        }
        if !architecture.hidden.is_multiple_of(architecture.heads) {
            return Err(self.unfit(format!(
                "says hidden_size = {}, which is no multiple of num_attention_heads = {}",
                architecture.hidden, architecture.heads
            )));
        }
        let head = architecture.hidden / architecture.heads;
        let rotates = matches!(architecture.positions, Positions::Rotary { .. });
        if rotates && !head.is_multiple_of(2) {
            return Err(self.unfit(format!(
                "says heads of {head} columns, which cannot be rotated in pairs; their number must be even"
            )));
        }
        if architecture.max_tokens() < MIN_TOKENS {
            return Err(self.unfit(format!(
                "leaves room for texts of {} tokens; {MIN_TOKENS} are needed",
                architecture.max_tokens()
            )));
        }
        Ok(())
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.keys.get(key)?.as_str()
    }

    /// The value of a key; `None` if it is missing or null, as `transformers` reads it.
    fn value(&self, key: &str) -> Option<&Value> {
        self.keys.get(key).filter(|value| !value.is_null())
    }

    /// A whole number; `default` is what `transformers` uses where the key is missing.
    fn whole(&self, key: &str, default: usize) -> Result<usize, ModelError> {
        let Some(value) = self.value(key) else {
            return Ok(default);
        };
        let whole = value.as_u64().and_then(|whole| usize::try_from(whole).ok());
        whole.ok_or_else(|| self.wrong(key, value, "a whole number"))
    }

    /// A whole number from 1 to `most`.
    fn count(&self, key: &str, default: usize, most: usize) -> Result<usize, ModelError> {
        let count = self.whole(key, default)?;
        if (1..=most).contains(&count) {
            Ok(count)
        } else {
            Err(self.wrong(key, count, format!("a number from 1 to {most}")))
        }
    }

    fn flag(&self, key: &str, default: bool) -> Result<bool, ModelError> {
        match self.value(key) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(value) => Err(self.wrong(key, value, "true or false")),
        }
    }

    fn epsilon(&self, key: &str, default: f64) -> Result<f32, ModelError> {
        let Some(value) = self.value(key) else {
            return Ok(narrow(default));
        };
        let epsilon = value
            .as_f64()
            .filter(|epsilon| (0.0..1.0).contains(epsilon));
        epsilon
            .map(narrow)
            .ok_or_else(|| self.wrong(key, value, "a number from 0 to 1"))
    }

    fn activation(&self, key: &str) -> Result<Activation, ModelError> {
        let name = match self.value(key) {
            None => "gelu",
            Some(value) => value.as_str().unwrap_or_default(),
        };
        match name {
            "gelu" | "gelu_python" => Ok(Activation::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Activation::GeluTanh),
            "relu" => Ok(Activation::Relu),
            _ => Err(self.wrong(key, format!("{name:?}"), "gelu, gelu_new or relu")),
        }
    }

    fn wrong(&self, key: &str, found: impl Display, wanted: impl Display) -> ModelError {
        let found = found.to_string();
        let found: String = found.chars().take(60).collect();
        self.unfit(format!("says {key} = {found}; it must be {wanted}"))
    }

    fn unfit(&self, problem: impl Into<String>) -> ModelError {
        ModelError::Unfit {
            path: self.path.to_owned(),
            problem: problem.into().replace(char::is_control, "\u{fffd}"),
        }
    }
}

/// Whether each layer sees a window only; `None` if these are not the kinds of so many layers.
fn local_layers(kinds: &Value, layers: usize) -> Option<Vec<bool>> {
    let kinds = kinds.as_array().filter(|kinds| kinds.len() == layers)?;
    let is_local = |kind: &Value| match kind.as_str() {
        Some("sliding_attention") => Some(true),
        Some("full_attention") => Some(false),
        _ => None,
    };
    kinds.iter().map(is_local).collect()
}

/// Rounds a number of the configuration to the precision in which it is used.
fn narrow(x: f64) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "epsilon is used as a 32-bit float"
    )]
    let x = x as f32;
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Architecture, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), text).unwrap();
        read(folder.path()).map_err(|error| {
            let message = error.to_string();
            assert_eq!(message.lines().count(), 1, "{message}");
            message
        })
    }

    #[test]
    fn what_a_configuration_leaves_out_is_what_transformers_takes_for_it() {
        let bert = parse(r#"{"model_type":"bert"}"#).unwrap();
        assert_eq!((bert.layers, bert.hidden, bert.types), (12, 768, 2));
        assert_eq!((bert.max_tokens(), bert.head()), (512, 64));
        let roberta =
            parse(r#"{"model_type":"roberta","max_position_embeddings":514,"hidden_act":"relu"}"#)
                .unwrap();
        let positions = Positions::Learned {
            rows: 514,
            offset: 2,
        };
        assert_eq!(
            (&roberta.positions, roberta.max_tokens()),
            (&positions, 512)
        );
        assert_eq!(roberta.activation, Activation::Relu);
        assert_eq!(roberta.head_activation, Activation::Gelu);
        let text = r#"{"model_type":"modernbert","num_hidden_layers":4,"local_attention":6}"#;
        let Positions::Rotary { layers, .. } = parse(text).unwrap().positions else {
            panic!("it rotates");
        };
        let windows: Vec<Option<usize>> = layers.iter().map(|layer| layer.window).collect();
        assert_eq!(windows, [None, Some(3), Some(3), None]);
        let distilbert = parse(r#"{"model_type":"distilbert","dim":32,"n_heads":4}"#).unwrap();
        assert_eq!((distilbert.head(), distilbert.types), (8, 0));
    }

    #[test]
    fn a_configuration_that_cannot_be_run_is_refused_with_its_key() {
        for (text, said) in [
            ("<!DOCTYPE html>", "is a web page"),
            ("{", "is not the configuration of a model"),
            ("{}", "names no model_type"),
            (
                r#"{"model_type":"gpt2"}"#,
                "model_type = \"gpt2\"; the families",
            ),
            (
                r#"{"model_type":"bert","hidden_size":0}"#,
                "hidden_size = 0; it must be a number from 1",
            ),
            (
                r#"{"model_type":"bert","hidden_size":"x"}"#,
                "hidden_size = \"x\"; it must be a whole number",
            ),
            (
                r#"{"model_type":"bert","num_attention_heads":7}"#,
                "hidden_size = 768, which is no multiple of num_attention_heads = 7",
            ),
            (
                r#"{"model_type":"bert","hidden_act":"swish"}"#,
                "it must be gelu, gelu_new or relu",
            ),
            (
                r#"{"model_type":"bert","is_decoder":true}"#,
                "is_decoder = true",
            ),
            (
                r#"{"model_type":"bert","position_embedding_type":"relative_key"}"#,
                "only \"absolute\"",
            ),
            (
                r#"{"model_type":"roberta","max_position_embeddings":5}"#,
                "texts of 3 tokens",
            ),
            (
                r#"{"model_type":"modernbert","rope_scaling":{"type":"yarn"}}"#,
                "only the default can be loaded",
            ),
            (
                r#"{"model_type":"modernbert","layer_types":["full_attention"]}"#,
                "the kind of each layer",
            ),
            (
                r#"{"model_type":"modernbert","hidden_size":36,"num_attention_heads":12}"#,
                "heads of 3 columns",
            ),
            (
                r#"{"model_type":"bert","layer_norm_eps":-1}"#,
                "layer_norm_eps = -1",
            ),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(said), "{message}");
        }
    }
}
