from random import Random

import pytest

from dialoom.evaluators.profiles import LETTERS, SCRIPTS, WORDS
from dialoom.evaluators.tongues import (
    letters,
    other_language,
    scripts_of,
    strange_words,
    tongue,
)


@pytest.mark.parametrize(
    ("tag", "scripts"),
    [
        ("en-GB", {"LATIN"}),
        ("ru", {"CYRILLIC"}),
        ("sr", {"CYRILLIC", "LATIN"}),
        ("sr-Latn", {"LATIN"}),
        ("zh-Hant", {"CHINESE"}),
        ("ja", {"JAPANESE"}),
        ("ko", {"HANGUL", "CHINESE"}),
        ("iw", {"HEBREW"}),
        ("xx", {"LATIN"}),
    ],
)
def test_a_tag_tells_the_scripts(tag: str, scripts: set[str]) -> None:
    assert scripts_of(tag) == scripts


def test_old_and_wider_tags_have_one_name() -> None:
    assert [tongue(tag) for tag in ("nn-NO", "iw", "fil", "cmn-Hans", "EN")] == [
        *("nb", "he", "tl", "zh", "en")
    ]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("", {}),
        ("12 + 3 = 15!", {}),
        ("ab c", {"LATIN": 3}),
        ("für α", {"LATIN": 3, "GREEK": 1}),
        ("да, ok", {"CYRILLIC": 2, "LATIN": 2}),
        ("漢字", {"CHINESE": 4}),
        ("漢字を", {"JAPANESE": 6}),
        ("한국", {"HANGUL": 4}),
        ("की", {"DEVANAGARI": 2}),
        ("ＡＢ 𝐀", {"LATIN": 3}),
        ("👍️ ok", {"LATIN": 2}),
    ],
)
def test_letters_are_counted_by_script(text: str, counts: dict[str, int]) -> None:
    assert letters(text) == counts


def test_a_sentence_is_held_against_every_language_named() -> None:
    text = "Ich weiß nicht, wo das Paket ist, aber ich frage gern nach."
    assert other_language(text, ["en"]) == "de"
    assert other_language(text, ["en", "de-AT"]) is None
    assert other_language("", ["en"]) is None
    assert other_language("👍️ 12", ["en"]) is None


def test_a_script_without_profile_still_has_a_name() -> None:
    assert other_language("ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ ᠪᠢᠴᠢᠭ", ["en"]) == "und-Mongolian"


def test_profiles_hold_lower_case_words_of_one_script() -> None:
    for language, words in WORDS.items():
        listed = words.split()
        assert len(listed) >= 30, language
        assert words == words.lower(), language
        assert len(set(listed)) == len(listed), language
        written = {script for word in listed for script in letters(word)}
        assert written <= scripts_of(language) | set(SCRIPTS), language
        assert len(written) == 1, (language, written)


def test_special_letters_belong_to_profiles() -> None:
    assert LETTERS.keys() <= WORDS.keys()
    for alphabet in LETTERS.values():
        assert all(letter > "\x7f" and letter == letter.lower() for letter in alphabet)


@pytest.mark.parametrize("language", ["en", "de", "pt-BR", "nb", "kk", "xx"])
def test_what_holds_no_two_strange_words_is_in_no_other_language(language: str) -> None:
    random = Random(5)
    words = sorted({word for group in WORDS.values() for word in group.split()})
    own = [*WORDS.get(tongue(language), "x").split(), "stone", "m\xfcnchen", "na\xefvet\xe9"]
    for _ in range(2_000):
        said = random.choices(own, k=random.randint(0, 20))
        said += random.choices(words, k=random.randint(0, 6))
        text = " ".join(said)
        strange = strange_words(text, [language])
        if strange is not None and len(strange & set(said)) < 2:
            assert other_language(text, [language]) is None


def test_scripts_tell_without_strange_words() -> None:
    assert strange_words("\u043f\u0440\u0438\u0432\u0435\u0442", ["en"]) is None
    assert strange_words("hello there", ["ru"]) is None
