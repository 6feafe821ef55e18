"""What models cost: a small table, over which a user's own goes. What isn't known is None."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import Field

from dialoom.errors import InputError
from dialoom.spec import Spec, load_document, validate

__all__ = ["Price", "Prices", "dollars", "read_prices"]

SHIPPED = Path(__file__).with_name("prices.yaml")
OWN_MACHINE = ("embedded", "gguf", "ollama", "scorer", "scripted")
"""Providers that run on the user's machines: a call costs nothing that is billed."""
DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
"""The snapshot that OpenAI puts behind a model's name."""


class Price(Spec):
    """USD per million tokens."""

    in_: float = Field(alias="in", ge=0)
    out: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    """Of prompt tokens served from the provider's cache; None: the same as others."""

    def usd(self, *, prompt: float, completion: float, cached: float = 0) -> float:
        """Return what so many tokens cost; `cached` is part of `prompt`."""
        of_cached = self.in_ if self.cached is None else self.cached
        fresh = prompt - cached
        return (fresh * self.in_ + cached * of_cached + completion * self.out) / 1e6


FREE = Price.model_validate({"in": 0, "out": 0})


class Prices(Spec):
    """A table of prices."""

    checked: date | None = None
    """The day on which they held."""
    models: dict[str, Price] = Field(default_factory=dict)
    """By `provider/model`."""

    def of(self, model: str) -> Price | None:
        """Return the price of a model; None where it isn't known."""
        found = self.models.get(model) or self.models.get(DATED.sub("", model))
        if found is None and model.partition("/")[0] in OWN_MACHINE:
            return FREE
        return found

    def demand(self, model: str) -> Price:
        """Return the price of a model.

        Raises:
            InputError: it isn't known.
        """
        found = self.of(model)
        if found is None:
            raise InputError(
                f"the price of {model} is not known, so usd can't be capped; write it into a file "
                f"like `models: {{{model}: {{in: 0.15, out: 0.60}}}}` and give --prices FILE"
            )
        return found

    def over(self, others: Mapping[str, Price]) -> "Prices":
        """Return this table, completed by others where it says nothing."""
        return self.model_copy(update={"models": {**others, **self.models}})


def read_prices(file: Path | None = None) -> Prices:
    """Return the shipped prices, with those of a file over them.

    Raises:
        InputError: the file can't be read, or is no table of prices.
    """
    shipped = validate(Prices, load_document(SHIPPED))
    if file is None:
        return shipped
    return validate(Prices, load_document(file)).over(shipped.models)


def dollars(usd: float) -> str:
    """Return a sum with as many places as a small one needs.

    >>> dollars(12.3456), dollars(0.00123), dollars(0)
    ('$12.35', '$0.0012', '$0')
    """
    if not usd:
        return "$0"
    return f"${usd:,.2f}" if usd >= 0.1 else f"${usd:.4f}"
