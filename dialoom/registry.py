"""Names to factories: one door for built-ins and for other packages' parts.

A package adds to dialoom by naming a factory in the entry-point group `dialoom.<kind>s`; the
built-ins do the same in pyproject.toml.
"""

import re
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from typing import Generic, TypeVar

from dialoom.errors import InputError
from dialoom.spec import Choice, nearest, suggestion

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """Factories of one kind by name. An entry point is loaded when its name is first asked for."""

    def __init__(self, kind: str, *, group: str = "") -> None:
        """Make an empty registry.

        Args:
            kind: What messages call one of them.
            group: Of the entry points, after `dialoom.`; the kind in the plural when left out.
        """
        self.kind, self.group = kind, group or f"{kind}s"
        self._factories: dict[str, Callable[..., T]] = {}

    def register(self, name: str, factory: Callable[..., T]) -> None:
        """Add a factory from code.

        Raises:
            ValueError: the name is taken.
        """
        if name in self._factories or name in self._points:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._factories[name] = factory

    def names(self) -> list[str]:
        """Return every known name, sorted."""
        return sorted(self._factories.keys() | self._points.keys())

    def get(self, name: str) -> Callable[..., T]:
        """Return the factory called `name`.

        Raises:
            InputError: there is none; the nearest name is suggested.
        """
        if name in self._factories:
            return self._factories[name]
        if name in self._points:
            return self._factories.setdefault(name, self._loaded(self._points[name]))
        raise InputError(f"no {self.kind} is named {name!r}{suggestion(name, self.names())}")

    def _loaded(self, point: EntryPoint) -> Callable[..., T]:
        try:
            factory: Callable[..., T] = point.load()
        except (ImportError, AttributeError) as error:
            raise InputError(f"the {self.kind} {point.name!r} can't be loaded: {error}") from error
        return factory

    def make(self, choice: Choice) -> T:
        """Return what the factory called `choice.name` makes of the choice's arguments.

        Raises:
            InputError: no such name, an option the factory does not have, or a wrong value.
        """
        factory = self.get(choice.name)
        try:
            bound = signature(factory).bind(*choice.args, **choice.options)
        except TypeError:
            known = list(signature(factory).parameters)
            wrong = next((name for name in choice.options if name not in known), "")
            hint = nearest(wrong, known) if wrong else ""
            options = ", ".join(known) or "none"
            what = f"there is no option {wrong!r}{hint}" if wrong else "options don't fit"
            raise InputError(f"{choice.name}: {what}; options: {options}") from None
        try:
            return factory(*bound.args, **bound.kwargs)
        except (TypeError, ValueError, re.error) as error:
            raise InputError(f"{choice.name}: {error}") from error

    @cached_property
    def _points(self) -> dict[str, EntryPoint]:
        group = f"dialoom.{self.group.replace(' ', '_')}"
        return {point.name: point for point in entry_points(group=group)}
