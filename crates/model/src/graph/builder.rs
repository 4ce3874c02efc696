//! An ONNX graph under construction: nodes, small constants in the message, and weights in memory beside it.

use std::collections::BTreeSet;

use prost::Message;

use super::proto::{
    ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS, ATTRIBUTE_STRING, AttributeProto, Dimension,
    DimensionProto, EXTERNAL, FLOAT, GraphProto, INT8, INT64, ModelProto, NodeProto,
    OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto,
    TypeProto, UINT8, ValueInfoProto,
};

/// Version of ONNX's own operators.
const OPSET: i64 = 20;
/// Version of the file format.
const IR_VERSION: i64 = 10;
/// The output of every graph.
const OUTPUT: &str = "logits";

/// Name of a value of the graph.
pub(super) type Name = String;

/// Values of a weight tensor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    /// 32-bit floats.
    Floats(Vec<f32>),
    /// Signed bytes.
    Bytes(Vec<i8>),
}

/// A weight tensor, which the graph refers to by name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weight {
    /// Name of the initialiser.
    pub(crate) name: String,
    /// Lengths of the dimensions, the last one contiguous.
    pub(crate) shape: Vec<usize>,
    /// The values.
    pub(crate) values: Values,
}

/// A finished graph: a protobuf without weights, and the weights.
#[derive(Debug)]
pub(crate) struct Graph {
    /// An ONNX `ModelProto`; its large initialisers are external.
    pub(crate) model: Vec<u8>,
    /// The external initialisers.
    pub(crate) weights: Vec<Weight>,
}

/// An attribute of a node.
pub(super) enum Attribute {
    Float(f32),
    Int(i64),
    Ints(Vec<i64>),
    Text(&'static str),
}

/// A graph under construction. Methods add nodes and return the names of their results.
#[derive(Default)]
pub(super) struct Builder {
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    names: BTreeSet<Name>,
    weights: Vec<Weight>,
}

/// A node before its outputs are named.
pub(super) struct Node<'a> {
    kind: &'static str,
    domain: &'static str,
    inputs: Vec<&'a str>,
    attributes: Vec<(&'static str, Attribute)>,
}

impl<'a> Node<'a> {
    /// An operator of ONNX.
    pub(super) fn new(kind: &'static str, inputs: &[&'a str]) -> Self {
        Self {
            kind,
            domain: "",
            inputs: inputs.to_vec(),
            attributes: Vec::new(),
        }
    }

    /// An operator of another domain.
    pub(super) fn of(domain: &'static str, kind: &'static str, inputs: &[&'a str]) -> Self {
        Self {
            domain,
            ..Self::new(kind, inputs)
        }
    }

    /// With an attribute.
    pub(super) fn with(mut self, name: &'static str, value: Attribute) -> Self {
        self.attributes.push((name, value));
        self
    }
}

impl Builder {
    /// Adds a node with one result.
    pub(super) fn add(&mut self, node: Node<'_>) -> Name {
        let [name] = self.add_many(node);
        name
    }

    /// Adds a node with `N` results.
    pub(super) fn add_many<const N: usize>(&mut self, node: Node<'_>) -> [Name; N] {
        let count = self.nodes.len();
        let names: [Name; N] =
            std::array::from_fn(|i| format!("{}_{count}_{i}", node.kind.to_lowercase()));
        self.push(node, names.to_vec());
        names
    }

    /// Adds the node whose result is the output of the graph.
    pub(super) fn add_output(&mut self, node: Node<'_>) {
        self.push(node, vec![OUTPUT.to_owned()]);
    }

    /// Adds a node of ONNX without attributes.
    pub(super) fn op(&mut self, kind: &'static str, inputs: &[&str]) -> Name {
        self.add(Node::new(kind, inputs))
    }

    fn push(&mut self, node: Node<'_>, output: Vec<Name>) {
        let attribute = node.attributes.into_iter();
        self.nodes.push(NodeProto {
            input: node.inputs.into_iter().map(str::to_owned).collect(),
            name: output[0].clone(),
            output,
            op_type: node.kind.to_owned(),
            attribute: attribute
                .map(|(name, value)| attribute_proto(name, value))
                .collect(),
            domain: node.domain.to_owned(),
        });
    }

    /// A constant list of whole numbers.
    pub(super) fn ints(&mut self, values: &[i64]) -> Name {
        let raw = values.iter().flat_map(|value| value.to_le_bytes());
        let texts: Vec<String> = values.iter().map(i64::to_string).collect();
        let name = format!("ints_{}", texts.join("_"));
        self.small(name, &[values.len()], INT64, raw.collect())
    }

