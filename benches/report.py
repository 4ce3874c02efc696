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
    torch = max(
        ("PyTorch fp32, masked position only", "PyTorch bf16, masked position only"),
        key=lambda name: rate(entries[name], 64),
    )
    return table(
        ["", "measured", "aim"],
        [
            [
                "fill-mask against the `transformers` pipeline, B = 1",
                f"{ratio('transformers pipeline', 1):.1f}×",
                "10×",
            ],
            ["the same, B = 64", f"{ratio('transformers pipeline', 64):.1f}×", "12×"],
            ["against optimised PyTorch in its fastest type, B = 64", f"{ratio(torch, 64):.1f}×", "1.5×"],
            [
                "fp32 against Python onnxruntime, same graph, B = 1",
                f"{ratio('onnxruntime fp32, same graph', 1, exact):.2f}×",
                "1.0×",
            ],
            ["the same, B = 64", f"{ratio('onnxruntime fp32, same graph', 64, exact):.2f}×", "1.0×"],
            [
                "against int8 made batch-invariant by one sequence per call, B = 64",
                f"{ratio('onnxruntime int8 dynamic, one per call', 64):.1f}×",
                "1.4×",
            ],
            [
                "share of the machine's int8 limit, S = 32, full batches, counted as a plain BERT",
                f"{per_core * operations(32, False) / 1e3 / limit:.0%}",
                "55 %",
            ],
            [
                "the same, counting only the operations executed",
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
    return table(
        ["tokens", "texts at once", "steps/s", "rows per call", "share of the workers' time inside the model"], rows
    )


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
            "responses",
            "failed",
            "acknowledged, ms, p50 / p99",
            "first edit, ms, p50 / p99",
            "between edits, ms, p50",
            "whole text, s, p50 / max",
            "slowest / median",
            "tokens/s",
            "bot, MB",
            "CPU s, bot / sandbox",
            "CPU s per response",
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
    return table(["strategy", "passes per token", "passes/s", "texts/s"], rows)


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
        f"Written by `make bench` on {machine()}; do not edit. Contenders ran interleaved on one core, round by round. The values are medians,",
        "so that ratios hold on a noisy machine. The design decisions are explained at the end.",
        "",
        "## Targets",
        "",
        *targets(fill, pool),
        f"The limit is the highest rate of ONNX Runtime's integer product on this machine: {max(limit.values())} GOP/s on one core ("
        + ", ".join(f"{k}: {v}" for k, v in limit.items())
        + ").",
        "",
        "## fill-mask against other programs",
        "",
        "![sentences a second](performance.svg)",
        "",
        f'Sentences of about 33 tokens with one mask; tokenisation and the five best words are included; {fill["rounds"]} rounds. "Masked position only": PyTorch with the decoder applied to',
        'the mask alone. "One per call" is the only mode in which onnxruntime\'s own int8 gives a sentence the same result in any batch.',
        "",
        *peers(fill),
        "## The pool",
        "",
        "Texts of equal length, each with one query position per turn, on all cores. The time outside the model is queueing, sampling and bookkeeping.",
        "",
        *in_pool(pool),
        "## Load",
        "",
        "The bot as a separate process against the sandbox over HTTP and WebSocket on the same two cores (`benches/load.rs`): `/speak` of 10 tokens with the default",
        "strategy and `/fill`, four to one; a tenth of the texts are stopped; two rounds each with a think time of up to a second. Everybody starts within the first second.",
        "First edits come late because everybody is in one channel, whose edits Discord limits to 30 per minute.",
        "",
        *crowd(load),
        "## A million texts in the database",
        "",
        "Through the store as the bot uses it (`benches/store.rs`): 10,000 people on 100 servers; one person wrote a tenth of all texts. Writes wait for",
        "the disk, since data is durable before anybody is told. A search scans the newest thousand texts. No statement scans a whole table; a test checks the query plan of each. A part of an export takes about fifteen statements of at most 250 rows.",
        "",
        *store(),
        "## Every strategy",
        "",
        "With its defaults, 40 tokens, from `docs/measured.json` (see `docs/strategies.md`).",
        "",
        *strategies(),
        "## Host-side work",
        "",
        *micro(),
        (ROOT / "benches/notes.md").read_text().rstrip(),
        "",
    ]
    (ROOT / "docs/performance.md").write_text("\n".join(page))


if __name__ == "__main__":
    main()
