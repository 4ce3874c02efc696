"""Distils a masked language model into a small causal student that writes left to right.

    python training/distil.py TEACHER SHARDS OUT --minutes 30

Chen, Gan, Cheng, Liu & Liu 2020 (2020.acl-main.705), for continuations instead of translations:

    teacher/            TEACHER trained on to fill continuations of visible prompts (C-MLM), for --teacher-tokens
    targets/            its eight best words for every token of the rows that the student sees first (--target-tokens)
    student/            made of the teacher's layers (or --student, to go on), trained on alpha * soft targets + (1 - alpha) * text, for --minutes or --tokens
    student-plain/      the same on text alone, with --compare
    distilled.md .json  both measured on held-out text
    distilled.svg       their held-out losses while they learnt

student/model is a folder that export_student.py takes. Whatever is done already stays; the same command goes on. To compare
like with like, give --tokens: both students then see the same rows in the same order, from the same beginning.
"""

import argparse
import contextlib
import json
import pathlib
import sys

import bert
import curves
import heldout
import matplotlib
import numpy as np
import student
import torch
import train
from batches import Batches, Place
from candidates import Candidates
from schedule import Schedule
from shards import Rows
from soft_targets import SoftTargets, compute, continuation_masks
from trainer import Trainer

matplotlib.use("Agg")
from matplotlib import pyplot


def fine_tuned(a, rows, held_out):
    """The teacher, trained on to fill continuations."""
    model = bert.load(a.teacher)
    if model.config.is_decoder:
        sys.exit(f"{a.teacher} is a causal model; the teacher has to be a masked one")
    if a.teacher_tokens:
        masks = continuation_masks(rows, a.seed)
        shape = Schedule(tokens=a.teacher_tokens, warmup=a.warmup, decay=a.decay)
        trainer = Trainer(
            model,
            a.out / "teacher",
            a.shards / "tokenizer.json",
            shape,
            train.pace(a),
            train.masked_loss(rows, masks, a.predict, Candidates(rows, a.candidates)),
            heldout.brief(held_out),
        )
        trainer.resume()
        if not trainer.run(Batches(rows, a.batch_tokens, a.seed)):
            sys.exit("stopped before the teacher was ready; the same command goes on")
        model = bert.load(a.out / "teacher/model")
    return model.eval()


def first_rows(batches, rows, tokens):
    """The rows that a student sees first, `tokens` of them, each once."""
    wanted, held = {}, 0
    for indices, place in batches.after(Place()):
        for index in map(int, indices):
            if index not in wanted:
                wanted[index] = None
                held += int(rows.lengths[index])
        if held >= tokens or place.epoch:
            break
    return list(wanted)


def taught(a, name, alpha, teacher, rows, targets, held_out):
    """Trains a student in the folder `name`; whether it used its budget."""
    beginning = bert.load(a.student) if a.student else student.from_teacher(teacher, a.layers)
    trainer = Trainer(
        beginning,
        a.out / name,
        a.shards / "tokenizer.json",
        train.schedule(a),
        train.pace(a),
        student.loss(rows, targets, alpha, a.temperature, a.predict, Candidates(rows, a.candidates)),
        heldout.brief(held_out),
    )
    trainer.resume()
    done = trainer.run(Batches(rows, a.batch_tokens, a.seed))
    a.precision = trainer.precision  # the next student is to have the same
    return done


def report(a, names, held_out):
    """The students side by side, as a table and a chart."""
    lines = ["| student | tokens | held-out loss | held-out perplexity |", "|---|---|---|---|"]
    figure, axis = pyplot.subplots(figsize=(8, 4), layout="constrained")
    measured = {}
    for name in names:
        model = bert.load(a.out / name / "model").eval()
        with torch.no_grad():
            loss = heldout.full(model, held_out, a.sequences)["suffix"]
        log = curves.read(a.out / name / "log.csv")
        measured[name] = {"tokens": log["tokens"][-1], "loss": loss}
        lines.append(f"| {name} | {log['tokens'][-1] / 1e6:.2f} M | {loss:.3f} | {np.exp(loss):.1f} |")
        points = [(x / 1e6, y) for x, y in zip(log["tokens"], log["held-out suffix"]) if y is not None]
        axis.plot(*zip(*points), marker="o", markersize=3, label=name)
    axis.set_xlabel("million tokens")
    axis.set_ylabel("held-out loss (nats)")
    axis.legend(loc="upper right", frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(a.out / "distilled.svg", metadata={"Date": None})
    (a.out / "distilled.json").write_text(json.dumps(measured, indent=1) + "\n")
    (a.out / "distilled.md").write_text("\n".join([*lines, ""]))
    print("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("teacher", type=pathlib.Path)
    parser.add_argument("shards", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument(
        "--student",
        type=pathlib.Path,
        help="a student to go on from (unpack.py --student), instead of the teacher's layers",
    )
    parser.add_argument("--layers", type=int, default=4, help="layers of the student (default: %(default)s)")
    parser.add_argument(
        "--teacher-tokens",
        type=float,
        default=2e6,
        help="how long the teacher learns C-MLM; 0 takes it as it is (default: %(default)g)",
    )
    parser.add_argument(
        "--target-tokens", type=float, default=2e6, help="tokens that get soft targets (default: %(default)g)"
    )
    parser.add_argument(
        "--alpha", type=train.share, default=0.3, help="weight of the soft targets (default: %(default)s)"
    )
    parser.add_argument("--temperature", type=train.positive, default=5.0, help="of the teacher (default: %(default)s)")
    parser.add_argument("--compare", action="store_true", help="also train a student on text alone")
    parser.add_argument(
        "--sequences", type=int, default=512, help="held-out rows that are asked in the end (default: %(default)s)"
    )
    train.add_options(parser, rate=5e-4, predict=2048)
    parser.set_defaults(batch_tokens=2048, accumulate=4)
    a = parser.parse_args()
    if not (a.minutes or a.tokens):
        sys.exit("give the students a budget: --minutes or --tokens")
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)

    rows, held_out = Rows(a.shards, "train"), Rows(a.shards, "held-out")
    train.check_tokenizer(a.teacher, a.shards, rows)
    if a.student:
        train.check_tokenizer(a.student, a.shards, rows)
        if not bert.load(a.student).config.is_decoder:
            sys.exit(
                f"{a.student} is a masked model; --student takes a causal one, such as unpack.py --student or this script writes"
            )
    teacher = fine_tuned(a, rows, held_out)
    if not a.student and not 1 <= a.layers <= teacher.config.num_hidden_layers:
        sys.exit(f"--layers must be from 1 to {teacher.config.num_hidden_layers}, the layers of the teacher")
    targets = None
    if a.alpha and a.target_tokens:
        order = first_rows(Batches(rows, a.batch_tokens, a.seed), rows, a.target_tokens)
        autocast = torch.autocast("cpu", dtype=torch.bfloat16) if a.precision == "bf16" else contextlib.nullcontext()
        compute(teacher, rows, order, a.out / "targets", a.seed, autocast)
        targets = SoftTargets(a.out / "targets", rows)
    students = [("student", a.alpha)] + ([("student-plain", 0.0)] if a.compare else [])
    for name, alpha in students:
        if not taught(a, name, alpha, teacher, rows, targets, held_out):
            sys.exit("stopped before the budget was used; the same command goes on")
    report(a, [name for name, _ in students], held_out)


if __name__ == "__main__":
    main()
