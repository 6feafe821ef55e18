"""Answers found in replies, marked, and voted on.

An answer is taken from where a reply says that it is one; a reply that says none is left alone,
since a question back is no wrong answer.
"""

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Any

from jsonschema.protocols import Validator

from dialoom.evaluators.format import validator_of
from dialoom.scenarios.check import Check, number, tolerance_of

__all__ = ["is_right", "majority", "said_answer", "vote_of"]

SEARCHED = 20_000
"""Characters at the end of a reply that are looked at."""
_SAME = 1e-9

_BOXED = re.compile(r"\\boxed\s*\{([^{}]*)\}")
_MARKED = re.compile(
    r"(?:^|\n)\s*#{2,}\s*(?P<hashes>[^\n]+)$"
    r"|\b(?:answer|result|solution|total|choice)\s*(?:is|:|=|would be|must be)+\s*"
    r"(?P<said>[^\n;!?]+)",
    re.IGNORECASE | re.MULTILINE,
)
_EQUALS = re.compile(r"=\s*(?P<value>[^=\n]+)$", re.MULTILINE)
_END_OF_SENTENCE = re.compile(r"\.(?:\s|$)")
_LETTER = re.compile(
    r"^\W*(?:(?:option|choice|answer)\s+)?\(?(?P<letter>[A-Za-z])(?:\)|[.:]|\s*$|\s+(?:is|because)\b)"
)
_MARKS = " \t\n.,;:!?'\"`*_()[]$"


def said_answer(text: str, check: Check) -> str | None:
    """Return the answer a reply gives, in its words; None when it gives none."""
    text = text[-SEARCHED:]
    if check.type in ("regex", "jsonschema"):
        return text
    if check.pattern is not None:
        matches = list(re.finditer(check.pattern, text))
        return (matches[-1][1] if matches[-1].re.groups else matches[-1][0]) if matches else None
    marked = _marked(text)
    candidates = [marked] if marked is not None else []
    if check.type == "numeric":
        candidates += [match["value"] for match in list(_EQUALS.finditer(text))[-1:]]
        candidates += [text] if len(re.findall(r"\d+(?:[.,/]\d+)*", text)) == 1 else []
    else:
        candidates.append(text)
    return next((one for one in candidates if vote_of(one, check) is not None), None)


def vote_of(answer: str, check: Check) -> Hashable | None:
    """Return what an answer counts as in a vote; None when it is of no such type."""
    if check.type == "numeric":
        value = number(answer)
        return None if value is None else round(value, 9)
    if check.type == "mcq":
        match = _LETTER.match(answer.strip())
        return match["letter"].upper() if match else None
    if check.type == "set":
        return _members(answer) or None
    if check.type == "jsonschema":
        value = _json(answer)
        return None if value is _NOT_JSON else json.dumps(value, sort_keys=True)
    if check.type == "regex":
        match = _compiled(str(check.answer)).search(answer)
        return match[0] if match else None
    return _plain(answer) or None


def is_right(answer: str, check: Check) -> bool:
    """Return whether an answer is the right one; `check.answer` must be given."""
    wanted, vote = check.answer, vote_of(answer, check)
    if check.type == "jsonschema":
        return vote is not None and _schema(json.dumps(wanted)).is_valid(_json(answer))
    if check.type == "regex":
        return vote is not None
    if check.type == "set":
        given = wanted if isinstance(wanted, list | tuple) else [str(wanted)]
        return vote == frozenset().union(*(_members(str(one)) for one in given))
    if check.type != "numeric":
        return vote == vote_of(str(wanted), check)
    right, value = number(str(wanted)), number(answer)
    if right is None or value is None:
        return False
    return abs(value - right) <= tolerance_of(check.tolerance, right) + _SAME


def majority(votes: Iterable[Hashable | None]) -> Hashable | None:
    """Return what more gave than anything else, two at least; None where that is a tie."""
    counts = Counter(vote for vote in votes if vote is not None).most_common(2)
    if not counts or counts[0][1] < 2:
        return None
    return None if len(counts) > 1 and counts[1][1] == counts[0][1] else counts[0][0]


def _marked(text: str) -> str | None:
    """Return what stands where a reply says that its answer is, the last such place."""
    boxed = list(_BOXED.finditer(text))
    if boxed:
        return boxed[-1][1]
    matches = list(_MARKED.finditer(text))
    if not matches:
        return None
    found = matches[-1]["hashes"] or matches[-1]["said"]
    return _END_OF_SENTENCE.split(found)[0].strip(_MARKS)


def _members(text: str) -> frozenset[str]:
    parts = re.split(r"[,;\n]|\band\b|&", text.strip().strip("{}"))
    return frozenset(plain for part in parts if (plain := _plain(part)))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(_MARKS)


_NOT_JSON = object()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NOT_JSON


@lru_cache(64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@lru_cache(64)
def _schema(text: str) -> Validator:
    return validator_of(json.loads(text))
