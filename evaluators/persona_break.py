"""Persona break: the speaker says that it is a program, or speaks about the play from outside."""

import re
from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.machine import MACHINE_CLAIMS, MAKER_CLAIMS, may_be_machine
from dialoom.evaluators.phrases import Phrases, folded
from dialoom.evaluators.text import quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["PersonaBreak"]

_COMMENTARY = Phrases(
    {
        "role roleplay roleplaying & play playing roleplay roleplaying": r"""
        (?:this|the|our) role-? ?play(?:ing)?(?: game| exercise)?\b
        """,
        "scenario simulation role roleplay roleplaying & customer client user agent patient "
        "character persona assistant person speaker": r"""
        (?:the|an?|this) <someone> in (?:this|the) <play>
        as (?:an?|the) [\w'\s-]{1,40} in (?:this|the) <play>, i\b
        """,
        "scenario simulation play scene & continue adjust change modify restart end ready": r"""
        (?:continue|adjust|change|modify|restart|end) (?:this|the|our) <play>
        ready to (?:begin|start|continue) (?:this|the|our) <play>
        """,
        "role character persona part & sure okay ok course certainly understood got absolutely "
        "great alright yes": r"""
        <sure>[,.!:]+ <act>
        """,
        "role character persona & understand": r"""
        i understand (?:the|my|this|that) (?:role|persona|character|assignment)\b
        """,
        "role character persona & breaking break step stepping": r"""
        (?:breaking|break|step out of|stepping out of) (?:my )?character\b
        """,
        "role character persona": r"""
        [(\[] ?(?:still |staying |remaining |speaking |back )?(?:in|out of) character
        (?:my|the|your|this) (?:character|persona) (?:is|would|should|might|feels|must|will|has)\b
        """,
        "ooc": r"""
        ooc[:)\]]
        [(\[] ?ooc\b
        """,
        "response reply message line & here heres": r"""
        here(?:'s| is) <draft> <as_whom>
        """,
        "demonstrates reflects maintains captures conveys adheres stays keeps showcases aims": r"""
        (?:this|the above|my) (?:response|reply|dialogue|message) <shows>\b
        """,
        "way & respond reply say start begin open conversation": r"""
        here(?:'s| is) an? (?:\w+ )?way (?:for you )?to (?:respond|reply|say|answer)\b
        great way to (?:start|begin|open|continue|end) (?:the|a|this|our) conversation\b
        """,
        "responding": r"""
        this is how (?:you|i|she|he) (?:should|would|could) be responding\b
        """,
        "no & response reply answer": r"""
        [(\[] ?no (?:response|reply|answer)\b
        """,
        "note": r"""
        [(\[] ?(?:author's )?note: ?[^)\]]{0,200}\b<craft>\b
        """,
        "tone & know": r"""
        let me know if you(?:'d| would)? (?:like|want)(?: me)? to (?:adjust|change|modify) the tone
        """,
        "end ends continues over scene & role conversation dialogue simulation scene scenario "
        "transcript chat roleplay": r"""
        [(\[] ?(?:the )?(?:end of )?<talk>(?: ends| continues| is over| over)? ?[)\]]
        end of (?:role-?play|dialogue|simulation|scenario|transcript)\b
        """,
        "instructed instructions prompt persona scenario described": r"""
        [(\[][^)\]\n]{0,80}\b<told> ?[^)\]\n]{0,40}[)\]]
        """,
        "simulated fictional": r"""
        as an? (?:simulated|fictional|imaginary) (?:\w+ ){0,2}<someone>, i\b
        i(?:'m| am) (?:an?|the) (?:simulated|fictional|imaginary) (?:\w+ ){0,2}<someone>\b
        """,
        "respond reply say & here heres would": r"""
        as (?:an?|the) [\w'\s-]{1,40}, i (?:would|might|could|will) (?:respond|reply)\b
        here(?:'s| is) how (?:an?|the) [\w'\s-]{1,40} (?:would|might|could) (?:respond|reply|say)
        """,
        "rollenspiel rolle szenario": r"""
        (?:dieses|diesem|dem|des|unser|unserem|das) rollenspiels?\b
        ich (?:spiele|übernehme) (?:(?:jetzt|nun|gern) )?die rolle (?:des|der|eines|einer)\b
        (?:aus der rolle fallen|außerhalb (?:der|meiner) rolle)\b
        """,
        "rol roles personaje papel": r"""
        (?:este|el|nuestro) juego de rol(?:es)?\b
        (?:fuera de(?:l| mi)? personaje|salir del personaje)\b
        (?:claro|por supuesto|de acuerdo)[,.!]* (?:voy a interpretar|interpretaré) (?:el|al)\b
        """,
        "rôle rôles personnage": r"""
        (?:ce|le|notre) jeu de rôles?\b
        (?:hors (?:du )?personnage|sortir d[eu] (?:mon )?personnage)\b
        (?:bien sûr|d'accord|compris)[,.! ]* je vais (?:jouer|interpréter|incarner) le\b
        """,
    },
    play="scenario|simulation|role-? ?play(?:ing)?|scene|dialogue",
    someone="customer|client|user|agent|patient|character|persona|assistant|person|speaker|role",
    sure="sure|okay|ok|of course|certainly|understood|got it|absolutely|great|alright|yes",
    act=r"""i(?:'ll| will| am going to|'m going to| can) (?:(?:now|be|gladly) )?(?:play(?:ing)?|
        act(?:ing)? as|take on|assume|portray|adopt|embody) (?:the|this|that|an?|your) (?:\w+ ){0,2}
        (?:role|part|character|persona)\b""",
    draft=r"""(?:an?|the|my|one|another|your) (?:\w+ ){0,3}?(?:response|reply|message|line)""",
    as_whom=r"""(?:from the perspective|as (?:if|the|an?) |in the (?:voice|style|role|character)|
        in character|(?:that|which) (?:fits|reflects|matches|stays|maintains)|
        based on the (?:persona|character|scenario|prompt|instructions|given|information))""",
    shows="demonstrates|reflects|maintains|captures|conveys|adheres|stays in|keeps to|showcases",
    craft="response|reply|character|persona|role|tone|prompt|instructions?|scenario|word limit",
    talk="role-?play|conversation|dialogue|simulation|scene|scenario|transcript|chat",
    told=r"""as (?:instructed|described in the|per the|requested in the) ?(?:prompt|instructions?|
        scenario|persona|sheet)?|per (?:my|the) (?:instructions|persona|prompt)|
        according to (?:my|the) (?:prompt|instructions|persona|scenario|character)""",
)

