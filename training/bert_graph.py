"""Writes a BERT masked language model as an ONNX graph, node by node: the exact graph, in plain operators.

The graph takes token ids and answers with logits at the asked positions only, because the projection onto the
vocabulary costs as much as the whole encoder does for one token:

    input_ids       int64 [batch, length]
    attention_mask  int64 [batch, length]     1 for a token, 0 for padding
    positions       int64 [asked]             flat indices row * length + column into [batch, length]
    logits          float [asked, vocabulary]

A student's graph (`is_decoder` in the configuration) is the same, but every token sees only itself and what is left of it.

Activations are kept as rows [batch * length, hidden]; only attention looks at them as [batch, length, ...].
Token type 0 is added to the position table, since a masked language model of one segment never uses another.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20


class Graph:
    """A list of nodes and constants under construction; every method adds to it and returns the name of its result."""

    def __init__(self):
        self.nodes, self.constants, self.count = [], {}, 0

    def op(self, kind, *inputs, results=1, **attributes):
        """A node with one result, or with several as a tuple."""
        self.count += 1
        name = f"{kind.lower()}_{self.count}"
        outputs = [name] if results == 1 else [f"{name}_{i}" for i in range(results)]
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, name=name, **attributes))
        return name if results == 1 else tuple(outputs)

    def named(self, name, kind, *inputs, **attributes):
        """A node whose result is an output of the graph."""
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))

    def constant(self, name, array):
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def scalar(self, value, dtype=np.float32):
        return self.constant(f"scalar_{np.dtype(dtype).name}_{value}", np.array(value, dtype))

    def ints(self, *values):
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, np.int64))

    def floats(self, name, array):
        """A float constant, kept as float16 in the file where nothing is lost by it; the runtime widens it once, at load."""
        half = array.astype(np.float16)
        if np.array_equal(half.astype(np.float32), array):
            return self.op("Cast", self.constant(name, half), to=TensorProto.FLOAT)
        return self.constant(name, array.astype(np.float32))

    def model(self, inputs, vocabulary, metadata, **domains):
        """The model: `inputs` are the shapes of the int64 inputs by name, the output is logits [asked, vocabulary]."""
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name, shape in inputs.items()]
        output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["asked", vocabulary])
        graph = helper.make_graph(self.nodes, "bert", inputs, [output], list(self.constants.values()))
        opsets = [helper.make_opsetid("", OPSET), *(helper.make_opsetid(*domain) for domain in domains.items())]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="mouthpiece")
        helper.set_model_props(model, {key: str(value) for key, value in metadata.items()})
        onnx.checker.check_model(model)
        return model


class Bert:
    """The nodes of one BERT. `weights` are float32 arrays by their Hugging Face names."""

    def __init__(self, weights, config):
        self.g, self.w, self.config = Graph(), weights, config
        self.heads, self.hidden = config["num_attention_heads"], config["hidden_size"]

    def floats(self, name):
        return self.g.floats(name, self.w[name])

    def norm(self, x, name):
        return self.g.op(
            "LayerNormalization",
            x,
            self.floats(name + ".weight"),
            self.floats(name + ".bias"),
            axis=-1,
            epsilon=self.config["layer_norm_eps"],
        )

    def linear(self, x, name):
        """x · Wᵀ + b."""
        return self.g.op(
            "Add",
            self.g.op("MatMul", x, self.g.floats(name + ".weight", self.w[name + ".weight"].T)),
            self.floats(name + ".bias"),
        )

    def embeddings(self):
        g, e = self.g, "bert.embeddings."
        places = self.w[e + "position_embeddings.weight"] + self.w[e + "token_type_embeddings.weight"][0]
        words = g.op("Gather", g.floats("words", self.w[e + "word_embeddings.weight"]), "input_ids")
        length = g.op("Slice", g.op("Shape", "input_ids"), g.ints(1), g.ints(2))
        x = g.op("Add", words, g.op("Slice", g.floats("places", places), g.ints(0), length, g.ints(0)))
        return self.norm(g.op("Reshape", x, g.ints(-1, self.hidden)), e + "LayerNorm")

    def attention(self, x, layer, shape, hide):
        g, name = self.g, layer + "attention."
        query, key, value = (
            g.op("Reshape", self.linear(x, name + "self." + part), shape) for part in ("query", "key", "value")
        )
        query, value = (g.op("Transpose", part, perm=[0, 2, 1, 3]) for part in (query, value))
        key = g.op("Transpose", key, perm=[0, 2, 3, 1])
        scores = g.op(
            "Div", g.op("MatMul", query, key), g.scalar(np.sqrt(self.hidden // self.heads).astype(np.float32))
        )
        mixed = g.op("MatMul", g.op("Softmax", g.op("Add", scores, hide), axis=-1), value)
        mixed = g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), g.ints(-1, self.hidden))
        return self.norm(g.op("Add", self.linear(mixed, name + "output.dense"), x), name + "output.LayerNorm")

    def layer(self, x, index, shape, hide):
        name = f"bert.encoder.layer.{index}."
        x = self.attention(x, name, shape, hide)
        wide = self.g.op("Gelu", self.linear(x, name + "intermediate.dense"))
        return self.norm(self.g.op("Add", self.linear(wide, name + "output.dense"), x), name + "output.LayerNorm")

    def head(self, x):
        g, name = self.g, "cls.predictions."
        x = g.op("Gather", x, "positions", axis=0)
        x = self.norm(g.op("Gelu", self.linear(x, name + "transform.dense")), name + "transform.LayerNorm")
        words = g.op("Transpose", g.floats("words", self.w["bert.embeddings.word_embeddings.weight"]), perm=[1, 0])
        g.named("logits", "Add", g.op("MatMul", x, words), self.floats(name + "bias"))

    def model(self, metadata):
        g = self.g
        x = self.embeddings()
        length = g.op("Slice", g.op("Shape", "input_ids"), g.ints(1), g.ints(2))
        shape = g.op("Concat", g.ints(-1), length, g.ints(self.heads, self.hidden // self.heads), axis=0)
        seen = g.op("Cast", g.op("Unsqueeze", "attention_mask", g.ints(1, 2)), to=TensorProto.FLOAT)
        if self.config.get("is_decoder"):
            square = g.op("Concat", length, length, axis=0)
            ones = g.op("ConstantOfShape", square, value=numpy_helper.from_array(np.ones(1, np.float32)))
            seen = g.op("Mul", seen, g.op("Trilu", ones, upper=0))
        hide = g.op("Mul", g.op("Sub", seen, g.scalar(1.0)), g.scalar(1e9))
        for index in range(self.config["num_hidden_layers"]):
            x = self.layer(x, index, shape, hide)
        self.head(x)
        inputs = {"input_ids": ["batch", "length"], "attention_mask": ["batch", "length"], "positions": ["asked"]}
        return g.model(inputs, len(self.w["bert.embeddings.word_embeddings.weight"]), metadata)
