//! The exact graph, in plain operators of ONNX; the same as that of `training/bert_graph.py`.
//!
//! ```text
//! input_ids       int64 [batch, length]
//! attention_mask  int64 [batch, length]     1 for a token, 0 for padding
//! positions       int64 [asked]             flat indices row * length + column into [batch, length]
//! logits          float [asked, vocabulary]
//! ```
//!
//! Models of the style of `ModernBERT` are written here too: with normalisations before the sublayers, rotation, windows and gates.
//!
//! Activations are rows `[batch * length, hidden]`; attention alone reshapes them to `[batch, length, …]`. Token type 0 is added
//! to the position embeddings, since a masked language model of one segment never uses another.

use super::builder::{Attribute, Builder, Graph, Name, Node, Values};
use super::rotation::{Angles, tables};
use crate::error::ModelError;
use crate::folder::{Activation, Architecture, Parameters, Positions, Slot, Style};

/// Added to the scores of padding before softmax.
const MASKED_SCORE: f32 = 1e9;
/// ONNX's number of the element type float.
const FLOAT: i64 = 1;

/// Writes the graph.
///
/// # Errors
/// When the weights cannot be read.
pub(super) fn write(
    architecture: &Architecture,
    parameters: &Parameters,
    metadata: &[(&str, String)],
) -> Result<Graph, ModelError> {
    let mut exact = Exact {
        b: Builder::default(),
        architecture,
        parameters,
    };
    let (words, mut x) = exact.embeddings()?;
    let length = exact.length();
    let context = exact.context(&length);
    for layer in 0..architecture.layers {
        x = exact.layer(&x, layer, &context)?;
    }
    if architecture.style == Style::PreNorm {
        x = exact.norm(&x, Slot::FinalNorm, 0)?;
    }
    exact.head(&x, words)?;
    let inputs: [(&str, &[&str]); 3] = [
        ("input_ids", &["batch", "length"]),
        ("attention_mask", &["batch", "length"]),
        ("positions", &["asked"]),
    ];
    Ok(exact
        .b
        .finish(&inputs, parameters.vocabulary(), &[], metadata))
}

struct Exact<'a> {
    b: Builder,
    architecture: &'a Architecture,
    parameters: &'a Parameters,
}

/// What attention needs in every layer.
struct Context {
    /// `[batch, length, heads, head]`.
    shape: Name,
    /// Added to the scores: 0 for tokens, very low for padding.
    mask_bias: Name,
    /// What differs from layer to layer.
    layers: Vec<LayerContext>,
}

/// What attention needs in one layer.
#[derive(Clone, Default)]
struct LayerContext {
    /// Instead of that of all layers, if the layer sees a window only.
    mask_bias: Option<Name>,
    /// Cosines and sines `[length, head]`, if the layer rotates.
    angles: Option<[Name; 2]>,
}

