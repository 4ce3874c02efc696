"""Which paragraphs were there before, exactly or nearly.

Exactly: the same letters and digits, whatever the case, marks and spaces. Nearly: of the runs of eight tokens whose hash
falls on one in SAMPLED, more than SHARE were seen before. Hashes are of token ids and computed for many paragraphs at once.
"""

import hashlib

import numpy as np

RUN, SAMPLED, LEAST, SHARE = 8, 8, 3, 0.8
ODD = np.uint64(0x9E3779B97F4A7C15)


class Seen:
    """The paragraphs so far."""

    def __init__(self):
        self.exact, self.runs = set(), set()

    def text(self, paragraph):
        """Whether this paragraph was there before."""
        letters = "".join(filter(str.isalnum, paragraph.lower()))
        digest = hashlib.blake2b(letters.encode(), digest_size=8).digest()
        known = digest in self.exact
        self.exact.add(digest)
        return known

    def nearly(self, paragraphs):
        """For each list of token ids, whether most of it was there before."""
        return [self.most(hashes) for hashes in sampled_runs(paragraphs)]

    def most(self, hashes):
        known = sum(h in self.runs for h in hashes)
        if len(hashes) >= LEAST and known > SHARE * len(hashes):
            return True
        self.runs.update(hashes)
        return False


def sampled_runs(paragraphs):
    """For each list of token ids, the hashes of its sampled runs."""
    lengths = np.array([len(ids) for ids in paragraphs])
    flat = np.fromiter((i for ids in paragraphs for i in ids), np.uint64, lengths.sum())
    if len(flat) < RUN:
        return [[] for _ in paragraphs]
    with np.errstate(over="ignore"):
        hashes = np.zeros(len(flat) - RUN + 1, np.uint64)
        for offset in range(RUN):
            hashes = hashes * ODD + flat[offset : len(hashes) + offset] + np.uint64(1)
            hashes ^= hashes >> np.uint64(29)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    chosen = np.flatnonzero(hashes % np.uint64(SAMPLED) == 0)
    return [
        hashes[chosen[np.searchsorted(chosen, start) : np.searchsorted(chosen, max(start, end - RUN + 1))]].tolist()
        for start, end in zip(starts[:-1], starts[1:])
    ]
