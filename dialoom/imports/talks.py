"""Rows into conversations: a thread, and replies to it that are compared or judged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from dialoom.imports.mapping import ColumnMap
from dialoom.imports.scores import ScoreRange, aspects_in, number_in
from dialoom.imports.turns import BadRow, Turn, alternating, is_turn, reply_in, turns_in
from dialoom.messages import Role

__all__ = ["Reply", "Talk", "TalkReader", "rating_of"]

REPLY_KEYS = ("message", "response", "content", "text", "answer", "completion", "output", "value")
"""Where one of several completions has its text."""


class Reply(NamedTuple):
    """One reply to a thread."""

    text: str
    model: str | None = None
    labels: Mapping[str, float] = MappingProxyType({})
    """0 to 1, by name."""
    accepted: bool | None = None
    level: int | None = None
    """How many kinds of replies of this row are better; None when nobody compared it."""


class Talk(NamedTuple):
    """What one row holds."""

    system: str
    thread: tuple[tuple[Role, str], ...]
    """From the prompter's first message on, alternating."""
    replies: tuple[Reply, ...] = ()
    """To the end of the thread; a conversation that nobody judged has none beside its thread."""
    model: str | None = None
    """What wrote the assistant's messages of the thread."""
    lang: str | None = None
    source: str | None = None
    about: Mapping[str, str] = MappingProxyType({})
    """What else the row says of itself: its name and licence."""
    joined: int = 0


