"""The loop that all training shares: steps, the average of the weights, checkpoints, the log, the bar, and stopping.

What is random in batch n depends on the seed and n alone, so a run that was killed and went on writes the same weights as
one that was not (given a budget of tokens, and the same machine).
"""

import contextlib
import signal
import sys
import time
from dataclasses import asdict, dataclass

import bert
import curves
import memory
import numpy as np
import torch
from batches import Place
from checkpoint import Checkpoint
from log import Log
from tqdm import tqdm

LOG_EVERY = 20


@dataclass
class Spent:
    """What a run has used so far."""

    steps: int = 0
    batches: int = 0
    tokens: int = 0
    seconds: float = 0.0


@dataclass
class Pace:
    """How a run learns."""

    rate: float = 4e-4
    accumulate: int = 2
    average: float = 0.999
    seed: int = 1
    precision: str = "auto"
    save_seconds: float = 45.0
    evaluate_every: int = 200
    keep_words: bool = False


def parameter_groups(model):
    """The head learns faster and the word embeddings slower than the layers."""
    head = {id(q) for q in model.cls.predictions.transform.parameters()} | {id(model.cls.predictions.bias)}
    table = id(model.bert.embeddings.word_embeddings.weight)

    def of(wanted):
        return [q for q in model.parameters() if wanted(id(q))]

    return [
        {"params": of(lambda q: q in head), "scale": 1.5},
        {"params": of(lambda q: q not in head and q != table), "scale": 1.0},
        {"params": of(lambda q: q == table), "scale": 0.5},
    ]


