"""Puts what the benches measured into docs/performance.md and docs/performance.svg: python benches/report.py"""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCH = ROOT / "target/bench"
OURS, EXACT = "mouthpiece int8", "mouthpiece fp32"
# Millions of operations for one sequence of S tokens and one asked position, as a plain BERT of this size takes them.
HIDDEN, WIDE, LAYERS, VOCABULARY = 384, 1536, 6, 30522


def lines(name):
    return [json.loads(line) for line in (BENCH / f"{name}.jsonl").read_text().splitlines()]


def operations(length, pruned):
    """Millions of operations; `pruned` leaves out what the last layer does not do for positions that were not asked."""
    pair = 2 * 2 * HIDDEN * HIDDEN
    rest = 2 * (2 * HIDDEN * HIDDEN + 2 * HIDDEN * WIDE) + 4 * HIDDEN * length
    whole = LAYERS * length * (pair + rest)
    if pruned:
        whole -= (length - 1) * rest
    return (whole + 2 * HIDDEN * (HIDDEN + VOCABULARY)) / 1e6


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"model name\s*: (.*)", text)
    return f"{text.count('processor')} cores of {name.group(1) if name else 'an unknown processor'}"


def table(head, rows):
    text = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return text + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows] + [""]


def rate(entry, batch):
    return entry[str(batch)]["median"]


def peers(fill):
    entries = fill["contenders"]
    ours = entries[OURS]
    rows = []
    for name, entry in entries.items():
        spread = max((entry[b]["high"] - entry[b]["low"]) / entry[b]["median"] for b in ("1", "64"))
        rows.append(
            [
                name,
                *(f"{rate(ours, b) / rate(entry, b):.2f}×" for b in (1, 64)),
                *(f"{rate(entry, b):.0f}" for b in (1, 64)),
                f"{spread:.0%}",
                f"{entry['same_best_word']:.0%}",
            ]
        )
    return table(
        [
            "contender",
            "int8 is faster, B = 1",
            "B = 64",
            "sentences/s, B = 1",
            "B = 64",
            "spread",
            "same best word as fp32",
        ],
        rows,
    )


def targets(fill, pool):
    entries, limit = fill["contenders"], max(fill["limit_gops"].values())
    ours, exact = entries[OURS], entries[EXACT]

    def ratio(name, batch, of=ours):
        return rate(of, batch) / rate(entries[name], batch)

    full = next(p for p in pool if p["length"] == 32 and p["generations"] == 64)
    per_core = full["steps_per_second"] / full["workers"]
    torch = max(("PyTorch fp32, asked only", "PyTorch bf16, asked only"), key=lambda name: rate(entries[name], 64))
    return table(
        ["", "measured", "aim"],
        [
            [
                "fill-mask against the `transformers` pipeline, B = 1",
                f"{ratio('transformers pipeline', 1):.1f}×",
                "10×",
            ],
            ["the same, B = 64", f"{ratio('transformers pipeline', 64):.1f}×", "12×"],
            ["against careful PyTorch at its best type, B = 64", f"{ratio(torch, 64):.1f}×", "1.5×"],
            [
                "fp32 against Python onnxruntime, same graph, B = 1",
                f"{ratio('onnxruntime fp32, same graph', 1, exact):.2f}×",
                "1.0×",
            ],
            ["the same, B = 64", f"{ratio('onnxruntime fp32, same graph', 64, exact):.2f}×", "1.0×"],
            [
                "against int8 that is exact by running one sequence a call, B = 64",
                f"{ratio('onnxruntime int8 dynamic, one a call', 64):.1f}×",
                "1.4×",
            ],
            [
                "share of the machine's int8 limit, S = 32, full batches, as a plain BERT's work",
                f"{per_core * operations(32, False) / 1e3 / limit:.0%}",
                "55 %",
            ],
            [
                "the same, counting only what is really computed",
                f"{per_core * operations(32, True) / 1e3 / limit:.0%}",
                "",
            ],
        ],
    )


def in_pool(pool):
    rows = []
    for p in pool:
        rows.append(
            [
                p["length"],
                p["generations"],
                f"{p['steps_per_second']:.0f}",
                f"{p['rows_per_call']:.1f}",
                f"{p['model_share']:.1%}",
            ]
        )
    return table(["tokens", "texts at once", "steps/s", "rows a call", "of the workers' time inside the model"], rows)


def crowd(load):
    rows = [
        [
            run["users"],
            run["done"],
            run["failed"],
            f"{run['ack_ms']['p50']:.0f} / {run['ack_ms']['p99']:.0f}",
            f"{run['first_frame_ms']['p50']:.0f} / {run['first_frame_ms']['p99']:.0f}",
            f"{run['frame_gap_ms']['p50']:.0f}",
            f"{run['text_ms']['p50'] / 1e3:.1f} / {run['text_ms']['max'] / 1e3:.1f}",
            f"{run['slowest_to_median']:.2f}",
            f"{run['tokens_per_second']:.0f}",
            run["resident_mb"],
            f"{run['cpu_bot_s']:.0f} / {run['cpu_sandbox_s']:.0f}",
            f"{run['cpu_bot_s'] / max(1, run['done']):.3f}",
        ]
        for run in load
    ]
    return table(
        [
            "people",
            "answers",
            "failed",
            "acknowledged, ms, p50 / p99",
            "first frame, ms, p50 / p99",
            "between frames, ms, p50",
            "whole text, s, p50 / max",
            "slowest / median",
            "tokens/s",
            "bot, MB",
            "CPU s, bot / sandbox",
            "CPU s an answer",
        ],
        rows,
    )


