"""Reasoning leak: the reply holds the model's deliberation about what to reply."""

import re
from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.marks import Marks
from dialoom.evaluators.phrases import Phrases, folded
from dialoom.evaluators.text import quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["ReasoningLeak"]

_TAG = Marks(
    r"<(?:/?(?:think|thinking|thought|thoughts|reasoning|scratchpad|reflection|analysis|planning|"
    r"inner_monologue|internal_monologue|antthinking|seed:think|reason)>|"
    r"\|(?:begin|end)_of_thought\||\|channel\|)|\[/?(?:THINK|think|THINKING)\]|◁/?think▷",
    *("<", "[", "\u25c1"),
)

_OPENING = 400
"""Characters in which deliberation starts, where it is not tagged."""

_HEADING = re.compile(
    r"[\s*_#>(\[]{0,6}(?:analysis|reasoning|thoughts?|thought process|thinking|chain of thought|"
    r"inner (?:thoughts?|monologue)|internal (?:thoughts?|monologue|reasoning)|user intent|"
    r"response strategy|überlegung|gedankengang|denkprozess|razonamiento|análisis|pensamiento|"
    r"raisonnement|réflexion|思考|分析)[*_ )\]]{0,4}[:\uff1a]"
)

_DELIBERATION = Phrases(
    {
        "user users human prompt & okay ok alright hmm so well": r"""
        <well>[,.:]+ (?:so,? )?(?:the|this) (?:user|human|prompt)(?:'s)?\b
        """,
        "user users human humans prompt customer client patient student & me message query": r"""
        (?:the|this) <other> (?:wants|asks|expects|instructs|is asking|asked|needs) me\b
        (?:the|this) (?:user|human)'s (?:(?:last|latest|current) )?(?:message|query|prompt)\b
        """,
        "respond reply answer response": r"""
        <i_must> (?:now )?(?:respond|reply|answer) <in_role>
        (?:my|the) (?:response|reply) (?:should|must|has to) (?:be|reflect|sound|show|stay)\b
        <i_must> <draft> (?:an?|the|my) (?:\w+ ){0,3}(?:response|reply|answer)\b
        we (?:need|have) to (?:respond|reply|produce|answer|output)\b
        (?<![^\n*_#])(?:final|draft|possible|actual) (?:response|reply)[*_]{0,2} ?:
        """,
        "think & respond reply say": r"""
        <i_must> think (?:\w+ ){0,4}(?:how|what) (?:\w+ ){1,4}(?:respond|reply|say)\b
        """,
        "role character persona": r"""
        <i_must> (?:act|play|stay|remain|embody|keep|maintain|portray) (?:\w+ ){0,4}<part>\b
        """,
        "benutzer nutzer anwender": r"""
        der (?:be)?nutzer (?:möchte|will|fragt|bittet|hat|sagt|erwartet)\b
        """,
        "antworten": r"""
        ich (?:sollte|muss|soll) (?:jetzt |nun )?(?:als|in der rolle) [^.\n]{1,40}antworten\b
        """,
        "usuario": r"""
        el usuario (?:quiere|pide|pregunta|desea|dice)\b
        """,
        "responder": r"""
        (?:debo|tengo que|necesito|debería) responder (?:como|en el papel)\b
        """,
        "lutilisateur lutilisatrice": r"""
        l'utilisat(?:eur|rice) (?:veut|souhaite|demande|me|dit)\b
        """,
        "répondre": r"""
        je (?:dois|devrais) (?:donc |maintenant )?répondre (?:comme|en tant que|dans le rôle)\b
        """,
        "用 ユ": r"""
        (?:用户(?:想|要|希望|让|问|现在|说)|ユーザーは)
        """,
    },
    well="okay|ok|alright|hmm|so|well",
    other="user|human|prompt|customer|client|patient|student",
    i_must="i need to|i should|i must|i have to|i'm supposed to|i'll|i will|let me|let's|we should",
    in_role=r"in (?:the )?(?:role|character)\b|as (?!soon|quickly|well|fast|best|you|we|it|far)",
    draft="craft|draft|formulate|compose|generate|produce|come up with",
    part="role|character|persona",
)


class ReasoningLeak(Heuristic):
    """Finds deliberation about the reply in the reply.

    * Remains of reasoning tags, like `</think>`: hopeless.
    * A reply that opens with a heading ("Analysis:", "Thought process:"), or has deliberation in
      its first 400 characters: "Okay, the user wants me to", "I should respond as", "Let me think
      about how to reply", "We need to answer"; in English, German, Spanish, French, Chinese and
      Japanese.

    Thinking aloud about the other's problem ("Let's go through it step by step") is no finding.
    Blind to deliberation that reads like speech, and to any after the first 400 characters.
    """

    name = "reasoning_leak"
    label = "reasoning_leak"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight = 0.6

    def check(self, subject: Subject) -> Iterator[Verdict]:
        if tag := _TAG.outside_code(subject.text):
            reason = f"holds a reasoning tag: {quoted(tag[0])}"
            yield self.verdict(subject, reason, span=tag.span(), severity="hopeless")
            return
        match = _HEADING.match(folded(subject.text))
        match = match or _DELIBERATION.search(subject.text, before=_OPENING)
        if match:
            said = quoted(subject.text[slice(*match.span())])
            yield self.verdict(subject, f"deliberates on what to say: {said}", span=match.span())