    /// A constant whole number.
    pub(super) fn int(&mut self, value: i64) -> Name {
        self.small(
            format!("int_{value}"),
            &[],
            INT64,
            value.to_le_bytes().to_vec(),
        )
    }

    /// A constant float.
    pub(super) fn float(&mut self, value: f32) -> Name {
        self.small(
            format!("float_{value:e}"),
            &[],
            FLOAT,
            value.to_le_bytes().to_vec(),
        )
    }

    /// A constant byte.
    pub(super) fn byte(&mut self, value: u8) -> Name {
        self.small(format!("byte_{value}"), &[], UINT8, vec![value])
    }

    /// A constant in the message; a second one of the same name is the first.
    fn small(&mut self, name: Name, shape: &[usize], data_type: i32, raw_data: Vec<u8>) -> Name {
        if self.names.insert(name.clone()) {
            self.initializers.push(TensorProto {
                dims: lengths(shape),
                data_type,
                name: name.clone(),
                raw_data,
                ..TensorProto::default()
            });
        }
        name
    }

    /// A weight in memory.
    pub(super) fn weight(&mut self, name: &str, shape: &[usize], values: Values) -> Name {
        let data_type = match &values {
            Values::Floats(_) => FLOAT,
            Values::Bytes(_) => INT8,
        };
        self.initializers.push(TensorProto {
            dims: lengths(shape),
            data_type,
            name: name.to_owned(),
            // ONNX Runtime wants a location, but reads no file where it is given the tensor.
            external_data: vec![entry("location", "memory")],
            data_location: EXTERNAL,
            ..TensorProto::default()
        });
        self.weights.push(Weight {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values,
        });
        name.to_owned()
    }

    /// The finished graph. `inputs` are the names of the int64 inputs with the names of their dimensions; the output is
    /// `logits` `[asked, vocabulary]`.
    pub(super) fn finish(
        self,
        inputs: &[(&str, &[&str])],
        vocabulary: usize,
        domains: &[&str],
        metadata: &[(&str, String)],
    ) -> Graph {
        let name = |name: &&str| Dimension::Name((*name).to_owned());
        let input = |(input, dimensions): &(&str, &[&str])| {
            value(input, INT64, dimensions.iter().map(name).collect())
        };
        let logits = vec![name(&"asked"), Dimension::Length(length(vocabulary))];
        let domain = |domain: &&str| OperatorSetIdProto {
            domain: (*domain).to_owned(),
            version: 1,
        };
        let onnx = OperatorSetIdProto {
            domain: String::new(),
            version: OPSET,
        };
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: "mouthpiece".to_owned(),
            graph: Some(GraphProto {
                node: self.nodes,
                name: "masked_model".to_owned(),
                initializer: self.initializers,
                input: inputs.iter().map(input).collect(),
                output: vec![value(OUTPUT, FLOAT, logits)],
            }),
            opset_import: [onnx]
                .into_iter()
                .chain(domains.iter().map(domain))
                .collect(),
            metadata_props: metadata
                .iter()
                .map(|(key, text)| entry(key, text))
                .collect(),
        };
        Graph {
            model: model.encode_to_vec(),
            weights: self.weights,
        }
    }
}

fn attribute_proto(name: &str, value: Attribute) -> AttributeProto {
    let empty = AttributeProto {
        name: name.to_owned(),
        ..AttributeProto::default()
    };
    match value {
        Attribute::Float(f) => AttributeProto {
            f: Some(f),
            kind: ATTRIBUTE_FLOAT,
            ..empty
        },
        Attribute::Int(i) => AttributeProto {
            i: Some(i),
            kind: ATTRIBUTE_INT,
            ..empty
        },
        Attribute::Ints(ints) => AttributeProto {
            ints,
            kind: ATTRIBUTE_INTS,
            ..empty
        },
        Attribute::Text(text) => AttributeProto {
            s: Some(text.as_bytes().to_vec()),
            kind: ATTRIBUTE_STRING,
            ..empty
        },
    }
}

fn value(name: &str, elem_type: i32, dimensions: Vec<Dimension>) -> ValueInfoProto {
    let dimension = |value| DimensionProto { value: Some(value) };
    let shape = TensorShapeProto {
        dim: dimensions.into_iter().map(dimension).collect(),
    };
    ValueInfoProto {
        name: name.to_owned(),
        kind: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type,
                shape: Some(shape),
            }),
        }),
    }
}

fn entry(key: &str, value: &str) -> StringStringEntryProto {
    StringStringEntryProto {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn lengths(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|&n| length(n)).collect()
}

fn length(n: usize) -> i64 {
    i64::try_from(n).expect("a tensor in memory has far fewer numbers")
}
