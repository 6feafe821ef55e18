from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import pytest

from dialoom.personas.library import load_persona, shipped_personas
from dialoom.scenarios.templates import names_in

SHIPPED = sorted(shipped_personas().glob("*.yaml"))
NAMES = [file.stem for file in SHIPPED]


def test_there_are_at_least_twelve() -> None:
    assert len(SHIPPED) >= 12


@pytest.mark.parametrize("file", SHIPPED, ids=NAMES)
def test_a_shipped_persona_is_vivid_and_stands_alone(file: Path) -> None:
    persona = load_persona(file)
    text = file.read_text(encoding="utf-8")

    assert len(persona.traits) >= 2
    assert persona.background
    assert len(persona.example_lines) >= 3
    assert persona.doesnt_know
    assert names_in(text) == frozenset()
    assert text.startswith("# yaml-language-server: $schema=../dialoom/schemas/persona.json\n")


def test_no_two_voices_are_alike() -> None:
    lines = [line for file in SHIPPED for line in load_persona(file).example_lines]

    assert all(SequenceMatcher(None, a, b).ratio() < 0.7 for a, b in combinations(lines, 2))


def test_everybody_has_a_name_of_their_own() -> None:
    shown = [load_persona(file).display_name for file in SHIPPED]

    assert len(set(shown)) == len(shown)
