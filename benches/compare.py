"""fill-mask end to end against what a user would pick instead, on one core, interleaved; writes target/bench/fill.json.

    python benches/compare.py [ROUNDS]

Every contender is a process on the same core that reads lines "batch repetitions", fills the masks of that many sentences
that often (tokenising and the five best words included), and answers with the seconds and the best words. Rounds go
through all contenders in turn, so that all see the same moods of the machine; medians of the rounds are compared.
"""

import json
import lzma
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
OUT = ROOT / "target/bench"
CORE = max(os.sched_getaffinity(0))
BATCHES = (1, 64)
SECONDS = 0.8  # of work in one turn of one contender


def sentences():
    """64 held-out sentences of about 33 tokens with one word masked."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(ROOT / "models/mouthpiece-mini/tokenizer.json"))
    found = []
    for paragraph in lzma.open(ROOT / "training/data/heldout-sample.txt.xz", "rt"):
        for sentence in re.split(r"(?<=[.!?])\s+", paragraph.strip()):
            words = sentence.split()
            middle = len(words) // 2
            if (
                31 <= len(tokenizer.encode(sentence).ids) <= 35
                and words[middle].isalpha()
                and sentence.isascii()
                and "_" not in sentence
            ):
                found.append(" ".join(words[:middle] + ["[MASK]"] + words[middle + 1 :]))
    if len(found) < 64:
        sys.exit(f"only {len(found)} sentences are long enough")
    path = OUT / "sentences.txt"
    path.write_text("\n".join(found[:64]) + "\n")
    return path


def built(*command, name):
    """The path of the program that a cargo command builds."""
    output = subprocess.run([*command, "--message-format=json"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    messages = (json.loads(line) for line in output.splitlines())
    return [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == name][-1]


class Contender:
    def __init__(self, *command):
        threads = dict.fromkeys(
            ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "TOKENIZERS_PARALLELISM"), "1"
        )
        self.process = subprocess.Popen(
            ["taskset", "-c", str(CORE), *map(str, command)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | threads | {"TOKENIZERS_PARALLELISM": "false"},
        )
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"{command} did not start")
        self.reps, self.best = {}, []

    def ask(self, batch, reps):
        print(batch, reps, file=self.process.stdin, flush=True)
        seconds, *self.best = self.process.stdout.readline().split()
        return float(seconds)

    def turn(self, batch):
        """Sentences a second."""
        if batch not in self.reps:
            self.ask(batch, 2)
            self.reps[batch] = max(2, round(SECONDS / (self.ask(batch, 2) / 2)))
        return batch * self.reps[batch] / self.ask(batch, self.reps[batch])


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    OUT.mkdir(parents=True, exist_ok=True)
    texts, folder = sentences(), OUT / "hf"
    subprocess.run([sys.executable, ROOT / "training/unpack.py", ROOT / "models/mouthpiece-mini", folder], check=True)
    fill = built("cargo", "bench", "--locked", "--bench", "fill", "--no-run", name="fill")
    candle = built(
        "cargo",
        "build",
        "--release",
        "--locked",
        "--manifest-path",
        "benches/peers/candle/Cargo.toml",
        name="candle-contender",
    )
    peer = [sys.executable, HERE / "peers/peer.py"]
    commands = {
        "mouthpiece int8": (fill, "int8", texts),
        "mouthpiece fp32": (fill, "fp32", texts),
        "transformers pipeline": (*peer, "pipeline", folder, texts),
        "PyTorch fp32, masked position only": (*peer, "torch-fp32", folder, texts),
        "PyTorch bf16, masked position only": (*peer, "torch-bf16", folder, texts),
        "onnxruntime fp32, same graph": (*peer, "ort-fp32", folder, texts),
        "onnxruntime int8 dynamic": (*peer, "ort-int8", folder, texts),
        "onnxruntime int8 dynamic, one per call": (*peer, "ort-int8-alone", folder, texts),
        "candle": (candle, folder, texts),
    }
    contenders = {name: Contender(*command) for name, command in commands.items()}
    measured = {name: {batch: [] for batch in BATCHES} for name in contenders}
    for number in range(rounds):
        for batch in BATCHES:
            for name, contender in contenders.items():
                measured[name][batch].append(contender.turn(batch))
        print(f"round {number + 1} of {rounds} at {time.strftime('%T')}", file=sys.stderr)
    reference = contenders["mouthpiece fp32"].best
    result = {"core": CORE, "rounds": rounds, "contenders": {}}
    for name, contender in contenders.items():
        same = sum(a == b for a, b in zip(contender.best, reference)) / len(reference)
        result["contenders"][name] = {"same_best_word": round(same, 3)} | {
            str(batch): {
                "median": round(statistics.median(values), 1),
                "low": round(min(values), 1),
                "high": round(max(values), 1),
            }
            for batch, values in measured[name].items()
        }
        print(name, json.dumps(result["contenders"][name]))
    limit = subprocess.run(
        ["taskset", "-c", str(CORE), *map(str, peer), "limit", folder, texts],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result["limit_gops"] = json.loads(limit.stdout)
    (OUT / "fill.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
