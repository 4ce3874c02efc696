"""Other ways to make the exact graph small, held against it: python benches/formulations.py

For each: bytes, how often the best word is the same as that of the exact graph on 15 % masked held-out text (one sequence a
call), mean KL divergence, whether a sequence gets the same bits alone and in a batch of 16, and sequences of 32 tokens a
second on one thread. The program's own graph is measured by `mouthpiece compare` and `benches/pool.rs`, since it runs nowhere
else.
"""

import json
import os
import pathlib
import statistics
import sys
import time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # Before the import, which sends usage data otherwise.

import numpy as np
from tokenizers import Tokenizer

sys.path[:0] = [str(pathlib.Path(__file__).parent / "peers"), str(pathlib.Path(__file__).parents[1] / "training")]
from export import SPECIAL, log_softmax, masked_texts  # noqa: E402
from peer import ROOT, quantised, session  # noqa: E402

MODEL, OUT = ROOT / "models/mouthpiece-mini", ROOT / "target/bench/hf"


def nbits(plain, out):
    """onnxruntime's weight-only quantisation to 8 bits in blocks of 32, with int8 arithmetic."""
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    quantizer = MatMulNBitsQuantizer(onnx.load(plain), bits=8, block_size=32, is_symmetric=True, accuracy_level=4)
    quantizer.process()
    quantizer.model.save_model_to_file(str(out), False)
    return out


def logits(model, ids, at):
    return model.run(
        None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "positions": np.asarray(at, np.int64)}
    )[0]


def speed(models, rows):
    """Sequences a second of each, in turns."""
    ids = np.random.default_rng(1).integers(1000, 20000, (rows, 32))
    at, rates = np.arange(rows) * 32 + 16, {name: [] for name in models}
    for _ in range(7):
        for name, model in models.items():
            begun, count = time.perf_counter(), 0
            while time.perf_counter() - begun < 0.5:
                logits(model, ids, at)
                count += rows
            rates[name].append(count / (time.perf_counter() - begun))
    return {name: round(statistics.median(values)) for name, values in rates.items()}


def main():
    graphs = {"fp32": MODEL / "model.fp32.onnx"}
    graphs["int8 dynamic, per channel"] = quantised(graphs["fp32"], OUT / "dynamic.onnx")
    graphs["MatMulNBits, 8 bits"] = nbits(OUT / "dynamic.plain.onnx", OUT / "nbits.onnx")
    models = {name: session(path) for name, path in graphs.items()}
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    special = {token: tokenizer.token_to_id(token) for token in SPECIAL}
    texts = masked_texts(tokenizer, ROOT / "training/data/heldout-sample.txt.xz", special)
    alone, batched = speed(models, 1), speed(models, 16)
    many = np.random.default_rng(2).integers(1000, 20000, (16, 32))
    for name, model in models.items():
        agree = divergence = count = 0
        for ids, at, _ in texts:
            p, q = log_softmax(logits(models["fp32"], ids, at)), log_softmax(logits(model, ids, at))
            agree += int((p.argmax(-1) == q.argmax(-1)).sum())
            divergence, count = divergence + float((np.exp(p) * (p - q)).sum()), count + len(at)
        together = logits(model, many, np.arange(16) * 32 + 16)
        same = all(np.array_equal(together[row], logits(model, many[row : row + 1], [16])[0]) for row in range(16))
        print(
            json.dumps(
                {
                    "graph": name,
                    "megabytes": round(graphs[name].stat().st_size / 1e6, 1),
                    "same_best": round(agree / count, 4),
                    "kl": round(divergence / count, 5),
                    "same_bits_in_a_batch": same,
                    "alone": alone[name],
                    "batches_of_16": batched[name],
                }
            )
        )


if __name__ == "__main__":
    main()