impl Exact<'_> {
    /// The number of columns of the input.
    fn length(&mut self) -> Name {
        let shape = self.b.op("Shape", &["input_ids"]);
        let (one, two) = (self.b.ints(&[1]), self.b.ints(&[2]));
        self.b.op("Slice", &[&shape, &one, &two])
    }

    fn floats(&mut self, name: &str, shape: &[usize], values: Vec<f32>) -> Name {
        self.b.weight(name, shape, Values::Floats(values))
    }

    /// x · Wᵀ + b.
    fn linear(&mut self, x: &str, slot: Slot, layer: usize) -> Result<Name, ModelError> {
        let (weight, bias) = (
            self.parameters.weight(slot, layer)?,
            self.parameters.bias(slot, layer)?,
        );
        let (out, label) = (bias.len(), label(slot, layer));
        let width = weight.len() / out;
        let weight = self.floats(&format!("{label}.weight"), &[out, width], weight);
        let bias = self.floats(&format!("{label}.bias"), &[out], bias);
        Ok(self.product(x, &weight, &bias))
    }

    /// x · Wᵀ + b of a matrix `[out, in]`.
    fn product(&mut self, x: &str, weight: &str, bias: &str) -> Name {
        self.b.add(product(x, weight, bias))
    }

    fn norm(&mut self, x: &str, slot: Slot, layer: usize) -> Result<Name, ModelError> {
        let (weight, bias) = (
            self.parameters.weight(slot, layer)?,
            self.parameters.bias(slot, layer)?,
        );
        let (width, label) = ([weight.len()], label(slot, layer));
        let weight = self.floats(&format!("{label}.weight"), &width, weight);
        let bias = self.floats(&format!("{label}.bias"), &width, bias);
        let node = Node::new("LayerNormalization", &[x, &weight, &bias])
            .with("axis", Attribute::Int(-1))
            .with("epsilon", Attribute::Float(self.architecture.epsilon));
        Ok(self.b.add(node))
    }

    fn activation(&mut self, x: &str, activation: Activation) -> Name {
        match activation {
            Activation::Gelu => self.b.op("Gelu", &[x]),
            Activation::GeluTanh => {
                let tanh = Attribute::Text("tanh");
                self.b
                    .add(Node::new("Gelu", &[x]).with("approximate", tanh))
            }
            Activation::Relu => self.b.op("Relu", &[x]),
        }
    }

    /// The table of words, and the rows behind the embeddings.
    fn embeddings(&mut self) -> Result<(Name, Name), ModelError> {
        let hidden = self.architecture.hidden;
        let words = self.parameters.weight(Slot::WordEmbeddings, 0)?;
        let words = self.floats("words", &[words.len() / hidden, hidden], words);
        let mut x = self.b.op("Gather", &[&words, "input_ids"]);
        if matches!(self.architecture.positions, Positions::Learned { .. }) {
            let table = position_embeddings(self.architecture, self.parameters)?;
            let table = self.floats(
                "position_embeddings",
                &[table.len() / hidden, hidden],
                table,
            );
            let (length, zero) = (self.length(), self.b.ints(&[0]));
            let table = self.b.op("Slice", &[&table, &zero, &length, &zero]);
            x = self.b.op("Add", &[&x, &table]);
        }
        let rows = self.b.ints(&[-1, as_i64(hidden)]);
        let x = self.b.op("Reshape", &[&x, &rows]);
        Ok((words, self.norm(&x, Slot::EmbeddingNorm, 0)?))
    }

    fn context(&mut self, length: &str) -> Context {
        let (heads, head) = (self.architecture.heads, self.architecture.head());
        let every = self.b.ints(&[-1]);
        let split = self.b.ints(&[as_i64(heads), as_i64(head)]);
        let shape = Node::new("Concat", &[&every, length, &split]).with("axis", Attribute::Int(0));
        let shape = self.b.add(shape);
        let axes = self.b.ints(&[1, 2]);
        let seen = self.b.op("Unsqueeze", &["attention_mask", &axes]);
        let seen = Node::new("Cast", &[&seen]).with("to", Attribute::Int(FLOAT));
        let seen = self.b.add(seen);
        let (one, low) = (self.b.float(1.0), self.b.float(MASKED_SCORE));
        let hidden = self.b.op("Sub", &[&seen, &one]);
        let mask_bias = self.b.op("Mul", &[&hidden, &low]);
        let layers = self.layer_contexts(length, &mask_bias);
        Context {
            shape,
            mask_bias,
            layers,
        }
    }

    /// The contexts of all layers; those of one base and window are the same.
    fn layer_contexts(&mut self, length: &str, mask_bias: &str) -> Vec<LayerContext> {
        let Positions::Rotary { longest, layers } = &self.architecture.positions else {
            return vec![LayerContext::default(); self.architecture.layers];
        };
        let mut made: Vec<LayerContext> = Vec::new();
        for (index, layer) in layers.iter().enumerate() {
            let earlier = layers[..index].iter().position(|earlier| earlier == layer);
            let context = match earlier {
                Some(earlier) => made[earlier].clone(),
                None => LayerContext {
                    mask_bias: layer
                        .window
                        .map(|window| self.window(length, mask_bias, window)),
                    angles: Some(self.angles(length, *longest, layer.base, index)),
                },
            };
            made.push(context);
        }
        made
    }

    /// `mask_bias`, and what is farther away than `window`.
    fn window(&mut self, length: &str, mask_bias: &str, window: usize) -> Name {
        let (zero, one, most) = (self.b.int(0), self.b.int(1), self.b.int(as_i64(window)));
        let count = self.b.op("Squeeze", &[length]);
        let table = self.b.op("Range", &[&zero, &count, &one]);
        let (first, second) = (self.b.ints(&[0]), self.b.ints(&[1]));
        let row = self.b.op("Unsqueeze", &[&table, &first]);
        let column = self.b.op("Unsqueeze", &[&table, &second]);
        let distance = self.b.op("Sub", &[&row, &column]);
        let distance = self.b.op("Abs", &[&distance]);
        let far = self.b.op("Greater", &[&distance, &most]);
        let far = Node::new("Cast", &[&far]).with("to", Attribute::Int(FLOAT));
        let far = self.b.add(far);
        let low = self.b.float(-MASKED_SCORE);
        let far = self.b.op("Mul", &[&far, &low]);
        self.b.op("Add", &[mask_bias, &far])
    }

    /// Cosines and sines of the table of a text, of the tables that `layer` is the first to use.
    fn angles(&mut self, length: &str, longest: usize, base: f32, layer: usize) -> [Name; 2] {
        let head = self.architecture.head();
        let Angles { cosines, sines } = tables(base, longest, head);
        [("cosines", cosines), ("sines", sines)].map(|(name, table)| {
            let table = self.floats(&format!("{name}.{layer}"), &[longest, head], table);
            let zero = self.b.ints(&[0]);
            self.b.op("Slice", &[&table, &zero, length, &zero])
        })
    }

    /// Rotates `[batch, heads, length, head]`: the halves of a head are the coordinates of points.
    fn rotate(&mut self, x: &str, [cosines, sines]: &[Name; 2]) -> Name {
        let [low, high] = self.b.add_many(split(x, 2));
        let swapped = Node::new("Concat", &[&high, &low]).with("axis", Attribute::Int(-1));
        let swapped = self.b.add(swapped);
        let along = self.b.op("Mul", &[x, cosines]);
        let across = self.b.op("Mul", &[&swapped, sines]);
        self.b.op("Add", &[&along, &across])
    }

    /// Queries, keys and values `[rows, hidden]`.
    fn projections(&mut self, x: &str, layer: usize) -> Result<[Name; 3], ModelError> {
        match self.architecture.style {
            Style::PostNorm => Ok([
                self.linear(x, Slot::Query, layer)?,
                self.linear(x, Slot::Key, layer)?,
                self.linear(x, Slot::Value, layer)?,
            ]),
            Style::PreNorm => {
                let all = self.linear(x, Slot::Qkv, layer)?;
                Ok(self.b.add_many(split(&all, 3)))
            }
        }
    }

    /// Attention with its projection, without residual connection.
    fn attention(&mut self, x: &str, layer: usize, context: &Context) -> Result<Name, ModelError> {
        let [mut query, mut key, value] = self.projections(x, layer)?.map(|rows| {
            let heads = self.b.op("Reshape", &[&rows, &context.shape]);
            self.b.add(transpose(&heads, [0, 2, 1, 3]))
        });
        let LayerContext { mask_bias, angles } = &context.layers[layer];
        if let Some(angles) = angles {
            query = self.rotate(&query, angles);
            key = self.rotate(&key, angles);
        }
        let mask_bias = mask_bias.as_ref().unwrap_or(&context.mask_bias);
        let key = self.b.add(transpose(&key, [0, 1, 3, 2]));
        let scores = self.b.op("MatMul", &[&query, &key]);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a head has far fewer than 2^24 columns"
        )]
        let root = self.b.float((self.architecture.head() as f32).sqrt());
        let scores = self.b.op("Div", &[&scores, &root]);
        let scores = self.b.op("Add", &[&scores, mask_bias]);
        let weights = Node::new("Softmax", &[&scores]).with("axis", Attribute::Int(-1));
        let weights = self.b.add(weights);
        let mixed = self.b.op("MatMul", &[&weights, &value]);
        let mixed = self.b.add(transpose(&mixed, [0, 2, 1, 3]));
        let rows = self.b.ints(&[-1, as_i64(self.architecture.hidden)]);
        let mixed = self.b.op("Reshape", &[&mixed, &rows]);
        self.linear(&mixed, Slot::AttentionOutput, layer)
    }

    /// The feed-forward layer, without residual connection.
    fn feed_forward(&mut self, x: &str, layer: usize) -> Result<Name, ModelError> {
        let intermediate = self.linear(x, Slot::Intermediate, layer)?;
        let activation = self.architecture.activation;
        let intermediate = match self.architecture.style {
            Style::PostNorm => self.activation(&intermediate, activation),
            Style::PreNorm => {
                let [intermediate, gate] = self.b.add_many(split(&intermediate, 2));
                let intermediate = self.activation(&intermediate, activation);
                self.b.op("Mul", &[&intermediate, &gate])
            }
        };
        self.linear(&intermediate, Slot::Output, layer)
    }

    fn layer(&mut self, x: &str, layer: usize, context: &Context) -> Result<Name, ModelError> {
        match self.architecture.style {
            Style::PostNorm => {
                let mixed = self.attention(x, layer, context)?;
                let sum = self.b.op("Add", &[&mixed, x]);
                let x = self.norm(&sum, Slot::AttentionNorm, layer)?;
                let narrow = self.feed_forward(&x, layer)?;
                let sum = self.b.op("Add", &[&narrow, &x]);
                self.norm(&sum, Slot::OutputNorm, layer)
            }
            Style::PreNorm => {
                let mut normal = x.to_owned();
                if layer > 0 {
                    normal = self.norm(x, Slot::AttentionNorm, layer)?;
                }
                let mixed = self.attention(&normal, layer, context)?;
                let x = self.b.op("Add", &[x, &mixed]);
                let normal = self.norm(&x, Slot::OutputNorm, layer)?;
                let narrow = self.feed_forward(&normal, layer)?;
                Ok(self.b.op("Add", &[&x, &narrow]))
            }
        }
    }

    fn head(&mut self, x: &str, words: Name) -> Result<(), ModelError> {
        let gather = Node::new("Gather", &[x, "positions"]).with("axis", Attribute::Int(0));
        let x = self.b.add(gather);
        let x = self.linear(&x, Slot::HeadDense, 0)?;
        let x = self.activation(&x, self.architecture.head_activation);
        let x = self.norm(&x, Slot::HeadNorm, 0)?;
        let decoder = if self.parameters.tied() {
            words
        } else {
            let decoder = self.parameters.weight(Slot::Decoder, 0)?;
            let shape = [self.parameters.vocabulary(), self.architecture.hidden];
            self.floats("decoder", &shape, decoder)
        };
        let mut bias = self.parameters.bias(Slot::Decoder, 0)?;
        bias.truncate(self.parameters.vocabulary());
        let bias = self.floats("decoder.bias", &[bias.len()], bias);
        self.b.add_output(product(&x, &decoder, &bias));
        Ok(())
    }
}

