"""The judge's numbers: drawn from a secret, the submission and the exercise, so that nobody can foresee or choose them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import numpy as np

__all__ = ["FIRST", "Draw", "draw"]

FIRST = -1
"""In place of a variant's index: the run as handed in, for which only the beginning of unseeded random numbers is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A source of numbers: the same name gives the same number, whatever was drawn before it.

    key: 32 bytes.  Who lacks the secret can't tell them from random ones.
    """

    key: bytes

    def integer(self, name: str, below: int) -> int:
        """An integer in [0, below), uniform up to 2**-192 for every `below` of at most 64 bits."""
        return int.from_bytes(hmac.digest(self.key, name.encode(), "sha256")) % below

    def number(self, name: str, low: float, high: float) -> float:
        """A float in [low, high], uniform, with three decimals where the range has room for them (it is read by people)."""
        exact = low + (high - low) * self.integer(name, 2**53) / 2**53
        rounded = round(exact, 3)
        return rounded if low <= rounded <= high and high - low > 0.1 else exact

    def number_away(self, name: str, low: float, high: float, *, avoid: float) -> float:
        """As `number`, but at least a tenth of the range from `avoid`: a run that ignored the judge's data must stand out.

        Within one try in 2**64 some number fits, since at most a fifth of the range is left out.
        """
        for attempt in range(64):
            drawn = self.number(f"{name}/{attempt}", low, high)
            if abs(drawn - avoid) >= (high - low) / 10:
                return drawn
        return low if abs(low - avoid) > abs(high - avoid) else high

    def generator(self) -> np.random.Generator:
        """A numpy generator, for whole tables."""
        return np.random.default_rng(int.from_bytes(hmac.digest(self.key, b"table", "sha256")))


def draw(secret: bytes, *, submission: str, execution: str, variant: int) -> Draw:
    """The draw for one run of one submission.

    submission and execution: SHA-256 digests in hex.  variant: the index of the variant among those considered, or FIRST.
    """
    about = f"{submission}:{execution}:{variant}".encode("ascii")
    return Draw(key=hmac.digest(secret, about, hashlib.sha256))
