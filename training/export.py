"""Turns a Hugging Face BertForMaskedLM folder into a model folder that Mouthpiece can load.

    python training/export.py FOLDER OUT --name NAME [--origin TEXT] [--licence SPDX] [--heldout TEXT.xz] [--reference FILE]

FOLDER holds config.json, model.safetensors and tokenizer.json. OUT receives both graphs (model.fp32.onnx is exact,
model.int8.onnx is small and fast), tokenizer.json, and the card: card.json for the program and MODEL.md for people, with
what was measured: the exact graph against PyTorch, and the small one, which only the program can run, against the exact
one by `mouthpiece compare`. With --reference, PyTorch's answers to SENTENCES go to FILE; the tests hold the
program against them.
"""

import argparse
import hashlib
import json
import lzma
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # Before the import, which sends usage data otherwise.

import numpy as np
import onnxruntime
import torch
from bert_graph import Bert
from packed_graph import PackedBert
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from transformers import BertForMaskedLM
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()

HERE = pathlib.Path(__file__).resolve().parent
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MASKED_SHARE, MOST_TOKENS = 0.15, 126


def read_model(folder, half=False):
    """The weights as float32 by name, and the configuration; says what is wrong with a folder that is not such a model."""
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        if not (folder / name).is_file():
            sys.exit(f"{folder} has no {name}; it must hold a saved BertForMaskedLM with its fast tokenizer")
    config = json.loads((folder / "config.json").read_text())
    wanted = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    for key, value in wanted.items():
        if config.get(key, value) != value:
            sys.exit(f"{folder}/config.json says {key} = {config[key]!r}; only {value!r} is supported")
    weights = {
        key: value.astype(np.float32)
        for key, value in load_file(folder / "model.safetensors").items()
        if value.dtype.kind == "f"
    }
    if "cls.predictions.transform.dense.weight" not in weights:
        sys.exit(f"{folder}/model.safetensors has no masked-language-model head (cls.predictions.*)")
    if half:
        weights = {name: value.astype(np.float16).astype(np.float32) for name, value in weights.items()}
    tied = weights.get("cls.predictions.decoder.weight")
    if tied is not None and not np.array_equal(tied, weights["bert.embeddings.word_embeddings.weight"]):
        sys.exit(f"{folder}: the decoder is not tied to the word embeddings; only tied models are supported")
    return weights, config


def read_tokenizer(folder, vocabulary):
    """The tokenizer with truncation and padding off, which sentence encoders leave on."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    missing = [token for token in SPECIAL if tokenizer.token_to_id(token) is None]
    if missing or tokenizer.get_vocab_size() != vocabulary:
        sys.exit(
            f"{folder}/tokenizer.json: {tokenizer.get_vocab_size()} pieces for {vocabulary} embeddings, missing {missing or 'none'}"
        )
    return tokenizer


class Runtime:
    """The exact graph in ONNX Runtime."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def logits(self, ids, at):
        """Logits [len(at), vocabulary] of `ids` [batch, length], zero where padded, at flat indices."""
        feed = {"input_ids": ids, "attention_mask": (ids != 0).astype(np.int64), "positions": np.asarray(at, np.int64)}
        return self.session.run(None, feed)[0]


def torch_model(folder, weights):
    """The same weights in PyTorch."""
    model = BertForMaskedLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", use_cache=False
    ).eval()
    model.load_state_dict(
        {name: torch.from_numpy(value) for name, value in weights.items() if name in model.state_dict()}, strict=False
    )
    return model


def torch_logits(model, ids, at):
    """The same from PyTorch."""
    with torch.no_grad():
        hidden = model.bert(
            input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy((ids != 0).astype(np.int64))
        ).last_hidden_state
        return model.cls(hidden.reshape(-1, hidden.shape[-1])[torch.as_tensor(at)]).numpy()


def masked_texts(tokenizer, path, special):
    """Held-out paragraphs as (ids [1, length], masked columns, what stood there), 15 % masked from a fixed seed."""
    rng, texts = np.random.default_rng(7), []
    for row in held_out_rows(tokenizer, path, special):
        at = 1 + np.flatnonzero(rng.random(row.shape[1] - 2) < MASKED_SHARE)
        if len(at):
            truth = row[0, at].copy()
            row[0, at] = special["[MASK]"]
            texts.append((row, at, truth))
    return texts


def held_out_rows(tokenizer, path, special):
    """Held-out paragraphs as ids [1, length] between [CLS] and [SEP]; none is shorter than a dozen words."""
    for line in lzma.open(path, "rt"):
        ids = tokenizer.encode(line.strip(), add_special_tokens=False).ids[:MOST_TOKENS]
        if len(ids) >= 12:
            yield np.array([[special["[CLS]"], *ids, special["[SEP]"]]], np.int64)


