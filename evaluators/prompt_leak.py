"""Prompt leak: the reply recites its instructions, or holds parts of the prompt's template."""

from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.marks import Marks
from dialoom.evaluators.options import whole
from dialoom.evaluators.phrases import Phrases
from dialoom.evaluators.text import cited, normalised, quoted, words
from dialoom.verdicts import Severity, Verdict

__all__ = ["PromptLeak"]

_PROBE = 5
"""Words of a probe. Probes stand apart so that every recital of `min_words` holds a whole one."""

_CITED = 30
"""Words of a recital that are looked up again to say where it stands."""

_TALK = Phrases(
    {
        "instructions instruction guidelines": r"""
        (?:my|the system) instructions? (?:are|were|say|tell me|state|require me|is) (?:to|that|i)\b
        (?:according to|as per|following|based on|given) (?:my|the system|the given) instructions
        i(?: was|'ve been| have been) given (?:the following|these) instructions
        """,
        "prompt systemprompt systemprompts": r"""
        (?:my|the|this|your) (?:system|initial|original) prompt\b
        (?:according to|based on|as per|given|in|from) (?:my|the|this) prompt\b
        """,
        "character persona role & stay staying remain remaining keep keeping": r"""
        (?:stay|remain|keep)(?:ing)? in(?: my| the)? (?:character|persona|role)\b
        """,
        "character persona role & sheet sheets profile profiles": r"""
        (?:according to|as per|based on|given) (?:my|the) (?:persona|character) (?:sheet|profile)\b
        """,
        "character persona role & break": r"""
        (?:never|not) (?:to )?break character\b
        """,
        "as youre are & answer reply respond speak sentences sentence": r"""
        [(\[] ?(?:answer|reply|respond|speak|write) (?:only )?as\b
        [(\[] ?(?:you're|you are) [^)\]\n]{1,60} (?:short )?sentences?\b
        """,
        "rules traits speak voice stage": r"""
        (?:rules you keep|your traits|how you speak): \w
        things you might say, as examples\b
        (?:no name in front|no stage directions)\b
        """,
        "instructed prompted told asked supposed": r"""
        i<was> (?:instructed|prompted) to <behave>
        i<was> (?:told|asked|supposed) to <play>
        """,
        "anweisungen systemprompt systemanweisung rolle vorgaben": r"""
        (?:meine|laut meinen|gemäß meinen) (?:anweisungen|vorgaben) (?:lauten|sagen|soll|darf)\b
        (?:mein|meinem|meinen|der|dem|den) system-?(?:prompt|anweisung)\b
        (?:in der|in meiner|in deiner) rolle (?:bleiben|zu bleiben)\b
        """,
        "instrucciones prompt personaje": r"""
        (?:mis instrucciones (?:son|dicen|indican)|según mis instrucciones)\b
        (?:prompt del sistema|instrucciones del sistema)\b
        (?:mantenerme|permanecer|mantente|permanece) en(?: el| mi)? personaje\b
        """,
        "instructions prompt personnage rôle système": r"""
        (?:mes instructions (?:sont|disent|indiquent|précisent)|selon mes instructions)\b
        (?:prompt|invite|consigne|message) (?:du )?système\b
        (?:rester|reste|restez) dans (?:le|mon|ton|votre) (?:personnage|rôle)\b
        """,
        "提 指 角": r"""
        (?:系统提示|提示词|我的指令|根据(?:我的)?(?:指令|设定)|保持角色|扮演的角色)
        """,
    },
    was="'m| am| was|'ve been| have been",
    play="act as|pretend|role-?play|impersonate|stay in|play (?:the|an?) (?:role|part|character)",
    behave="<play>|act|play|stay|behave|respond|reply|answer|speak|be|never|not|keep",
)

_TEMPLATE = Marks(
    r"<\|(?:[a-z_]{2,30}\|>|im_|eot|eom|end)|"
    r"<(?:/?s|eos|bos|pad|unk|start_of_turn|end_of_turn|extra_id_\d+)>|"
    r"\[/?(?:INST|SYS|SYSTEM_PROMPT|PAD|CLS|SEP)\]|<</?SYS>>|"
    r"\{\{-? ?[\w.]+ ?-?\}\}|\{%-? ?\w[^%\n]{0,80}%\}|"
    r"##(?:# |#| )?(?:Instruction|Response|Human|Assistant|User|System|Input)s? ?:|"
    r"Below is an instruction that describes a task",
    *("<", "[", "{", "##", "Below is an instruction"),
)
_SLOT = Marks(
    r"(?i)\[(?:your|customer|client|user|agent|company|insert|patient|student|name|date|product)"
    r"(?:'s)?(?: [\w' ]{1,30})?\]|\{(?<![\w{$]\{)(?:[a-z]+_[a-z_]+|"
    r"name|customer|user|company|date|product|order)\}(?!\})",
    *("[", "{"),
)


