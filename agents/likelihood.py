"""Reads an answer on a scale from the probabilities of a model's next token."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dialoom.errors import EvaluatorError

__all__ = ["Likelihood", "likelihood"]

MASS_FLOOR = 0.05
"""Least probability that must fall on the scale; a model with less has not answered at all.

SmolLM2-135M puts 0.2 to 0.6 there, larger instruct models nearly 1.
"""

AROUND = " \t\n\r\"'*.\u2581\u0120\u010a"
"""What tokenizers put around a word: spaces, quotes, and the signs that stand for a space."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How probable each answer of a scale is, given that the model answers on the scale."""

    shares: Mapping[str, float]
    """By answer, 0 to 1; they sum to 1. An answer the model never considers has 0."""
    mass: float
    """Probability that the model answers on the scale at all, 0 to 1."""

    def expected(self, values: Mapping[str, float]) -> float:
        """Return the mean of the answers' values, weighted by their probability."""
        mean = sum(values[answer] * share for answer, share in self.shares.items())
        return min(1.0, max(0.0, mean))

    def without(self, answer: str) -> "Likelihood | None":
        """Return the odds of the other answers; None when this one is the likeliest of all."""
        share = self.shares[answer]
        if share >= max(self.shares.values()):
            return None
        left = {name: odds / (1 - share) for name, odds in self.shares.items() if name != answer}
        return Likelihood(left, self.mass * (1 - share))

    def __str__(self) -> str:
        ranked = sorted(self.shares.items(), key=lambda item: (-item[1], item[0]))
        shown = [f"P({answer})={_short(share)}" for answer, share in ranked if share >= 0.005]
        return f"{', '.join(shown)}; {self.mass:.0%} of the model's probability is on the scale"


def likelihood(top: Iterable[tuple[str, float]], answers: Iterable[str]) -> Likelihood:
    """Return how probable each answer is, from the alternatives for one token.

    A token counts for an answer only when it is that answer and nothing else; letter case and
    the spaces around it don't matter.

    Args:
        top: Tokens with the natural logarithm of their probability.
        answers: The scale's answers, in lower case.

    Raises:
        EvaluatorError: less than `MASS_FLOOR` of the probability is on the scale.
    """
    top = tuple(top)
    sums = dict.fromkeys(answers, 0.0)
    for token, logprob in top:
        answer = token.strip(AROUND).lower()
        if answer in sums:
            sums[answer] += math.exp(logprob)
    mass = sum(sums.values())
    if not mass >= MASS_FLOOR:  # written so that NaN fails too
        likely = ", ".join(repr(token) for token, _ in top[:3]) or "nothing"
        raise EvaluatorError(
            f"the model does not answer on the scale {'/'.join(sums)}; likeliest is {likely}"
        )
    return Likelihood({answer: share / mass for answer, share in sums.items()}, min(mass, 1.0))


def _short(share: float) -> str:
    """Return a probability without its leading zero: .41, 1.00."""
    return f"{share:.2f}".removeprefix("0")
