"""The filter of a run: which messages are exported, by rules over the whole of it.

Rules see every message once it is tagged, one rule after the other, each what those before have
left. A message that has not the label a rule compares passes it: missing is never a low value.
What is dropped stays in its tree with the reason, and in no export.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

from dialoom.evaluators.contamination import Contamination
from dialoom.evaluators.duplicates import DuplicateTexts
from dialoom.messages import Message, Role, messages
from dialoom.quality import FunnelStep
from dialoom.records import DROPPED, is_authored
from dialoom.scenarios.keep import KeepRule
from dialoom.tree import TreeRecord
from dialoom.verdicts import Verdict

__all__ = ["DUPLICATE", "MUCH", "Filter", "Filtered"]

DUPLICATE = "duplicate"
"""The tag of a message that says what an earlier message of its role says."""
MUCH = 0.5
"""Share of messages, 0 to 1, from which dropping more is warned of."""
VERSION = "1"
ROUNDING = 1e-9
"""What a share of a number of messages may be off by."""

_COMPARED: Mapping[str, Callable[[float, float], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt}


class Filtered(NamedTuple):
    """What a filter comes to."""

    drops: dict[str, Verdict]
    """Why, by message id."""
    funnel: tuple[FunnelStep, ...]
    contaminated: dict[str, int] | None
    """Messages by the file they share words with; None when nobody asked."""
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Seen:
    """What the rules may ask about a message that tagging left."""

    message_id: str
    role: Role
    values: tuple[float | None, ...]
    """Of the labels that rules name, in their order."""
    is_authored: bool


@dataclass(slots=True)
class _Step:
    """What one rule does to the messages that reach it."""

    rule: str
    reasons: dict[str, str] = field(default_factory=dict)
    """Why, by message id."""
    counts: Counter[str] = field(default_factory=Counter)
    unrated: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def dropped(self) -> int:
        return self.counts.total()

    def drop(self, message_id: str, cause: str, reason: str) -> None:
        self.reasons[message_id] = reason
        self.counts[cause] += 1

    def figures(self, before: int) -> FunnelStep:
        return FunnelStep(
            rule=self.rule,
            before=before,
            dropped=self.dropped,
            unrated=self.unrated,
            reasons=dict(self.counts.most_common()),
        )


class Filter:
    """Gathers what rules need while trees go by; with rules some 200 bytes a message."""

    def __init__(
        self,
        rules: Sequence[KeepRule],
        contamination: Contamination | None = None,
        *,
        duplicates: DuplicateTexts | None = None,
    ) -> None:
        """Make a filter.

        Args:
            rules: In the order in which they drop.
            contamination: Drops messages before any rule.
            duplicates: Of the same trees; needed where a rule names the tag `duplicate`.
        """
        self.rules, self.contamination = tuple(rules), contamination
        self._duplicates = duplicates
        self._labels = tuple(dict.fromkeys(label for rule in rules for label in rule.labels))
        self._messages = 0
        self._seen: list[_Seen] = []
        """What rules judge; nothing where there are none."""
        self._rejected = _Step("rejected when tagged")
        self._contaminated = _Step("decontaminate")

    def add(self, record: TreeRecord) -> None:
        """Take a tagged tree into account."""
        for message in messages(record.tree):
            self._messages += 1
            if message.review_result is False:
                self._rejected.counts[_rejection(record, message)] += 1
                continue
            if self.rules:
                self._seen.append(self._judged(record, message))
            if self.contamination is not None:
                self._look_for_shared(self.contamination, message)

    def filtered(self) -> Filtered:
        """Return what is dropped of all that was added, and why."""
        left, count = self._seen, self._messages
        drops, funnel, warnings = dict[str, Verdict](), list[FunnelStep](), list[str]()
        steps: list[_Step | KeepRule] = [self._rejected, self._contaminated, *self.rules]
        for given in steps:
            step = given if isinstance(given, _Step) else self._step(given, left)
            if step is self._contaminated and self.contamination is None:
                continue
            funnel.append(step.figures(count))
            count -= step.dropped
            drops |= {name: _verdict(reason) for name, reason in step.reasons.items()}
            warnings.extend(step.warnings)
            left = [one for one in left if one.message_id not in step.reasons]
        fit = self._messages - self._rejected.dropped
        if len(drops) > MUCH * fit:
            warnings.insert(0, _much(len(drops), fit, funnel))
        contaminated = dict(self._contaminated.counts) if self.contamination else None
        return Filtered(drops, tuple(funnel), contaminated, tuple(warnings))

    def found(self) -> Mapping[str, Any]:
        """Return the fields `funnel` and `contaminated` of `Quality`, and warnings."""
        filtered = self.filtered()
        return {
            "funnel": filtered.funnel,
            "contaminated": filtered.contaminated,
            "warnings": filtered.warnings,
        }

    def _judged(self, record: TreeRecord, message: Message) -> _Seen:
        values = tuple(_value(message, label) for label in self._labels)
        authored = is_authored(record, message)
        return _Seen(message.message_id, message.role, values, authored)

    def _look_for_shared(self, contamination: Contamination, message: Message) -> None:
        shared = contamination.shared(message.text)
        if shared is not None:
            reason = f"shares {shared.words} with {shared.file}"
            self._contaminated.drop(message.message_id, shared.file, reason)

    def _step(self, rule: KeepRule, left: Sequence[_Seen]) -> _Step:
        """Return what a rule does to what the rules before it have left."""
        step = _Step(str(rule))
        judged = [one for one in left if rule.role in (None, one.role) and not one.is_authored]
        if rule.sign in ("with", "without"):
            self._by_tags(rule, judged, step)
        else:
            self._by_value(rule, judged, step)
        return step

    def _by_tags(self, rule: KeepRule, judged: Sequence[_Seen], step: _Step) -> None:
        said = self._repeated() if DUPLICATE in rule.labels else {}
        for one in judged:
            values = {label: self._value(one, label) for label in rule.labels}
            if one.message_id in said:
                values[DUPLICATE] = 1.0
            for label, value in values.items():
                is_tagged = value is not None and value >= rule.value
                if is_tagged == (rule.sign == "without"):
                    step.drop(one.message_id, label, _tag_reason(rule, label, one, said))
                    break

    def _by_value(self, rule: KeepRule, judged: Sequence[_Seen], step: _Step) -> None:
        (label,) = rule.labels
        values = {one.message_id: self._value(one, label) for one in judged}
        rated = {name: value for name, value in values.items() if value is not None}
        step.unrated = len(values) - len(rated)
        if values and not rated:
            step.warnings.append(
                f"no message that the rule {str(rule)!r} looks at has the label {label!r}, so it "
                "keeps them all"
            )
        sign, limit = _limit(rule, list(rated.values()))
        for name, value in rated.items():
            if not _COMPARED[sign](value, limit):
                step.drop(name, label, f"{label} is {value:g}, and {_wish(rule, sign, limit)}")

    def _repeated(self) -> dict[str, str]:
        """Return what each duplicate repeats, by message id."""
        found = self._duplicates.duplicates() if self._duplicates else ()
        return {one.message_id: one.of for one in found}

    def _value(self, one: _Seen, label: str) -> float | None:
        return one.values[self._labels.index(label)]


def _value(message: Message, label: str) -> float | None:
    found = (message.labels or {}).get(label)
    return None if found is None else found.value


def _rejection(record: TreeRecord, message: Message) -> str:
    """Return the label for which a message was rejected."""
    notes = record.notes.get(message.message_id)
    names = [v.name for v in notes.verdicts if v.severity == "hopeless"] if notes else []
    return names[0] if names else "review"


def _limit(rule: KeepRule, values: Sequence[float]) -> tuple[str, float]:
    """Return the comparison that a rule comes to; of a share, with the last value it keeps."""
    if rule.sign not in ("top", "bottom"):
        return rule.sign, rule.value
    order = sorted(values, reverse=rule.sign == "top")
    kept = math.ceil(rule.value * len(order) - ROUNDING)
    return (">=" if rule.sign == "top" else "<="), order[kept - 1] if order else 0.0


def _wish(rule: KeepRule, sign: str, limit: float) -> str:
    if sign == rule.sign:
        return f"keep asks for {rule}"
    return f"the {rule.sign} {100 * rule.value:g}% end at {limit:g}"


def _tag_reason(rule: KeepRule, label: str, one: _Seen, said: Mapping[str, str]) -> str:
    if rule.sign == "with":
        return f"is not tagged {label}, and keep asks for {rule}"
    if label == DUPLICATE:
        return f"says what message {said[one.message_id]} says"
    return f"is tagged {label}, and keep asks for {rule}"


def _verdict(reason: str) -> Verdict:
    return Verdict(DROPPED, 1.0, reason, "keep", VERSION, kind="filter")


def _much(dropped: int, fit: int, funnel: Sequence[FunnelStep]) -> str:
    worst = max(funnel[1:], key=lambda step: step.dropped)
    return (
        f"{dropped:,} of {fit:,} messages that tagging left are dropped, {worst.dropped:,} of them "
        f"by {worst.rule!r}; dialoom tag --what-if shows what another rule would leave"
    )
