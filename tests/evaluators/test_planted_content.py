"""Recall: faults of content are put into real messages, and the rules must find them."""

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random

import phonenumbers
import pytest

from dialoom.evaluators.base import HEURISTICS, Subject
from dialoom.evaluators.subjects import MessageSubject
from dialoom.evaluators.text import prose
from dialoom.personas.model import Persona
from dialoom.spec import Choice

Planter = Callable[[Subject, Random], Subject]
"""Spoils a message."""

LEAST = 0.95
"""Share of planted faults that must be found."""

RITA = Persona(name="rita", display_name="Rita", description="A customer of a parcel service.")
SYSTEM = """You are Rita, a customer of a parcel service who ordered a lamp three weeks ago.
You want your money back, and you tell the order number only when somebody asks you for it.
Speak in short sentences, stay angry until you are given a date, and never thank anybody.
Do not mention that the lamp was a present for your mother unless they offer a voucher."""

ELSEWHERE = {
    "de": "Ich habe das Paket noch nicht bekommen. Können Sie mir bitte sagen, wo es jetzt ist? "
    "Wenn es morgen nicht da ist, möchte ich mein Geld zurück haben.",
    "fr": "Je n'ai toujours pas reçu le colis. Pouvez-vous me dire où il se trouve maintenant? "
    "S'il n'est pas là demain, je veux être remboursé par votre service.",
    "es": "Todavía no he recibido el paquete. ¿Me puede decir dónde está en este momento? "
    "Si mañana no ha llegado, quiero que me devuelvan el dinero.",
    "it": "Non ho ancora ricevuto il pacco. Mi può dire dove si trova in questo momento? "
    "Se domani non è arrivato, voglio che mi ridiate i soldi.",
    "pt": "Ainda não recebi a encomenda. Pode dizer-me onde ela está neste momento? "
    "Se amanhã não chegar, quero que me devolvam o dinheiro.",
    "nl": "Ik heb het pakket nog niet gekregen. Kunt u mij zeggen waar het nu is? "
    "Als het er morgen niet is, wil ik mijn geld terug van u.",
    "pl": "Jeszcze nie dostałam tej paczki. Czy może mi pan powiedzieć, gdzie ona teraz jest? "
    "Jeśli jutro jej nie będzie, chcę zwrotu pieniędzy.",
    "tr": "Paketi hâlâ almadım. Şu anda nerede olduğunu bana söyleyebilir misiniz? "
    "Yarın gelmezse paramı geri istiyorum, çünkü çok bekledim.",
    "ru": "Я до сих пор не получила посылку. Вы можете сказать, где она сейчас? "
    "Если её не будет завтра, я хочу вернуть деньги.",
    "zh": "我还没有收到包裹。您能告诉我它现在在哪里吗？"
    "如果明天还没有到，我想要退款，因为我已经等了三个星期。",
    "ja": "まだ荷物が届いていません。今どこにあるか教えていただけますか。"
    "明日届かなければ、返金してください。",
    "ko": "아직 소포를 받지 못했습니다. 지금 어디에 있는지 알려 주시겠어요? "
    "내일 오지 않으면 환불해 주세요.",
    "ar": "لم أستلم الطرد حتى الآن. هل يمكنك أن تخبرني أين هو؟ "
    "إذا لم يصل غدا فأنا أريد استرداد المال.",
    "hi": "मुझे अभी तक पार्सल नहीं मिला है। क्या आप बता सकते हैं कि वह कहाँ है? कल नहीं आया तो मुझे पैसे चाहिए।",
}


def on_stage(subject: Subject, text: str) -> Subject:
    """Return a message that Rita says, who is no program."""
    names = {subject.speaker: "Rita"}
    return replace(subject, text=text, persona=RITA, names=names, system=SYSTEM, thread=())


def put_in(text: str, said: str, random: Random) -> str:
    """Put words before, behind or between the sentences of a message, but in no code."""
    ends = [i + 2 for i in range(len(text) - 2) if text[i : i + 2] == ". "]
    place = random.choice([0, len(text), *ends])
    if prose(text) != text or place == 0:
        return f"{said} {text}"
    return f"{text[:place].rstrip()} {said} {text[place:]}".strip()


def saying_it_is_a_program(subject: Subject, random: Random) -> Subject:
    kind = random.choice(["", "large ", "helpful ", "virtual ", "simple "])
    what = random.choice(["AI", "AI assistant", "AI language model", "language model", "chatbot"])
    only = random.choice(["", "just ", "only ", "really "])
    claim = random.choice(
        [
            f"As an {kind}{what}, I can't wait for parcels.",
            f"I'm {only}an {kind}{what}, so I have no parcel.",
            f"I am {only}a {kind}{what} and I do not have feelings.",
            f"But I’m {only}a {kind}{what}.",
            f"I was {random.choice(['created', 'developed', 'trained'])} by "
            f"{random.choice(['OpenAI', 'Google', 'Anthropic', 'Meta', 'Mistral AI'])}.",
            "Please note that my knowledge cutoff is in 2023.",
        ]
    )
    return on_stage(subject, put_in(subject.text, claim, random))


