"""Makes the folders of this folder: a small model of every family with noise in all weights, and PyTorch's answers.

python crates/model/tests/data/make.py

Every folder holds what `save_pretrained` writes, a tokenizer, and reference.json: texts as token ids, and the logits of PyTorch
at all their positions. The folder bert also holds the int8 graph that training/packed_graph.py writes of it.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "training"))

from packed_graph import PackedBert

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "vocab_size": 96,
}
PIECES = 90  # Fewer than the model has rows, as in many published models.
LENGTHS = (11, 6)
WORD_PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "."]
BYTE_PAIRS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "."]


def noisy(model, seed):
    """The model with noise in every parameter, large enough that each of them shows in the logits."""
    generator = torch.Generator().manual_seed(seed)
    seen = set()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.data_ptr() in seen:
                continue
            seen.add(parameter.data_ptr())
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(noise * (0.3 if "orm" in name or "bias" in name else 0.15))
    return model.eval().float()


def reference(model, folder, seed):
    """Texts of random tokens, and the logits of PyTorch."""
    generator = torch.Generator().manual_seed(seed)
    texts = []
    for length in LENGTHS:
        ids = torch.randint(5, PIECES, (1, length), generator=generator)
        with torch.no_grad():
            logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, :, :PIECES]
        rows = [[round(float(x), 5) for x in row] for row in logits]
        texts.append({"ids": ids[0].tolist(), "logits": rows})
    (folder / "reference.json").write_text(json.dumps(texts, separators=(",", ":")) + "\n")


def word_pieces():
    letters = [chr(ord("a") + n) for n in range(26)]
    pieces = WORD_PIECES + letters + ["##" + letter for letter in letters]
    words = ["the", "cat", "sat", "on", "mat", "and", "once", "upon", "time", "old", "man", "went", "home"]
    return (pieces + words + [f"word{n}" for n in range(PIECES)])[:PIECES]


def byte_pairs():
    """A tokenizer of whole words; the graphs of these families are tested on ids."""
    pieces = (BYTE_PAIRS + [f"word{n}" for n in range(PIECES)])[:PIECES]
    return {
        "version": "1.0",
        "added_tokens": [],
        "model": {"type": "WordLevel", "unk_token": "<unk>", "vocab": {piece: n for n, piece in enumerate(pieces)}},
    }


def save(name, model, seed, kept_as=torch.float16):
    """Writes a folder, and the answers of PyTorch when it loads the folder."""
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    noisy(model, seed).to(kept_as).save_pretrained(folder)
    model = type(model).from_pretrained(folder, dtype=torch.float32).eval()
    (folder / "generation_config.json").unlink(missing_ok=True)
    reference(model, folder, seed)
    if model.config.model_type in ("bert", "distilbert", "mpnet"):
        (folder / "vocab.txt").write_text("\n".join(word_pieces()) + "\n")
    else:
        (folder / "tokenizer.json").write_text(json.dumps(byte_pairs(), separators=(",", ":")) + "\n")
    return folder


def export_packed(folder):
    """The int8 graph by the scripts of training/, without the rows that no piece uses."""
    config = json.loads((folder / "config.json").read_text())
    weights = load_file(folder / "model.safetensors")
    for key in ("bert.embeddings.word_embeddings.weight", "cls.predictions.bias"):
        weights[key] = np.ascontiguousarray(weights[key][:PIECES])
    metadata = {"max_tokens": config["max_position_embeddings"], "kind": "int8"}
    model = PackedBert(weights, config).model(metadata)
    (folder / "python.int8.onnx").write_bytes(model.SerializeToString(deterministic=True))


def main():
    t = transformers
    torch.manual_seed(0)
    bert = {**SIZES, "max_position_embeddings": 24, "layer_norm_eps": 1e-5}
    export_packed(save("bert", t.BertForMaskedLM(t.BertConfig(**bert)), 1, torch.float32))
    untied = t.BertConfig(**bert, tie_word_embeddings=False, hidden_act="gelu_new")
    save("bert-untied", t.BertForMaskedLM(untied), 2)
    odd = {**bert, "hidden_size": 30, "num_attention_heads": 3, "intermediate_size": 50, "hidden_act": "relu"}
    save("bert-odd", t.BertForMaskedLM(t.BertConfig(**odd)), 3)
    distilbert = t.DistilBertConfig(
        vocab_size=96, max_position_embeddings=24, n_layers=2, n_heads=2, dim=32, hidden_dim=48
    )
    save("distilbert", t.DistilBertForMaskedLM(distilbert), 4)
    roberta = {**SIZES, "max_position_embeddings": 26, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
    save("roberta", t.RobertaForMaskedLM(t.RobertaConfig(**roberta)), 5)
    save("xlm-roberta", t.XLMRobertaForMaskedLM(t.XLMRobertaConfig(**roberta)), 6)
    save("camembert", t.CamembertForMaskedLM(t.CamembertConfig(**roberta)), 7)
    save("data2vec-text", t.Data2VecTextForMaskedLM(t.Data2VecTextConfig(**roberta)), 8)
    modernbert = t.ModernBertConfig(
        **{**SIZES, "num_hidden_layers": 3},
        max_position_embeddings=24,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=3,
        cls_token_id=2,
        sep_token_id=3,
        local_attention=6,
        global_attn_every_n_layers=2,
        rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": 500.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
        },
    )
    save("modernbert", t.ModernBertForMaskedLM(modernbert), 9)


main()
