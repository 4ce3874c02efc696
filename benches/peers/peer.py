"""The contenders of benches/compare.py that are written in Python: peer.py KIND FOLDER SENTENCES."""

import json
import os
import pathlib
import sys
import time

import numpy as np
from tokenizers import Tokenizer

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # Before the import, which sends usage data otherwise.

MASK, ROOT = 103, pathlib.Path(__file__).resolve().parents[2]


def pipeline(folder, sentences):
    import torch
    from transformers import pipeline

    torch.set_num_threads(1)
    fill = pipeline("fill-mask", model=str(folder), tokenizer=str(folder), top_k=5)

    def run(texts):
        answers = fill(texts, batch_size=len(texts))
        return [answer[0]["token_str"] for answer in (answers if len(texts) > 1 else [answers])]

    return run


def tokens(tokenizer, texts):
    """Ids [rows, longest], zero where padded, and where each row's mask is."""
    encoded = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    ids = np.zeros((len(encoded), max(map(len, encoded))), np.int64)
    for row, values in zip(ids, encoded):
        row[: len(values)] = values
    return ids, (ids == MASK).argmax(1) + np.arange(len(ids)) * ids.shape[1]


def words(tokenizer, logits):
    """The best of the five best words of each row of logits."""
    five = np.argpartition(-logits, 5, axis=1)[:, :5]
    best = five[np.arange(len(five)), np.take_along_axis(logits, five, 1).argmax(1)]
    return [tokenizer.id_to_token(int(token)) for token in best]


def torch_model(dtype):
    def make(folder, sentences):
        import torch
        from transformers import BertForMaskedLM

        torch.set_num_threads(1)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        model = BertForMaskedLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()

        def run(texts):
            ids, at = tokens(tokenizer, texts)
            with torch.inference_mode():
                ids = torch.from_numpy(ids)
                hidden = model.bert(input_ids=ids, attention_mask=(ids != 0).long()).last_hidden_state
                logits = model.cls(hidden.reshape(-1, hidden.shape[-1])[torch.from_numpy(at)]).float()
                best = logits.topk(5).indices[:, 0]
            return [tokenizer.id_to_token(int(token)) for token in best]

        return run

    return make


def session(model):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Without this fusion int8 is 12 to 23 % faster.
    options.add_session_config_entry("optimization.disable_specified_optimizers", "SkipLayerNormFusion")
    return onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"]
    )


def runtime(kind, alone=False):
    def make(folder, sentences):
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        graph = ROOT / "models/mouthpiece-mini/model.fp32.onnx"
        if kind == "int8":
            graph = quantised(graph, folder / "dynamic.onnx")
        model = session(graph)

        def once(texts):
            ids, at = tokens(tokenizer, texts)
            feed = {"input_ids": ids, "attention_mask": (ids != 0).astype(np.int64), "positions": at}
            return words(tokenizer, model.run(None, feed)[0])

        return (lambda texts: [word for text in texts for word in once([text])]) if alone else once

    return make


def quantised(graph, out):
    """What onnxruntime's own tool makes of the exact graph: int8 per channel, with scales taken over the whole batch."""
    if not out.exists():
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic

        model = onnx.load(graph)
        widened = {}
        for node in list(model.graph.node):  # the tool looks for float constants
            if node.op_type == "Cast" and any(c.name == node.input[0] for c in model.graph.initializer):
                widened[node.output[0]] = node.input[0]
                model.graph.node.remove(node)
        for node in model.graph.node:
            node.input[:] = [widened.get(name, name) for name in node.input]
        for constant in model.graph.initializer:
            if constant.name in widened.values():
                constant.CopyFrom(
                    onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(constant).astype(np.float32), constant.name)
                )
        transposed(model)
        plain = out.with_suffix(".plain.onnx")
        onnx.save(model, plain)
        quantize_dynamic(plain, out, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])
    return out


def transposed(model):
    """The decoder as a constant of its own, since the tool does not quantise what is transposed on the way."""
    import onnx

    constants = {constant.name: constant for constant in model.graph.initializer}
    for node in list(model.graph.node):
        if node.op_type == "Transpose" and node.input[0] in constants:
            value = np.ascontiguousarray(onnx.numpy_helper.to_array(constants[node.input[0]]).T)
            model.graph.initializer.append(onnx.numpy_helper.from_array(value, node.output[0]))
            model.graph.node.remove(node)


def limit():
    """The most integer operations a second of ONNX Runtime's product, over shapes of the model and larger ones, in GOP/s."""
    from onnx import TensorProto, helper, numpy_helper

    best = {}
    for rows, depth, columns in (
        (512, 384, 1536),
        (512, 1536, 384),
        (256, 384, 1536),
        (256, 1024, 1024),
        (512, 2048, 2048),
    ):
        weights = numpy_helper.from_array(np.random.default_rng(1).integers(-127, 128, (depth, columns), np.int8), "b")
        zero = numpy_helper.from_array(np.array(128, np.uint8), "z")
        graph = helper.make_graph(
            [helper.make_node("MatMulInteger", ["a", "b", "z"], ["y"])],
            "g",
            [helper.make_tensor_value_info("a", TensorProto.UINT8, [rows, depth])],
            [helper.make_tensor_value_info("y", TensorProto.INT32, [rows, columns])],
            [weights, zero],
        )
        model = session(
            helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10).SerializeToString()
        )
        feed = {"a": np.random.default_rng(2).integers(0, 256, (rows, depth), np.uint8)}
        times = []
        for _ in range(40):
            begun = time.perf_counter()
            model.run(None, feed)
            times.append(time.perf_counter() - begun)
        best[f"{rows}x{depth}x{columns}"] = round(2 * rows * depth * columns / sorted(times)[20] / 1e9)
    return best


KINDS = {
    "pipeline": pipeline,
    "torch-fp32": torch_model("float32"),
    "torch-bf16": torch_model("bfloat16"),
    "ort-fp32": runtime("fp32"),
    "ort-int8": runtime("int8"),
    "ort-int8-alone": runtime("int8", alone=True),
}


def main():
    kind, folder, path = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    if kind == "limit":
        print(json.dumps(limit()))
        return
    sentences = path.read_text().splitlines()
    run = KINDS[kind](folder, sentences)
    print("ready", flush=True)
    for line in sys.stdin:
        batch, reps = map(int, line.split())
        begun, best = time.perf_counter(), []
        for _ in range(reps):
            best = run(sentences[:batch])
        print(time.perf_counter() - begun, *best, flush=True)


if __name__ == "__main__":
    main()
