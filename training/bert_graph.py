"""Writes a BERT masked language model as an ONNX graph, node by node.

The graph takes token ids and answers with logits at the asked positions only, because the projection onto the
vocabulary costs as much as the whole encoder does for one token:

    input_ids       int64 [batch, length]
    attention_mask  int64 [batch, length]     1 for a token, 0 for padding
    positions       int64 [asked]             flat indices row * length + column into [batch, length]
    logits          float [asked, vocabulary]

Activations are kept as rows [batch * length, hidden]; only attention looks at them as [batch, length, ...].
Token type 0 is added to the position table, since a masked language model of one segment never uses another.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
MICROSOFT = "com.microsoft"
LEVELS = 127  # of a signed 8-bit weight or activation on either side of zero


def quantise_columns(matrix):
    """Symmetric int8 per column of [in, out]: the whole numbers and one scale a column."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / LEVELS
    return np.clip(np.rint(matrix / scale), -LEVELS, LEVELS).astype(np.int8), scale.astype(np.float32)


class Graph:
    """A list of nodes and constants under construction; every method adds to it and returns the name of its result."""

    def __init__(self):
        self.nodes, self.constants, self.count = [], {}, 0

    def op(self, kind, *inputs, domain="", **attributes):
        self.count += 1
        out = f"{kind.lower()}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], name=out, domain=domain, **attributes))
        return out

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


