"""Makes token shards of text: without duplicates, whole sentences in every row, held out by document.

    python training/prepare.py CORPUS.toml TOKENIZER.json OUT

CORPUS.toml names the sources and their weights (python training/corpus.py says how). Held-out documents are read first, so
that what stands in them is left out of the training text. Rows have at most --short tokens, or --long for 3 in 10 of the
paragraphs; a row ends where a sentence ends, unless the sentence itself is longer.
"""

import argparse
import pathlib
import random
import re
import sys
import time

import corpus
import shards
from duplicates import Seen
from tqdm import tqdm

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"'“‘(A-Z0-9])")
PARAGRAPHS_AT_ONCE = 2000
SHORTEST = 12
SHORT_SHARE = 0.7


def pack(sentences, most):
    """Rows of whole sentences of at most `most` tokens; a longer sentence is cut. What is shorter than a dozen is dropped."""
    rows, row = [], []
    for sentence in sentences:
        if len(row) + len(sentence) > most:
            rows.append(row)
            row = []
        if len(sentence) > most:
            rows += [sentence[i : i + most] for i in range(0, len(sentence), most)]
        else:
            row = row + sentence
    return [row for row in [*rows, row] if len(row) >= SHORTEST]


def tokenised(tokenizer, paragraphs):
    """The sentences of each paragraph as token ids."""
    split = [SENTENCE_END.split(paragraph) for paragraph in paragraphs]
    ids = iter(tokenizer.encode_batch([s for sentences in split for s in sentences], add_special_tokens=False))
    return [[next(ids).ids for _ in sentences] for sentences in split]


class Preparation:
    """Reads source after source and writes rows."""

    def __init__(self, tokenizer, out, widths, seed, nearly):
        self.tokenizer, self.widths, self.nearly = tokenizer, widths, nearly
        self.rng, self.seen = random.Random(seed), Seen()
        self.writers = {split: shards.Writer(out, split) for split in ("held-out", "train")}

    def add(self, number, source, held_out):
        """The documents of a source that are (or are not) held out; what became of them."""
        counts = dict.fromkeys(("documents", "paragraphs", "duplicates", "near_duplicates", "rows", "tokens"), 0)
        waiting = []
        for paragraphs, is_held_out in source.documents():
            if is_held_out != held_out:
                continue
            counts["documents"] += 1
            for paragraph in paragraphs:
                counts["paragraphs"] += 1
                if self.seen.text(paragraph):
                    counts["duplicates"] += 1
                else:
                    waiting.append(paragraph)
                if len(waiting) == PARAGRAPHS_AT_ONCE:
                    self.write(number, waiting, held_out, counts)
                    waiting = []
        self.write(number, waiting, held_out, counts)
        return counts

    def write(self, number, paragraphs, held_out, counts):
        sentences = tokenised(self.tokenizer, paragraphs)
        whole = [[i for sentence in paragraph for i in sentence] for paragraph in sentences]
        near = self.seen.nearly(whole) if self.nearly and paragraphs else [False] * len(whole)
        for paragraph, known in zip(sentences, near):
            counts["near_duplicates"] += known
            short = self.rng.random() < SHORT_SHARE
            for row in () if known else pack(paragraph, self.widths[0 if short else 1]):
                self.writers["held-out" if held_out else "train"].add(row, number)
                counts["rows"] += 1
                counts["tokens"] += len(row)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("tokenizer", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--short", type=int, default=62, help="tokens of most rows at most (default: %(default)s)")
    parser.add_argument("--long", type=int, default=126, help="tokens of the other rows at most (default: %(default)s)")
    parser.add_argument(
        "--keep-near-duplicates", action="store_true", help="drop only what is the same letter for letter"
    )
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    if not SHORTEST <= a.short <= a.long:
        sys.exit(f"--short must be at least {SHORTEST}, and --long no less than that")

    began, sources = time.time(), corpus.read(a.corpus)
    tokenizer, special = shards.read_tokenizer(a.tokenizer)
    a.out.mkdir(parents=True, exist_ok=True)
    for old in [*a.out.glob("train-*.npz"), *a.out.glob("held-out-*.npz")]:
        old.unlink()
    work = Preparation(tokenizer, a.out, (a.short, a.long), a.seed, not a.keep_near_duplicates)
    described = [{"name": s.name, "weight": s.weight, "licence": s.licence} for s in sources]
    steps = [(number, split) for split in ("held-out", "train") for number in range(len(sources))]
    for number, split in tqdm(steps, desc="sources", disable=None):
        described[number][split] = work.add(number, sources[number], split == "held-out")
    for split, writer in work.writers.items():
        writer.flush()
        if writer.count == 0:
            sys.exit(
                f"{a.corpus}: nothing is left to {'train on' if split == 'train' else 'hold out; set held_out for a source'}"
            )
    shards.write_manifest(
        a.out,
        {
            "vocabulary": tokenizer.get_vocab_size(),
            "special": special,
            "seed": a.seed,
            "pieces_sha256": shards.pieces(tokenizer),
            "sources": described,
        },
        a.tokenizer,
    )
    report(described)
    print(
        f"{a.out}: {sum(s['train']['tokens'] for s in described):,} tokens to train on, "
        f"{sum(s['held-out']['tokens'] for s in described):,} held out, {time.time() - began:.0f} s"
    )


def report(described):
    print(
        f"{'source':24} {'split':9} {'documents':>9} {'paragraphs':>10} {'same':>7} {'nearly':>7} {'rows':>8} {'tokens':>11}"
    )
    for source in described:
        for split in ("train", "held-out"):
            if source[split]["documents"]:
                n = source[split].values()
                print("{:24} {:9} {:9,} {:10,} {:7,} {:7,} {:8,} {:11,}".format(source["name"], split, *n))


if __name__ == "__main__":
    main()
