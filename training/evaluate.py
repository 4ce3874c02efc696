"""Measures models side by side on held-out text, as a Markdown table and a chart.

    python training/evaluate.py SHARDS MODEL… --out FOLDER

Each MODEL is a Hugging Face folder, or NAME=FOLDER to call it something else. OUT receives evaluation.md, .json, .svg and .png.
What is measured: python training/heldout.py says it.
"""

import argparse
import json
import os
import pathlib
import sys
import time

import bert
import heldout
import matplotlib
import torch
from shards import Rows

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "mouthpiece"
from matplotlib import pyplot


def named(text):
    """NAME=FOLDER, or a folder that is called as its parent where it is just `model`."""
    name, equals, folder = text.partition("=")
    path = pathlib.Path(folder if equals else text)
    return (name if equals else path.resolve().parent.name if path.name == "model" else path.name), path


def table(measured, rows, sequences):
    """The measures as Markdown: a row for each model."""
    columns = list(dict.fromkeys(name for figures in measured.values() for name in figures))
    lines = ["| model | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for model, figures in measured.items():
        cells = [
            (
                "–"
                if name not in figures
                else f"{figures[name]:.1%}"
                if name.startswith("top-1")
                else f"{figures[name]:.3f}"
            )
            for name in columns
        ]
        lines.append(f"| {model} | " + " | ".join(cells) + " |")
    held = ", ".join(s["name"] for s in rows.manifest["sources"] if s["held-out"]["rows"])
    return "\n".join(
        [
            *lines,
            "",
            f"Losses in nats a token, on {min(sequences, len(rows))} sequences of {held} that no model here was trained on; lower is better, "
            "except top-1.",
            "",
        ]
    )


def chart(measured, out):
    """Loss by share of masks, and the continuation."""
    figure, axis = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    labels = [f"loss {ratio:.0%}" for ratio in heldout.RATIOS] + ["suffix", "next"]
    width = 0.8 / len(measured)
    for number, (name, figures) in enumerate(measured.items()):
        places = [
            (i - 0.4 + (number + 0.5) * width, figures[label]) for i, label in enumerate(labels) if label in figures
        ]
        axis.bar(*zip(*places), width=width, label=name)
    axis.set_xticks(
        range(len(labels)), [label.replace("loss ", "") + (" masked" if "%" in label else "") for label in labels]
    )
    axis.set_ylabel("held-out loss (nats)")
    axis.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=min(4, len(measured)), frameon=False)
    figure.savefig(out / "evaluation.svg", metadata={"Date": None})
    figure.savefig(out / "evaluation.png", dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=pathlib.Path)
    parser.add_argument("models", nargs="+", type=named, metavar="MODEL")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument(
        "--sequences", type=int, default=512, help="held-out rows that are asked (default: %(default)s)"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    a = parser.parse_args()
    if len({name for name, _ in a.models}) < len(a.models):
        sys.exit("two models have one name; write NAME=FOLDER")
    torch.set_num_threads(a.threads)

    rows, measured = Rows(a.shards, "held-out"), {}
    for name, folder in a.models:
        began, model = time.time(), bert.load(folder).eval()
        if model.config.vocab_size != rows.vocabulary:
            sys.exit(
                f"{folder} has {model.config.vocab_size} embeddings, the tokenizer of {a.shards} {rows.vocabulary} pieces"
            )
        with torch.no_grad():
            measured[name] = heldout.full(model, rows, a.sequences)
        print(f"{name}: {time.time() - began:.0f} s", file=sys.stderr)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "evaluation.json").write_text(json.dumps(measured, indent=1) + "\n")
    (a.out / "evaluation.md").write_text(table(measured, rows, a.sequences))
    chart(measured, a.out)
    print(table(measured, rows, a.sequences))


if __name__ == "__main__":
    main()
