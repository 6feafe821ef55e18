"""Prompt forms: how a persona is put to a model, in full or short.

A form is a sheet (the system prompt), a reminder behind the last message, and how replies are
drawn. `benchmarks/prompt_forms.py` compares forms by how many replies pass the heuristics.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dialoom.agents.sheet import compact_sheet, full_sheet
from dialoom.chat import Sampling
from dialoom.scenarios.cast import Cast, Player

__all__ = ["COMPACT", "FULL", "PromptForm"]


@dataclass(frozen=True, slots=True)
class PromptForm:
    """One way to put a persona to a model."""

    name: str
    sheet: Callable[[Player, Cast], str]
    reminder: Callable[[Player, Cast], str] | None
    """What stands behind the last message the model sees; None puts nothing there."""
    sampling: Sampling
    """Defaults; a scenario's settings go over them one by one."""
    one_paragraph: bool = False
    """Whether a reply ends with its first line."""

    def stop(self, player: Player, cast: Cast) -> tuple[str, ...]:
        """Return what ends a reply: the others' names, of which OpenAI takes four in all."""
        names = tuple(f"\n{other.display_name}:" for other in cast.others(player.name))
        return (("\n",) if self.one_paragraph else names)[:4]


FULL = PromptForm(
    name="full",
    sheet=full_sheet,
    reminder=None,
    sampling=Sampling(temperature=0.8, max_tokens=400),
)
"""For models that follow a long sheet."""

COMPACT = PromptForm(
    name="compact",
    sheet=compact_sheet,
    reminder=None,
    sampling=Sampling(temperature=0.5, top_p=0.9, repeat_penalty=1.1, max_tokens=80),
    one_paragraph=True,
)
"""For models under about a billion weights (`ModelTraits.compact`).

Chosen by `benchmarks/prompt_forms.py` on SmolLM2-135M: in 18 dialogues of four messages 83 % of
the prompters' and 67 % of the assistants' messages pass the heuristics. With a reminder behind
the last message, which the model recites, it was about 60 % of both; with the persona's traits in
the sheet 56 % of the prompters'."""
