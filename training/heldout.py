"""Measures of a model on held-out rows; each is the mean over tokens, from a fixed seed, so that models are asked the same.

    mask 15 % … 70 %   cross-entropy and top-1 accuracy of random masks
    suffix             cross-entropy of everything behind the middle, all of it masked
    next               cross-entropy of the first of these, with masks (a causal model: nothing) behind it
    PPPL               exp of the mean negative log-likelihood of every token, each masked alone (Salazar et al. 2020)

A causal model has no masks to fill: it is measured by `suffix` (each token given all before it) and `next` alone.
"""

import math

import bert
import numpy as np
import torch

RATIOS = (0.15, 0.3, 0.5, 0.7)
ROWS_AT_ONCE = 64


def longest_first(rows, count):
    """A fixed sample of row numbers, sorted by length so that little is padded."""
    chosen = np.random.default_rng(5).permutation(len(rows))[:count]
    return chosen[np.argsort(rows.lengths[chosen], kind="stable")]


class Sum:
    """Cross-entropy and hits so far."""

    def __init__(self):
        self.loss, self.hits, self.count = 0.0, 0, 0

    def add(self, logits, wanted):
        self.loss += torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").item()
        self.hits += int((logits.argmax(-1) == wanted).sum())
        self.count += len(wanted)

    def mean(self):
        return self.loss / self.count

    def accuracy(self):
        return self.hits / self.count


def ask(model, rows, seen, x, at, total, shift=0):
    """Adds the answers at the places `at` of `seen`; the answer is `shift` columns further right in `x`."""
    flat = np.flatnonzero(at)
    for part in np.array_split(flat, -(-len(flat) // 2000)) if len(flat) else ():
        wanted = torch.from_numpy(x.reshape(-1)[part + shift])
        total.add(
            bert.logits(
                model,
                torch.from_numpy(seen),
                torch.from_numpy((x != rows.special["pad"]).astype(np.int64)),
                torch.from_numpy(part),
            ),
            wanted,
        )


def masked(model, rows, ratio, count=512):
    """Loss and accuracy with a share of the tokens masked."""
    total, rng, order = Sum(), np.random.default_rng(7), longest_first(rows, count)
    for start in range(0, len(order), ROWS_AT_ONCE):
        x = rows.padded(order[start : start + ROWS_AT_ONCE])
        at = (rng.random(x.shape) < ratio) & is_text(rows, x)
        ask(model, rows, np.where(at, rows.special["mask"], x), x, at, total)
    return total


def suffix(model, rows, count=512):
    """Losses of all tokens behind the middle, and of the first of them."""
    every, first, order = Sum(), Sum(), longest_first(rows, count)
    causal = model.config.is_decoder
    for start in range(0, len(order), ROWS_AT_ONCE):
        x = rows.padded(order[start : start + ROWS_AT_ONCE])
        middles = 1 + rows.lengths[order[start : start + ROWS_AT_ONCE]].astype(np.int64) // 2
        columns = np.arange(x.shape[1])
        behind = (columns >= middles[:, None]) & is_text(rows, x)
        edge = columns == middles[:, None]
        seen = x if causal else np.where(behind, rows.special["mask"], x)
        for at, total in ((behind, every), (edge, first)):
            ask(model, rows, seen, x, np.roll(at, -1, axis=1) if causal else at, total, shift=int(causal))
    return every, first


def pppl(model, rows, count=48):
    """Pseudo-perplexity."""
    total = Sum()
    for index in longest_first(rows, count):
        x = np.repeat(rows.padded(np.array([index])), int(rows.lengths[index]), axis=0)
        at = np.zeros(x.shape, bool)
        at[np.arange(len(x)), 1 + np.arange(len(x))] = True
        ask(model, rows, np.where(at, rows.special["mask"], x), x, at, total)
    return math.exp(total.mean())


def is_text(rows, x):
    return ~np.isin(x, [rows.special[name] for name in ("pad", "start", "end")])


def brief(rows):
    """The few measures that are taken while training."""

    def measure(model):
        every, first = suffix(model, rows, 384)
        return {"suffix": every.mean(), "next": first.mean()} | (
            {} if model.config.is_decoder else {f"{r:.0%}": masked(model, rows, r, 192).mean() for r in (0.15, 0.5)}
        )

    return measure


def full(model, rows, sequences):
    """All measures by name; PPPL on a twelfth as many sequences, since it asks for every token."""
    every, first = suffix(model, rows, sequences)
    measured = {"suffix": every.mean(), "next": first.mean()}
    if not model.config.is_decoder:
        for ratio in RATIOS:
            total = masked(model, rows, ratio, sequences)
            measured |= {f"loss {ratio:.0%}": total.mean(), f"top-1 {ratio:.0%}": total.accuracy()}
        measured["PPPL"] = pppl(model, rows, max(8, sequences // 12))
    return measured
