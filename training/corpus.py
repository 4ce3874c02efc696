"""Text by source, as a TOML file names it: documents, their paragraphs, and which documents are held out.

    held_out = 0.02                  # share of documents that is held out, whole
    seed = 1                         # which ones

    [source.books]
    files = "books.txt.xz"           # a file, a folder of .txt and .txt.xz files, or a pattern; relative to the TOML file
    weight = 1.0                     # how often an epoch of training shows it
    licence = "public domain"
    paragraph = "line"               # what a paragraph is: a line, or a "block" between empty lines
    document = "file"                # what a document is: a file, or a "paragraph" that stands alone (glosses, recipes)
    held_out = 0.0                   # instead of the share above; 1 holds out the whole source

A document is held out by a hash of the seed and its name (or of itself, if it is a paragraph), so that adding a source moves no other document.
"""

import hashlib
import lzma
import pathlib
import re
import sys
import tomllib
from dataclasses import dataclass

KNOWN = {"files", "weight", "licence", "paragraph", "document", "held_out"}


@dataclass(frozen=True)
class Source:
    """One entry of the TOML file."""

    name: str
    files: list[pathlib.Path]
    weight: float
    licence: str
    paragraph: str
    document: str
    held_out: float
    seed: int

    def documents(self):
        """Pairs of a document's paragraphs and whether it is held out."""
        for path in self.files:
            paragraphs = self.paragraphs(path)
            if self.document == "file":
                yield list(paragraphs), self.is_held_out(path.name)
            else:
                for paragraph in paragraphs:
                    yield [paragraph], self.is_held_out(paragraph)

    def paragraphs(self, path):
        opened = lzma.open if path.suffix == ".xz" else open
        try:
            with opened(path, "rt", encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError, lzma.LZMAError) as error:
            sys.exit(f"source {self.name}: {path} cannot be read as UTF-8 text: {error}")
        parts = text.splitlines() if self.paragraph == "line" else re.split(r"\n[ \t]*\n", text)
        return (joined for part in parts if (joined := " ".join(part.split())))

    def is_held_out(self, name):
        digest = hashlib.blake2b(f"{self.seed} {self.name} {name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) < self.held_out * 2**64


def read(path):
    """The sources of a TOML file; says what is wrong with one that cannot be used."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        sys.exit(f"{path} cannot be read: {error}; see training/data/corpus.toml for an example")
    unknown = set(table) - {"held_out", "seed", "source"}
    if unknown or not table.get("source"):
        sys.exit(
            f"{path} has {'no [source.NAME]' if not unknown else 'the unknown entry ' + sorted(unknown)[0]}; see training/corpus.py --help"
        )
    return [source(path, name, entry, table) for name, entry in table["source"].items()]


def source(path, name, entry, table):
    unknown = set(entry) - KNOWN
    if unknown or "files" not in entry:
        sys.exit(
            f"{path}: source {name} {'needs files' if not unknown else 'has the unknown entry ' + sorted(unknown)[0]}"
        )
    made = Source(
        name,
        files(path.parent, entry["files"]),
        entry.get("weight", 1.0),
        entry.get("licence", "not stated"),
        entry.get("paragraph", "line"),
        entry.get("document", "file"),
        entry.get("held_out", table.get("held_out", 0.0)),
        table.get("seed", 1),
    )
    if not made.files:
        sys.exit(f"{path}: source {name} names {entry['files']!r}, where no text file is")
    if made.paragraph not in ("line", "block") or made.document not in ("file", "paragraph"):
        sys.exit(f'{path}: source {name}: paragraph is "line" or "block", document is "file" or "paragraph"')
    if not (made.weight >= 0 and 0 <= made.held_out <= 1):
        sys.exit(f"{path}: source {name}: weight must be 0 or more, held_out from 0 to 1")
    return made


def files(folder, pattern):
    """The text files that `pattern` names, in a fixed order."""
    whole = folder / pattern
    if whole.is_dir():
        return sorted(p for p in whole.rglob("*") if p.name.endswith((".txt", ".txt.xz")))
    return (
        sorted(folder.glob(pattern)) if not pathlib.Path(pattern).is_absolute() else [whole] if whole.is_file() else []
    )


if __name__ == "__main__":
    print(__doc__)
