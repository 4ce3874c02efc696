"""Tests of training/: its pieces, and the whole pipeline on a few hundred lines with a tiny model.

    python tests/training/test_training.py

Needs training/requirements.txt and target/release/mouthpiece. Random choices have fixed seeds.
"""

import csv
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRAINING, PROGRAM = ROOT / "training", ROOT / "target/release/mouthpiece"
sys.path.insert(0, str(TRAINING))

import batches
import bert
import candidates
import corpus
import duplicates
import masks
import numpy as np
import schedule
import soft_targets
import student
import torch
from safetensors.numpy import load_file
from trainer import Spent


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name


class TestCorpus(Folder):
    def test_a_document_is_held_out_whole_and_whatever_else_is_read(self):
        for number in range(40):
            self.write(f"{number}.txt", f"one of {number}\ntwo of {number}\n")
        split = {}
        for wider in ("", '[source.more]\nfiles = "1*.txt"\n'):
            path = self.write("corpus.toml", f'held_out = 0.3\n[source.all]\nfiles = "*.txt"\n{wider}')
            source = corpus.read(path)[0]
            split[wider] = [held_out for paragraphs, held_out in source.documents() if len(paragraphs) == 2]
        first, second = split.values()
        self.assertEqual(first, second)
        self.assertEqual(len(first), 40)
        self.assertTrue(4 < sum(first) < 24, sum(first))

    def test_blocks_between_empty_lines_can_be_paragraphs(self):
        self.write("book.txt", "one\nline\n\n \nanother\n")
        path = self.write("corpus.toml", '[source.book]\nfiles = "book.txt"\nparagraph = "block"\n')
        ((paragraphs, _),) = corpus.read(path)[0].documents()
        self.assertEqual(paragraphs, ["one line", "another"])

    def test_what_is_wrong_is_said(self):
        for text, said in (
            ("", "no [source.NAME]"),
            ('[source.a]\nfiles = "none.txt"', "no text file"),
            ("[source.a]\nweight = 1", "needs files"),
            ('[source.a]\nfiles = "corpus.toml"\nwieght = 2', "wieght"),
            ('[source.a]\nfiles = "corpus.toml"\nheld_out = 2', "from 0 to 1"),
            ("[", "cannot be read"),
        ):
            with self.assertRaises(SystemExit, msg=text) as refused:
                corpus.read(self.write("corpus.toml", text))
            self.assertIn(said, str(refused.exception))


class TestDuplicates(unittest.TestCase):
    def test_marks_and_case_make_no_difference_words_do(self):
        seen = duplicates.Seen()
        self.assertEqual(
            [seen.text(t) for t in ("The cat sat.", "the CAT, sat", "The cat sits.")], [False, True, False]
        )

    def test_a_paragraph_with_a_few_other_words_is_nearly_the_same(self):
        rng = np.random.default_rng(1)
        first, other = rng.integers(0, 30000, 400).tolist(), rng.integers(0, 30000, 400).tolist()
        changed = [*first[:200], 7, *first[201:]]
        self.assertEqual(duplicates.Seen().nearly([first, other, changed, [1, 2, 3]]), [False, False, True, False])


class Rows:
    """Rows for tests: numbers from 10 on."""

    special = {"pad": 0, "unknown": 1, "start": 2, "end": 3, "mask": 4}
    vocabulary = 2000

    def __init__(self, count, weights=1.0):
        self.lengths = np.random.default_rng(3).integers(12, 60, count).astype(np.uint16)
        self.weights = np.full(count, weights)

    def __len__(self):
        return len(self.lengths)

    def padded(self, indices):
        width = int(self.lengths[indices].max()) + 2
        x = np.zeros((len(indices), width), np.int64)
        for line, index in zip(x, indices):
            n = int(self.lengths[index])
            line[0], line[1 : n + 1], line[n + 1] = 2, np.arange(10, 10 + n), 3
        return x


class TestMasks(unittest.TestCase):
    def test_only_words_are_hidden_and_every_row_has_something_to_learn(self):
        rows = Rows(400)
        x = rows.padded(np.arange(400))
        for kind in masks.MIXTURE:
            seen, asked = masks.Corruption(rows, {kind: 1.0}).apply(x, None, np.random.default_rng(1))
            self.assertTrue(asked.any(axis=1).all(), kind)
            self.assertFalse((asked & (x < 10)).any(), kind)
            if kind == "suffix":  # of which the far part is hidden and not asked for
                self.assertTrue(((seen == x) | (seen == 4)).all())
            else:
                self.assertTrue((seen[~asked] == x[~asked]).all(), kind)

    def test_a_suffix_is_hidden_without_gaps_and_a_classic_mask_sometimes_shows_the_word(self):
        rows = Rows(400)
        x = rows.padded(np.arange(400))
        seen, asked = masks.Corruption(rows, {"suffix": 1.0}).apply(x, None, np.random.default_rng(1))
        for hidden, wanted in zip(seen == 4, asked):
            at = np.flatnonzero(hidden)
            self.assertEqual(len(at), at[-1] - at[0] + 1)
            self.assertTrue(wanted[at[: masks.SUFFIX_NEAR]].all(), "the near part is always asked for")
        far = (seen == 4).sum() - asked.sum()
        self.assertGreater(far, 0)
        seen, asked = masks.Corruption(rows, {"classic": 1.0}).apply(x, None, np.random.default_rng(1))
        kept, masked = np.mean(seen[asked] == x[asked]), np.mean(seen[asked] == 4)
        self.assertTrue(0.07 < kept < 0.13 and 0.76 < masked < 0.84, (kept, masked))