@dataclass(frozen=True, slots=True)
class TalkReader:
    """Reads rows the way a map of columns says."""

    map: ColumnMap
    scores: ScoreRange | None = None
    """What the file's scores lie between; None makes ranks of them and no labels."""

    def talk(self, row: Any) -> Talk:
        """Return the conversation of one row.

        Raises:
            BadRow: it holds none; the text says why.
        """
        if isinstance(row, str):
            row = {"text": row}
        if not isinstance(row, Mapping):
            raise BadRow("the row is no mapping of columns")
        columns = self.map.columns
        if "rejected" in columns:
            turns, replies = self._compared(row)
        elif "completions" in columns:
            turns, replies = list(self._prompt(row)), self._completions(row)
        else:
            turns, replies = self._single(row)
        found = alternating([*self._system(row), *turns])
        if replies and found.thread[-1][0] != "prompter":
            raise BadRow("the turns before the reply do not end with the user")
        if any(not reply.text.strip() for reply in replies):
            raise BadRow("a reply is empty")
        return Talk(
            found.system,
            found.thread,
            replies,
            self._text(row, "model"),
            self._text(row, "lang"),
            self._text(row, "source"),
            {name: value for name in ("id", "license") if (value := self._text(row, name))},
            found.joined,
        )

    def _single(self, row: Mapping[str, Any]) -> tuple[list[Turn], tuple[Reply, ...]]:
        """Return the turns of a conversation; its last is a reply where it was judged."""
        turns = list(self._prompt(row))
        if "response" in self.map.columns:
            turns.append(Turn("assistant", reply_in(self._in(row, "response"))))
        accepted, labels = self._flag(row), self._score(row, "score")
        if accepted is None and not labels:
            return turns, ()
        if not turns or turns[-1].side != "assistant":
            raise BadRow("it is judged, and does not end with the assistant")
        return turns[:-1], (Reply(turns[-1].text, self._text(row, "model"), labels, accepted),)

    def _compared(self, row: Mapping[str, Any]) -> tuple[list[Turn], tuple[Reply, ...]]:
        """Return the turns before two replies, the better reply first."""
        turns: list[Turn] = []
        rejected = list(turns_in(self._in(row, "rejected"), side="assistant"))
        if "chosen" in self.map.columns:
            chosen = list(turns_in(self._in(row, "chosen"), side="assistant"))
        else:
            *turns, last = turns_in(self._in(row, "messages"))
            chosen = [last]
        if len(chosen) > 1:
            turns = chosen[:-1]
            if len(rejected) > 1 and rejected[:-1] != turns:
                raise BadRow("chosen and rejected differ before their last message")
        elif "chosen" in self.map.columns:
            turns = list(self._prompt(row))
        if not chosen or not rejected or {chosen[-1].side, rejected[-1].side} != {"assistant"}:
            raise BadRow("chosen or rejected does not end with the assistant")
        if chosen[-1].text.strip() == rejected[-1].text.strip():
            raise BadRow("chosen and rejected are the same")
        return turns, tuple(
            Reply(
                turn.text,
                self._text(row, f"model_{name}") or self._text(row, "model"),
                self._score(row, f"score_{name}"),
                level=level,
            )
            for level, (name, turn) in enumerate(
                (("chosen", chosen[-1]), ("rejected", rejected[-1]))
            )
        )

    def _completions(self, row: Mapping[str, Any]) -> tuple[Reply, ...]:
        """Return several replies with their places, best first."""
        given = self._in(row, "completions")
        if not isinstance(given, list) or not given:
            raise BadRow("there are no completions")
        worth = [_worth(one) for one in given]
        order = sorted({value for value in worth if value is not None}, reverse=True)
        return tuple(
            Reply(
                _completion(one),
                _text_in(one, "model"),
                {**aspects_in(one), **self._label(rating_of(one))},
                _accepted(one),
                None if value is None else order.index(value),
            )
            for one, value in zip(given, worth, strict=True)
        )

    def _prompt(self, row: Mapping[str, Any]) -> Iterator[Turn]:
        """Yield the turns before the reply."""
        for pair in self._pairs(row):
            yield Turn("prompter", pair[0])
            yield Turn("assistant", pair[1])
        field = "prompt" if "prompt" in self.map.columns else "messages"
        given = self._in(row, field)
        if field == "messages" and not isinstance(given, list):
            raise BadRow(f"{self.map.columns[field]} is no list of turns")
        turns = list(turns_in(given))
        extra = self._text(row, "input")
        if extra and turns:
            turns[-1] = Turn(turns[-1].side, f"{turns[-1].text}\n\n{extra}")
        yield from turns

    def _pairs(self, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for pair in self.map.value(row, "history") or ():
            if (
                not isinstance(pair, list | tuple)
                or len(pair) != 2
                or not all(isinstance(text, str) for text in pair)
            ):
                raise BadRow("history is no list of pairs of texts")
            yield pair[0], pair[1]

    def _system(self, row: Mapping[str, Any]) -> list[Turn]:
        text = self._text(row, "system")
        return [Turn("system", text)] if text else []

    def _in(self, row: Mapping[str, Any], field: str) -> Any:
        value = self.map.value(row, field)
        if value is None:
            raise BadRow(f"{self.map.columns.get(field, field)} is missing")
        return value

    def _text(self, row: Mapping[str, Any], field: str) -> str | None:
        value = self.map.value(row, field)
        if value is None or value == "":
            return None
        if isinstance(value, Mapping | list):
            raise BadRow(f"{self.map.columns[field]} is no text")
        return str(value)

    def _flag(self, row: Mapping[str, Any]) -> bool | None:
        value = self.map.value(row, "label")
        if value is None:
            return None
        flag = {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())
        if flag is None:
            raise BadRow(f"{self.map.columns['label']} is {value!r:.40}, neither true nor false")
        return flag

    def _score(self, row: Mapping[str, Any], field: str) -> dict[str, float]:
        value = self.map.value(row, field)
        return {} if value is None else self._label(number_in(value, self.map.columns[field]))

    def _label(self, value: float | None) -> dict[str, float]:
        if value is None or self.scores is None:
            return {}
        unit = self.scores.unit(value)
        return {} if unit is None else {"score": unit}


def _completion(value: Any) -> str:
    if isinstance(value, str):
        return value
    if is_turn(value):
        return reply_in(value)
    for key in REPLY_KEYS:
        if isinstance(value, Mapping) and value.get(key) is not None:
            return reply_in(value[key])
    raise BadRow("a completion has no text")


def _worth(value: Any) -> float | None:
    """Return what completions are ordered by, more is better: the score, else the rank."""
    rating = rating_of(value)
    if rating is not None:
        return rating
    rank = value.get("rank") if isinstance(value, Mapping) else None
    return None if rank is None else -number_in(rank, "rank")


def rating_of(value: Any) -> float | None:
    """Return the rating of one of several completions; None when it has none.

    Raises:
        BadRow: it is no number.
    """
    for key in ("score", "overall_score", "rating", "fine-grained_score"):
        if isinstance(value, Mapping) and value.get(key) is not None:
            return number_in(value[key], key)
    return None


def _accepted(value: Any) -> bool | None:
    """Return false where a completion says that it was not accepted; true claims nothing."""
    return False if isinstance(value, Mapping) and value.get("accepted") is False else None


def _text_in(value: Any, key: str) -> str | None:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and found else None
