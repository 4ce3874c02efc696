"""How long a run lasts and how fast it learns: warm-up, stable, decay.

The rate rises over the first steps, stays, and falls to zero over the last part of the budget. A run without a budget
stays stable until it is stopped; one that has ended goes on, with a larger budget, from where the decay began.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """A budget in minutes or tokens (or neither), and the shape of the rate."""

    minutes: float | None = None
    tokens: float | None = None
    warmup: int = 50
    decay: float = 0.2

    def done(self, spent):
        """How much of the budget is used, 0 to 1; the larger share counts."""
        shares = [
            spent.seconds / (60 * self.minutes) if self.minutes else 0.0,
            spent.tokens / self.tokens if self.tokens else 0.0,
        ]
        return min(1.0, max(shares))

    def rate(self, spent):
        """The factor of the learning rate."""
        done = self.done(spent)
        fall = min(1.0, (1.0 - done) / self.decay) if self.decay and done > 0 else 1.0
        return min(1.0, (spent.steps + 1) / max(1, self.warmup)) * fall

    def decays(self, spent):
        return self.done(spent) > 1.0 - self.decay
