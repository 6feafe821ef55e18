"""Refusal boilerplate: the phrases models are trained to say when they won't play along."""

import re
from collections.abc import Iterator
from typing import ClassVar

from dialoom.evaluators.base import Heuristic, Subject
from dialoom.evaluators.phrases import Phrases
from dialoom.evaluators.text import quoted
from dialoom.verdicts import Severity, Verdict

__all__ = ["Refusal", "refuses"]

OPENING = 240
"""Characters in which a refusal begins; what stands further back qualifies an answer."""


def _unless(reasons: str) -> str:
    """Return a look-ahead that fails where a person's no goes on: with a reason or an offer."""
    return rf"(?![^.!?\n]{{0,160}}\b(?:{reasons})\b)"


_PHRASES = Phrases(
    {
        "cant cannot wont will able unable allowed permitted programmed decline & i im ill "
        "& assist help": r"""
        i<cannot> (?:assist|help)(?: you)? (?:with|in|on) <such>(?: <thing>)?<end>
        i<cannot> assist(?: you)?<end>
        """,
        "cant cannot wont will able unable allowed permitted programmed decline & i im ill": r"""
        i<cannot> <obey> (?:this|that|your|such|any)(?: \w+)? <thing><end>
        i<cannot> (?:engage|participate|take part) (?:in|with) (?:\w+ ){0,4}<thing><end>
        i<cannot> (?:role-?play|simulate|impersonate)\b
        i<cannot> <make>(?: \w+,?){0,8} <harmful>
        """,
        "ai model": r"""
        as an? (?:\w+ ){0,4}<ai>\b[^.!?\n]{0,80}?\bi(?:'m| am)? (?:can't|cannot|unable|not|won't)\b
        as an? (?:\w+ ){0,4}<ai>, it (?:is|would be) (?:not |in|un)\w+
        """,
        "programming guidelines policies policy": r"""
        (?:against|violat\w+|beyond|outside|contrary to|not within) <mine> (?:\w+ ){0,3}<rules>
        """,
        "decline": r"""
        i (?:(?:must|have to|need to) )?(?:\w+ly )?decline (?:this|that|your) (?:request|prompt)
        """,
        "comfortable": r"""
        i<uneasy> comfortable (?:engaging|participating|role-?playing|creating|generating)
        i<uneasy> comfortable (?:continuing )?(?:with )?this <thing>
        """,
        "appropriate ethical inappropriate unethical": r"""
        (?:not |not be |in|un)(?:appropriate|ethical) for me to (?:create|generate|role-?play)
        """,
        "scope": "beyond my current scope",
        "helfen behilflich unterstützen weiterhelfen": r"""
        (?:kann|darf)(?: ich)?(?: <dative>)* <dabei> (?:leider )?nicht <helfen>
        <dabei> (?:kann|darf) ich (?:<dative> )*nicht <helfen>
        """,
        "anfrage bitte aufforderung": r"""
        (?:ich kann|kann ich) (?:leider )?<diese> <anfrage> (?:leider )?nicht <erfuellen>
        """,
        "puedo": r"""
        no puedo (?:ayudar|asistir)(?:te|le|les|los)? (?:con|en) <eso>
        no puedo (?:cumplir con|satisfacer|atender|responder a) <solicitud>
        no puedo (?:generar|crear|escribir|proporcionar) (?:\w+ ){0,3}(?:contenido|tipo)<spanish>
        """,
        "peux puis mesure": r"""
        je ne <peux> (?:vous |t'|te |d')?(?:aider|assister) (?:avec|à|pour|dans) <cela>
        je ne <peux> (?:répondre|accéder|satisfaire|donner suite)(?: à)? <demande>
        je ne <peux> (?:créer|générer|produire) (?:\w+ ){0,3}contenu<french>
        """,
        "posso": r"""
        non posso (?:aiutar|assister)(?:ti|la|vi|e) (?:con|in|a) (?:quest[oa]|ciò|quello)<italian>
        non posso (?:soddisfare|esaudire) (?:questa|la tua|la sua) richiesta<italian>
        não posso (?:ajudar|auxiliar)(?:-(?:lo|la|te))? (?:com|n)(?: ?is[st]o| est[ae])<portuguese>
        não posso (?:atender|cumprir)(?: a| com)? (?:ess|est|su)[ae] solicitação<portuguese>
        """,
        "helpen": r"""
        kan (?:ik )?(?:je|u|jou) (?:daar|hier)(?: helaas)? niet (?:mee|bij) helpen<dutch>
        kan (?:ik )?(?:je|u|jou) (?:daar|hier)(?:mee|bij)(?: helaas)? niet helpen<dutch>
        kan (?:ik )?(?:je|u|jou) niet helpen met (?:dit|dat|je|uw) verzoek<dutch>
        """,
        "могу": r"""
        не могу (?:вам |тебе )?помочь (?:вам |тебе )?(?:с этим|в этом)<russian>
        не могу выполнить (?:этот|ваш|твой|данный) запрос<russian>
        """,
        "歉 起 遗": r"""
        (?:抱歉|对不起|很遗憾)[，,。！!\s]{0,2}但?是?我?(?:无法|不能|没办法)<chinese>
        """,
        "訳": r"""
        (?:申し訳(?:ありません|ございません))<japanese>
        """,
    },
    bare=_unless("because|since|until|unless|without|before|due|but|so|while|tomorrow|colleague"),
    end=r"(?=\W*(?:[.!?;:\n–—]|$|,|(?:as|at|for|in|or|and|please|right)\b))<bare>",
    cannot=r"""(?: can't| cannot| won't| will not| (?:must|have to|need to) decline to|
        (?: am|'m) (?:unable|not able|not allowed|not permitted|not programmed) to|
        (?: will not|'ll not| won't) be able to)
        (?: (?:really|simply|just|currently|legally|ethically|in good conscience))?""",
    such="(?:this|that|these|those|such|your|it|any)(?: (?:specific|(?:kind|type|sort) of))?",
    thing="""requests?|quer(?:y|ies)|inquir(?:y|ies)|prompts?|tasks?|topics?|role-?play(?:ing)?|
        scenarios?|conversations?|discussions?|content|behaviou?r|activit(?:y|ies)""",
    obey="fulfill?|comply with|satisfy|carry out|go along with|respond to",
    make="create|generate|write|produce|provide|share|discuss|promote|engage in|assist (?:with|in)",
    harmful="""explicit|harmful|illegal|unethical|hateful|hate speech|inappropriate|offensive|
        graphic|sexual|dangerous|(?:such|this|that) content""",
    ai="ai|language model",
    mine="my|openai's|anthropic's",
    rules="programming|guidelines|policy|policies",
    uneasy="'m not| am not| don't feel",
    german=_unless("weil|da|denn|solange|bevor|ohne|bis|aber|sondern"),
    dative="dir|ihnen|euch|leider",
    diese="dieser?|deiner?|ihrer?|so einer|solchen",
    anfrage="anfragen?|bitte|aufforderung",
    dabei="dabei|damit|hierbei|hiermit|bei <diese> <anfrage>",
    helfen="(?:weiter)?helfen<german>|behilflich<german>|unterstützen<german>",
    erfuellen="(?:erfüllen|nachkommen|entsprechen|beantworten)<german>",
    spanish=_unless("porque|ya que|hasta|sin|a menos|pero|debido"),
    eso="(?:eso|esto|ello|(?:est?a|tu|su) (?:solicitud|petición|consulta)|est?e tema)\\b<spanish>",
    solicitud="(?:est?a|tu|su) (?:solicitud|petición)<spanish>",
    french=_unless("parce|car|sans|tant que|avant|à moins|mais|puisque"),
    peux="(?:peux|puis) (?:malheureusement )?pas|suis (?:malheureusement )?pas en mesure d[e']",
    demande="(?:cette|votre|ta) (?:demande|requête)<french>",
    cela="(?:cela|ça|ceci)\\b<french>|<demande>",
    italian=_unless("perché|poiché|finché|senza|prima|ma|però"),
    portuguese=_unless("porque|pois|até|sem|antes|mas|porém"),
    dutch=_unless("omdat|want|totdat|zonder|maar|voordat"),
    russian=_unless("потому|так как|пока|без|но|поскольку"),
    chinese=r"""(?:[为向帮][您你])?(?![^。！？\n]{0,40}(?:因为|由于|除非|之前|但))
        (?:提供|协助|帮助|满足|回答|完成|继续|参与|生成|讨论|执行)[^。！？\n]{0,12}
        (?:请求|要求|内容|问题|话题|对话|帮助|[这此]类)""",
    japanese=r"""(?![^。\n]{0,60}(?:ので|ため|から))[^。\n]{0,30}
        (?:手伝い|お答え|お応え|協力|対応)[^。\n]{0,8}(?:できません|できかねます|いたしかねます)""",
)


