import pytest

from dialoom.evaluators.phrases import Phrases, folded

GREETINGS = Phrases(
    {
        "hello hi": r"""
            (?:hello|hi),? <who>
            hi there
        """,
        "morning & good": "good <kind>morning",
        "谢": "谢谢",
    },
    kind="(?:very )?",
    who="ada|<kind>rita",
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello Ada!", "Hello Ada"),
        ("HI, Rita", "HI, Rita"),
        ("So: hello **very** rita", "hello **very** rita"),
        ("Good\nvery  morning", "Good\nvery  morning"),
        ("好，谢谢你", "谢谢"),
        ("İİ hi there", "hi there"),
    ],
)
def test_phrases_are_found_where_they_stand(text: str, found: str) -> None:
    match = GREETINGS.search(text)
    assert match
    assert text[slice(*match.span())] == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Othello Ada",
        "shello ada",
        "hi, tom",
        "morning",
        "good day",
        "hi               rita",
        "```\nhi there\n```",
    ],
)
def test_phrases_begin_at_words_with_all_their_keys_outside_code(text: str) -> None:
    assert GREETINGS.search(text) is None


def test_the_first_of_several_phrases_is_given() -> None:
    match = GREETINGS.search("Good morning, and hi there, hello Ada")
    assert match
    assert match[0] == "good morning"


def test_a_phrase_must_end_before_a_place() -> None:
    assert GREETINGS.search("Well, hi there", before=14)
    assert GREETINGS.search("Well, hi there", before=13) is None


def test_folding_keeps_every_character_in_its_place() -> None:
    text = "I’M İN `Code`\u00a0Now"
    assert folded(text) == "i'm in `code` now"
    assert len(folded(text)) == len(text)