class Trainer:
    """Trains `model` in `folder`. `loss_of(model, rows, rng)` gives the loss of a batch and how many tokens it had."""

    def __init__(self, model, folder, tokenizer, schedule, pace, loss_of, evaluate=None):
        self.model, self.folder, self.tokenizer, self.schedule, self.pace = model, folder, tokenizer, schedule, pace
        self.loss_of, self.evaluate = loss_of, evaluate
        folder.mkdir(parents=True, exist_ok=True)
        model.bert.embeddings.word_embeddings.weight.requires_grad_(not pace.keep_words)
        self.checkpoint, self.log = Checkpoint(folder, pace.save_seconds), Log(folder / "log.csv")
        self.optimiser = torch.optim.AdamW(
            parameter_groups(model), lr=pace.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.mean = {name: value.detach().clone() for name, value in model.named_parameters()}
        self.spent, self.place, self.precision, self.stopped = Spent(), Place(), pace.precision, False

    def resume(self):
        """Goes on from the folder's state, if there is one: after a decay that the budget no longer asks for, from before it."""
        state = self.checkpoint.read()
        if state is None:
            return False
        if not self.schedule.decays(Spent(**state["spent"])):
            state = self.checkpoint.read_stable() or state
        self.take(state)
        self.spent, self.place = Spent(**state["spent"]), Place(**state["place"])
        if self.pace.precision == "auto":
            self.precision = state["precision"]
        self.log.cut(self.spent.steps)
        print(f"going on: {self.said()}", flush=True)
        return True

    def take(self, state):
        """Weights, their average and the optimiser's moments, of our own states or any that names them so."""
        try:
            self.model.load_state_dict(state["model"])
            self.model.tie_weights()
            scales = [group["scale"] for group in self.optimiser.param_groups]
            self.optimiser.load_state_dict(state["optimiser"])
            for group, scale in zip(self.optimiser.param_groups, scales):
                group["scale"] = scale
            self.mean = {name: state["mean"][name].clone() for name in self.mean}
        except (KeyError, RuntimeError, ValueError) as error:
            sys.exit(f"the state does not belong to this model: {error}")

    def state(self):
        return {
            "model": self.model.state_dict(),
            "mean": self.mean,
            "optimiser": self.optimiser.state_dict(),
            "spent": asdict(self.spent),
            "place": asdict(self.place),
            "precision": self.precision,
        }

    def run(self, batches):
        """Trains until the budget is used or a signal comes; whether the budget is used."""
        with self.signals(), tqdm(total=1000, disable=None, bar_format="{l_bar}{bar}| {postfix}") as bar:
            began, before, decaying = time.monotonic(), self.spent.seconds, self.schedule.decays(self.spent)
            taken, loss_sum, loss_count = 0, 0.0, 0
            for rows, place in batches.after(self.place):
                if self.stopped or self.schedule.done(self.spent) >= 1:
                    break
                if self.precision == "auto":
                    self.precision = self.faster_precision(rows)
                    began = time.monotonic()
                loss_sum, loss_count = loss_sum + self.learn(rows), loss_count + 1
                taken += 1
                self.place = place
                self.spent.seconds = before + time.monotonic() - began
                if taken % self.pace.accumulate:
                    continue
                self.step()
                if self.spent.steps % LOG_EVERY == 0:
                    held_out = (
                        self.measure() if self.evaluate and self.spent.steps % self.pace.evaluate_every == 0 else {}
                    )
                    self.log.write(self.spent, loss_sum / loss_count, self.optimiser.param_groups[1]["lr"], held_out)
                    self.show(bar, loss_sum / loss_count)
                    loss_sum, loss_count = 0.0, 0
                if self.schedule.decays(self.spent) and not decaying:
                    decaying = True
                    self.checkpoint.keep_stable(self.state())
                if self.checkpoint.due():
                    self.checkpoint.write(self.state())
                    memory.give_back()
                    if bar.disable:  # no terminal: a line now and then instead of the bar
                        print(f"saved: {self.said()}", flush=True)
            self.finish(loss_sum / loss_count if loss_count else None)
        return self.schedule.done(self.spent) >= 1

    def autocast(self, precision=None):
        bf16 = (precision or self.precision) == "bf16"
        return torch.autocast("cpu", dtype=torch.bfloat16) if bf16 else contextlib.nullcontext()

    def learn(self, rows):
        """The gradient of one batch; its loss."""
        rng = np.random.default_rng([self.pace.seed, self.spent.batches])
        with self.autocast():
            loss, tokens = self.loss_of(self.model, rows, rng)
        (loss / self.pace.accumulate).backward()
        value = loss.item()
        if not np.isfinite(value):
            sys.exit(
                f"the loss is {value} at step {self.spent.steps}; a lower --rate may help (the state on disk is from before)"
            )
        self.spent.batches += 1
        self.spent.tokens += tokens
        return value

    def step(self):
        factor = self.schedule.rate(self.spent)
        for group in self.optimiser.param_groups:
            group["lr"] = self.pace.rate * group["scale"] * factor
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.spent.steps += 1
        keep = min(self.pace.average, (self.spent.steps + 1) / (self.spent.steps + 10))
        with torch.no_grad():
            for name, value in self.model.named_parameters():
                self.mean[name].lerp_(value, 1 - keep)

    def faster_precision(self, rows):
        """Times a batch in both precisions, one after the other twice, and takes the faster."""
        times = {"fp32": [], "bf16": []}
        for precision in ("fp32", "bf16", "fp32", "bf16", "bf16", "fp32"):
            began = time.monotonic()
            with self.autocast(precision):
                self.loss_of(self.model, rows, np.random.default_rng(0))[0].backward()
            times[precision].append(time.monotonic() - began)
        self.optimiser.zero_grad(set_to_none=True)
        ratio = min(times["fp32"]) / min(times["bf16"])
        print(f"bf16 is {ratio:.2f} times as fast as fp32 here")
        return "bf16" if ratio > 1 else "fp32"

    def measure(self):
        """Held-out measures of the average."""
        held = {name: value.detach().clone() for name, value in self.model.named_parameters()}
        self.model.load_state_dict(self.mean, strict=False)
        self.model.eval()
        with torch.no_grad(), self.autocast():
            measured = self.evaluate(self.model)
        self.model.load_state_dict(held, strict=False)
        self.model.train()
        return measured

    def show(self, bar, loss):
        bar.n = round(1000 * self.schedule.done(self.spent))
        bar.set_postfix_str(f"{self.said()}, loss {loss:.3f}")

    def said(self):
        """How far the run is, in words."""
        speed = self.spent.tokens / max(1e-9, self.spent.seconds)
        return f"step {self.spent.steps}, {self.spent.tokens / 1e6:.2f} million tokens, {self.spent.seconds / 60:.1f} minutes, {speed:,.0f} tokens/s"

    def finish(self, loss):
        if self.evaluate:
            self.log.write(self.spent, loss, self.optimiser.param_groups[1]["lr"], self.measure())
        self.checkpoint.write(self.state())
        bert.save(self.model, self.mean, self.folder / "model", self.tokenizer)
        curves.draw(self.folder)
        print(
            f"{self.folder}: {self.said()}" + ("; stopped, the same command goes on" if self.stopped else ""),
            flush=True,
        )

    @contextlib.contextmanager
    def signals(self):
        def stop(*_):
            self.stopped = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
