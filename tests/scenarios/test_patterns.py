import re
import time
from random import Random

import pytest

from dialoom.scenarios.patterns import Pattern


@pytest.mark.parametrize(
    "regex",
    [
        r"[A-Z]{2}[0-9]{6}",
        r"^\d{3}-\d{4}$",
        r"(red|green|dark blue)",
        r"(?:ab?){1,3}c*",
        r"(?P<half>[xyz]{2})-(?P=half)",
        r"(a|b)\1",
        r"[^a-zA-Z0-9]{4}",
        r"[\w.]+@[\w]+\.(com|org)",
        r"\s\S\D\W",
        r".{10}",
        r"x*?y+?z??",
        r"(?>ab)c?+",
        r"(?i:abc)[^x]",
        r"[äöü]{2}[\u4e00-\u9fff]{3}",
        r"\bword\b",
        r"a{2,}",
        r"[^\d\s]",
    ],
)
def test_strings_match_their_pattern(regex: str) -> None:
    pattern = Pattern(regex)

    drawn = [pattern.draw(Random(seed)) for seed in range(40)]

    assert all(re.fullmatch(regex, text) for text in drawn)


def test_the_same_chance_gives_the_same_string() -> None:
    pattern = Pattern("[A-Z]{8}")

    assert pattern.draw(Random(3)) == pattern.draw(Random(3))
    assert len({pattern.draw(Random(seed)) for seed in range(100)}) == 100


@pytest.mark.parametrize(
    ("regex", "message"),
    [
        ("(a", "is not a regular expression: missing )"),
        ("[[a]", "is not a regular expression: Possible nested set"),
        ("a{99999999999}", "is too large a regular expression"),
        ("(" * 3000, "is too large a regular expression"),
        ("a(?=b)b", "can't use look-ahead and look-behind"),
        ("(x)?(?(1)a|b)", "can't use conditions"),
        ("a{1500}", "makes more than 1,000 characters"),
        ("(a{1000}){1000}", "repeats too much"),
        ("((){1000000}){1000000}", "repeats too much"),
        (r"a\bb", "no string that matches"),
        (r"[^\x20-\x7e]", "holds nothing printable"),
        ("[\\x00-\U0010ffff]", "too wide"),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_once(regex: str, message: str) -> None:
    begun = time.process_time()

    with pytest.raises(ValueError, match=re.escape(message)):
        Pattern(regex)

    assert time.process_time() - begun < 2


def test_strings_stay_short_where_the_pattern_allows_long_ones() -> None:
    pattern = Pattern("(a{0,900}){0,3}")

    assert max(len(pattern.draw(Random(seed))) for seed in range(50)) <= 1000
