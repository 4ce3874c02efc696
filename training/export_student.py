"""Adds a student to a model folder, so that the program can write with it (`--strategy student`).

    python training/export_student.py STUDENT MODEL [--origin TEXT] [--half]

STUDENT is what distil.py leaves in student/model; MODEL is a folder that export.py made of its teacher, with the same word pieces.
MODEL receives student.fp32.onnx (exact, in plain operators) and student.int8.onnx (small and fast, for the program only), and what
was measured on its card: the exact graph against PyTorch, the small one against the exact one, on the next word at every place
of held-out text.
"""

import argparse
import json
import pathlib
import sys

import export
import numpy as np
from export import HERE, SPECIAL


def texts_to_go_on(tokenizer, path, special):
    """Held-out paragraphs as (ids [1, length], columns, the word that follows each), every seventh place."""
    texts = []
    for row in export.held_out_rows(tokenizer, path, special):
        at = np.arange(0, row.shape[1] - 2, 7)
        texts.append((row[:, :-1], at, row[0, at + 1]))
    return texts


def is_causal(runtime, texts):
    """Whether a later token changes nothing at an earlier place, to the bit."""
    for ids, at, _ in texts[:20]:
        changed = ids.copy()
        changed[0, -1] = ids[0, 1]
        before = at[at < ids.shape[1] - 1]
        if not np.array_equal(runtime.logits(ids, before), runtime.logits(changed, before)):
            return False
    return True


def readme(card):
    """What MODEL.md says of the student."""
    student = card["student"]
    figures = {kind: graph["figures"] for kind, graph in student["graphs"].items()}

    def row(label, key):
        return f"| {label} | " + " | ".join(str(f[key]) for f in figures.values()) + " |"

    files = " | ".join(f"`{graph['file']}`" for graph in student["graphs"].values())
    return "\n".join(
        [
            "## Student",
            "",
            f"A causal model of {student['layers']} layers that writes left to right. Origin: {student['origin']}",
            "",
            "| | " + " | ".join(figures) + " |",
            "|---" * (len(figures) + 1) + "|",
            f"| file | {files} |",
            "| bytes | " + " | ".join(str(graph["bytes"]) for graph in student["graphs"].values()) + " |",
            row("largest logit difference", "largest_logit_difference"),
            row("same top-1", "same_top_1"),
            row("mean KL, nats", "mean_kl_nats"),
            row("top-1 accuracy of the next word", "top_1_accuracy"),
            row("loss of the next word, nats", "loss_nats"),
            row("same bits alone and in a batch", "batch_invariant"),
            "",
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("student", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--origin", default="distilled from the model with training/distil.py")
    parser.add_argument(
        "--program",
        default=HERE.parent / "target/release/mouthpiece",
        help="the built program, which measures the small graph",
    )
    parser.add_argument("--heldout", type=pathlib.Path, default=HERE / "data" / "heldout-sample.txt.xz")
    parser.add_argument(
        "--half", action="store_true", help="round the weights to float16 first, which halves the exact graph's file"
    )
    a = parser.parse_args()

    if not (a.model / "card.json").is_file():
        sys.exit(f"{a.model} has no card.json; make a model folder of the teacher with training/export.py first")
    card = json.loads((a.model / "card.json").read_text())
    weights, config = export.read_model(a.student, a.half)
    if not config.get("is_decoder"):
        sys.exit(f"{a.student} is no student: its config.json does not say is_decoder; training/distil.py makes one")
    tokenizer = export.read_tokenizer(a.student, card["vocabulary"])
    if tokenizer.get_vocab() != export.read_tokenizer(a.model, card["vocabulary"]).get_vocab():
        sys.exit(f"{a.student} has other word pieces than {a.model}; a student can only join its teacher")
    if config["max_position_embeddings"] != card["max_tokens"]:
        sys.exit(
            f"{a.student} takes {config['max_position_embeddings']} tokens, {a.model} {card['max_tokens']}; a student can only join its teacher"
        )
    special = {token: tokenizer.token_to_id(token) for token in SPECIAL}
    texts = texts_to_go_on(tokenizer, a.heldout, special)

    metadata = {"name": card["name"], "max_tokens": card["max_tokens"], "sight": "left"}
    graphs = export.write_graphs(a.model, "student", weights, config, metadata)
    card["student"] = {"layers": config["num_hidden_layers"], "origin": a.origin, "graphs": graphs}
    export.write_card(a.model, card)
    exact = export.Runtime(a.model / "student.fp32.onnx")
    figures = export.compare(export.torch_model(a.student, weights), exact, texts)
    graphs["fp32"]["figures"] = figures | {
        "batch_invariant": export.batch_invariant(exact, special),
        "causal": is_causal(exact, texts),
    }
    graphs["int8"]["figures"] = export.compare_small(a.program, a.model, texts, "--student")
    export.write_card(a.model, card)
    print(json.dumps(card["student"], indent=1))
    before = (a.model / "MODEL.md").read_text().partition("## Student")[0].rstrip()
    (a.model / "MODEL.md").write_text(f"{before}\n\n{readme(card)}")
    if figures["same_top_1"] < 0.999 or not graphs["fp32"]["figures"]["causal"]:
        sys.exit("the fp32 graph does not agree with PyTorch; nothing that was written should be used")


if __name__ == "__main__":
    main()
