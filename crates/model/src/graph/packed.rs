//! The small and fast graph: int8 products, and between them the operators of `kernels/`; the same as that of
//! `training/packed_graph.py`, to the bit.
//!
//! ```text
//! input_ids   int64 [tokens]       the sequences of a batch, one behind the other, without padding
//! starts      int64 [rows + 1]     where each begins, and where the last ends
//! positions   int64 [asked]        indices into input_ids, in the order of the sequences
//! logits      float [asked, vocabulary]
//! ```
//!
//! Weights have one scale a column. Every row of activations is rounded with a scale of its own, so that its numbers depend on
//! nothing else in the batch. The last layer works on the asked positions alone, except for the keys and values.
//!
//! Attention works on heads of whole vectors. Narrower heads are padded with columns of zeros; they do not change the scores.

use super::builder::{Attribute, Builder, Graph, Name, Node, Values};
use super::exact::{as_i64, label, position_embeddings};
use super::padding::Block;
use super::quantise::{Columns, Quantised, quantise_rows};
use crate::error::ModelError;
use crate::folder::{Activation, Architecture, Parameters, Slot};
use generation::simd::LANES;

/// The domain of the operators of `kernels/`.
const DOMAIN: &str = "mouthpiece";
/// The byte that is zero among activations on both sides of it.
const ZERO_POINT: u8 = 128;
/// The same behind an activation that goes down to -0.17 only: finer steps for what is above.
const GELU_ZERO_POINT: u8 = 24;

/// Writes the graph.
///
/// # Errors
/// When the weights cannot be read.
pub(super) fn write(
    architecture: &Architecture,
    parameters: &Parameters,
    metadata: &[(&str, String)],
) -> Result<Graph, ModelError> {
    let mut packed = Packed {
        b: Builder::default(),
        architecture,
        parameters,
    };
    let (words, mut x) = packed.embeddings()?;
    let every = packed.every_row();
    let last = architecture.layers - 1;
    for layer in 0..=last {
        let asked = if layer == last { None } else { Some(&*every) };
        x = packed.layer(x, layer, asked)?;
    }
    packed.head(&x.rows, words)?;
    let inputs: [(&str, &[&str]); 3] = [
        ("input_ids", &["tokens"]),
        ("starts", &["ends"]),
        ("positions", &["asked"]),
    ];
    Ok(packed
        .b
        .finish(&inputs, parameters.vocabulary(), &[DOMAIN], metadata))
}

/// Quantised rows and their scales.
struct Rows {
    quantised: Name,
    scales: Name,
}

/// Rows between sublayers: as floats, and quantised.
struct State {
    floats: Name,
    rows: Rows,
}

/// An integer product with what dequantises it.
struct Product {
    numbers: Name,
    row_scales: Name,
    column_scales: Name,
    bias: Name,
}

struct Packed<'a> {
    b: Builder,
    architecture: &'a Architecture,
    parameters: &'a Parameters,
}

