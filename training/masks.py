"""Which tokens are hidden from the model while it learns: a mixture, so that it can fill any share of blanks in any order.

half     a random share of the tokens, anything from 10 % to all
suffix   everything behind a random place (sometimes with the last token left, which is a full stop more often than not);
         asked for are the first eight tokens of it and a quarter of the rest, of which hardly anything can be known
spans    stretches of one to eight tokens, until a share of 15 % to 60 % is hidden
classic  15 %, of which 8 in 10 are masked, 1 is replaced and 1 is left as it is, so that what is seen is judged as well
"""

import numpy as np

MIXTURE = {"half": 0.4, "suffix": 0.35, "spans": 0.15, "classic": 0.1}
SUFFIX_WITH_LAST = 0.3
SUFFIX_NEAR, SUFFIX_FAR = 8, 0.25  # tokens behind the visible text that are always asked for; share of the others
FIRST_WORD = 999  # of BERT's vocabularies: what stands before it is special or unused


def share(text, rng, low, high):
    """A share of the columns `text`, at least one."""
    count = max(1, round(len(text) * rng.uniform(low, high)))
    return rng.permutation(text)[:count]


def suffix(text, rng):
    cut = int(rng.integers(0, len(text)))
    last = len(text) - (1 if rng.random() < SUFFIX_WITH_LAST and cut < len(text) - 1 else 0)
    return text[cut:last]


def spans(text, rng):
    wanted, hidden = max(1, round(len(text) * rng.uniform(0.15, 0.6))), set()
    while len(hidden) < wanted:
        start = int(rng.integers(0, len(text)))
        hidden.update(range(start, min(len(text), start + int(rng.integers(1, 9)))))
    return text[sorted(hidden)]


def hidden_columns(kind, text, rng):
    """The columns among `text` that a mask of this kind hides."""
    if kind == "half":
        return share(text, rng, 0.1, 1.0)
    if kind == "classic":
        return share(text, rng, 0.15, 0.15)
    return {"suffix": suffix, "spans": spans}[kind](text, rng)


class Corruption:
    """Hides tokens of padded rows."""

    def __init__(self, rows, mixture=None):
        self.special, self.vocabulary = rows.special, rows.vocabulary
        mixture = mixture or MIXTURE
        self.kinds, weights = list(mixture), np.array(list(mixture.values()))
        self.weights = weights / weights.sum()

    def text(self, x):
        """Where `x` holds words, not special tokens."""
        return ~np.isin(x, [self.special[name] for name in ("pad", "start", "end")])

    def apply(self, x, _, rng):
        """What the model sees of `x`, and where it has to answer."""
        seen, asked, text = x.copy(), np.zeros(x.shape, bool), self.text(x)
        for row, kind in enumerate(rng.choice(len(self.kinds), len(x), p=self.weights)):
            columns = hidden_columns(self.kinds[kind], np.flatnonzero(text[row]), rng)
            seen[row, columns] = self.special["mask"]
            if self.kinds[kind] == "suffix":
                columns = columns[(np.arange(len(columns)) < SUFFIX_NEAR) | (rng.random(len(columns)) < SUFFIX_FAR)]
            asked[row, columns] = True
            if self.kinds[kind] == "classic":
                self.classic(x, seen, row, columns, rng)
        return seen, asked

    def classic(self, x, seen, row, columns, rng):
        """Of ten hidden tokens, eight stay masks, one becomes any word, and one is shown."""
        dice = rng.random(len(columns))
        kept, swapped = columns[dice < 0.1], columns[dice > 0.9]
        seen[row, kept] = x[row, kept]
        seen[row, swapped] = rng.integers(min(FIRST_WORD, self.vocabulary // 2), self.vocabulary, len(swapped))
