"""A spoilt copy is worse than its original in the way its kind says, and never the same."""

from random import Random

import pytest

from dialoom.evaluators.spoiling import ELSEWHERE, FOREIGN, KINDS, spoilt

REPLY = (
    "I am sorry for the delay. Your parcel left our store on 3 May. It should arrive by Friday. "
    "Shall I send you the link?"
)
CHINESE = "您好，您的包裹已经在五月三日寄出，预计星期五送到。请问您需要查询链接吗？"


def copy(kind: str, text: str = REPLY, seed: int = 0, **about: object) -> str | None:
    return spoilt(kind, text, Random(seed), **about)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [REPLY, CHINESE, "word " * 8, "x" * 5000, "```py\nprint(1)\n```"])
def test_a_copy_differs_or_there_is_none_and_is_the_same_again(kind: str, text: str) -> None:
    found = copy(kind, text)
    assert found is None or found.split() != text.split()
    assert found == copy(kind, text)


@pytest.mark.parametrize("text", ["", " ", "Yes.", "?!"])
def test_what_says_next_to_nothing_can_be_replaced_and_not_broken(text: str) -> None:
    assert copy("shuffled", text) is None
    assert copy("truncated", text) is None
    assert copy("off_topic", text)
    assert copy("wrong_language", text)


def test_sentences_are_put_in_another_order() -> None:
    found = copy("shuffled")
    assert found is not None
    assert sorted(found.split()) == sorted(REPLY.split())
    assert "Your parcel left our store on 3 May." in found


def test_the_words_of_a_single_sentence_are_put_in_another_order() -> None:
    found = copy("shuffled", "Your parcel left our store on Monday.")
    assert found is not None
    assert sorted(found.split()) == sorted(
        ["Your", "parcel", "left", "our", "store", "on", "Monday."]
    )


def test_a_fact_is_denied_right_after_it() -> None:
    found = {copy("negated", seed=seed) for seed in range(20)}
    assert found == {
        f"{REPLY} I am not sorry for the delay.",
        f"{REPLY} Your parcel left our store on 24 May.",
        f"{REPLY} It should not arrive by Friday.",
    }


def test_a_reply_without_a_fact_is_not_denied() -> None:
    assert copy("negated", "Which order do you mean?") is None
    assert copy("negated", "Thank you so much, see you soon!") is None


@pytest.mark.parametrize("language", ["en", "de-AT", "fr", "zh"])
def test_the_wrong_language_is_another_one(language: str) -> None:
    found = {copy("wrong_language", seed=seed, language=language) for seed in range(30)}
    assert found == {text for name, text in FOREIGN.items() if name != language[:2]}


def test_a_reply_is_cut_inside_a_word() -> None:
    found = copy("truncated")
    assert found is not None
    assert REPLY.startswith(found)
    assert REPLY[len(found) - 1].isalnum()
    assert REPLY[len(found)].isalnum()
    assert 0.2 < len(found) / len(REPLY) < 0.5


def test_a_reply_from_elsewhere_must_not_fit_here() -> None:
    thread = "Where is my parcel? I ordered it in May."
    near = "The parcel you ordered in May left our store."
    far = "Please open the settings and choose another password."
    assert copy("off_topic", thread=thread, others=[near, far]) == far
    assert copy("off_topic", thread=thread, others=[near]) in ELSEWHERE
