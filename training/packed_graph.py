"""Writes a BERT masked language model as the small and fast graph: int8 products, and between them the program's operators.

    input_ids       int64 [tokens]       the sequences of a batch, one behind the other, without padding
    starts          int64 [rows + 1]     where each begins, and where the last ends
    positions       int64 [asked]        indices into input_ids, in the order of the sequences
    logits          float [asked, vocabulary]

Weights have one scale a column. Every row of activations is rounded with a scale of its own, so that its numbers depend
on nothing else in the batch. What runs between the products is one operator each, of the domain `mouthpiece`, which
`crates/model/src/kernels/` implements; so this graph runs in the program only. The last layer works on the asked positions
alone, except for the keys and values that they look at. In a student (`is_decoder`) a token sees what is left of it only.
"""

import numpy as np
from bert_graph import Graph

OURS = "mouthpiece"
LEVELS = 127  # of a signed 8-bit weight on either side of zero
MIDDLE = 128  # the byte that is zero among activations on both sides of it
LOW = 24  # behind gelu, which goes down to -0.17 only: finer steps for what is above


def quantise_columns(matrix):
    """Symmetric int8 per column of [in, out]: the whole numbers and one scale a column."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / LEVELS
    return np.clip(np.rint(matrix / scale), -LEVELS, LEVELS).astype(np.int8), scale.astype(np.float32)


class PackedBert:
    """The nodes of one BERT. `weights` are float32 arrays by their Hugging Face names. Rows are (int8, scales)."""

    def __init__(self, weights, config):
        self.g, self.w, self.config = Graph(), weights, config

    def ours(self, kind, *inputs, results, **attributes):
        return self.g.op(kind, *inputs, results=results, domain=OURS, **attributes)

    def floats(self, name):
        return self.g.floats(name, self.w[name])

    def norm(self, name):
        return (self.floats(name + ".weight"), self.floats(name + ".bias"))

    def product(self, rows, matrix, zero=MIDDLE):
        """The int32 product of rows with an int8 matrix, with the rows' scales. `zero` is zero on the left side."""
        whole, scale = rows
        return self.g.op("MatMulInteger", whole, matrix, self.g.scalar(zero, np.uint8)), scale

    def linear(self, rows, *names, zero=MIDDLE):
        """Products with the matrices of these layers side by side, as (product, rows' scales), and (columns' scales, biases)."""
        whole, scale = quantise_columns(np.concatenate([self.w[name + ".weight"].T for name in names], axis=1))
        bias = np.concatenate([self.w[name + ".bias"] for name in names])
        label = names[0]
        columns = (self.g.floats(label + ".scale", scale), self.g.floats(label + ".bias", bias))
        return self.product(rows, self.g.constant(label + ".int8", whole), zero), columns

    def end_of_sublayer(self, rows, x, name, zero=MIDDLE):
        product, columns = self.linear(rows, name + "dense", zero=zero)
        x, *rows = self.ours(
            "AddNorm", *product, x, *columns, *self.norm(name + "LayerNorm"), results=3, epsilon=self.epsilon
        )
        return x, tuple(rows)

    def layer(self, x, rows, index, every, last):
        g, name = self.g, f"bert.encoder.layer.{index}."
        pairs, pair_columns = self.linear(rows, name + "attention.self.key", name + "attention.self.value")
        asked = every
        if last:
            asked = "positions"
            x, rows = g.op("Gather", x, asked), tuple(g.op("Gather", part, asked) for part in rows)
        queries, query_columns = self.linear(rows, name + "attention.self.query")
        rows = self.ours(
            "Attend",
            *queries,
            *pairs,
            "starts",
            asked,
            *query_columns,
            *pair_columns,
            results=2,
            heads=self.config["num_attention_heads"],
            causal=int(self.config.get("is_decoder", False)),
        )
        x, rows = self.end_of_sublayer(rows, x, name + "attention.output.")
        wide, columns = self.linear(rows, name + "intermediate.dense")
        return self.end_of_sublayer(self.ours("Gelu", *wide, *columns, results=2, zero=LOW), x, name + "output.", LOW)

    def model(self, metadata):
        g, e, head = self.g, "bert.embeddings.", "cls.predictions."
        self.epsilon = self.config["layer_norm_eps"]
        places = self.w[e + "position_embeddings.weight"] + self.w[e + "token_type_embeddings.weight"][0]
        whole, scale = quantise_columns(self.w[e + "word_embeddings.weight"].T)
        words, scales = g.constant("words.int8", whole.T), g.floats("words.scale", scale)
        x, *rows = self.ours(
            "Embed",
            "input_ids",
            "starts",
            words,
            scales,
            g.floats("places", places),
            *self.norm(e + "LayerNorm"),
            results=3,
            epsilon=self.epsilon,
        )
        every = g.op("Range", g.scalar(0, np.int64), g.op("Squeeze", g.op("Shape", "input_ids")), g.scalar(1, np.int64))
        layers = self.config["num_hidden_layers"]
        for index in range(layers):
            x, rows = self.layer(x, rows, index, every, last=index == layers - 1)
        product, columns = self.linear(rows, head + "transform.dense")
        rows = self.ours(
            "GeluNorm", *product, *columns, *self.norm(head + "transform.LayerNorm"), results=2, epsilon=self.epsilon
        )
        logits = self.product(rows, g.op("Transpose", words, perm=[1, 0]))
        g.named("logits", "Dequantise", *logits, scales, self.floats(head + "bias"), domain=OURS)
        return g.model(
            {"input_ids": ["tokens"], "starts": ["ends"], "positions": ["asked"]}, len(scale), metadata, **{OURS: 1}
        )
