"""Which words compete for the places of a batch: the whole vocabulary costs as much as the encoder, and most of it is rare.

Sampled softmax (Jean, Cho, Memisevic & Bengio 2015, arXiv:1412.2007; section 3): the words that are wanted, the most frequent ones, and a
few drawn from the others, each of which stands for all of its kind in the sum of the softmax. Ours: the frequent ones are always
there, so that the estimate of that sum hardly varies. Measures and models in use always have the whole vocabulary.
"""

import numpy as np

FREQUENT_SHARE = 2 / 3


class Candidates:
    """Draws `count` words and those that are wanted; all words if there are no more than that."""

    def __init__(self, rows, count):
        frequency = np.bincount(rows.flat, minlength=rows.vocabulary)
        order = np.argsort(-frequency, kind="stable")
        self.all, self.drawn = not 0 < count < rows.vocabulary, count - round(count * FREQUENT_SHARE)
        self.frequent = np.zeros(rows.vocabulary, bool)
        self.frequent[order[: count - self.drawn]] = True

    def of(self, wanted, rng):
        """The words [n], ascending, what to add to their logits [n], and where each of `wanted` is among them; or None for all words."""
        if self.all:
            return None
        certain = self.frequent.copy()
        certain[wanted] = True
        others = np.flatnonzero(~certain)
        drawn = rng.permutation(others)[: self.drawn]
        offset = np.zeros(len(certain), np.float32)
        offset[drawn] = np.log(len(others) / max(1, len(drawn)))
        certain[drawn] = True
        words = np.flatnonzero(certain)
        return words, offset[words], np.searchsorted(words, wanted)
