//! The exact graph, in plain operators of ONNX; the same as that of `training/bert_graph.py`.
//!
//! ```text
//! input_ids       int64 [batch, length]
//! attention_mask  int64 [batch, length]     1 for a token, 0 for padding
//! positions       int64 [asked]             flat indices row * length + column into [batch, length]
//! logits          float [asked, vocabulary]
//! ```
//!
//! Activations are rows `[batch * length, hidden]`; only attention looks at them as `[batch, length, …]`. Token type 0 is added
//! to the table of places, since a masked language model of one segment never uses another.

use super::builder::{Attribute, Builder, Graph, Name, Node, Values};
use crate::error::ModelError;
use crate::folder::{Activation, Architecture, Parameters, Slot};

/// Added to the scores of padding before softmax.
const HIDDEN_SCORE: f32 = 1e9;
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
    hide: Name,
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
        let words = self.parameters.weight(Slot::Words, 0)?;
        let words = self.floats("words", &[words.len() / hidden, hidden], words);
        let places = places(self.architecture, self.parameters)?;
        let places = self.floats("places", &[places.len() / hidden, hidden], places);
        let found = self.b.op("Gather", &[&words, "input_ids"]);
        let (length, zero) = (self.length(), self.b.ints(&[0]));
        let places = self.b.op("Slice", &[&places, &zero, &length, &zero]);
        let x = self.b.op("Add", &[&found, &places]);
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
        let (one, low) = (self.b.float(1.0), self.b.float(HIDDEN_SCORE));
        let hidden = self.b.op("Sub", &[&seen, &one]);
        let hide = self.b.op("Mul", &[&hidden, &low]);
        Context { shape, hide }
    }

    fn attention(&mut self, x: &str, layer: usize, context: &Context) -> Result<Name, ModelError> {
        let mut part = |slot, order: [i64; 4]| {
            let rows = self.linear(x, slot, layer)?;
            let split = self.b.op("Reshape", &[&rows, &context.shape]);
            Ok::<Name, ModelError>(self.b.add(transpose(&split, order)))
        };
        let query = part(Slot::Query, [0, 2, 1, 3])?;
        let key = part(Slot::Key, [0, 2, 3, 1])?;
        let value = part(Slot::Value, [0, 2, 1, 3])?;
        let scores = self.b.op("MatMul", &[&query, &key]);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a head has far fewer than 2^24 columns"
        )]
        let root = self.b.float((self.architecture.head() as f32).sqrt());
        let scores = self.b.op("Div", &[&scores, &root]);
        let scores = self.b.op("Add", &[&scores, &context.hide]);
        let weights = Node::new("Softmax", &[&scores]).with("axis", Attribute::Int(-1));
        let weights = self.b.add(weights);
        let mixed = self.b.op("MatMul", &[&weights, &value]);
        let mixed = self.b.add(transpose(&mixed, [0, 2, 1, 3]));
        let rows = self.b.ints(&[-1, as_i64(self.architecture.hidden)]);
        let mixed = self.b.op("Reshape", &[&mixed, &rows]);
        let sum = self.linear(&mixed, Slot::AttentionOutput, layer)?;
        let sum = self.b.op("Add", &[&sum, x]);
        self.norm(&sum, Slot::AttentionNorm, layer)
    }

    fn layer(&mut self, x: &str, layer: usize, context: &Context) -> Result<Name, ModelError> {
        let x = self.attention(x, layer, context)?;
        let wide = self.linear(&x, Slot::Intermediate, layer)?;
        let wide = self.activation(&wide, self.architecture.activation);
        let sum = self.linear(&wide, Slot::Output, layer)?;
        let sum = self.b.op("Add", &[&sum, &x]);
        self.norm(&sum, Slot::OutputNorm, layer)
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

fn transpose(x: &str, order: [i64; 4]) -> Node<'_> {
    Node::new("Transpose", &[x]).with("perm", Attribute::Ints(order.to_vec()))
}

/// The table of places from that of the first token on, with token type 0 added: `[max_tokens, hidden]`.
///
/// # Errors
/// When the weights cannot be read.
pub(super) fn places(
    architecture: &Architecture,
    parameters: &Parameters,
) -> Result<Vec<f32>, ModelError> {
    let hidden = architecture.hidden;
    let mut places = parameters.weight(Slot::Places, 0)?;
    places.drain(..architecture.first_place * hidden);
    if architecture.types > 0 {
        let types = parameters.weight(Slot::Types, 0)?;
        for place in places.chunks_exact_mut(hidden) {
            for (x, kind) in place.iter_mut().zip(&types) {
                *x += kind;
            }
        }
    }
    Ok(places)
}

/// The name of a parameter in a graph.
pub(super) fn label(slot: Slot, layer: usize) -> String {
    format!("{slot:?}.{layer}").to_lowercase()
}

/// A length as an attribute.
pub(super) fn as_i64(length: usize) -> i64 {
    i64::try_from(length).expect("a configuration allows only small numbers")
}
