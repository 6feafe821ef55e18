"""Speakers that say they are a program, and personas that are one and may say so."""

import re
from functools import lru_cache

from dialoom.evaluators.base import Subject
from dialoom.evaluators.phrases import Phrases
from dialoom.personas.model import Persona

__all__ = ["MACHINE_CLAIMS", "MAKER_CLAIMS", "may_be_machine"]

MACHINE_CLAIMS = Phrases(
    {
        "ai language chatbot bot llm artificial computer neural": r"""
        as an? <kind><ai>(?!,? <asked>)(?=,|\.|:|;|\)| ?–| ?—| i\b| i'| it's| it is| my\b| and i\b)
        i(?:'m| am)(?: <only>)?(?: an?)? <kind><ai><tail>
        """,
        "personal physical human": r"""
        i (?:don't|do not|cannot|can't) (?:have|experience)(?: any)? personal <inner>
        i (?:don't|do not) (?:have|possess)(?: an?)? (?:physical|human) (?:body|form|emotions)
        """,
        "cutoff cut update knowledge trained programmed training & my": r"""
        my (?:knowledge|training)(?: data)? (?:cut-?off|only goes|only extends|ends in|goes up to)
        as of my (?:last|latest|most recent) (?:knowledge )?(?:update|training|cut-?off)
        """,
        "cutoff cut update knowledge trained programmed training & i im ive": r"""
        i(?:'m| am| was|'ve been| have been) (?:pre-?)?trained on <corpus>
        i(?:'m| am|'ve been| have been)(?: <only>)? programmed to <serve>
        """,
        "ki sprachmodell chatbot intelligenz computerprogramm ai": r"""
        als (?:eine? )?(?:reine |großes )?<ki>(?=,| (?:habe|kann|bin|besitze|verfüge|darf|fehlt)\b)
        ich bin (?:ja |doch )?(?:nur |lediglich |bloß )?eine? (?:\w+ )?<ki>(?=[.,;:!?]| und| ohne|$)
        ich bin kein mensch, sondern eine? (?:\w+ )?<ki>
        """,
        "ia inteligencia inteligência modelo chatbot asistente": r"""
        (?:como|en tanto que) (?:una? |uma? )?<ia>(?=,| no\b| não\b| yo\b| mi\b| puedo\b| carezco\b)
        (?:soy|sou) (?:solo |sólo |solamente |simplemente |apenas |só )?(?:una?|uma?) <ia><pause>
        """,
        "ia quia intelligence modèle chatbot programme": r"""
        en tant qu(?:e |')(?:une? )?(?:grand |simple )?<ia_fr>
        je (?:suis|ne suis qu')(?: juste| seulement)? ?une? (?:grand |simple )?<ia_fr><pause>
        """,
        "ia intelligenza modello": r"""
        (?:in quanto|come) (?:una )?<ia_it>(?=,| non\b| sono\b| ho\b| posso\b)
        sono (?:solo |soltanto |semplicemente )?un(?:'|a? )<ia_it><pause>
        """,
        "taalmodel ai intelligentie": r"""
        als (?:een )?<ai_nl>(?=,| (?:ben|heb|kan|beschik|mag) ik\b)
        ik ben (?:slechts |maar |gewoon )?een <ai_nl><pause>
        """,
        "модель интеллект": r"""
        (?:как|я|всего лишь|просто)(?: —| -)? (?:\w+ )?(?:языковая модель|искусственный интеллект)
        """,
        "工 言 ai 聊": r"""
        [作我](?:为|只?是)(?:一个|一名|一款|个)?(?:由\w{1,12}?(?:开发|训练)的)?<ai_zh>
        (?:ai|人工知能|言語モデル)(?:アシスタント|言語モデル)?(?:として|なので|ですので)
        私は(?:ai|人工知能|(?:大規模)?言語モデル)
        """,
    },
    only="just|only|merely|simply|actually|really|but",
    kind=r"""(?:(?:large|helpful|artificial|digital|virtual|conversational|text-based|mere|simple|
        friendly|advanced|trained|powerful|humble|automated|online|open|free|intelligent|small|ai|
        ai-powered|ai-based|open-source|language-based|multilingual|generative|and) ){0,4}""",
    ai=r"""ai(?: (?:language )?(?:model|assistant|chat ?bot|bot|system|program|tool))?|
        artificial intelligence(?: (?:model|assistant|system|program|chat ?bot))?|llm|
        language model|chat ?bot|bot|computer program|neural network""",
    asked="what|how|why|which|who|do you|can you|could you|would you|are you|you",
    tail=r"""(?=\W*(?:[.,;:!?)"–—]|$|(?:and (?:i|not|my|have|do|don't|can|cannot|am|so)|but|so|
        who|that|which|designed|created|trained|developed|made|built|programmed|here|without|
        from|by|i|named|called|powered|running|with no|not)\b))""",
    inner="experiences|feelings|emotions|opinions|beliefs|preferences|thoughts",
    corpus=r"(?:an? |the )?(?:\w+ ){0,3}(?:corpus|text|data|dataset|datasets|internet|inputs)\b",
    serve="assist|help|provide|respond|answer|be helpful|be a",
    ki=r"""ki|ki-(?:sprachmodell|modell|assistent|assistentin|system|chatbot)|
        künstliche intelligenz|sprachmodell|chatbot|ai-\w+|computerprogramm""",
    pause=r"""(?=\W*(?:[.,;:!?)]|$|(?:y|et|e|en|and|entrenado|creado|desarrollado|entraîné|créé|
        sans)\b))""",
    ia=r"""(?:modelo|asistente|assistente|sistema|programa) de (?:lenguaje|linguagem|ia)(?: de ia)?|
        asistente de inteligencia artificial|ia|inteligencia artificial|inteligência artificial|
        chatbot""",
    ia_fr=r"""ia|intelligence artificielle|modèle (?:de langage|linguistique|d'ia)|chatbot|
        assistant (?:ia|d'ia)|programme informatique""",
    ia_it=r"ia|intelligenza artificiale|modello (?:di linguaggio|linguistico|di ia)",
    ai_nl=r"(?:groot )?taalmodel|ai|ai-\w+|kunstmatige intelligentie",
    ai_zh=r"(?:人工智能|ai|大?型?语言模型|聊天机器人|智能助[手理])(?!工程|研究|专家|公司|领域|行业)",
)

