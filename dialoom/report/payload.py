"""The trees as the page's script reads them: one JSON text, drawn tree by tree when asked for."""

import json
from collections.abc import Iterable
from typing import Any

from dialoom.display import printable
from dialoom.evaluators.ledger import STANDS
from dialoom.evaluators.tree_ledger import TreeLedger
from dialoom.report.facts import Facts
from dialoom.report.pairs import PairView
from dialoom.tree import TreeRecord
from dialoom.verdicts import EvaluatorFailure, Verdict, raters

__all__ = ["clean", "payload_text", "tree_item"]

Item = dict[str, Any]

HARMLESS = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
"""What could end a script element or open a tag; inside JSON strings the escapes mean the same.

Source: the HTML standard, "Restrictions for contents of script elements".
"""


def clean(text: str) -> str:
    """Return text with control characters, escapes and direction overrides made visible."""
    if text.replace("\n", "").isprintable():
        return text
    return printable(text)


def payload_text(trees: list[Item]) -> str:
    """Return trees as JSON that is safe inside a script element."""
    return json.dumps({"trees": trees}, ensure_ascii=False, separators=(",", ":")).translate(
        HARMLESS
    )


def tree_item(
    record: TreeRecord,
    found: list[Facts],
    pairs: Iterable[PairView],
    ledger: TreeLedger | None = None,
) -> Item:
    """Return one tree.

    Messages name their parent by its place in the list, where the root has -1, and the facts
    of personas by theirs.
    """
    places = {facts.message.message_id: place for place, facts in enumerate(found)}
    moves = _moves(found, ledger) if ledger else {}
    known = ledger.beginning if ledger else ()
    return {
        "number": record.number,
        "id": clean(record.tree.message_tree_id),
        "variables": {clean(name): clean(str(v)) for name, v in record.variables.items()},
        "knows": [[clean(e.speaker), clean(e.fact), STANDS[e.standing]] for e in known],
        "messages": [
            _message(facts, places) | moves.get(facts.message.message_id, {}) for facts in found
        ],
        "pairs": [
            [places[pair.chosen], places[pair.rejected], pair.margin, clean(pair.why)]
            for pair in pairs
            if pair.chosen in places and pair.rejected in places
        ],
        "lost": [
            clean(f"{failure.speaker} ({failure.model}): {failure.error}: {failure.message}")
            for failure in record.failures
        ],
    }


def _message(facts: Facts, places: dict[str, int]) -> Item:
    """Return a message; what is empty is left out to keep the page small."""
    message, notes = facts.message, facts.notes
    item: Item = {
        "id": clean(message.message_id),
        "parent": places.get(message.parent_id or "", -1),
        "speaker": clean(facts.speaker.name),
        "role": message.role,
        "text": clean(message.text),
        "rank": message.rank,
        "score": facts.score,
        "dropped": None if facts.dropped is None else clean(facts.dropped),
        "model": clean(message.model_name or "") or None,
        "thought": clean(notes.thought or "") or None,
        "ends": None if notes.termination is None else notes.termination.value,
        "ends_why": clean(notes.termination_detail) or None,
        "labels": {
            clean(name): label.value
            for name, label in (message.labels or {}).items()
            if label.value is not None
        },
        "verdicts": list(map(_verdict, notes.verdicts, raters(notes.verdicts))),
        "failures": [_failure(failure) for failure in notes.failures],
    }
    return {name: value for name, value in item.items() if value not in (None, [], {})}


def _moves(found: list[Facts], ledger: TreeLedger) -> dict[str, Item]:
    """Return what messages do to facts, by message id."""
    places = {entry.key: place for place, entry in enumerate(ledger.beginning)}
    return {
        facts.message.message_id: {
            "moves": [
                [
                    places[move.speaker, move.fact],
                    STANDS[move.standing],
                    clean(move.sentence(facts.message.text)),
                    move.is_fault,
                ]
                for move in ledger.moves[facts.message.message_id]
            ]
        }
        for facts in found
        if facts.message.message_id in ledger.moves
    }


def _verdict(verdict: Verdict, rater: str) -> list[str | float | None]:
    said = (rater, verdict.name, verdict.reason)
    evaluator, name, reason = (clean(text) for text in said)
    return [evaluator, name, verdict.value, verdict.severity, verdict.kind, reason]


def _failure(failure: EvaluatorFailure) -> str:
    return clean(f"{failure.evaluator}: {failure.error}: {failure.message}")