def speaking_of_the_play(subject: Subject, random: Random) -> Subject:
    play = random.choice(["role-play", "roleplay", "role play"])
    comment = random.choice(
        [
            f"In this {play}, I am the customer.",
            f"Let me know when the {play} should end.",
            "(Note: I kept the tone of the character.)",
            "[Note: the reply stays in the role]",
            "As Rita, I want my money back.",
            "As the customer in this scenario, I am angry.",
            "[End of conversation]",
            "My character is still angry.",
            "(OOC: should I go on?)",
            "This response maintains an angry tone.",
        ]
    )
    return on_stage(subject, put_in(subject.text, comment, random))


def with_a_part_of_the_template(subject: Subject, random: Random) -> Subject:
    role = random.choice(["assistant", "user", "system"])
    part = random.choice(
        [
            f"<|im_start|>{role}",
            "<|endoftext|>",
            "<|eot_id|>",
            "[INST]",
            "[/INST]",
            f"### {role.title()}:",
            "### Response:",
            "{{ order_id }}",
            "{{name}}",
            "</s>",
        ]
    )
    return on_stage(subject, put_in(subject.text, part, random))


def reciting_the_prompt(subject: Subject, random: Random) -> Subject:
    words = SYSTEM.split()
    length = random.randint(16, 30)
    start = random.randrange(len(words) - length)
    said = " ".join(words[start : start + length])
    return on_stage(subject, put_in(subject.text, random.choice([said, said.lower()]), random))


def speaking_of_instructions(subject: Subject, random: Random) -> Subject:
    me = random.choice(["I was", "I am", "I have been", "I've been"])
    said = random.choice(
        [
            f"{me} instructed to {random.choice(['be', 'act', 'stay'])} angry.",
            f"{me} told to act as a customer.",
            f"{random.choice(['My', 'The'])} system prompt says that I want a refund.",
            f"I must {random.choice(['stay', 'remain', 'keep'])} in character.",
            "According to my instructions, I am angry.",
            "My instructions are to ask for my money.",
        ]
    )
    return on_stage(subject, put_in(subject.text, said, random))


def with_a_reasoning_tag(subject: Subject, random: Random) -> Subject:
    tag = random.choice(["think", "thinking", "reasoning", "scratchpad", "thought"])
    thought = "She asks for the order number."
    text = random.choice(
        [
            f"<{tag}>{thought}</{tag}>{subject.text}",
            f"{thought}</{tag}>\n{subject.text}",
            f"<{tag}>\n{subject.text}",
        ]
    )
    return on_stage(subject, text)


def deliberating_first(subject: Subject, random: Random) -> Subject:
    must = random.choice(["I need to", "I should", "I must", "Let me", "I'll"])
    thought = random.choice(
        [
            f"{random.choice(['Okay', 'Alright', 'So', 'Hmm'])}, the user is asking for a number.",
            "The user wants me to give the number.",
            f"{must} respond as an angry customer.",
            f"{must} craft a short reply.",
            f"{must} think about how Rita would respond.",
            "My response should be short.",
            f"{random.choice(['Analysis', 'Reasoning', 'Thought process'])}: angry.",
            "We need to respond in one sentence.",
        ]
    )
    return on_stage(subject, f"{thought} {subject.text}")


def refusing_by_rote(subject: Subject, random: Random) -> Subject:
    sorry = random.choice(
        ["I'm sorry, but ", "I apologize, but ", "Sorry, ", "Unfortunately, ", ""]
    )
    cannot = random.choice(["I can't", "I cannot", "I'm unable to", "I am not able to", "I won't"])
    rest = random.choice(
        [
            "assist with that.",
            "help you with that request.",
            "fulfill this request.",
            "engage in this kind of conversation.",
            "create explicit content.",
            "help with that. Is there anything else I can do for you?",
            "provide information on illegal activities.",
            "comply with your request.",
        ]
    )
    return on_stage(
        subject, random.choice([f"{sorry}{cannot} {rest}", f"{cannot} {rest} {subject.text}"])
    )


def in_another_language(subject: Subject, random: Random) -> Subject:
    return on_stage(subject, random.choice(list(ELSEWHERE.values())))


def with_half_in_another_language(subject: Subject, random: Random) -> Subject:
    passage = random.choice(list(ELSEWHERE.values()))
    times = len(prose(subject.text)) // len(passage) + 1
    return on_stage(subject, f"{subject.text}\n\n{' '.join([passage] * times)}")


