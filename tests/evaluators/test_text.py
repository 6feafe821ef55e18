import time

import pytest

from dialoom.evaluators.text import (
    SCANNED,
    likeness,
    normalised,
    prose,
    quoted,
    sentences,
    span_of,
    words,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("  \n\t", ()),
        ("Don't - I said *stop*, 3 times!", ("dont", "i", "said", "stop", "3", "times")),
        ("Don\u2019t \u2014 \u201cquote\u201d\u2026", ("dont", "quote")),
        ("snake_case and 3.5", ("snake", "case", "and", "3", "5")),
        ("Ça va très bien", ("ça", "va", "très", "bien")),
        ("你好,世界", ("你", "好", "世", "界")),
        ("नमस्ते दुनिया", ("नमस्ते", "दुनिया")),
        ("so\u200bft", ("soft",)),
        ("ok 👍", ("ok",)),
    ],
)
def test_words_are_lower_case_and_without_marks(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


def test_texts_that_differ_in_marks_only_normalise_alike() -> None:
    assert normalised("Hello,  WORLD!") == normalised("hello\nworld") == "hello world"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("One. Two! Three?", ("one", "two", "three")),
        ("It costs 3.5 euros. Fine", ("it costs 3 5 euros", "fine")),
        ('He said "No." Then left', ("he said no", "then left")),
        ("Rule: keep quiet; listen", ("rule", "keep quiet", "listen")),
        ("a line\nanother line", ("a line", "another line")),
        ("Wait\u2026 what", ("wait", "what")),
        ("你好。世界\uff01", ("你 好", "世 界")),
        ("...\n---", ()),
    ],
)
def test_sentences_end_at_full_stops_and_lines(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected


def test_a_phrase_is_found_whatever_marks_stand_between() -> None:
    text = "Well: I don\u2019t -- know, I don't know."
    first = span_of(["i", "dont", "know"], text)
    assert first is not None
    assert text[slice(*first)] == "I don\u2019t -- know"
    again = span_of(["i", "dont", "know"], text, first[1])
    assert again is not None
    assert text[slice(*again)] == "I don't know"
    assert span_of(["you", "know"], text) is None


def test_prose_keeps_every_character_outside_code_in_its_place() -> None:
    text = "See:\n```python\nx = 1\n```\nDone. ```open"
    assert len(prose(text)) == len(text)
    assert "x = 1" not in prose(text)
    assert "open" not in prose(text)
    assert prose(text).index("Done.") == text.index("Done.")
    assert prose(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ```` b ``` c", "a" + 12 * " " + "c"),
        ("```a\n\nb```c```", "    \n\n    c   "),
        ("``` a", "     "),
        ("`` a", "`` a"),
    ],
)
def test_a_fence_ends_at_the_next_or_with_the_text(text: str, expected: str) -> None:
    assert prose(text) == expected


def test_likeness_is_one_for_equal_texts_alone() -> None:
    assert likeness("a b c", "a b c", least=0.9) == 1
    long = "the same words again " * 1_000
    assert 0.9 < likeness(long + "x", long + "y", least=0.9) < 1
    assert 0.9 < likeness("x" * 5_000 + "a" * 5_000, "x" * 5_000 + "b" + "a" * 4_999, least=0.9) < 1


@pytest.mark.parametrize(
    ("own", "other"), [("abcdefgh", "abcdxxxx"), ("abcd", "abcd efgh"), ("abc", "")]
)
def test_likeness_below_what_is_asked_for_is_none(own: str, other: str) -> None:
    assert likeness(own, other, least=0.9) == 0


def test_quoted_text_is_one_line_of_limited_length() -> None:
    assert quoted("short\n text") == '"short text"'
    assert len(quoted("x" * 500)) == 80
    assert quoted("x" * 500).endswith('…"')
    assert len(quoted("word " * 50, limit=30)) <= 30


def test_what_lies_beyond_the_limit_is_not_looked_at() -> None:
    text = "a " * SCANNED + "end"
    assert "end" not in words(text)
    assert "end" not in sentences(text)
    assert span_of(["end"], text) is None


def test_a_huge_text_is_taken_apart_at_once() -> None:
    text = "word " * 200_000
    start = time.process_time()
    words(text)
    sentences(text)
    prose("```" + text)
    assert time.process_time() - start < 0.05