class PromptLeak(Heuristic):
    """Finds what only the prompt should say.

    * Control tokens and template remains: `<|im_start|>`, `[INST]`, `### Response:`, `{{ name }}`.
      These are hopeless; code is left alone.
    * A run of at least `min_words` words from the speaker's system prompt, or "You are" with the
      speaker's own name. Example lines, known facts and what was said before may be repeated.
    * Talk about instructions: "my instructions are", "system prompt", "stay in character"; in
      English, German, Spanish, French and Chinese.
    * Slots left open in a persona's speech: `[Your Name]`, `{order_id}`.

    Blind to instructions retold in other words.
    """

    name = "prompt_leak"
    label = "prompt_leak"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight = 0.6

    def __init__(self, min_words: int = 15) -> None:
        """Set how many words in a row count as reciting; six at least.

        Raises:
            ValueError: fewer words, which ordinary speech shares with any prompt.
        """
        self.min_words = whole("min_words", min_words, least=_PROBE + 1)

    def check(self, subject: Subject) -> Iterator[Verdict]:
        text = subject.text
        recital = self._recital(subject)
        if template := _TEMPLATE.outside_code(text):
            reason = f"holds a part of the template: {quoted(template[0])}"
            yield self.verdict(subject, reason, span=template.span(), severity="hopeless")
        elif recital:
            said = cited(recital[:_CITED], text, limit=80)
            yield self.verdict(subject, f"recites its prompt: {said.words}", span=said.span)
        elif talk := _TALK.search(text):
            said_so = quoted(text[slice(*talk.span())])
            reason = f"speaks about its instructions: {said_so}"
            yield self.verdict(subject, reason, span=talk.span())
        elif subject.persona and (slot := _SLOT.outside_code(text)):
            reason = f"leaves a slot open: {quoted(slot[0])}"
            yield self.verdict(subject, reason, span=slot.span())

    def _recital(self, subject: Subject) -> tuple[str, ...]:
        if not subject.system:
            return ()
        prompt, probes = words(subject.system), _probes(subject.system)
        said = words(subject.text)
        for i in range(0, len(said) - _PROBE + 1, self.min_words - _PROBE + 1):
            at = probes.get(said[i : i + _PROBE])
            if at is not None:
                run = _shared_run(said, i, prompt, at)
                if len(run) >= self.min_words and not _excused(run, subject):
                    return run
        return _own_introduction(subject)


@lru_cache(64)
def _probes(system: str) -> dict[tuple[str, ...], int]:
    """Return where each `_PROBE` words in a row of the system prompt stand first."""
    prompt = words(system)
    return {prompt[i : i + _PROBE]: i for i in reversed(range(len(prompt) - _PROBE + 1))}


def _shared_run(said: tuple[str, ...], i: int, prompt: tuple[str, ...], at: int) -> tuple[str, ...]:
    """Return the longest run of words around said[i] that is also around prompt[at]."""
    before = 0
    while before < min(i, at) and said[i - before - 1] == prompt[at - before - 1]:
        before += 1
    after = 0
    while (
        i + after < len(said) and at + after < len(prompt) and said[i + after] == prompt[at + after]
    ):
        after += 1
    return said[i - before : i + after]


def _excused(run: tuple[str, ...], subject: Subject) -> bool:
    """Return whether the words may be said: heard before, meant as example, or a known fact."""
    sayable = [said.text for said in subject.thread]
    if subject.persona:
        sayable += [*subject.persona.example_lines, *subject.persona.knows.values()]
    return any(" ".join(run) in normalised(text) for text in sayable)


def _own_introduction(subject: Subject) -> tuple[str, ...]:
    name = subject.names.get(subject.speaker)
    if not name:
        return ()
    line = f"you are {normalised(name)}"
    told = line in normalised(subject.system)
    return tuple(line.split()) if told and f"{line} " in normalised(subject.text) + " " else ()