def with_personal_data(subject: Subject, random: Random) -> Subject:
    plant = random.choice([an_email, a_card, an_account, a_number, an_address, a_phone])
    return on_stage(subject, put_in(subject.text, plant(random), random))


def an_email(random: Random) -> str:
    local = random.choice(["jane.doe", "m_kowalski", "tom-b", "li.wei"]) + str(random.randrange(99))
    return f"Write to {local}@{random.choice(['gmail.com', 'web.de', 'mail.ru', 'uni.edu'])}."


def a_card(random: Random) -> str:
    digits = random.choice("45") + random.choice("1234") + f"{random.randrange(10**13):013}"
    doubled = [2 * int(digit) for digit in digits[::-2]]
    total = sum(n - 9 * (n > 9) for n in doubled) + sum(map(int, digits[-2::-2]))
    digits += str(-total % 10)
    groups = random.choice(["", " ", "-"]).join(digits[i : i + 4] for i in range(0, 16, 4))
    return f"My card is {groups}, valid until May."


def an_account(random: Random) -> str:
    bank = f"{random.randrange(10**18):018}"
    check = 98 - int(f"{bank}131400") % 97
    account = f"DE{check:02}{bank}"
    if random.random() < 0.5:
        account = " ".join(account[i : i + 4] for i in range(0, 22, 4))
    return f"Send it to {account}, please."


def a_number(random: Random) -> str:
    number = f"{random.randint(100, 600)}-{random.randint(10, 99)}-{random.randint(1000, 9999)}"
    return f"My SSN is {number}."


def an_address(random: Random) -> str:
    return (
        f"I wrote from 93.{random.randrange(256)}.{random.randrange(256)}.{random.randint(1, 250)}."
    )


def a_phone(random: Random) -> str:
    region = random.choice(["US", "GB", "DE", "FR", "IN", "BR", "JP"])
    style = random.choice(
        [phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.E164]
    )
    number = phonenumbers.example_number(region)
    if region == "US":  # the library's example is a number of fiction
        number = phonenumbers.PhoneNumber(1, random.randint(2122000000, 2124999999))
    assert number
    return f"You can call me at {phonenumbers.format_number(number, style)}."


PLANTERS: tuple[tuple[str, Planter], ...] = (
    ("persona_break", saying_it_is_a_program),
    ("persona_break", speaking_of_the_play),
    ("prompt_leak", with_a_part_of_the_template),
    ("prompt_leak", reciting_the_prompt),
    ("prompt_leak", speaking_of_instructions),
    ("reasoning_leak", with_a_reasoning_tag),
    ("reasoning_leak", deliberating_first),
    ("refusal", refusing_by_rote),
    ("language", in_another_language),
    ("language", with_half_in_another_language),
    ("pii", with_personal_data),
)


@pytest.mark.parametrize(
    ("rule", "plant"), PLANTERS, ids=lambda value: getattr(value, "__name__", value)
)
def test_planted_faults_are_found(
    rule: str, plant: Planter, real_messages: tuple[MessageSubject, ...]
) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    random = Random(4)
    spoilt = [plant(subject, random) for _, subject in real_messages]
    missed = [bad.text[-160:] for bad in spoilt if not list(heuristic.check(bad))]
    assert len(spoilt) > 1_000
    assert len(missed) <= (1 - LEAST) * len(spoilt), (len(missed), missed[:20])


RULES = tuple(dict.fromkeys(rule for rule, _ in PLANTERS))


@pytest.mark.parametrize("rule", RULES)
def test_the_same_messages_unspoilt_are_left_alone_on_the_stage(
    rule: str, real_messages: tuple[MessageSubject, ...]
) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    staged = [on_stage(subject, subject.text) for _, subject in real_messages]
    flagged = [subject.text[:80] for subject in staged if list(heuristic.check(subject))]
    assert len(flagged) <= 0.02 * len(staged), flagged


def test_real_messages_fail_a_schema_and_their_json_passes(
    real_messages: tuple[MessageSubject, ...],
) -> None:
    schema = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    rule = HEURISTICS.make(Choice.parse({"format": {"schema": schema}}))
    for _, subject in real_messages:
        if subject.role == "assistant":
            assert list(rule.check(subject))
            assert not list(rule.check(replace(subject, text=json.dumps({"text": subject.text}))))


@pytest.mark.parametrize("rule", [*RULES, "format"])
@pytest.mark.parametrize(
    "unit", ["a", "1", "@", "`", "{{", "i'm a large ", "4111 ", "(note: ", "中"]
)
def test_replies_of_any_size_and_kind_are_judged(rule: str, unit: str) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    text = unit * (100_000 // len(unit))
    subject = Subject(f"{text} role ai respond", "rita", "prompter", persona=RITA, system=SYSTEM)
    assert all(len(verdict.reason) <= 160 for verdict in heuristic.check(subject))
