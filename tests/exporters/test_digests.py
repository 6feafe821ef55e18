"""Texts that were exported before are known again, however many there are."""

import random

import pytest

from dialoom.exporters.digests import SeenTexts


def test_each_text_is_new_once_among_thousands() -> None:
    seen = SeenTexts()
    draw = random.Random(7)
    known: set[str] = set()
    for _ in range(20_000):
        text = f"text number {draw.randrange(9_000)}"
        assert seen.add([text]) == (text not in known)
        known.add(text)


@pytest.mark.parametrize(
    ("first", "second", "is_new"),
    [
        (["Yes, please."], ["yes,  please. "], False),
        (["one", "two"], ["one two"], True),
        (["one", "two"], ["two", "one"], True),
        (["caf\ud83d"], ["caf\ud83d"], False),
        ([], [], False),
    ],
)
def test_texts_count_together_in_their_order_and_by_their_words(
    first: list[str], second: list[str], is_new: bool
) -> None:
    seen = SeenTexts()
    assert seen.add(first)
    assert seen.add(second) == is_new
