"""BERT folders as Hugging Face writes them: loading one with its masked-LM head, asking it, and saving it.

Attention is *eager*: the fused kernel's backward pass in bf16 is slower on a CPU. A causal student (student.py) is such a
folder, too, whose configuration says `is_decoder`.
"""

import json
import os
import pathlib
import shutil
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from transformers import BertConfig, BertForMaskedLM
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()


def load(folder):
    """The model in float32 and without dropout; a folder without a masked-LM head gets a new one, tied to the embeddings."""
    folder = pathlib.Path(folder)
    if not (folder / "config.json").is_file():
        sys.exit(f"{folder} is no Hugging Face model folder: it has no config.json")
    config = json.loads((folder / "config.json").read_text())
    if config.get("model_type") != "bert":
        sys.exit(
            f"{folder}/config.json says model_type = {config.get('model_type')!r}; only 'bert' can be trained here"
        )
    config = BertConfig.from_pretrained(folder, tie_word_embeddings=True, attn_implementation="eager", use_cache=False)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    try:
        model, told = BertForMaskedLM.from_pretrained(
            folder, config=config, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(f"{folder} cannot be loaded: {error}")
    model.tie_weights()
    new = [name for name in told["missing_keys"] if "decoder" not in name and "position_ids" not in name]
    if any(name.startswith("bert.") for name in new):
        sys.exit(f"{folder} lacks weights of its encoder: {', '.join(new[:3])} …")
    if new:
        print(f"{folder} has no masked-LM head; a new one is trained")
    return model


def logits(model, seen, attended, at, words=None):
    """Logits [len(at), vocabulary] at flat positions of `seen`: the vocabulary costs as much as the encoder, so no more than is asked.

    Of the vocabulary only `words` [n], if they are given; then the logits are [len(at), n].
    """
    hidden = model.bert(input_ids=seen, attention_mask=attended).last_hidden_state
    hidden = hidden.reshape(-1, hidden.shape[-1])[at]
    if words is None:
        return model.cls(hidden).float()
    head = model.cls.predictions
    table = torch.nn.functional.embedding(words, model.bert.embeddings.word_embeddings.weight)
    return torch.nn.functional.linear(head.transform(hidden), table, head.bias[words]).float()


def loss(model, seen, attended, at, wanted, candidates):
    """The cross-entropy [len(at)] with the tokens `wanted`, among what `candidates` (of Candidates.of) says."""
    if candidates is None:
        return torch.nn.functional.cross_entropy(
            logits(model, seen, attended, at), torch.from_numpy(wanted), reduction="none"
        )
    words, offset, place = map(torch.from_numpy, candidates)
    return torch.nn.functional.cross_entropy(logits(model, seen, attended, at, words) + offset, place, reduction="none")


def save(model, weights, folder, tokenizer):
    """Writes `weights` as a folder, which is either the old one or the new one whenever the process dies."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    model.save_pretrained(fresh, state_dict=weights)
    shutil.copyfile(tokenizer, fresh / "tokenizer.json")
    if folder.exists():
        old = folder.with_name(folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        os.replace(folder, old)
        os.replace(fresh, folder)
        shutil.rmtree(old)
    else:
        os.replace(fresh, folder)
