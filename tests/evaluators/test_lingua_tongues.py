from importlib.util import find_spec

import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Heuristic, Subject
from dialoom.evaluators.subjects import MessageSubject
from dialoom.spec import Choice

installed = pytest.mark.skipif(find_spec("lingua") is None, reason="lingua is an extra")


def rule(**options: object) -> Heuristic:
    return HEURISTICS.make(Choice.parse({"language": options}))


def fires(heuristic: Heuristic, text: str, language: str = "en") -> bool:
    return bool(list(heuristic.check(Subject(text, "ada", "assistant", language=language))))


@pytest.mark.skipif(find_spec("lingua") is not None, reason="it is about its absence")
def test_without_the_package_the_error_says_how_to_get_it() -> None:
    with pytest.raises(InputError, match=r"language: detector 'lingua' needs .*dialoom\[lingua\]"):
        rule(detector="lingua")


def test_an_unknown_detector_is_named() -> None:
    with pytest.raises(InputError, match="detector is 'langid'; give 'profiles' or 'lingua'"):
        rule(detector="langid")


def test_among_needs_lingua() -> None:
    with pytest.raises(InputError, match="among is an option of the detector 'lingua'"):
        rule(among=["de"])


@installed
def test_a_language_that_lingua_does_not_know_is_named() -> None:
    with pytest.raises(InputError, match="among: lingua does not know 'tlh'"):
        rule(detector="lingua", among=["tlh"])


@installed
@pytest.mark.parametrize(
    ("text", "language", "wrong"),
    [
        ("Jeg har ikke fått pakken ennå, og det er snart helg.", "da", True),
        ("Jeg har ikke fået pakken endnu, og det er snart weekend.", "da", False),
        ("Wo ist mein Paket geblieben?", "en", True),
        ("Where on earth is my parcel?", "en", False),
        ("Kde je teď moje velká zásilka?", "en", True),
        ("Ja.", "en", False),
    ],
)
def test_lingua_tells_short_sentences_and_relatives_apart(
    text: str, language: str, wrong: bool
) -> None:
    heuristic = rule(detector="lingua", among=["en", "de", "da", "nb", "cs"])
    assert fires(heuristic, text, language) == wrong


@installed
def test_the_speakers_language_need_not_be_among_the_others() -> None:
    heuristic = rule(detector="lingua", among=["de"])
    assert not fires(heuristic, "Dove si trova il mio pacco in questo momento?", "it")
    assert fires(heuristic, "Wo ist mein Paket in diesem Moment?", "it")


@installed
def test_lingua_flags_few_real_messages(real_messages: tuple[MessageSubject, ...]) -> None:
    heuristic = rule(detector="lingua", among=["en", "de", "fr", "es", "it", "pt", "nl"])
    flagged = [item.message.text[:80] for item in real_messages if [*heuristic.check(item.subject)]]
    assert len(flagged) <= 0.02 * len(real_messages), flagged
