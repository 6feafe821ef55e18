"""Recall: real messages are spoilt on purpose, and the rules must find it."""

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.evaluators.subjects import MessageSubject
from dialoom.evaluators.text import normalised, prose
from dialoom.spec import Choice

Planter = Callable[[Subject, Random], Subject | None]
"""Spoils a message; None where the fault can't be planted."""

LEAST = 0.95
"""Share of planted faults that must be found."""

NAMES = {"prompter": "Rita Vance", "assistant": "Ada"}
SENTENCE = re.compile(r"[A-Z][^.!?\n:]{20,}[.!?](?= )")
GOODBYES = (
    *("Goodbye!", "Bye, take care.", "Thank you, have a great day!", "See you soon!"),
    *("Thanks again. Bye!", "Have a wonderful weekend, goodbye.", "You too, good night!"),
    *("It was a pleasure. Farewell!", "Alright, talk to you later.", "Bye bye!"),
)


def emptied(subject: Subject, random: Random) -> Subject:
    thought = f"<think>{subject.text}</think>"
    ways = ("", " \n", "...", "[no response]", "```\n```", thought, "\u200b", "<|im_end|>")
    return replace(subject, text=random.choice(ways))


def stretched_or_cut(subject: Subject, random: Random) -> Subject | None:
    said = normalised(subject.text).split()
    if not said:
        return None
    long = subject.text + " and" * max(0, 601 - len(said))
    return replace(subject, text=random.choice((long, said[0] + ".")))


def stopped_in_a_sentence(subject: Subject, random: Random) -> Subject | None:
    """Stop inside a later sentence of prose, as a model does that gives up."""
    found = list(SENTENCE.finditer(prose(subject.text)))[1:]
    if not found:
        return None
    sentence = random.choice(found)
    inner = [space.start() for space in re.finditer(" ", sentence[0])][1:]
    end = sentence.start() + random.choice(inner)
    return replace(subject, text=subject.text[:end], synthetic=True)


def stopped_by_the_limit(subject: Subject, random: Random) -> Subject | None:
    end = random.randrange(len(subject.text))
    text = subject.text[:end].rstrip()
    return replace(subject, text=text, finish_reason="length") if text else None


def with_a_sentence_twice(subject: Subject, random: Random) -> Subject | None:
    found = [m[0] for m in SENTENCE.finditer(prose(subject.text)) if m[0].count(" ") > 4]
    if not found:
        return None
    return replace(subject, text=f"{subject.text}\n{random.choice(found)}")


