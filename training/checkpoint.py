"""The state of a run on disk: whole at every moment, whatever kills the process while it is written."""

import os
import sys
import time

import torch


class Checkpoint:
    """`state.pt` of a run's folder, and `stable.pt`, the state before the decay began."""

    def __init__(self, folder, every):
        self.path, self.stable, self.every = folder / "state.pt", folder / "stable.pt", every
        self.last = time.monotonic()

    def due(self):
        return time.monotonic() - self.last > self.every

    def write(self, state):
        fresh = self.path.with_suffix(".new")
        with open(fresh, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.path)
        self.last = time.monotonic()

    def keep_stable(self, state):
        """Keeps what is now as the place from which a longer run goes on."""
        self.write(state)
        self.stable.unlink(missing_ok=True)
        os.link(self.path, self.stable)  # the next state is another file, so this one stays as it is

    def read(self):
        """The newest state, or None."""
        return read(self.path) if self.path.exists() else None

    def read_stable(self):
        """The state before the decay, or None."""
        return read(self.stable) if self.stable.exists() else None


def read(path):
    try:
        return torch.load(path, weights_only=False, map_location="cpu")
    except Exception as error:  # what it raises depends on where the file is damaged
        sys.exit(f"{path} is not a state that can be gone on from: {error}")