def strategies():
    rows = [
        [
            f"`{m['name']}`",
            f"{m['passes_per_token']:.2f}",
            f"{m['passes_per_second']:.0f}",
            f"{m['tokens_per_second'] / 40:.2f}",
        ]
        for m in json.loads((ROOT / "docs/measured.json").read_text())
    ]
    return table(["strategy", "passes a token", "passes/s", "texts/s"], rows)


def micro():
    rows = []
    for path in sorted((ROOT / "target/criterion").glob("*/new/estimates.json")):
        name = json.loads((path.parent / "benchmark.json").read_text())["full_id"]
        estimate = json.loads(path.read_text())["median"]
        low, high = (estimate["confidence_interval"][key] / 1e3 for key in ("lower_bound", "upper_bound"))
        rows.append([name, f"{estimate['point_estimate'] / 1e3:.1f}", f"{low:.1f} to {high:.1f}"])
    return table(["", "µs, median", "95 % interval"], rows)


def store():
    timed, once = [], {}
    for entry in lines("store"):
        if "runs" in entry:
            timed.append(
                [
                    entry["name"],
                    *(f"{entry[key]:.{1 if entry[key] >= 1 else 2}f}" for key in ("p50_ms", "p99_ms", "max_ms")),
                ]
            )
        else:
            once[entry["name"]] = f"{entry['once_ms'] / 1e3:.1f} s"
    rest = "; ".join(f"{name}: {seconds}" for name, seconds in once.items())
    return [*table(["ms", "median", "99 %", "longest"], timed), f"Once: {rest}.", ""]


def chart(fill):
    """Sentences a second at B = 64, a bar for each contender."""
    entries = sorted(fill["contenders"].items(), key=lambda item: -rate(item[1], 64))
    most, height = rate(entries[0][1], 64), 26
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height * len(entries) + 40}" font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/><text x="10" y="20">Sentences a second on one core, 64 at once: tokenise, score, five best words</text>',
    ]
    for row, (name, entry) in enumerate(entries):
        y, width = 32 + row * height, 420 * rate(entry, 64) / most
        colour = "#0072b2" if name.startswith("mouthpiece") else "#999999"
        svg.append(
            f'<text x="10" y="{y + 15}">{name}</text><rect x="260" y="{y}" width="{width:.0f}" height="{height - 6}" fill="{colour}"/>'
            f'<text x="{266 + width:.0f}" y="{y + 15}">{rate(entry, 64):.0f}</text>'
        )
    (ROOT / "docs/performance.svg").write_text("\n".join([*svg, "</svg>"]) + "\n")


def main():
    fill, pool, load = json.loads((BENCH / "fill.json").read_text()), lines("pool"), lines("load")
    chart(fill)
    limit = fill["limit_gops"]
    page = [
        "# Performance",
        "",
        f"Written by `make bench` on {machine()}; do not edit. What is compared ran on one core in turns, round after round, and medians are given,",
        "so that ratios hold although such machines are moody. How it came to be so is told at the end.",
        "",
        "## Aims",
        "",
        *targets(fill, pool),
        f"The limit is the best that ONNX Runtime's integer product reached here: {max(limit.values())} GOP/s on one core ("
        + ", ".join(f"{k}: {v}" for k, v in limit.items())
        + ").",
        "",
        "## fill-mask against what one would pick instead",
        "",
        "![sentences a second](performance.svg)",
        "",
        f'Sentences of about 33 tokens with one mask, tokenising and the five best words included, {fill["rounds"]} rounds. "Asked only": PyTorch with the decoder at',
        'the mask alone. "One a call" is the only way in which onnxruntime\'s own int8 gives a sentence the same answer whatever it is batched with.',
        "",
        *peers(fill),
        "## The pool",
        "",
        "Texts of one length that each ask one position a turn, on all cores. What is not spent inside the model is queue, sampling and bookkeeping.",
        "",
        *in_pool(pool),
        "## Many people",
        "",
        "The bot as a process of its own against the sandbox over HTTP and WebSocket on the same two cores (`benches/load.rs`): `/speak` of 10 tokens with the default",
        "strategy and `/fill`, four to one, a tenth of the texts stopped, two rounds each with up to a second to think. Everybody begins within the first second.",
        "People who wait for their text see their first frame late because all of them are in one channel, whose frames Discord limits to 30 a minute.",
        "",
        *crowd(load),
        "## A million texts in the database",
        "",
        "Through the store as the bot uses it (`benches/store.rs`): 10,000 people on 100 servers, one of whom wrote a tenth of all texts. What is kept waits for",
        "the disk, since it is there before anybody is told. A search goes through the newest thousand texts. No statement looks through a whole table; a test asks SQLite for the plan of each. A part of an export is read by fifteen statements or so, 250 rows at most by one.",
        "",
        *store(),
        "## Every strategy",
        "",
        "With its defaults, 40 tokens, from `docs/measured.json` (see `docs/strategies.md`).",
        "",
        *strategies(),
        "## The host's work",
        "",
        *micro(),
        (ROOT / "benches/notes.md").read_text().rstrip(),
        "",
    ]
    (ROOT / "docs/performance.md").write_text("\n".join(page))


if __name__ == "__main__":
    main()
