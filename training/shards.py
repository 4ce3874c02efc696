"""Token shards: rows of whole sentences, packed one behind the other, with the source of each.

A folder holds manifest.json, tokenizer.json, train-NNN.npz and held-out-NNN.npz. Each shard has `tokens` (uint16), and for
every row `lengths` and `sources` (an index into the manifest's sources). Rows hold no special tokens.
"""

import hashlib
import json
import pathlib
import shutil
import sys

import numpy as np
from tokenizers import Tokenizer

SPECIAL = {"pad": "[PAD]", "unknown": "[UNK]", "start": "[CLS]", "end": "[SEP]", "mask": "[MASK]"}
TOKENS_PER_SHARD = 8_000_000


def read_tokenizer(path):
    """The tokenizer without truncation and padding, and the ids of its special tokens by name."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        sys.exit(f"{path} is not a tokenizer: {error}")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    special = {name: tokenizer.token_to_id(token) for name, token in SPECIAL.items()}
    missing = [SPECIAL[name] for name, token in special.items() if token is None]
    if missing or special["pad"] != 0 or tokenizer.get_vocab_size() > 2**16:
        sys.exit(
            f"{path}: a BERT tokenizer of at most 65,536 pieces, [PAD] first, is needed; missing: {missing or 'none'}"
        )
    return tokenizer, special


def pieces(tokenizer):
    """A hash of all pieces and their numbers: what two tokenizers must share for their tokens to mean the same."""
    return hashlib.sha256(json.dumps(sorted(tokenizer.get_vocab().items())).encode()).hexdigest()


class Writer:
    """Collects the rows of one split and writes them, shard by shard."""

    def __init__(self, folder, split):
        self.folder, self.split, self.count = folder, split, 0
        self.rows, self.sources, self.held = [], [], 0

    def add(self, ids, source):
        self.rows.append(np.array(ids, np.uint16))
        self.sources.append(source)
        self.held += len(ids)
        if self.held >= TOKENS_PER_SHARD:
            self.flush()

    def flush(self):
        if self.rows:
            np.savez(
                self.folder / f"{self.split}-{self.count:03}.npz",
                tokens=np.concatenate(self.rows),
                lengths=np.array([len(row) for row in self.rows], np.uint16),
                sources=np.array(self.sources, np.uint8),
            )
            self.count += 1
            self.rows, self.sources, self.held = [], [], 0


class Rows:
    """All rows of one split of a folder."""

    def __init__(self, folder, split):
        folder = pathlib.Path(folder)
        self.manifest, paths = read_manifest(folder), sorted(folder.glob(f"{split}-*.npz"))
        if not paths:
            sys.exit(f"{folder} has no {split} shards; make them with training/prepare.py")
        shards = [np.load(path) for path in paths]
        self.flat, self.lengths, self.sources = (
            np.concatenate([s[name] for s in shards]) for name in ("tokens", "lengths", "sources")
        )
        self.ends = np.cumsum(self.lengths, dtype=np.int64)
        self.weights = np.array([s["weight"] for s in self.manifest["sources"]])[self.sources]
        self.special, self.vocabulary = self.manifest["special"], self.manifest["vocabulary"]

    def __len__(self):
        return len(self.lengths)

    def row(self, index):
        """The tokens of one row."""
        return self.flat[self.ends[index] - self.lengths[index] : self.ends[index]]

    def padded(self, indices):
        """Rows as [CLS] … [SEP] below each other, padded to a multiple of eight."""
        width = -(-(int(self.lengths[indices].max()) + 2) // 8) * 8
        x = np.full((len(indices), width), self.special["pad"], np.int64)
        x[:, 0] = self.special["start"]
        for line, index in zip(x, indices):
            ids = self.row(index)
            line[1 : len(ids) + 1], line[len(ids) + 1] = ids, self.special["end"]
        return x


def read_manifest(folder):
    try:
        return json.loads((folder / "manifest.json").read_text())
    except (OSError, json.JSONDecodeError) as error:
        sys.exit(f"{folder} is no folder of shards ({error}); make one with training/prepare.py")


def write_manifest(folder, manifest, tokenizer):
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
