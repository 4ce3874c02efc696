#!/usr/bin/env python3
"""The figures of tests/data/ratings.csv, computed without our code.

    python3 -m venv .venv/ratings && .venv/ratings/bin/pip install choix==0.4.1 numpy scipy
    .venv/ratings/bin/python scripts/check-ratings.py           # says whether the file holds what they compute
    .venv/ratings/bin/python scripts/check-ratings.py --write   # draws the votes and writes both files

A thousand votes between entrants of known strengths are in tests/data/votes.csv. choix fits them by maximum likelihood
with the same penalty; it knows no ties, so every vote is given to it twice, and a tie once for each side. SciPy minimises
the same function from its definition, without derivatives of ours, as a second opinion. The intervals come from NumPy's
pseudo-inverse of the curvature, relative to the mean of all.
"""

import argparse
import csv
import random
from pathlib import Path

import choix
import numpy as np
from scipy.optimize import minimize

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
PENALTY = 0.05
ELO = 400 / np.log(10)
SIDE = 1.959964
STRENGTHS = {
    "lookahead": 0.9,
    "best-of": 0.7,
    "template": 0.3,
    "maskgit": 0.0,
    "diffusion": -0.1,
    "gibbs": -0.5,
    "naive": -1.3,
}


def drawn(generator):
    """A vote: the better one wins more often; one in eight is a tie, one in twelve finds both bad."""
    first, second = generator.sample(sorted(STRENGTHS), 2)
    kind = generator.random()
    if kind < 1 / 12:
        return first, second, "both_bad"
    if kind < 1 / 12 + 1 / 8:
        return first, second, "tie"
    chance = 1 / (1 + np.exp(STRENGTHS[second] - STRENGTHS[first]))
    return first, second, "first" if generator.random() < chance else "second"


def fitted(votes):
    names = sorted({name for first, second, _ in votes for name in (first, second)})
    index = {name: place for place, name in enumerate(names)}
    pairs, counts = [], {name: [0, 0] for name in names}
    for first, second, verdict in votes:
        for name in (first, second):
            counts[name][verdict == "both_bad"] += 1
        first, second = index[first], index[second]
        pairs += {
            "first": [(first, second)] * 2,
            "second": [(second, first)] * 2,
            "tie": [(first, second), (second, first)],
            "both_bad": [],
        }[verdict]
    strengths = choix.opt_pairwise(len(names), pairs, alpha=2 * PENALTY, tol=1e-12)
    winners, losers = np.array(pairs).T

    def cost(theta):
        return np.logaddexp(0, theta[losers] - theta[winners]).sum() / 2 + PENALTY * (theta**2).sum()

    again = minimize(cost, np.zeros(len(names)), method="BFGS", options={"gtol": 1e-7}).x
    assert np.allclose(strengths, again - again.mean(), atol=1e-5), (strengths, again)
    chance = 1 / (1 + np.exp(strengths[losers] - strengths[winners]))
    curvature = 2 * PENALTY * np.eye(len(names))
    for winner, loser, weight in zip(winners, losers, chance * (1 - chance) / 2):
        away = np.zeros(len(names))
        away[winner], away[loser] = 1, -1
        curvature += weight * np.outer(away, away)
    centre = np.eye(len(names)) - 1 / len(names)
    errors = np.sqrt(np.diag(centre @ np.linalg.pinv(curvature) @ centre))
    ratings = 1000 + ELO * strengths
    rows = zip(names, ratings, ratings - SIDE * ELO * errors, ratings + SIDE * ELO * errors)
    rows = sorted(rows, key=lambda row: -row[1])
    return [[name, *(f"{figure:.4f}" for figure in figures), *map(str, counts[name])] for name, *figures in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="draw the votes anew and write both files")
    write = parser.parse_args().write
    votes_file, ratings_file = DATA / "votes.csv", DATA / "ratings.csv"
    if write:
        generator = random.Random(1952)
        with votes_file.open("w", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["first", "second", "verdict"])
            rows.writerows(drawn(generator) for _ in range(1000))
    with votes_file.open(newline="") as file:
        votes = [tuple(row) for row in list(csv.reader(file))[1:]]
    rows = [["name", "rating", "low", "high", "votes", "both_bad"], *fitted(votes)]
    if write:
        with ratings_file.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    with ratings_file.open(newline="") as file:
        stored = list(csv.reader(file))
    for row in rows:
        print("  ".join(f"{cell:>10}" for cell in row))
    same = all(
        a == b or abs(float(a) - float(b)) < 0.001
        for row, kept in zip(rows, stored, strict=True)
        for a, b in zip(row, kept, strict=True)
    )
    raise SystemExit(0 if same else f"{ratings_file} holds other figures")


if __name__ == "__main__":
    main()