class Bert:
    """The nodes of one BERT. `weights` are float32 arrays by their Hugging Face names."""

    def __init__(self, weights, config, int8):
        self.g, self.w, self.config, self.int8 = Graph(), weights, config, int8
        self.heads = config["num_attention_heads"]
        self.hidden = config["hidden_size"]

    def norm(self, x, name):
        return self.g.op("LayerNormalization", x, self.g.floats(name + ".weight", self.w[name + ".weight"]),
                         self.g.floats(name + ".bias", self.w[name + ".bias"]), axis=-1, epsilon=self.config["layer_norm_eps"])

    def rows_to_int8(self, x):
        """One scale a row, so that a row's numbers depend on nothing else in the batch: the whole numbers and the scales.

        Unsigned with a zero point of 128, because the runtime has no fast kernel for signed times signed. Handing the
        scales to QuantizeLinear as an axis saves the pass that a division by them would take (3 to 6 % of a step).
        """
        g = self.g
        peak = g.op("ReduceMax", g.op("Abs", x), g.ints(-1), keepdims=0)
        scale = g.op("Max", g.op("Mul", peak, g.scalar(1 / LEVELS)), g.scalar(1e-9))
        zero = g.op("Expand", g.scalar(128, np.uint8), g.op("Shape", scale))
        return g.op("QuantizeLinear", x, scale, zero, axis=0), g.op("Unsqueeze", scale, g.ints(-1))

    def times_int8(self, rows, name, table, scale):
        """`rows` times an int8 matrix [in, out] with one scale a column."""
        g, (whole, row_scale) = self.g, rows
        product = g.op("MatMulIntegerToFloat", whole, table, g.scalar(1.0), g.constant(name + ".scale", scale),
                       g.scalar(128, np.uint8), domain=MICROSOFT)
        return g.op("Mul", product, row_scale)

    def linear(self, x, name):
        """x · Wᵀ + b. `x` is a row name, or what `rows_to_int8` returned when several matrices share it."""
        g, weight = self.g, self.w[name + ".weight"].T
        if self.int8:
            whole, scale = quantise_columns(weight)
            y = self.times_int8(x if isinstance(x, tuple) else self.rows_to_int8(x), name, g.constant(name + ".int8", whole), scale)
        else:
            y = g.op("MatMul", x, g.floats(name + ".weight", weight))
        return g.op("Add", y, g.floats(name + ".bias", self.w[name + ".bias"]))

    def embeddings(self):
        g, e = self.g, "bert.embeddings."
        places = self.w[e + "position_embeddings.weight"] + self.w[e + "token_type_embeddings.weight"][0]
        if self.int8:
            whole, scale = quantise_columns(self.w[e + "word_embeddings.weight"].T)
            table, scales = g.constant("words.int8", whole.T), g.constant("words.scale", scale)
            words = g.op("Mul", g.op("Cast", g.op("Gather", table, "input_ids"), to=TensorProto.FLOAT),
                         g.op("Unsqueeze", g.op("Gather", scales, "input_ids"), g.ints(-1)))
        else:
            words = g.op("Gather", g.floats("words", self.w[e + "word_embeddings.weight"]), "input_ids")
        length = g.op("Slice", g.op("Shape", "input_ids"), g.ints(1), g.ints(2))
        x = g.op("Add", words, g.op("Slice", g.floats("places", places), g.ints(0), length, g.ints(0)))
        return self.norm(g.op("Reshape", x, g.ints(-1, self.hidden)), e + "LayerNorm")

    def attention(self, x, layer, shape, hide):
        g, name = self.g, layer + "attention."
        rows = self.rows_to_int8(x) if self.int8 else x
        query, key, value = (g.op("Reshape", self.linear(rows, name + "self." + part), shape) for part in ("query", "key", "value"))
        query, value = (g.op("Transpose", part, perm=[0, 2, 1, 3]) for part in (query, value))
        key = g.op("Transpose", key, perm=[0, 2, 3, 1])
        scores = g.op("Div", g.op("MatMul", query, key), g.scalar(np.sqrt(self.hidden // self.heads).astype(np.float32)))
        mixed = g.op("MatMul", g.op("Softmax", g.op("Add", scores, hide), axis=-1), value)
        mixed = g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), g.ints(-1, self.hidden))
        return self.norm(g.op("Add", self.linear(mixed, name + "output.dense"), x), name + "output.LayerNorm")

    def layer(self, x, index, shape, hide):
        g, name = self.g, f"bert.encoder.layer.{index}."
        x = self.attention(x, name, shape, hide)
        wide = g.op("Gelu", self.linear(x, name + "intermediate.dense"))
        return self.norm(g.op("Add", self.linear(wide, name + "output.dense"), x), name + "output.LayerNorm")

    def head(self, x):
        g, name = self.g, "cls.predictions."
        x = g.op("Gather", x, "positions", axis=0)
        x = self.norm(g.op("Gelu", self.linear(x, name + "transform.dense")), name + "transform.LayerNorm")
        if self.int8:
            y = self.times_int8(self.rows_to_int8(x), "words", g.op("Transpose", "words.int8", perm=[1, 0]), None)
        else:
            y = g.op("MatMul", x, g.op("Transpose", g.floats("words", self.w["bert.embeddings.word_embeddings.weight"]), perm=[1, 0]))
        g.nodes.append(helper.make_node("Add", [y, g.floats(name + "bias", self.w[name + "bias"])], ["logits"], name="logits"))

    def model(self, metadata):
        g = self.g
        x = self.embeddings()
        length = g.op("Slice", g.op("Shape", "input_ids"), g.ints(1), g.ints(2))
        shape = g.op("Concat", g.ints(-1), length, g.ints(self.heads, self.hidden // self.heads), axis=0)
        seen = g.op("Cast", g.op("Unsqueeze", "attention_mask", g.ints(1, 2)), to=TensorProto.FLOAT)
        hide = g.op("Mul", g.op("Sub", seen, g.scalar(1.0)), g.scalar(1e9))
        for index in range(self.config["num_hidden_layers"]):
            x = self.layer(x, index, shape, hide)
        self.head(x)
        vocabulary = len(self.w["bert.embeddings.word_embeddings.weight"])
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, dims) for name, dims in
                  (("input_ids", ["batch", "length"]), ("attention_mask", ["batch", "length"]), ("positions", ["asked"]))]
        output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["asked", vocabulary])
        graph = helper.make_graph(g.nodes, "bert", inputs, [output], list(g.constants.values()))
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="mouthpiece")
        helper.set_model_props(model, {key: str(value) for key, value in metadata.items()})
        onnx.checker.check_model(model)
        return model