class TestBatches(unittest.TestCase):
    def test_an_epoch_shows_every_row_as_often_as_its_weight_says(self):
        epoch = np.concatenate(batches.Batches(Rows(1000, 2.5), 512, 1).epoch(0))
        times = np.bincount(epoch, minlength=1000)
        self.assertEqual(set(times), {2, 3})
        self.assertTrue(0.4 < np.mean(times == 3) < 0.6)

    def test_the_order_from_any_place_is_the_order_from_the_start(self):
        order = batches.Batches(Rows(300), 512, 7).after(batches.Place())
        walked = [next(order) for _ in range(80)]
        self.assertGreater(walked[-1][1].epoch, 0)
        again = batches.Batches(Rows(300), 512, 7).after(walked[39][1])
        for indices, place in walked[40:]:
            other, there = next(again)
            self.assertTrue(np.array_equal(indices, other) and place == there)

    def test_a_batch_is_no_larger_than_asked(self):
        rows = Rows(1000)
        for batch in batches.Batches(rows, 1024, 1).epoch(0):
            self.assertLess(rows.padded(batch).size, 1024 * 1.3)


class TestCandidates(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(1)
        self.rows = Rows(1)
        self.rows.flat = np.minimum(rng.geometric(0.004, 20_000), 1999)
        self.wanted = rng.permutation(self.rows.flat)[:500]

    def test_all_words_compete_where_there_are_no_more(self):
        for count in (0, 2000, 5000):
            self.assertIsNone(candidates.Candidates(self.rows, count).of(self.wanted, None))

    def test_wanted_and_frequent_words_are_there_and_the_sum_of_the_softmax_is_right_on_average(self):
        some = candidates.Candidates(self.rows, 600)
        rng = np.random.default_rng(2)
        logits = rng.normal(0, 1, 2000)
        exact, sums = np.exp(logits).sum(), []
        for _ in range(200):
            words, offset, place = some.of(self.wanted, rng)
            self.assertTrue(
                (np.diff(words) > 0).all() and (words[place] == self.wanted).all() and (offset[place] == 0).all()
            )
            self.assertTrue(np.isin(np.flatnonzero(some.frequent), words).all())
            sums.append(np.exp(logits[words] + offset).sum())
        self.assertAlmostEqual(np.mean(sums) / exact, 1, delta=0.01)

    def test_their_logits_are_those_of_the_whole_vocabulary(self):
        config = bert.BertConfig(
            vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
        )
        model = bert.BertForMaskedLM(config).eval()
        seen, at, words = torch.arange(10, 22).reshape(2, 6), torch.tensor([1, 8]), torch.tensor([3, 20, 49])
        whole = bert.logits(model, seen, torch.ones_like(seen), at)
        torch.testing.assert_close(bert.logits(model, seen, torch.ones_like(seen), at, words), whole[:, words])


class TestSoftTargets(Folder):
    def test_every_token_of_a_continuation_is_masked_once_and_its_answer_belongs_to_the_place_before_it(self):
        rows = Rows(50)
        indices = np.arange(50)
        prompts = soft_targets.prompt_lengths(rows, indices, 1)
        parts = {"rows": indices, "counts": rows.lengths - prompts, "tokens": [], "logits": []}
        for index, prompt in zip(indices, prompts):
            seen, asked = soft_targets.variants(rows, index, int(prompt))
            columns = np.arange(1 + prompt, 1 + rows.lengths[index])
            self.assertTrue(np.array_equal(np.flatnonzero(asked.sum(axis=0)), columns) and asked.sum(axis=0).max() == 1)
            self.assertTrue(
                (seen[asked] == 4).all() and all((np.diff(np.flatnonzero(line)) == 7).all() for line in asked)
            )
            # The teacher's best word is the one that stands there.
            parts["tokens"].append(
                np.repeat(rows.padded(np.array([index]))[0, columns][:, None], soft_targets.BEST, axis=1)
            )
        parts["tokens"] = np.concatenate(parts["tokens"]).astype(np.uint16)
        parts["logits"] = np.ones(parts["tokens"].shape, np.float16)
        np.savez(self.folder / "targets-000.npz", **parts)
        targets, x = soft_targets.SoftTargets(self.folder, rows), rows.padded(indices)
        at, wanted = student.next_places(x, rows.lengths.astype(np.int64))
        tokens, _, known = targets.batch(indices, x.shape[1], at)
        self.assertEqual(known.sum(), len(parts["tokens"]))
        self.assertTrue((tokens[known, 0] == wanted[known]).all())


class TestSchedule(unittest.TestCase):
    def test_the_rate_rises_stays_and_falls_to_zero(self):
        plan = schedule.Schedule(tokens=1000, warmup=10, decay=0.2)

        def rate(steps, tokens):
            return plan.rate(Spent(steps=steps, tokens=tokens))

        self.assertEqual(
            [round(rate(*at), 3) for at in ((0, 0), (4, 50), (20, 400), (30, 800), (40, 900), (50, 1000))],
            [0.1, 0.5, 1, 1, 0.5, 0],
        )
        self.assertFalse(schedule.Schedule().decays(Spent(steps=10**6, tokens=10**12)))


class TestPipeline(Folder):
    def python(self, script, *arguments, **options):
        command = [sys.executable, str(script), *map(str, arguments)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder, **options
        )
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}")
        return done.stdout

    def weights(self, run):
        return load_file(self.folder / run / "model/model.safetensors")

    def test_from_text_to_a_model_that_writes(self):
        self.python(ROOT / "tests/training/tiny.py", "tiny")
        self.prepares()
        self.survives_being_killed()
        self.goes_on_with_more()
        self.evaluates()
        self.distils()
        self.exports_and_writes()
        self.a_student_goes_on()

    def prepares(self):
        self.python(TRAINING / "prepare.py", TRAINING / "data/corpus.toml", "tiny/tokenizer.json", "shards")
        manifest = json.loads((self.folder / "shards/manifest.json").read_text())
        books, others, recipes = manifest["sources"]
        self.assertEqual((books["held-out"]["rows"], others["train"]["rows"]), (0, 0))
        self.assertGreater(recipes["held-out"]["rows"], 0)

    PACE = (
        "--batch-tokens",
        1024,
        "--accumulate",
        1,
        "--rate",
        2e-3,
        "--precision",
        "fp32",
        "--threads",
        1,
        "--evaluate-every",
        40,
    )

    def survives_being_killed(self):
        """A run that is killed while it writes its state goes on, and ends where one ends that nobody killed."""
        budget = ("--tokens", 90_000)
        self.assertIn(
            "a new one is trained", self.python(TRAINING / "train.py", "tiny", "shards", "whole", *self.PACE, *budget)
        )

        command = [
            sys.executable,
            TRAINING / "train.py",
            "tiny",
            "shards",
            "killed",
            *self.PACE,
            *budget,
            "--save-seconds",
            0,
        ]
        with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True, cwd=self.folder) as process:
            self.assertTrue(
                any(line.startswith("saved: step 30,") for line in process.stdout), "it ended before step 30"
            )
            process.send_signal(signal.SIGKILL)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertIn("going on: step", self.python(*command[1:]))
        whole, killed = self.weights("whole"), self.weights("killed")
        self.assertEqual(whole.keys(), killed.keys())
        for name in whole:
            self.assertTrue(np.array_equal(whole[name], killed[name]), name)

        with open(self.folder / "killed/log.csv", newline="") as file:
            log = list(csv.DictReader(file))
        steps = [int(row["step"]) for row in log]
        self.assertEqual(steps, sorted(set(steps)))
        self.assertLess(float(log[-1]["held-out suffix"]), 7.0, "the tiny model has learnt nothing: chance is 7.6")
        for name in ("curves.svg", "curves.png"):
            self.assertGreater((self.folder / "killed" / name).stat().st_size, 10_000)

    def goes_on_with_more(self):
        """A larger budget goes on from before the decay; another run's state begins a new run; minutes are a budget, too."""
        with open(self.folder / "killed/log.csv", newline="") as file:
            ended = int(list(csv.DictReader(file))[-1]["step"])
        said = self.python(TRAINING / "train.py", "tiny", "shards", "killed", *self.PACE, "--tokens", 120_000)
        self.assertLess(int(re.search(r"going on: step (\d+),", said)[1]), ended, said)
        said = self.python(
            TRAINING / "train.py",
            "tiny",
            "shards",
            "begun",
            *self.PACE,
            "--minutes",
            0.02,
            "--from-state",
            "whole/state.pt",
        )
        self.assertRegex(said, r"begun: step [1-9]\d*, ")
        with open(self.folder / "begun/log.csv", newline="") as file:
            self.assertLess(float(list(csv.DictReader(file))[-1]["held-out suffix"]), 7.0)

    def evaluates(self):
        table = self.python(
            TRAINING / "evaluate.py", "shards", "tiny", "trained=whole/model", "--out", "evaluation", "--sequences", 48
        )
        self.assertIn("| trained |", table)
        figures = json.loads((self.folder / "evaluation/evaluation.json").read_text())
        for name in ("suffix", "next", "loss 15%", "loss 70%", "PPPL"):
            self.assertLess(figures["trained"][name], figures["tiny"][name], name)

    def distils(self):
        options = (
            "--layers",
            2,
            "--teacher-tokens",
            20_000,
            "--target-tokens",
            10_000,
            "--tokens",
            40_000,
            "--compare",
            "--sequences",
            48,
        )
        self.assertIn(
            "| student-plain |",
            self.python(TRAINING / "distil.py", "whole/model", "shards", "distil", *options, *self.PACE),
        )
        measured = json.loads((self.folder / "distil/distilled.json").read_text())
        for name in ("student", "student-plain"):
            self.assertLess(measured[name]["loss"], 7.0, "the student has learnt nothing: chance is 7.6")
        self.assertNotEqual(measured["student"]["loss"], measured["student-plain"]["loss"])

    def refuses(self, said, script, *arguments):
        command = [sys.executable, str(TRAINING / script), *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder)
        self.assertTrue(done.returncode != 0 and said in done.stdout, done.stdout)

    def a_student_goes_on(self):
        """What was exported can be trained on: the model with the words it has, and its student."""
        self.python(TRAINING / "unpack.py", "exported", "again")
        self.python(TRAINING / "train.py", "again", "shards", "further", *self.PACE, "--tokens", 5_000, "--keep-words")
        before, after = load_file(self.folder / "again/model.safetensors"), self.weights("further")
        same = {name for name in before if np.array_equal(before[name], after[name])}
        self.assertIn("bert.embeddings.word_embeddings.weight", same)
        self.assertNotIn("bert.encoder.layer.0.output.dense.weight", same)

        self.python(TRAINING / "unpack.py", "exported", "student", "--student")
        before = load_file(self.folder / "distil/student/model/model.safetensors")
        for name, value in load_file(self.folder / "student/model.safetensors").items():
            if "token_type" not in name and "position" not in name:
                self.assertTrue(np.array_equal(value, before[name].astype(np.float16).astype(np.float32)), name)
        on = (
            "again",
            "shards",
            "on",
            "--teacher-tokens",
            0,
            "--target-tokens",
            0,
            "--tokens",
            40_000,
            "--sequences",
            48,
            *self.PACE,
        )
        self.python(TRAINING / "distil.py", *on, "--student", "student")
        measured = [
            json.loads((self.folder / name / "distilled.json").read_text())["student"]["loss"]
            for name in ("distil", "on")
        ]
        self.assertLess(measured[1], measured[0])
        self.refuses("is a masked model", "distil.py", *on, "--student", "again")
        (self.folder / "exported/card.json").write_text(json.dumps({"graphs": {}}))
        self.refuses("has no student", "unpack.py", "exported", "nothing", "--student")

    def exports_and_writes(self):
        """Both graphs of the model and of its student agree with PyTorch, and the program writes with them."""
        self.python(TRAINING / "export.py", "whole/model", "exported", "--name", "tiny", "--half")
        self.python(TRAINING / "export_student.py", "distil/student/model", "exported", "--half")
        card = json.loads((self.folder / "exported/card.json").read_text())
        for graphs in (card["graphs"], card["student"]["graphs"]):
            self.assertLess(graphs["fp32"]["figures"]["largest_logit_difference"], 1e-3)
            for graph in graphs.values():
                self.assertTrue(graph["figures"]["batch_invariant"])
                self.assertGreater(graph["figures"]["same_top_1"], 0.9)
        environment = os.environ | {"MOUTHPIECE__MODEL__FOLDER": str(self.folder / "exported")}
        for options in (
            ["lookahead"],
            ["causal"],
            ["causal", "--set", "tries=1"],
            ["best-of", "--set", "drafter=causal"],
        ):
            command = [
                PROGRAM,
                "speak",
                "The old man opened the door and",
                "--length",
                "8",
                "--seed",
                "1",
                "--strategy",
                *options,
            ]
            said = subprocess.run(command, env=environment, capture_output=True, text=True)
            self.assertTrue(said.returncode == 0 and said.stdout.startswith("The old man opened the door and "), said)


if __name__ == "__main__":
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is missing; run make build")
    os.environ["OMP_NUM_THREADS"] = "1"
    unittest.main(verbosity=2)