def log_softmax(x):
    x = x.astype(np.float64)
    peak = x.max(-1, keepdims=True)
    return x - peak - np.log(np.exp(x - peak).sum(-1, keepdims=True))


def compare(model, runtime, texts):
    """How far the graph is from PyTorch, one unpadded sequence a call."""
    worst = agree = right = right_torch = count = 0
    divergence = loss = loss_torch = 0.0
    for ids, at, truth in texts:
        theirs, ours = torch_logits(model, ids, at), runtime.logits(ids, at)
        p, q = log_softmax(theirs), log_softmax(ours)
        rows = np.arange(len(at))
        worst = max(worst, float(np.abs(theirs - ours).max()))
        agree += int((theirs.argmax(-1) == ours.argmax(-1)).sum())
        right, right_torch = (
            right + int((ours.argmax(-1) == truth).sum()),
            right_torch + int((theirs.argmax(-1) == truth).sum()),
        )
        divergence += float((np.exp(p) * (p - q)).sum())
        loss, loss_torch, count = (
            loss - float(q[rows, truth].sum()),
            loss_torch - float(p[rows, truth].sum()),
            count + len(at),
        )
    return {
        "masked_positions": count,
        "largest_logit_difference": round(worst, 6),
        "same_top_1": round(agree / count, 4),
        "mean_kl_nats": round(divergence / count, 6),
        "top_1_accuracy": round(right / count, 4),
        "top_1_accuracy_pytorch": round(right_torch / count, 4),
        "loss_nats": round(loss / count, 4),
        "loss_nats_pytorch": round(loss_torch / count, 4),
    }


