"""The `role_flip` rule: a reply that speaks as the other party."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.sides import (
    REQUEST_TALK,
    SERVICE_TALK,
    Names,
    TurnLabel,
    names_of,
    turn_labels,
)
from dialoom.evaluators.text import CACHED, SCANNED, normalised, quoted, span_of, word_set
from dialoom.verdicts import Severity, Verdict

__all__ = ["RoleFlip"]

_FULL_STOP = re.compile(r"[.!?]\s")
_MY = re.compile(r"\bmy (\w{3,})")
_INTRODUCTION = re.compile(
    r"\b(?:[Mm]y name is|(?:I['\u2019]m|I am)(?= (?:Mr|Mrs|Ms|Dr)\b)) "
    r"((?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-Z][\w'-]*(?: [A-Z][\w'-]*){0,2})"
)
_SHARED = frozenset(
    (
        *("name", "best", "pleasure", "apologies", "apology", "mind", "opinion", "job", "work"),
        *("point", "view", "way", "knowledge", "answer", "question", "questions", "response"),
        *("own", "friend", "friends", "dear", "side", "part", "life", "last", "team", "mistake"),
        *("bad", "fault", "advice", "experience", "time", "day", "family", "goodness", "god"),
        *("heart", "understanding", "help", "little", "favorite", "favourite", "first", "place"),
        *("thoughts", "number", "end", "previous", "primary", "ideas", "idea", "word", "words"),
    )
)
"""What everybody has: two speakers may each call it their own."""
_WRITE = re.compile(
    r"\b(?:re)?(?:write|draft|compose|translate|correct|proofread|summari[sz]e|paraphrase|edit|"
    r"role-?play|pretend|imagine|poem|letter|email|e-mail|essay|story|speech|song|dialogue)\b"
)


class RoleFlip(Heuristic):
    """A reply that speaks as somebody else on the stage, or writes their turn.

    * Labels: it begins with another's (`Customer: ...`) and never comes back to its own, which
      is hopeless; or goes on with another's turn further down, by name, by role or by a token of
      a chat template. Its own label at the beginning (`Ada: ...`) is a light fault.
    * Names: it says "I'm Rita" when Rita is the other, "my name is" with a name that is nobody's,
      or addresses itself ("Eva, I'm sorry").
    * Talk: a prompter speaks like the service ("How can I help you today?"), an assistant asks
      for what customers ask for, or either claims what the other called its own ("my bike").

    Blind spots: a flip in none of these words; languages other than English know only labels
    and names. A persona whose own example lines talk like the service is left alone. A scene or
    an interview written on request looks like the other's turn.

    Args:
        talk: Whether the words of a reply are judged, beside labels and names. Give false where
            a prompter serves by trade, as a nurse or an interviewer does.
    """

    name = "role_flip"
    label: ClassVar[str] = "role_flip"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight: ClassVar[float] = 0.6

    def __init__(self, talk: bool = True) -> None:
        if not isinstance(talk, bool):
            raise ValueError(f"talk is {talk!r}; give true or false")
        self.talk = talk

    def check(self, subject: Subject) -> Iterator[Verdict]:
        """Yield one verdict, for the plainest sign there is."""
        names = names_of(subject.speaker, subject.role, tuple(subject.names.items()))
        found = self._labelled(subject, names) or self._named(subject, names)
        if found is None and self.talk:
            found = self._talk(subject) or self._claims(subject)
        if found:
            yield found

    def _labelled(self, subject: Subject, names: Names) -> Verdict | None:
        labels = list(turn_labels(subject.text[:SCANNED], names))
        if not labels:
            return None
        strange = next((label for label in labels if not label.is_own), None)
        if strange is None:
            return self._own_label(subject, labels[0])
        begins = not re.search(r"\w", subject.text[: strange.start])
        alone = begins and not any(label.is_own for label in labels)
        what = "the whole reply is the turn of" if alone else "it goes on as"
        return self.verdict(
            subject,
            f"{what} another speaker: {quoted(subject.text[strange.start :], limit=50)}",
            span=(strange.start, strange.end),
            severity="hopeless" if alone else "fault",
        )

    def _own_label(self, subject: Subject, label: TurnLabel) -> Verdict | None:
        """Return a light fault for the speaker's own label at the beginning."""
        if re.search(r"\w", subject.text[: label.start]):
            return None
        reason = f"the reply begins with the speaker's label: {quoted(label.text, limit=50)}"
        return self.verdict(subject, reason, span=(label.start, label.end), weight=0.1)

    def _named(self, subject: Subject, names: Names) -> Verdict | None:
        if not names.others:
            return None
        text = subject.text[:SCANNED]
        weight = self.weight
        if (match := _self_naming(names.others).search(text)) and match[1][0].isupper():
            what = "it gives the other's name as its own"
        elif (match := _INTRODUCTION.search(text)) and not _is_own_name(match[1], names, subject):
            what = "it gives a name that is not its own"
        elif match := _self_address(names.own).match(text):
            what, weight = "the speaker addresses itself", self.weight / 2
        else:
            return None
        reason = f"{what}: {quoted(match[0], limit=50)}"
        return self.verdict(subject, reason, span=match.span(), weight=weight)

    def _talk(self, subject: Subject) -> Verdict | None:
        serves = subject.role == "assistant"
        said = f" {normalised(subject.text)} "
        for phrase in _likely(REQUEST_TALK if serves else SERVICE_TALK, word_set(subject.text)):
            if phrase in said and (span := _within_a_sentence(phrase, subject.text)):
                if _is_own_way(phrase, subject):
                    return None
                side = "the asking side" if serves else "the serving side"
                words = quoted(subject.text[slice(*span)])
                return self.verdict(subject, f"it talks like {side}: {words}", span=span)
        return None

    def _claims(self, subject: Subject) -> Verdict | None:
        mine = _owned(subject.text) - _SHARED if subject.thread else None
        if not mine:
            return None
        theirs = [said.text for said in subject.thread if said.role != subject.role]
        claimed = mine & frozenset[str]().union(*map(_owned, theirs))
        if not claimed:
            return None
        ours = [said.text for said in subject.thread if said.role == subject.role]
        claimed = claimed.difference(*map(_owned, ours), _MY.findall(subject.system))
        if not claimed or any(_WRITE.search(normalised(text)) for text in theirs):
            return None
        thing = min(claimed, key=normalised(subject.text).index)
        return self.verdict(
            subject,
            f'it claims what the other called its own: "my {thing}"',
            span=span_of(["my", thing], subject.text),
            weight=self.weight / 2,
        )


