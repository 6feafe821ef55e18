import pytest

from dialoom.evaluators.marks import Marks

TAG = Marks("(?i)<[a-z]>|END", "<", "E", "e")


def test_matches_in_code_are_passed_over() -> None:
    match = TAG.outside_code("Use `<a>` or\n```\n<b>\n```\nand then <C>.")
    assert match
    assert match[0] == "<C>"
    assert TAG.outside_code("Use `<a>`.") is None


def test_matches_stand_where_they_are_in_the_text() -> None:
    text = "```\n<a>\n```\nthe <b> end"
    match = TAG.outside_code(text)
    assert match
    assert text[slice(*match.span())] == "<b>"


@pytest.mark.parametrize(("text", "found"), [("in `<a>`", "<a>"), ("the end", "end"), ("a", None)])
def test_code_is_searched_too_where_it_counts(text: str, found: str | None) -> None:
    match = TAG.search(text)
    assert (match and match[0]) == found


def test_nothing_is_found_without_a_sign() -> None:
    assert Marks("a", "b").search("a") is None
    assert Marks("a", "b").search("ab")
