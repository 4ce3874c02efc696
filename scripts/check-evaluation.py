#!/usr/bin/env python3
"""The figures of `tests/paper.rs`, computed without our code: BLEU by NLTK, the rest by the paper's definitions.

    python3 -m venv .venv && .venv/bin/pip install nltk sacrebleu
    nice .venv/bin/python scripts/check-evaluation.py              # two minutes for each file
    nice .venv/bin/python scripts/check-evaluation.py --full gpt   # a quarter of an hour

NLTK counts the n-grams of every reference anew for every sentence. Without `--full` a sentence is compared with fewer
references, chosen so that NLTK cannot tell: for each n-gram of the sentence one reference that has it most often, and
one reference of every length. `--full` compares with all of them. sacreBLEU gets the same choice, as a second opinion.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import sacrebleu
from nltk.translate.bleu_score import corpus_bleu
from nltk.util import ngrams

DATA = Path(__file__).resolve().parent.parent / "tests" / "data" / "bert-gen"
SAMPLES = ["bert-large-uncased", "bert-base-uncased", "gpt"]
REFERENCES = ["wiki103.5k.txt", "tbc.5k.txt"]
REPLACED = {"@@unknown@@": "[UNK]", "``": '"', "''": '"'}


def lines(path):
    return [line.split() for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def reference(path):
    return [[REPLACED.get(token.lower(), token.lower()) for token in line] for line in lines(path)]


def counts(texts, n):
    return Counter(ngram for text in texts for ngram in ngrams(text, n))


class Chooser:
    """Finds the few references that decide a sentence's BLEU."""

    def __init__(self, references):
        self.references = references
        self.lengths = {len(text): index for index, text in enumerate(references)}
        self.best = {}
        for index, text in enumerate(references):
            for n in range(1, 5):
                for ngram, count in Counter(ngrams(text, n)).items():
                    if count > self.best.get(ngram, (0, None))[0]:
                        self.best[ngram] = (count, index)

    def chosen(self, sentence):
        found = (self.best.get(ngram) for n in range(1, 5) for ngram in ngrams(sentence, n))
        indices = {index for _, index in filter(None, found)} | set(self.lengths.values())
        return [self.references[index] for index in sorted(indices)]


def by_sacrebleu(chosen, texts):
    """sacreBLEU wants as many references for every sentence; those that are missing are None."""
    most = max(map(len, chosen))
    joined = [[" ".join(text) for text in some] + [None] * (most - len(some)) for some in chosen]
    sentences = [" ".join(text) for text in texts]
    metric = sacrebleu.BLEU(tokenize="none", smooth_method="none", force=True)
    return metric.corpus_score(sentences, [list(stream) for stream in zip(*joined)]).score


def repeated(text):
    occurrences = list(ngrams(text, 4))
    return sum(ngram in occurrences[:i] for i, ngram in enumerate(occurrences)) / len(occurrences)


def figures(texts, references, full):
    report = {"texts": len(texts), "tokens": sum(map(len, texts))}
    occurrences = {n: counts(texts, n) for n in range(1, 5)}
    totals = {n: sum(occurrences[n].values()) for n in occurrences}
    report["unique_self"] = {
        n: 100 * sum(count == 1 for count in occurrences[n].values()) / totals[n] for n in (2, 3, 4)
    }
    report["distinct"] = {n: 100 * len(occurrences[n]) / totals[n] for n in (1, 2, 3)}
    long_enough = [text for text in texts if len(text) >= 4]
    report["rep4"] = 100 * sum(map(repeated, long_enough)) / len(long_enough)
    report["unique_reference"] = {
        name: {n: 100 * len(set(occurrences[n]) - set(counts(known, n))) / totals[n] for n in (2, 3, 4)}
        for name, known in references.items()
    }
    report["corpus_bleu"], report["sacrebleu"] = {}, {}
    for name, known in references.items():
        chooser = Chooser(known)
        chosen = [chooser.chosen(text) for text in texts]
        report["sacrebleu"][name] = by_sacrebleu(chosen, texts)
        against = [known] * len(texts) if full else chosen
        report["corpus_bleu"][name] = 100 * corpus_bleu(against, texts)
        print(f"  {name}: {report['corpus_bleu'][name]:.6f}", file=sys.stderr, flush=True)
    others = [texts[:i] + texts[i + 1 :] for i in range(len(texts))]
    report["self_bleu"] = 100 * corpus_bleu(others, texts)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="compare with every reference; slow")
    parser.add_argument("samples", nargs="*", default=SAMPLES, help="beginnings of the sample files' names")
    arguments = parser.parse_args()
    references = {name: reference(DATA / name) for name in REFERENCES}
    for beginning in arguments.samples:
        for path in sorted(DATA.glob(f"{beginning}*.txt")):
            started = time.monotonic()
            report = figures(lines(path), references, arguments.full)
            print(path.name, json.dumps(report, indent=2), flush=True)
            print(f"  {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


main()
