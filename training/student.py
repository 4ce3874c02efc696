"""The student: a small causal BERT that writes left to right, made from some of its teacher's layers.

It keeps the teacher's word pieces, embeddings (tied to the output) and head, and evenly chosen layers, whose attention from now
on sees the left only; it has to learn to do with that. Its folder is a BERT folder whose configuration says `is_decoder`.
"""

import copy

import bert
import numpy as np
import torch
from transformers import BertForMaskedLM


def from_teacher(teacher, layers):
    """A causal model of `layers` of the teacher's layers."""
    config = copy.deepcopy(teacher.config)
    chosen = [round(i) for i in np.linspace(0, config.num_hidden_layers - 1, layers)]
    config.num_hidden_layers, config.is_decoder = layers, True
    student = BertForMaskedLM(config)
    weights = {name: value for name, value in teacher.state_dict().items() if ".layer." not in name}
    for index, source in enumerate(chosen):
        old, new = (f"bert.encoder.layer.{number}." for number in (source, index))
        weights |= {
            new + name.removeprefix(old): value for name, value in teacher.state_dict().items() if name.startswith(old)
        }
    student.load_state_dict(weights)
    student.tie_weights()
    return student


def loss(rows, targets, alpha, temperature, predict, candidates):
    """Cross-entropy with the next token; where there are soft targets, `alpha` of it is cross-entropy with these, and all words compete.

    The temperature softens the teacher alone, as Chen et al. found best.
    """

    def loss_of(model, indices, rng):
        x = rows.padded(indices)
        attended = x != rows.special["pad"]
        at, wanted = next_places(x, rows.lengths[indices].astype(np.int64))
        if len(at) > predict:
            kept = np.sort(rng.permutation(len(at))[:predict])
            at, wanted = at[kept], wanted[kept]
        asked = torch.from_numpy(x), torch.from_numpy(attended.astype(np.int64)), torch.from_numpy(at)
        if targets is None or not alpha:
            return bert.loss(model, *asked, wanted, candidates.of(wanted, rng)).mean(), int(attended.sum())
        given = torch.log_softmax(bert.logits(model, *asked), -1)
        hard = -given.gather(1, torch.from_numpy(wanted)[:, None])[:, 0]
        tokens, logits, known = targets.batch(indices, x.shape[1], at)
        soft = torch.softmax(torch.from_numpy(logits) / temperature, -1)
        taught = -(soft * given.gather(1, torch.from_numpy(tokens))).sum(-1)
        return torch.where(torch.from_numpy(known), alpha * taught + (1 - alpha) * hard, hard).mean(), int(
            attended.sum()
        )

    return loss_of


def next_places(x, lengths):
    """Flat places from which a word follows, and that word: `[SEP]` is never asked for, since a row ends anywhere in a text."""
    columns = np.arange(x.shape[1])
    at = np.flatnonzero(columns < lengths[:, None])
    return at, x.reshape(-1)[at + 1]
