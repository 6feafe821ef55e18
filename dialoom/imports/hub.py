"""Data sets of the Hugging Face Hub by name, read with `datasets` (extra `datasets`)."""

from collections.abc import Iterator

from dialoom.errors import InputError, MissingExtra
from dialoom.imports.rows import Row, Rows

__all__ = ["PREFIX", "hub_rows"]

PREFIX = "hf:"


def hub_rows(name: str, *, split: str = "train", config: str | None = None) -> Rows:
    """Return the rows of a data set, which come over the network as they are read.

    Args:
        name: Like `owner/name`.
        split: Which of its splits.
        config: Which of its configurations; None is its default.

    Raises:
        MissingExtra: `datasets` is not installed.
        InputError: there is no such data set, or the Hub can't be reached.
    """
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise MissingExtra(
            f"{PREFIX}{name}: data sets of the Hub are read by `datasets`, which is not "
            "installed; pip install 'dialoom[datasets]'"
        ) from error
    try:
        found = load_dataset(name, config, split=split, streaming=True)
    except Exception as error:  # whatever `datasets` and its back ends raise
        raise _refused(name, error) from error
    return Rows("a data set of the Hub", _rows(name, iter(found)))


def _rows(name: str, found: Iterator[object]) -> Iterator[Row]:
    number = 0
    while True:
        try:
            value = next(found)
        except StopIteration:
            return
        except Exception as error:
            raise _refused(name, error) from error
        number += 1
        yield Row(number, value)


def _refused(name: str, error: Exception) -> InputError:
    said = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    hint = ""
    if isinstance(error, ConnectionError):
        hint = "; without a network, import files that you have downloaded elsewhere"
    return InputError(f"{PREFIX}{name} can't be read: {said}{hint}")
