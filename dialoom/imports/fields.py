"""What a row of a conversation file can hold, and the columns that usually hold it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dialoom.imports.turns import is_turn

__all__ = ["ABOUT", "FIELDS", "FORMATS", "KINDS", "Field"]


@dataclass(frozen=True, slots=True)
class Field:
    """Something a row can hold."""

    says: str
    fits: Callable[[Any], bool]
    columns: str
    """Names that are taken for it, the surest first; a dot leads into a mapping."""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_turns(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_turn, value))


def _is_said(value: Any) -> bool:
    return _is_text(value) or is_turn(value) or _is_turns(value)


def _is_talk(value: Any) -> bool:
    texts = isinstance(value, list) and len(value) > 1 and all(map(_is_text, value))
    return texts or _is_turns(value)


def _is_replies(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str | Mapping) for one in value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return value.replace(".", "", 1).removeprefix("-").isdecimal()
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_flag(value: Any) -> bool:
    return str(value).lower() in ("true", "false")


def _is_name(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _is_anything(value: Any) -> bool:
    return value is not None


FIELDS: Mapping[str, Field] = {
    "messages": Field(
        "the turns of the conversation",
        _is_talk,
        "messages conversations conversation dialogue dialog turns chat items",
    ),
    "prompt": Field(
        "the first message, or the turns before the reply",
        _is_said,
        "prompt input.messages instruction question query request user input text",
    ),
    "input": Field("what the prompt is about", _is_text, "input"),
    "history": Field("earlier turns, as pairs", _is_list, "history"),
    "response": Field(
        "the reply", _is_said, "completion response output answer reply assistant target"
    ),
    "chosen": Field(
        "the better reply",
        _is_said,
        "chosen preferred_output preferred chosen_response chosen_conversations",
    ),
    "rejected": Field(
        "the worse reply",
        _is_said,
        "rejected non_preferred_output dispreferred rejected_response rejected_conversations",
    ),
    "completions": Field(
        "several replies", _is_replies, "completions responses answers candidates generations"
    ),
    "system": Field("the system prompt", _is_text, "system system_prompt system_message"),
    "tools": Field("what tools there were", _is_anything, "tools functions"),
    "label": Field("whether the reply is wanted", _is_flag, "label kto_tag"),
    "score": Field("how good the reply is", _is_number, "score rating meta.score"),
    "score_chosen": Field(
        "how good the chosen reply is",
        _is_number,
        "score_chosen chosen_score chosen_rating chosen-rating",
    ),
    "score_rejected": Field(
        "how good the rejected reply is",
        _is_number,
        "score_rejected rejected_score rejected_rating rejected-rating",
    ),
    "model": Field("what wrote the replies", _is_text, "model model_name meta.model"),
    "model_chosen": Field(
        "what wrote the chosen reply",
        _is_text,
        "model_chosen chosen_model chosen-model meta.model_chosen",
    ),
    "model_rejected": Field(
        "what wrote the rejected reply",
        _is_text,
        "model_rejected rejected_model rejected-model meta.model_rejected",
    ),
    "lang": Field("the language, BCP 47", _is_text, "lang language locale meta.lang"),
    "source": Field("where it is from", _is_text, "source origin dataset"),
    "license": Field("its licence", _is_text, "license licence"),
    "id": Field("what the row is called", _is_name, "id prompt_id conversation_id uuid"),
}

ABOUT = ("system", "tools", "model", "lang", "source", "license", "id")
"""What any row may hold."""
_COLUMNS = ("prompt", "input", "history", "response", "score")
FORMATS: Mapping[str, tuple[str, ...]] = {
    "messages": ("messages", "score"),
    "sharegpt": ("messages", "score"),
    "alpaca": _COLUMNS,
    "preference": (
        *("prompt", "messages", "chosen", "rejected", "score_chosen", "score_rejected"),
        *("model_chosen", "model_rejected"),
    ),
    "ranked": ("prompt", "messages", "completions"),
    "ultrafeedback": ("prompt", "completions"),
    "kto": ("prompt", "messages", "response", "label", "score"),
    "columns": _COLUMNS,
    "oasst": (),
}
"""What else a row of each format holds."""
KINDS = (
    ("preference", {"chosen", "rejected"}),
    ("preference", {"messages", "rejected"}),
    ("ranked", {"completions"}),
    ("kto", {"label", "response"}),
    ("kto", {"label", "messages"}),
    ("messages", {"messages"}),
    ("columns", {"prompt"}),
)
"""What a row is, by what it holds, the surest first."""
