"""What the shell offers behind a command: names of scenarios, personas, formats."""

from contextlib import suppress

from dialoom.errors import DialoomError

__all__ = ["exporters", "personas", "scenarios"]


def scenarios(incomplete: str) -> list[str]:
    """Return the scenarios that begin so; files are offered by the shell itself."""
    from dialoom.scenarios.library import scenario_names

    with suppress(DialoomError, OSError):
        return [name for name in scenario_names() if name.startswith(incomplete)]
    return []


def personas(incomplete: str) -> list[str]:
    """Return the personas that begin so."""
    from dialoom.personas.library import persona_names

    with suppress(DialoomError, OSError):
        return [name for name in persona_names() if name.startswith(incomplete)]
    return []


def exporters(incomplete: str) -> list[str]:
    """Return the formats that begin so."""
    from dialoom.exporters.base import EXPORTERS

    return [name for name in EXPORTERS.names() if name.startswith(incomplete)]
