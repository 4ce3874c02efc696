"""The curves of a run, from its log.csv: loss and accuracy, held out and while training, and the learning rate.

python training/curves.py RUN
"""

import csv
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "mouthpiece"  # the same log gives the same file
from matplotlib import pyplot


def read(path):
    """The columns of a log as lists of floats, None where nothing was measured."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) if row[name] else None for row in rows] for name in (rows[0] if rows else [])}


def draw(run):
    """Writes curves.svg and curves.png beside the log."""
    log = read(run / "log.csv")
    if not log.get("tokens"):
        return
    millions = [tokens / 1e6 for tokens in log["tokens"]]
    figure, (loss, rate) = pyplot.subplots(
        2, 1, figsize=(8, 6), sharex=True, height_ratios=[3, 1], layout="constrained"
    )
    loss.plot(millions, log["loss"], label="training", color="#888", linewidth=1)
    for name in log:
        points = [(x, y) for x, y in zip(millions, log[name]) if y is not None]
        if name.startswith("held-out") and points:
            loss.plot(*zip(*points), marker="o", markersize=3, label=name)
    loss.set_ylabel("loss (nats)")
    figure.legend(loc="outside upper center", ncols=5, frameon=False)
    rate.plot(millions, log["rate"], color="#888")
    rate.set_ylabel("learning rate")
    rate.set_xlabel("million tokens")
    for axis in (loss, rate):
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.2)
    figure.savefig(run / "curves.svg", metadata={"Date": None})
    figure.savefig(run / "curves.png", dpi=120)
    pyplot.close(figure)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    draw(pathlib.Path(sys.argv[1]))
