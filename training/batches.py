"""Batches of rows of about one length, in an order that only the seed decides: batch 1234 is the same in every run.

Rows are shuffled, taken 8,192 at a time, and sorted by length within these; so little is padded, and the order stays random.
A source of weight 2.5 is in every epoch twice, and half of its rows once more.
"""

from dataclasses import dataclass

import numpy as np

POOL = 8192


@dataclass
class Place:
    """Where in the order of batches a run is."""

    epoch: int = 0
    batch: int = 0


class Batches:
    """The endless order of batches, from any place on."""

    def __init__(self, rows, tokens, seed):
        self.rows, self.tokens, self.seed = rows, tokens, seed

    def epoch(self, number):
        """The batches of one epoch, as arrays of row numbers."""
        rng = np.random.default_rng([self.seed, number])
        times = np.floor(self.rows.weights + rng.random(len(self.rows))).astype(int)
        order = rng.permutation(np.repeat(np.arange(len(self.rows)), times))
        lengths, batches = self.rows.lengths, []
        for start in range(0, len(order), POOL):
            pool = order[start : start + POOL]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            cut = []
            while len(pool):
                widest = int(lengths[pool[min(63, len(pool) - 1)]]) + 2
                count = max(1, self.tokens // widest)
                cut.append(pool[:count])
                pool = pool[count:]
            batches += [cut[i] for i in rng.permutation(len(cut))]
        return batches

    def after(self, place):
        """Batches with the place behind each."""
        while True:
            batches = self.epoch(place.epoch)
            for number in range(place.batch, len(batches)):
                yield batches[number], Place(place.epoch, number + 1)
            place = Place(place.epoch + 1, 0)