fn product<'a>(x: &'a str, weight: &'a str, bias: &'a str) -> Node<'a> {
    Node::new("Gemm", &[x, weight, bias]).with("transB", Attribute::Int(1))
}

/// Equal parts of the last dimension.
fn split(x: &str, parts: i64) -> Node<'_> {
    Node::new("Split", &[x])
        .with("axis", Attribute::Int(-1))
        .with("num_outputs", Attribute::Int(parts))
}

fn transpose(x: &str, order: [i64; 4]) -> Node<'_> {
    Node::new("Transpose", &[x]).with("perm", Attribute::Ints(order.to_vec()))
}

/// The position embeddings from that of the first token on, with token type 0 added: `[max_tokens, hidden]`.
///
/// # Errors
/// When the weights cannot be read.
pub(super) fn position_embeddings(
    architecture: &Architecture,
    parameters: &Parameters,
) -> Result<Vec<f32>, ModelError> {
    let hidden = architecture.hidden;
    let mut table = parameters.weight(Slot::PositionEmbeddings, 0)?;
    if let Positions::Learned { offset, .. } = architecture.positions {
        table.drain(..offset * hidden);
    }
    if architecture.types > 0 {
        let types = parameters.weight(Slot::TokenTypeEmbeddings, 0)?;
        for row in table.chunks_exact_mut(hidden) {
            for (x, kind) in row.iter_mut().zip(&types) {
                *x += kind;
            }
        }
    }
    Ok(table)
}

/// The name of a parameter in a graph.
pub(super) fn label(slot: Slot, layer: usize) -> String {
    format!("{slot:?}.{layer}").to_lowercase()
}

/// A length as an attribute.
pub(super) fn as_i64(length: usize) -> i64 {
    i64::try_from(length).expect("a configuration allows only small numbers")
}