def going_round_in_circles(subject: Subject, random: Random) -> Subject | None:
    found = SENTENCE.findall(prose(subject.text) + " ")
    if not found:
        return None
    circle = f" {random.choice(found)}" * max(8, len(subject.text) // 30)
    return replace(subject, text=subject.text[:300] + circle)


def said_by_the_speaker_before(subject: Subject, random: Random) -> Subject | None:
    if len(normalised(subject.text).split()) < 5:
        return None
    earlier = random.choice((subject.text, subject.text.upper(), f"Well, {subject.text}"))
    own = Said(subject.speaker, subject.role, earlier)
    other = Said("somebody", "prompter", "And what then?")
    return replace(subject, thread=(*subject.thread, own, other))


def parroting_the_other(subject: Subject, random: Random) -> Subject | None:
    if not subject.thread or len(normalised(subject.thread[-1].text).split()) < 5:
        return None
    said = subject.thread[-1].text
    ways = (said, said.lower(), f'"{said}"', f"> {said}")
    return replace(subject, text=random.choice(ways))


def beginning_with_the_others_words(subject: Subject, random: Random) -> Subject | None:
    if not subject.thread:
        return None
    said = subject.thread[-1].text.split()
    count = random.randint(14, 30)
    if len(said) < count:
        return None
    return replace(subject, text=f"{' '.join(said[:count])} {subject.text}")


def written_as_the_others_turn(subject: Subject, random: Random) -> Subject | None:
    """Put the other's label before what the other said: a turn that is not the speaker's."""
    if not subject.thread or len(subject.thread[-1].text.split()) < 4:
        return None
    other = subject.thread[-1].speaker
    role = "User" if other == "prompter" else "Assistant"
    label = random.choice(
        (f"{NAMES[other]}:", f"**{NAMES[other]}:**", f"{role}:", f"<|im_start|>{role.lower()}\n")
    )
    first = f"{label} {subject.thread[-1].text.lstrip('#*->•')}"
    ways = (first, f"{subject.text}\n\n{first}", f"{subject.text}\n{first}")
    return replace(subject, text=random.choice(ways), names=NAMES)


def under_its_own_label(subject: Subject, random: Random) -> Subject | None:
    if len(subject.text.split()) < 4:
        return None
    name = NAMES[subject.speaker]
    label = random.choice((f"{name}:", f"**{name}**:", f"[{name}]:", f"{subject.speaker}:"))
    return replace(subject, text=f"{label} {subject.text.lstrip()}", names=NAMES)


def parting_once_more(subject: Subject, random: Random) -> Subject:
    rest = [Said(("a", "b")[i % 2], "prompter", random.choice(GOODBYES)) for i in range(3)]
    return replace(subject, thread=(*subject.thread, *rest), text=random.choice(GOODBYES))


def like_an_earlier_sibling(subject: Subject, random: Random) -> Subject | None:
    said = subject.text.split()
    if len(normalised(subject.text)) < 60:
        return None
    changed = list(said)
    changed[random.randrange(len(said))] = "so"
    if any(map(str.isdigit, " ".join(said))) or "n't" in subject.text or " no" in subject.text:
        changed = said  # another number or a denial would say something else
    ways = (subject.text, subject.text.upper(), f"Well, {subject.text}", " ".join(changed))
    siblings = ("Another reply altogether.", random.choice(ways), subject.text)
    return replace(subject, siblings=siblings, candidate=2)


PLANTERS: tuple[tuple[str, Planter], ...] = (
    ("empty", emptied),
    ("length", stretched_or_cut),
    ("truncated", stopped_in_a_sentence),
    ("truncated", stopped_by_the_limit),
    ("repetition", with_a_sentence_twice),
    ("repetition", going_round_in_circles),
    ("repetition", said_by_the_speaker_before),
    ("echo", parroting_the_other),
    ("echo", beginning_with_the_others_words),
    ("role_flip", written_as_the_others_turn),
    ("role_flip", under_its_own_label),
    ("farewell_loop", parting_once_more),
    ("near_identical", like_an_earlier_sibling),
)
"""The rule that must find it, and the fault; add a line to try another."""


@pytest.mark.parametrize(
    ("rule", "plant"), PLANTERS, ids=lambda value: getattr(value, "__name__", value)
)
def test_planted_faults_are_found(
    rule: str, plant: Planter, real_messages: tuple[MessageSubject, ...]
) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    random = Random(20)
    spoilt = [bad for _, subject in real_messages if (bad := plant(subject, random))]
    missed = [bad.text[-120:] for bad in spoilt if not list(heuristic.check(bad))]
    assert len(spoilt) >= 200
    assert len(missed) <= (1 - LEAST) * len(spoilt), missed[:20]


@pytest.mark.parametrize(
    ("rule", "plant"),
    [
        ("empty", emptied),
        ("repetition", going_round_in_circles),
        ("echo", parroting_the_other),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_can_never_be_trained_on_is_hopeless(
    rule: str, plant: Planter, real_messages: tuple[MessageSubject, ...]
) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    random = Random(21)
    spoilt = [bad for _, subject in real_messages if (bad := plant(subject, random))]
    hopeless = [
        bad for bad in spoilt if any(v.severity == "hopeless" for v in heuristic.check(bad))
    ]
    assert len(hopeless) >= LEAST * len(spoilt)
