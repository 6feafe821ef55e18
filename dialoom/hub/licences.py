"""Under which licence the models are whose texts a data set holds; unknown is said as such."""

from datetime import date
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from dialoom.spec import Spec, load_document, validate

__all__ = ["UNKNOWN", "Licence", "licence_of", "licences_checked"]

SHIPPED = Path(__file__).with_name("licences.yaml")


class Licence(Spec):
    """What a family of models is under."""

    name: str
    """A pattern of models' names."""
    licence: str
    terms: str
    """What it says of texts that the model wrote, in a few words; may be empty."""


UNKNOWN = Licence(
    name="*", licence="unknown", terms="look it up before you publish or train on these texts"
)


class _Table(Spec):
    checked: date
    models: tuple[Licence, ...]


@cache
def _table() -> _Table:
    return validate(_Table, load_document(SHIPPED))


def licence_of(model: str) -> Licence:
    """Return what is known of a model's licence.

    >>> licence_of("ollama/qwen2.5:7b").licence
    'Apache-2.0'
    >>> licence_of("openai/mine").licence
    'unknown'
    """
    return next((one for one in _table().models if fnmatch(model.lower(), one.name)), UNKNOWN)


def licences_checked() -> date:
    """Return the day on which the table was checked."""
    return _table().checked
