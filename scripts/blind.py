"""Two files of samples, one text a line, compared by somebody who does not know which is which.

    python scripts/blind.py pairs one.txt two.txt --number 40 --out folder    # folder/pairs.txt to read, folder/key.json not to
    python scripts/blind.py count folder                                      # after folder/answers.txt was written

The answers are one line a pair: its number and A, B or = ("12 B"). The count is told with the p-value of a sign test, in which
ties do not count: how often a coin would have come out at least as unequal.
"""

import argparse
import json
import math
import pathlib
import random
import sys


def texts(path):
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line]


def pairs(a):
    names = [str(a.one), str(a.two)]
    samples = [texts(a.one), texts(a.two)]
    if a.number > min(map(len, samples)):
        sys.exit(f"there are only {len(samples[0])} and {len(samples[1])} texts; choose a smaller --number")
    dice = random.Random(a.seed)
    if a.same_line:
        numbers = dice.sample(range(min(map(len, samples))), a.number)
        chosen = [[lines[number] for number in numbers] for lines in samples]
    else:
        chosen = [dice.sample(lines, a.number) for lines in samples]
    lines, firsts = [], []
    for number, pair in enumerate(zip(*chosen), 1):
        first = dice.randrange(2)
        firsts.append(first)
        lines += [f"{number} A  {pair[first]}", f"{number} B  {pair[1 - first]}", ""]
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "pairs.txt").write_text("\n".join(lines))
    (a.out / "key.json").write_text(json.dumps({"names": names, "first": firsts}) + "\n")


def count(a):
    key = json.loads((a.folder / "key.json").read_text())
    wins, ties, seen = [0, 0], 0, set()
    for line in texts(a.folder / "answers.txt"):
        number, _, answer = line.partition(" ")
        answer = answer.strip().upper()
        if (
            not number.isdigit()
            or not 1 <= int(number) <= len(key["first"])
            or answer not in ("A", "B", "=")
            or number in seen
        ):
            sys.exit(
                f"answers.txt: '{line}' is not a number from 1 to {len(key['first'])} with A, B or =, once for each pair"
            )
        seen.add(number)
        if answer == "=":
            ties += 1
        else:
            wins[key["first"][int(number) - 1] ^ (answer == "B")] += 1
    decided = sum(wins)
    tail = sum(math.comb(decided, k) for k in range(max(wins), decided + 1)) / 2**decided
    for name, won in zip(key["names"], wins):
        print(f"{won:4} {name}")
    print(f"{ties:4} as good as each other\np = {min(1.0, 2 * tail):.3f}, {len(key['first']) - len(seen)} not answered")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("pairs")
    make.add_argument("one", type=pathlib.Path)
    make.add_argument("two", type=pathlib.Path)
    make.add_argument("--number", type=int, default=40)
    make.add_argument(
        "--same-line", action="store_true", help="pair what stands on the same line of both files: texts of one prompt"
    )
    make.add_argument("--seed", type=int, default=random.randrange(2**32))
    make.add_argument("--out", type=pathlib.Path, required=True)
    make.set_defaults(perform=pairs)
    counted = commands.add_parser("count")
    counted.add_argument("folder", type=pathlib.Path)
    counted.set_defaults(perform=count)
    a = parser.parse_args()
    a.perform(a)


if __name__ == "__main__":
    main()