def refuses(text: str) -> bool:
    """Return whether the text opens with refusal boilerplate.

    >>> refuses("I'm sorry, but I can't assist with that.")
    True
    >>> refuses("I'm sorry, but I can't refund this because it was used.")
    False
    """
    return _refusal(text) is not None


def _refusal(text: str) -> re.Match[str] | None:
    match = _PHRASES.search(text, before=OPENING + 200)
    return match if match and match.start() < OPENING else None


class Refusal(Heuristic):
    """Finds boilerplate such as "I'm sorry, but I can't assist with that" at a reply's start.

    Knows it in English, German, Spanish, French, Italian, Portuguese, Dutch, Russian, Chinese and
    Japanese. A persona's own no ("I can't refund this because …") names what it refuses, or gives
    a reason or an offer in the same sentence, and is no finding.

    Blind to refusals in other words or languages, to advice withheld politely ("I can't give
    medical advice"), and to a refusal after the first 240 characters.
    """

    name = "refusal"
    label = "fails_task"
    version = "1"
    severity: ClassVar[Severity] = "fault"
    weight = 0.6

    def check(self, subject: Subject) -> Iterator[Verdict]:
        match = _refusal(subject.text)
        if match:
            said = quoted(subject.text[slice(*match.span())])
            yield self.verdict(subject, f"refuses by rote: {said}", span=match.span())
