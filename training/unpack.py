"""Turns a model folder back into a Hugging Face BertForMaskedLM folder, to train on from it or to compare with others.

    python training/unpack.py MODEL OUT [--student]

MODEL holds model.fp32.onnx, card.json and tokenizer.json as export.py writes them; --student takes its student.fp32.onnx instead,
as a causal folder. Token types were added to the places there, so those of the result are zero.
"""

import argparse
import json
import pathlib
import shutil
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

EMBEDDINGS = "bert.embeddings."


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--student", action="store_true", help="the student of the model instead of the model")
    a = parser.parse_args()
    source, out = a.model, a.out
    card = json.loads((source / "card.json").read_text())
    if a.student and "student" not in card:
        sys.exit(f"{source} has no student")
    model = onnx.load(source / ("student.fp32.onnx" if a.student else "model.fp32.onnx"))
    held = {
        constant.name: numpy_helper.to_array(constant).astype(np.float32)
        for constant in model.graph.initializer
        if constant.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
    }
    weights = {
        name: value.T if name.endswith(".weight") and value.ndim == 2 else value
        for name, value in held.items()
        if name.startswith(("bert.", "cls."))
    }
    weights[EMBEDDINGS + "word_embeddings.weight"], weights[EMBEDDINGS + "position_embeddings.weight"] = (
        held["words"],
        held["places"],
    )
    hidden = held["words"].shape[1]
    weights[EMBEDDINGS + "token_type_embeddings.weight"] = np.zeros((2, hidden), np.float32)
    pairs = [
        numpy_helper.to_array(c) for c in model.graph.initializer if c.name.startswith("ints_") and list(c.dims) == [2]
    ]
    heads = next(
        int(a) for a, b in pairs if a > 0 and a * b == hidden
    )  # the shape of attention: heads, columns of each
    wide = weights["bert.encoder.layer.0.intermediate.dense.weight"].shape[0]
    epsilon = next(
        a.f
        for node in model.graph.node
        if node.op_type == "LayerNormalization"
        for a in node.attribute
        if a.name == "epsilon"
    )
    config = {
        "architectures": ["BertForMaskedLM"],
        "model_type": "bert",
        "vocab_size": card["vocabulary"],
        "hidden_size": hidden,
        "num_hidden_layers": (card["student"] if a.student else card)["layers"],
        "is_decoder": a.student,
        "num_attention_heads": heads,
        "intermediate_size": wide,
        "hidden_act": "gelu",
        "max_position_embeddings": card["max_tokens"],
        "type_vocab_size": 2,
        "layer_norm_eps": epsilon,
        "pad_token_id": 0,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "initializer_range": 0.02,
        "position_embedding_type": "absolute",
    }
    out.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: np.ascontiguousarray(value) for name, value in weights.items()},
        out / "model.safetensors",
        metadata={"format": "pt"},
    )
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    shutil.copy(source / "tokenizer.json", out / "tokenizer.json")


if __name__ == "__main__":
    main()