def batch_invariant(runtime, special):
    """Whether a row's logits are the same bits alone, among others and in another order (all of one length)."""
    rng, vocabulary = np.random.default_rng(3), runtime.session.get_outputs()[0].shape[-1]
    for length in (16, 32, 48, 64):
        ids = rng.integers(min(1000, vocabulary // 2), min(20000, vocabulary), (12, length))
        ids[:, 0], ids[:, 3], ids[:, -1] = special["[CLS]"], special["[MASK]"], special["[SEP]"]
        ids[::3, -5:] = 0
        alone = np.concatenate([runtime.logits(ids[row : row + 1], [3]) for row in range(12)])
        order = rng.permutation(12)
        together, shuffled = (
            runtime.logits(ids, np.arange(12) * length + 3),
            runtime.logits(ids[order], np.arange(12) * length + 3),
        )
        if not (np.array_equal(alone, together) and np.array_equal(alone[order], shuffled)):
            return False
    return True


def compare_small(program, out, texts, *options):
    """What `mouthpiece compare` says of the small graph in `out`."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as probes:
        for ids, at, truth in texts:
            probes.write(json.dumps({"ids": ids[0].tolist(), "asked": at.tolist(), "truth": truth.tolist()}) + "\n")
        probes.flush()
        environment = os.environ | {"MOUTHPIECE__MODEL__FOLDER": str(out.resolve())}
        result = subprocess.run(
            [program, "compare", *options, probes.name], env=environment, stdout=subprocess.PIPE, check=True
        )
    figures = json.loads(result.stdout)
    return {
        key: round(value, 6 if key == "mean_kl_nats" else 4) if isinstance(value, float) else value
        for key, value in figures.items()
    }


def write_reference(model, tokenizer, special, path):
    """PyTorch's five best tokens at every mask of the sentences that lie beside the tests."""
    sentences = [line for line in path.with_suffix(".txt").read_text().splitlines() if line]
    answers = []
    for sentence in sentences:
        ids = np.array([tokenizer.encode(sentence).ids], np.int64)
        masks = []
        at = np.flatnonzero(ids[0] == special["[MASK]"])
        for row in log_softmax(torch_logits(model, ids, at)):
            best = np.argsort(-row)[:5]
            masks.append([{"token": tokenizer.id_to_token(int(i)), "probability": float(np.exp(row[i]))} for i in best])
        answers.append({"text": sentence, "masks": masks})
    path.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_graphs(out, stem, weights, config, metadata):
    """Both graphs of a model or a student, and their entries for the card."""
    graphs = {}
    for kind, graph in (("int8", PackedBert), ("fp32", Bert)):
        path = out / f"{stem}.{kind}.onnx"
        path.write_bytes(graph(weights, config).model(metadata | {"kind": kind}).SerializeToString(deterministic=True))
        graphs[kind] = {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}
    return graphs


def write_card(out, card):
    """The card for the program."""
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n")


def write_readme(out, card):
    """The card for people."""

    def row(label, key):
        return f"| {label} | " + " | ".join(str(graph["figures"][key]) for graph in card["graphs"].values()) + " |"

    rows = [
        ("largest logit difference", "largest_logit_difference"),
        ("same top-1", "same_top_1"),
        ("mean KL, nats", "mean_kl_nats"),
        ("top-1 accuracy", "top_1_accuracy"),
        ("loss, nats", "loss_nats"),
        ("same bits alone and in a batch", "batch_invariant"),
    ]
    first = card["graphs"]["fp32"]["figures"]
    names, files = list(card["graphs"]), [g["file"] for g in card["graphs"].values()]
    text = [
        f"# {card['name']}",
        "",
        card["summary"],
        "",
        f"Origin: {card['origin']}",
        "",
        f"Licence of the weights: {card['licence']}.",
        "",
        f"{card['layers']} layers, hidden size {card['hidden']}, {card['vocabulary']} word pieces, at most {card['max_tokens']} tokens.",
        "",
        "| | " + " | ".join(names) + " |",
        "|---|" + "---|" * len(names),
        "| file | " + " | ".join(f"`{f}`" for f in files) + " |",
        "| bytes | " + " | ".join(str(g["bytes"]) for g in card["graphs"].values()) + " |",
        "| sha256 | " + " | ".join(f"`{g['sha256']}`" for g in card["graphs"].values()) + " |",
        *[row(*pair) for pair in rows],
        "",
        f"Measured by `training/export.py` on {first['masked_positions']} masked positions ({MASKED_SHARE:.0%}) of held-out text, one sequence",
        "a call; differences of fp32 are from PyTorch, those of int8 from fp32. PyTorch in float32 has top-1 accuracy",
        f"{first['top_1_accuracy_pytorch']} and loss {first['loss_nats_pytorch']} there.",
        "",
    ]
    (out / "MODEL.md").write_text("\n".join(text))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--summary", default="A BERT masked language model.")
    parser.add_argument("--origin", default="not stated")
    parser.add_argument("--licence", default="not stated")
    parser.add_argument(
        "--program",
        default=HERE.parent / "target/release/mouthpiece",
        help="the built program, which measures the small graph",
    )
    parser.add_argument("--heldout", type=pathlib.Path, default=HERE / "data" / "heldout-sample.txt.xz")
    parser.add_argument(
        "--half", action="store_true", help="round the weights to float16 first, which halves the exact graph's file"
    )
    parser.add_argument(
        "--reference", type=pathlib.Path, help="write PyTorch's answers to the sentences in the .txt file beside it"
    )
    a = parser.parse_args()

    weights, config = read_model(a.folder, a.half)
    if config.get("is_decoder"):
        sys.exit(f"{a.folder} is a student; add it to the model folder of its teacher with training/export_student.py")
    vocabulary, hidden = weights["bert.embeddings.word_embeddings.weight"].shape
    tokenizer = read_tokenizer(a.folder, vocabulary)
    special = {token: tokenizer.token_to_id(token) for token in SPECIAL}
    model = torch_model(a.folder, weights)
    texts = masked_texts(tokenizer, a.heldout, special)

    a.out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(a.out / "tokenizer.json"), pretty=False)
    card = {
        "name": a.name,
        "summary": a.summary,
        "origin": a.origin,
        "licence": a.licence,
        "layers": config["num_hidden_layers"],
        "hidden": hidden,
        "vocabulary": vocabulary,
        "max_tokens": config["max_position_embeddings"],
        "tokenizer": {"file": "tokenizer.json", "sha256": sha256(a.out / "tokenizer.json")},
    }
    card["graphs"] = write_graphs(a.out, "model", weights, config, {"name": a.name, "max_tokens": card["max_tokens"]})
    write_card(a.out, card)
    exact = Runtime(a.out / "model.fp32.onnx")
    card["graphs"]["fp32"]["figures"] = compare(model, exact, texts) | {
        "batch_invariant": batch_invariant(exact, special)
    }
    card["graphs"]["int8"]["figures"] = compare_small(a.program, a.out, texts)
    write_card(a.out, card)
    print(json.dumps(card["graphs"], indent=1))
    write_readme(a.out, card)
    if a.reference:
        write_reference(model, tokenizer, special, a.reference)
    if card["graphs"]["fp32"]["figures"]["same_top_1"] < 0.999:
        sys.exit("the fp32 graph does not agree with PyTorch; nothing that was written should be used")


if __name__ == "__main__":
    main()