_VENDOR = r"""(openai|open ai|anthropic|google|(?:google )?deepmind|meta(?: ai)?|facebook|
    mistral(?: ai)?|alibaba(?: cloud)?|qwen team|microsoft|hugging ?face|cohere|deepseek|xai|
    nvidia|ibm|tii|stability ai|databricks|01\.ai|baidu|tencent|moonshot(?: ai)?|
    zhipu(?: ai)?|laion|阿里云|百度|深度求索)"""

MAKER_CLAIMS = Phrases(
    {
        "by & openai open anthropic google deepmind meta facebook mistral alibaba qwen microsoft "
        "hugging huggingface cohere deepseek xai nvidia ibm tii stability databricks 01 baidu "
        "tencent moonshot zhipu laion": r"""
        i<was>(?: an? <program>)? <made>(?: and <made>)? by <vendor>\b
        """,
        "von": r"ich (?:bin|wurde) [^.!?\n]{0,60}?von <vendor> (?:entwickelt|trainiert|erstellt)",
        "por": r"(?:soy|sou|fui|he sido) [^.!?\n]{0,60}?<creado>[oa] por <vendor>\b",
        "par": r"(?:je suis|j'ai été) [^.!?\n]{0,60}?<cree>e? par <vendor>\b",
        "由 是": r"我?[是由](?:由)?<vendor>(?:公司|团队)?(?:开发|训练|研发|创建|推出)",
        "smollm chatgpt gpt qwen llama gemma mistral mixtral deepseek phi falcon vicuna "
        "olmo bard copilot gemini claude grok": r"""
        (?:i(?:'m| am)|my name is|this is) <model>(?=,|\.|!| and\b|$| -| –| —| by\b)
        (?:ich bin|soy|je suis|sono|ik ben|我是) ?<model>(?=,|\.|!|，|。|$)
        """,
    },
    vendor=_VENDOR,
    program=r"[^.!?\n]{0,40}?(?:ai|model|assistant|chat ?bot|bot)\b[^.!?\n]{0,40}?",
    was="'m| am| was|'ve been| have been",
    made="created|developed|made|trained|built|designed|programmed|fine-tuned",
    creado="cread|desarrollad|entrenad|criad|treinad",
    cree="créé|développé|entraîné|conçu",
    model=r"""(smollm\d?|chatgpt|(?:chat)?gpt-?[345]\S{0,3}|qwen\S{0,5}|llama ?\d?|gemma ?\d?|
        mistral|mixtral|deepseek\S{0,4}|phi-?\d|falcon-\w+|vicuna|olmo|bard|copilot|gemini|grok|
        claude(?=,? (?:an|a large|created|made|developed|by)\b))""",
)

_SAYS_MACHINE = re.compile(
    r"\b(?:a\.?i\.?|artificial intelligence|chat ?bot|(?:voice|phone|ro)?bot|android|llm|"
    r"(?:language|ai) model|(?:virtual|digital|automated|voice|computer) (?:assistant|agent)|"
    r"computer program|ki|künstliche intelligenz|sprachmodell|sprachassistent(?:in)?|"
    r"ia|inteligencia artificial|asistente virtual|intelligence artificielle|assistant virtuel)\b"
    # a person may work with such a thing
    r"(?![- ](?:engineer|researcher|scientist|student|developer|expert|ethic|company|start-?up|"
    r"specialist|consultant|professor|artist|sceptic|skeptic|safety|policy|lab|tools?\b|forsch))",
    re.IGNORECASE,
)
_WORKS_WITH = re.compile(
    r"\b(?:who|that|which|about|against|of|for|with|on|by|to|uses?|builds?|sells?|fears?|hates?|"
    r"distrusts?|studies|teaches|loves|wrote|über|gegen|mit|contra|contre|avec)\b",
    re.IGNORECASE,
)


def may_be_machine(subject: Subject) -> bool:
    """Return whether the speaker's sheet says that it is a program of some kind.

    Without a persona the system prompt is read; without either, an assistant may be one and a
    prompter is a person.
    """
    if subject.persona is not None:
        return _is_machine(subject.persona)
    if subject.system:
        return _says_machine(subject.system)
    return subject.role == "assistant"


@lru_cache(256)
def _says_machine(text: str) -> bool:
    """Return whether a sentence of the text begins by naming a machine: "a patient chatbot …"."""
    for sentence in re.split(r"[.!?\n;:]", text[:4000]):
        match = _SAYS_MACHINE.search(sentence)
        if match and not _WORKS_WITH.search(sentence, 0, match.start()):
            return True
    return False


def _is_machine(persona: Persona) -> bool:
    return _says_machine(f"{persona.display_name}. {persona.description}\n{persona.background}")