def _likely(phrases: tuple[str, ...], said: frozenset[str]) -> list[str]:
    """Return the phrases of which a telling word is said, in their order."""
    by_word = _by_word(phrases)
    places = {place for word in said.intersection(by_word) for place in by_word[word]}
    return [phrases[place] for place in sorted(places)]


@lru_cache
def _by_word(phrases: tuple[str, ...]) -> dict[str, list[int]]:
    """Return the places of phrases by their longest word, the last left out: it may go on."""
    places: dict[str, list[int]] = {}
    for place, phrase in enumerate(phrases):
        places.setdefault(max(phrase.split()[:-1], key=len), []).append(place)
    return places


def _within_a_sentence(phrase: str, text: str) -> tuple[int, int] | None:
    """Return where a phrase stands; None when a full stop parts its words."""
    span = span_of(phrase.split(), text)
    return span if span and not _FULL_STOP.search(text, *span) else None


def _is_own_way(phrase: str, subject: Subject) -> bool:
    """Return whether the persona's author lets it talk so."""
    lines = subject.persona.example_lines if subject.persona else ()
    return any(phrase in f" {normalised(line)} " for line in lines)


@lru_cache(CACHED)
def _owned(text: str) -> frozenset[str]:
    """Return what a speaker calls its own: "my bike"."""
    said = normalised(text)
    return frozenset(_MY.findall(said)) if "my " in said else frozenset()


def _is_own_name(name: str, names: Names, subject: Subject) -> bool:
    """Return whether the speaker is called so, or its sheet knows the name."""
    parts = {part.strip(".'").lower() for part in name.split()}
    return bool(names.own & parts) or name in subject.system


@lru_cache(256)
def _self_naming(others: frozenset[str]) -> re.Pattern[str]:
    """Return what finds a speaker who introduces itself by one of these names."""
    return re.compile(
        rf"\b(?:I['\u2019]m|I am|[Mm]y name is|[Tt]his is) ((?i:{_any(others)}))\b(?!['\u2019]s)"
    )


@lru_cache(256)
def _self_address(own: frozenset[str]) -> re.Pattern[str]:
    """Return what finds a speaker who calls itself by name at the beginning."""
    return re.compile(
        r"\W*(?:(?:hi|hello|hey|dear|ok|okay|well|thanks|thank you|sorry|good \w+)[, ]+"
        rf"(?:there,? )?)?(?:{_any(own)})[,!](?!\s+(?:here|speaking)\b)",
        re.IGNORECASE,
    )


def _any(names: frozenset[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))
