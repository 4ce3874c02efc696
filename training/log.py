"""log.csv of a run: a row every few steps, with what was measured on held-out text where it was."""

import csv
import os

COLUMNS = ("step", "tokens", "seconds", "loss", "rate")


class Log:
    """The rows so far; the file is whole at every moment."""

    def __init__(self, path):
        self.path, self.rows = path, []
        if path.exists():
            with open(path, newline="") as file:
                self.rows = list(csv.DictReader(file))

    def write(self, spent, loss, rate, held_out):
        """Adds a row; `held_out` holds measures by name, or nothing."""
        values = (
            spent.steps,
            spent.tokens,
            f"{spent.seconds:.1f}",
            "" if loss is None else f"{loss:.4f}",
            f"{rate:.3g}",
        )
        measured = {f"held-out {name}": f"{value:.4f}" for name, value in held_out.items()}
        self.rows.append(dict(zip(COLUMNS, map(str, values))) | measured)
        self.store()

    def cut(self, steps):
        """Drops what was logged after the state of this step was written."""
        self.rows = [row for row in self.rows if int(row["step"]) <= steps]
        self.store()

    def store(self):
        columns = list(dict.fromkeys([*COLUMNS, *(name for row in self.rows for name in row)]))
        fresh = self.path.with_suffix(".new")
        with open(fresh, "w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        os.replace(fresh, self.path)
