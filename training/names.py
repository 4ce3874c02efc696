"""Words of the vocabulary that English nearly always writes with a capital, from cased text.

An uncased model does not know them, so the program does: python training/names.py tokenizer.json text.xz… > names.txt
A word counts where it does not begin a sentence. Those that are written with a capital nine times in ten, at least
LEAST times, are names.
"""

import collections
import json
import lzma
import re
import sys

LEAST = 12
SHARE = 0.9


def main(tokenizer, texts):
    with open(tokenizer, encoding="utf-8") as file:
        vocabulary = json.load(file)["model"]["vocab"]
    words = {word for word in vocabulary if word.isalpha() and len(word) > 1}
    capital, all_of_them = collections.Counter(), collections.Counter()
    # A word after a lower-case word or a comma does not begin a sentence or a title.
    inside = re.compile(r"(?<=[a-z,] )([A-Za-z]+)\b")
    for path in texts:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                for word in inside.findall(line):
                    lower = word.lower()
                    if lower in words:
                        all_of_them[lower] += 1
                        capital[lower] += word[0].isupper() and not word.isupper()
    names = [word for word, n in all_of_them.items() if n >= LEAST and capital[word] >= SHARE * n]
    print("\n".join(sorted(names)))


main(sys.argv[1], sys.argv[2:])