_TOPICS = re.compile(
    r"play|simulation|scenario|character|persona|rollenspiel|juego de rol|jeu de r"
)


class PersonaBreak(Heuristic):
    """Finds words that only the model behind the persona would say.

    * "As an AI language model, …", "I'm just a chatbot", "my knowledge cutoff" in eleven
      languages, unless the persona's sheet says that it is an AI; an assistant without a sheet
      may be one.
    * "I was made by OpenAI", "I am Qwen", unless the sheet names that maker.
    * Talk about the play: "in this role-play", "(Note: this response stays …)", "(OOC: …)",
      "Sure, I'll play the role of …", "As Ada, I …" said by Ada; in English, German, Spanish and
      French, unless somebody spoke of a play before.

    Blind to breaks that use none of these words: a persona that is too helpful, knows too much,
    or changes its name.
    """

    name = "persona_break"
    label = "persona_break"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight = 0.6

    def check(self, subject: Subject) -> Iterator[Verdict]:
        what, match = next(self._breaks(subject), ("", None))
        if match:
            said = quoted(subject.text[slice(*match.span())])
            yield self.verdict(subject, f"{what}: {said}", span=match.span())

    def _breaks(self, subject: Subject) -> Iterator[tuple[str, re.Match[str]]]:
        maker = MAKER_CLAIMS.search(subject.text)
        if maker and not (_in_sheet(maker[1], subject) or _unknown_assistant(subject)):
            yield "names a model's maker", maker
        machine = MACHINE_CLAIMS.search(subject.text)
        if machine and not may_be_machine(subject):
            yield "says it is a program", machine
        comment = _COMMENTARY.search(subject.text) or _own_name(subject)
        if comment and not _spoken_of(comment[0], subject):
            yield "speaks about the play", comment


def _unknown_assistant(subject: Subject) -> bool:
    return subject.persona is None and not subject.system and subject.role == "assistant"


def _in_sheet(maker: str, subject: Subject) -> bool:
    persona = subject.persona
    sheet = persona and f"{persona.display_name} {persona.description} {persona.background}"
    return maker in (sheet or subject.system).lower()


def _spoken_of(comment: str, subject: Subject) -> bool:
    """Return whether an earlier message brought up the play that the comment is about."""
    topic = _TOPICS.search(comment)
    return topic is not None and any(topic[0] in folded(said.text) for said in subject.thread)


def _own_name(subject: Subject) -> re.Match[str] | None:
    """Return where the speaker says "As <its own name>, I"."""
    name = subject.names.get(subject.speaker) or (subject.persona and subject.persona.display_name)
    if not name or f"as {name.lower()}" not in folded(subject.text):
        return None
    return re.search(rf"\bas {re.escape(name.lower())},? i\b", folded(subject.text))
