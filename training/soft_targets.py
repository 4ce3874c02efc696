"""What a masked teacher thinks of every token of a continuation: its eight best words, computed once and stored.

Chen, Gan, Cheng, Liu & Liu 2020 (Distilling Knowledge Learned in BERT for Text Generation, 2020.acl-main.705): every row is
read seven times, each time with every seventh token of the continuation masked, from another offset. So every token is masked
once, alone among its neighbours, and the teacher answers with both sides in view. The first tokens of a row are the
prompt, which is not asked for.
"""

import pathlib
import sys

import bert
import numpy as np
import torch
from tqdm import tqdm

STRIDE, BEST = 7, 8
ROWS_PER_PART = 256
SHORTEST_PROMPT, LONGEST_PROMPT = 8, 24


def prompt_lengths(rows, indices, seed):
    """How many tokens of each row are the prompt: 8 to 24, at most half of it; the same for a row whenever it is asked."""
    return np.array(
        [
            min(
                int(rows.lengths[i]) // 2,
                int(np.random.default_rng([seed, int(i)]).integers(SHORTEST_PROMPT, LONGEST_PROMPT + 1)),
            )
            for i in indices
        ],
        np.int64,
    )


def continuation_masks(rows, seed):
    """Hides 15 % to 30 % of the continuation: the task the teacher is trained for (C-MLM)."""

    def apply(x, indices, rng):
        starts = 1 + prompt_lengths(rows, indices, seed)
        columns = np.arange(x.shape[1])
        behind = (columns >= starts[:, None]) & (columns <= rows.lengths[indices].astype(np.int64)[:, None])
        asked = behind & (rng.random(x.shape) < rng.uniform(0.15, 0.3, len(x))[:, None])
        return np.where(asked, rows.special["mask"], x), asked

    return apply


def variants(rows, index, prompt):
    """The row once for each offset, masked, and the masked columns of each, as (seen, asked)."""
    x = rows.padded(np.array([index]))[0]
    behind = np.arange(1 + prompt, 1 + int(rows.lengths[index]))
    kept = [behind[offset::STRIDE] for offset in range(STRIDE) if len(behind[offset::STRIDE])]
    seen, asked = np.repeat(x[None], len(kept), axis=0), np.zeros((len(kept), len(x)), bool)
    for row, columns in enumerate(kept):
        seen[row, columns], asked[row, columns] = rows.special["mask"], True
    return seen, asked


def compute(teacher, rows, order, folder, seed, autocast):
    """Writes the soft targets of the rows in `order`, part by part; parts that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, len(order), ROWS_PER_PART)
    for number, start in enumerate(tqdm(starts, desc="soft targets", disable=None)):
        path = folder / f"targets-{number:03}.npz"
        if path.exists():
            continue
        part = order[start : start + ROWS_PER_PART]
        with torch.no_grad(), autocast:
            answers = [
                ask(teacher, rows, int(index), int(prompt))
                for index, prompt in zip(part, prompt_lengths(rows, part, seed))
            ]
        fresh = path.with_suffix(".new.npz")
        np.savez(
            fresh,
            rows=np.asarray(part),
            counts=np.array([len(tokens) for tokens, _ in answers]),
            tokens=np.concatenate([tokens for tokens, _ in answers]),
            logits=np.concatenate([logits for _, logits in answers]),
        )
        fresh.replace(path)


def ask(teacher, rows, index, prompt):
    """The eight best words and their logits for every token of a row's continuation, in reading order."""
    seen, asked = variants(rows, index, prompt)
    at = np.flatnonzero(asked)
    attended = (seen != rows.special["pad"]).astype(np.int64)
    best = bert.logits(teacher, torch.from_numpy(seen), torch.from_numpy(attended), torch.from_numpy(at)).topk(BEST)
    order = np.argsort(at % seen.shape[1])
    return best.indices.numpy()[order].astype(np.uint16), best.values.numpy()[order].astype(np.float16)


class SoftTargets:
    """The stored answers of a folder, by row."""

    def __init__(self, folder, rows):
        paths = sorted(pathlib.Path(folder).glob("targets-???.npz"))
        if not paths:
            sys.exit(f"{folder} has no soft targets")
        parts = [np.load(path) for path in paths]
        numbers, counts, self.tokens, self.logits = (
            np.concatenate([p[name] for p in parts]) for name in ("rows", "counts", "tokens", "logits")
        )
        ends, self.lengths = np.cumsum(counts), rows.lengths
        self.spans = {int(row): (int(end - count), int(end)) for row, count, end in zip(numbers, counts, ends)}

    def batch(self, indices, width, at):
        """For flat places of a padded batch, the targets of the token that follows: ids, logits, and whether there are any."""
        tokens, logits = (
            np.zeros((len(indices) * width, BEST), np.int64),
            np.zeros((len(indices) * width, BEST), np.float32),
        )
        known = np.zeros(len(indices) * width, bool)
        for row, index in enumerate(indices):
            start, end = self.spans.get(int(index), (0, 0))
            if start < end:
                last = row * width + int(
                    self.lengths[index]
                )  # [CLS] is column 0, so the last word follows column length - 1
                place = slice(last - (end - start), last)
                tokens[place], logits[place], known[place] = self.tokens[start:end], self.logits[start:end], True
        return tokens[at], logits[at], known[at]
