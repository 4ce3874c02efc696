"""Trains a BERT masked language model on, on all mask ratios.

    python training/train.py MODEL SHARDS RUN --minutes 60

MODEL is any Hugging Face BERT folder; without a masked-LM head it gets one. SHARDS comes from prepare.py. RUN receives the
state (written every --save-seconds, whole at any moment), log.csv, curves.svg and .png, and model/, the average of the weights
as a folder that export.py takes. The same command goes on after a stop (Ctrl-C, SIGTERM) or a crash; a larger budget goes on
from before the decay.
"""

import argparse
import os
import pathlib
import sys

import bert
import checkpoint
import heldout
import numpy as np
import torch
from batches import Batches
from candidates import Candidates
from masks import Corruption
from schedule import Schedule
from shards import Rows, pieces, read_tokenizer
from trainer import Pace, Trainer


def add_options(parser, rate, predict):
    """The options that all training has."""
    parser.add_argument("--minutes", type=positive, help="budget in minutes of running time")
    parser.add_argument("--tokens", type=positive, help="budget in tokens; the first budget that is used ends the run")
    parser.add_argument("--rate", type=positive, default=rate, help="learning rate (default: %(default)s)")
    parser.add_argument("--warmup", type=int, default=50, help="steps over which the rate rises (default: %(default)s)")
    parser.add_argument(
        "--decay",
        type=share,
        default=0.2,
        help="share of the budget over which it falls to zero (default: %(default)s)",
    )
    parser.add_argument("--batch-tokens", type=int, default=4096, help="(default: %(default)s)")
    parser.add_argument("--accumulate", type=int, default=2, help="batches of one step (default: %(default)s)")
    parser.add_argument(
        "--predict",
        type=int,
        default=predict,
        help="places of a batch that go through the vocabulary (default: %(default)s)",
    )
    parser.add_argument(
        "--candidates",
        type=int,
        default=6144,
        help="words that compete for each place while learning; 0 for all (default: %(default)s)",
    )
    parser.add_argument(
        "--average", type=share, default=0.999, help="how much of the average stays at each step (default: %(default)s)"
    )
    parser.add_argument(
        "--precision",
        choices=["auto", "bf16", "fp32"],
        default="auto",
        help="auto takes what is faster here (default: %(default)s)",
    )
    parser.add_argument(
        "--save-seconds", type=float, default=45, help="how often the state is written (default: %(default)s)"
    )
    parser.add_argument(
        "--evaluate-every", type=int, default=500, help="steps between two held-out measures (default: %(default)s)"
    )
    parser.add_argument(
        "--keep-words",
        action="store_true",
        help="word embeddings stay as they are: new weights then differ from the old ones in the rest only",
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)


def positive(text):
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def share(text):
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("must be from 0 to below 1")
    return value


def schedule(a):
    return Schedule(a.minutes, a.tokens, a.warmup, a.decay)


def pace(a):
    return Pace(a.rate, a.accumulate, a.average, a.seed, a.precision, a.save_seconds, a.evaluate_every, a.keep_words)


def masked_loss(rows, hide, predict, candidates):
    """The mean cross-entropy at the places that `hide` hides, at most `predict` of them, as a loss for the trainer."""

    def loss_of(model, indices, rng):
        x = rows.padded(indices)
        seen, asked = hide(x, indices, rng)
        at = np.flatnonzero(asked)
        if len(at) > predict:
            at = np.sort(rng.permutation(at)[:predict])
        attended, wanted = x != rows.special["pad"], x.reshape(-1)[at]
        each = bert.loss(
            model,
            torch.from_numpy(seen),
            torch.from_numpy(attended.astype(np.int64)),
            torch.from_numpy(at),
            wanted,
            candidates.of(wanted, rng),
        )
        return each.mean(), int(attended.sum())

    return loss_of


def check_tokenizer(model, shards, rows):
    """The rows must be in the model's own pieces."""
    path = model / "tokenizer.json"
    if path.is_file() and pieces(read_tokenizer(path)[0]) != rows.manifest["pieces_sha256"]:
        sys.exit(f"{shards} was made with other pieces than those of {path}; run training/prepare.py with that one")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("shards", type=pathlib.Path)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument(
        "--from-state", type=pathlib.Path, help="begin with weights, average and optimiser of another run's state.pt"
    )
    add_options(parser, rate=4e-4, predict=1400)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)

    rows, held_out = Rows(a.shards, "train"), Rows(a.shards, "held-out")
    check_tokenizer(a.model, a.shards, rows)
    model = bert.load(a.model)
    if model.config.vocab_size != rows.vocabulary:
        sys.exit(
            f"{a.model} has {model.config.vocab_size} embeddings, the tokenizer of {a.shards} {rows.vocabulary} pieces"
        )
    trainer = Trainer(
        model,
        a.run,
        a.shards / "tokenizer.json",
        schedule(a),
        pace(a),
        masked_loss(rows, Corruption(rows).apply, a.predict, Candidates(rows, a.candidates)),
        heldout.brief(held_out),
    )
    if not trainer.resume() and a.from_state:
        trainer.take(checkpoint.read(a.from_state))
    trainer.run(Batches(rows, a.batch_tokens, a.seed))


if __name__ == "__main__":
    main()