impl Packed<'_> {
    fn floats(&mut self, name: &str, values: Vec<f32>) -> Name {
        let shape = [values.len()];
        self.b.weight(name, &shape, Values::Floats(values))
    }

    /// The factors and summands of a normalisation.
    fn norm(&mut self, slot: Slot, layer: usize) -> Result<[Name; 2], ModelError> {
        let (weight, bias) = (
            self.parameters.weight(slot, layer)?,
            self.parameters.bias(slot, layer)?,
        );
        let label = label(slot, layer);
        Ok([
            self.floats(&format!("{label}.weight"), weight),
            self.floats(&format!("{label}.bias"), bias),
        ])
    }

    fn epsilon(&self) -> Attribute {
        Attribute::Float(self.architecture.epsilon)
    }

    /// The product of rows, whose zero is `zero`, with these matrices side by side. All of them have the same shape.
    fn linear(
        &mut self,
        rows: &Rows,
        slots: &[Slot],
        layer: usize,
        zero: u8,
    ) -> Result<Product, ModelError> {
        let block = Block::new(slots[0], self.architecture);
        let mut matrix = Columns::new(block.padded_height(), slots.len() * block.columns());
        let mut biases = Vec::new();
        for (index, &slot) in slots.iter().enumerate() {
            let weight = self.parameters.weight(slot, layer)?;
            block.put(&mut matrix, index * block.columns(), &weight);
            biases.extend(block.bias(self.parameters.bias(slot, layer)?));
        }
        let label = label(slots[0], layer);
        Ok(self.product(rows, matrix.finish(), biases, &label, zero))
    }

    /// The product of rows with an int8 matrix.
    fn product(
        &mut self,
        rows: &Rows,
        matrix: Quantised,
        bias: Vec<f32>,
        label: &str,
        zero: u8,
    ) -> Product {
        let columns = matrix.scales.len();
        let shape = [matrix.bytes.len() / columns, columns];
        let bytes = Values::Bytes(matrix.bytes);
        let bytes = self.b.weight(&format!("{label}.int8"), &shape, bytes);
        Product {
            numbers: self.multiply(rows, &bytes, zero),
            row_scales: rows.scales.clone(),
            column_scales: self.floats(&format!("{label}.scale"), matrix.scales),
            bias: self.floats(&format!("{label}.bias"), bias),
        }
    }

    fn multiply(&mut self, rows: &Rows, matrix: &str, zero: u8) -> Name {
        let zero = self.b.byte(zero);
        self.b
            .op("MatMulInteger", &[&rows.quantised, matrix, &zero])
    }

    /// The scales of the table of words, and the rows behind the embeddings.
    fn embeddings(&mut self) -> Result<(Name, State), ModelError> {
        let hidden = self.architecture.hidden;
        let words = quantise_rows(&self.parameters.weight(Slot::WordEmbeddings, 0)?, hidden);
        let shape = [words.scales.len(), hidden];
        let bytes = Values::Bytes(words.bytes);
        let bytes = self.b.weight("words.int8", &shape, bytes);
        let scales = self.floats("words.scale", words.scales);
        let table = position_embeddings(self.architecture, self.parameters)?;
        let shape = [table.len() / hidden, hidden];
        let table = self
            .b
            .weight("position_embeddings", &shape, Values::Floats(table));
        let [weight, bias] = self.norm(Slot::EmbeddingNorm, 0)?;
        let node = Node::of(
            DOMAIN,
            "Embed",
            &[
                "input_ids",
                "starts",
                &bytes,
                &scales,
                &table,
                &weight,
                &bias,
            ],
        );
        let state = self.state(node.with("epsilon", self.epsilon()));
        Ok((scales, state))
    }

    fn state(&mut self, node: Node<'_>) -> State {
        let [floats, quantised, scales] = self.b.add_many(node);
        State {
            floats,
            rows: Rows { quantised, scales },
        }
    }

    fn rows(&mut self, node: Node<'_>) -> Rows {
        let [quantised, scales] = self.b.add_many(node);
        Rows { quantised, scales }
    }

    /// The indices of all rows.
    fn every_row(&mut self) -> Name {
        let shape = self.b.op("Shape", &["input_ids"]);
        let count = self.b.op("Squeeze", &[&shape]);
        let (zero, one) = (self.b.int(0), self.b.int(1));
        self.b.op("Range", &[&zero, &count, &one])
    }

    /// A layer; `asked` are the indices of all rows, or `None` in the last layer, which works on the asked positions only.
    fn layer(&mut self, x: State, layer: usize, asked: Option<&str>) -> Result<State, ModelError> {
        let pairs = self.linear(&x.rows, &[Slot::Key, Slot::Value], layer, ZERO_POINT)?;
        let x = match asked {
            Some(_) => x,
            None => State {
                floats: self.b.op("Gather", &[&x.floats, "positions"]),
                rows: Rows {
                    quantised: self.b.op("Gather", &[&x.rows.quantised, "positions"]),
                    scales: self.b.op("Gather", &[&x.rows.scales, "positions"]),
                },
            },
        };
        let queries = self.linear(&x.rows, &[Slot::Query], layer, ZERO_POINT)?;
        let mut node = Node::of(
            DOMAIN,
            "Attend",
            &[
                &queries.numbers,
                &queries.row_scales,
                &pairs.numbers,
                &pairs.row_scales,
                "starts",
                asked.unwrap_or("positions"),
                &queries.column_scales,
                &queries.bias,
                &pairs.column_scales,
                &pairs.bias,
            ],
        )
        .with("heads", Attribute::Int(as_i64(self.architecture.heads)))
        .with("causal", Attribute::Int(0));
        let head = self.architecture.head();
        if !head.is_multiple_of(LANES) {
            node = node.with("head_columns", Attribute::Int(as_i64(head)));
        }
        let mixed = self.rows(node);
        let x = self.end_of_sublayer(
            &mixed,
            &x.floats,
            [Slot::AttentionOutput, Slot::AttentionNorm],
            layer,
            ZERO_POINT,
        )?;
        let intermediate = self.linear(&x.rows, &[Slot::Intermediate], layer, ZERO_POINT)?;
        let node = dequantising("Gelu", &intermediate, &[])
            .with("zero", Attribute::Int(i64::from(GELU_ZERO_POINT)));
        let intermediate = self.rows(with_activation(node, self.architecture.activation));
        self.end_of_sublayer(
            &intermediate,
            &x.floats,
            [Slot::Output, Slot::OutputNorm],
            layer,
            GELU_ZERO_POINT,
        )
    }

    /// The projection, residual connection and normalisation at the end of a sublayer.
    fn end_of_sublayer(
        &mut self,
        rows: &Rows,
        residual: &str,
        [dense, norm]: [Slot; 2],
        layer: usize,
        zero: u8,
    ) -> Result<State, ModelError> {
        let product = self.linear(rows, &[dense], layer, zero)?;
        let [weight, bias] = self.norm(norm, layer)?;
        let node = Node::of(
            DOMAIN,
            "AddNorm",
            &[
                &product.numbers,
                &product.row_scales,
                residual,
                &product.column_scales,
                &product.bias,
                &weight,
                &bias,
            ],
        );
        Ok(self.state(node.with("epsilon", self.epsilon())))
    }

    fn head(&mut self, rows: &Rows, words: Name) -> Result<(), ModelError> {
        let product = self.linear(rows, &[Slot::HeadDense], 0, ZERO_POINT)?;
        let [weight, bias] = self.norm(Slot::HeadNorm, 0)?;
        let node = dequantising("GeluNorm", &product, &[&weight, &bias]);
        let node = node.with("epsilon", self.epsilon());
        let rows = self.rows(with_activation(node, self.architecture.head_activation));
        // The same numbers as in the table of words, but in the order of a product, which sessions can share.
        let (hidden, vocabulary) = (self.architecture.hidden, self.parameters.vocabulary());
        let slot = if self.parameters.tied() {
            Slot::WordEmbeddings
        } else {
            Slot::Decoder
        };
        let mut matrix = Columns::new(hidden, vocabulary);
        matrix.put(0, &self.parameters.weight(slot, 0)?);
        let matrix = matrix.finish();
        let bytes = Values::Bytes(matrix.bytes);
        let bytes = self.b.weight("decoder.int8", &[hidden, vocabulary], bytes);
        let logits = self.multiply(&rows, &bytes, ZERO_POINT);
        let scales = if self.parameters.tied() {
            words
        } else {
            self.floats("decoder.scale", matrix.scales)
        };
        let mut bias = self.parameters.bias(Slot::Decoder, 0)?;
        bias.truncate(self.parameters.vocabulary());
        let bias = self.floats("decoder.bias", bias);
        self.b.add_output(Node::of(
            DOMAIN,
            "Dequantise",
            &[&logits, &rows.scales, &scales, &bias],
        ));
        Ok(())
    }
}

/// An operator on the numbers of a product, with further constants.
fn dequantising<'a>(kind: &'static str, product: &'a Product, constants: &[&'a str]) -> Node<'a> {
    let inputs = [
        &*product.numbers,
        &product.row_scales,
        &product.column_scales,
        &product.bias,
    ];
    Node::of(DOMAIN, kind, &[&inputs, constants].concat())
}

/// GELU is what the operators do without the attribute.
fn with_activation(node: Node<'_>, activation: Activation) -> Node<'_> {
    match activation {
        Activation::Gelu => node,
        Activation::GeluTanh => node.with("activation", Attribute::Int(1)),
        Activation::Relu => node.with("activation", Attribute::Int(2)),
    }
}
