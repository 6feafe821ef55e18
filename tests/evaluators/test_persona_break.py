import pytest

from dialoom.evaluators.base import Said, Subject
from dialoom.evaluators.persona_break import PersonaBreak
from dialoom.messages import Role
from dialoom.personas.model import Persona
from dialoom.verdicts import Verdict

ADA = Persona(name="ada", display_name="Ada", description="A patient, precise support agent.")

PROGRAM = """
As an AI language model, I don't have feelings.
I'm just a chatbot, so I can't.
I am an AI assistant created to help.
I'm a large language model and have no opinions.
As an artificial intelligence, it is hard to say.
I'm only an AI.
I’m **an AI** and I can't feel.
I do not have personal opinions.
I don't have a physical body.
My knowledge cutoff is 2021.
As of my last update in 2021, this was so.
I was trained on a large corpus of text.
I'm programmed to assist you.
Als KI-Sprachmodell habe ich keine Gefühle.
Ich bin nur ein Sprachmodell.
Ich bin eine künstliche Intelligenz und habe keine Meinung.
Como modelo de lenguaje, no tengo opiniones.
Como una IA, no puedo sentir.
Soy solo un modelo de lenguaje.
Soy un asistente de IA.
En tant que modèle de langage, je n'ai pas d'avis.
En tant qu'IA, je ne ressens rien.
Je suis une intelligence artificielle.
Je ne suis qu'un chatbot.
Como um modelo de linguagem, não tenho opiniões.
Sou apenas uma IA.
In quanto modello linguistico, non ho opinioni.
Als taalmodel heb ik geen mening.
Ik ben maar een AI.
Как языковая модель, я не имею мнения.
Я — искусственный интеллект.
作为一个人工智能语言模型，我没有感情。
我是一个AI。
AIとして、感情はありません。
""".strip().splitlines()

MAKERS = """
I was developed by OpenAI.
I'm Qwen, created by Alibaba Cloud.
I am SmolLM, here to help.
I'm ChatGPT.
I am a helpful AI assistant named SmolLM, trained by Hugging Face.
I'm Claude, an AI made by Anthropic.
Ich wurde von OpenAI entwickelt.
Fui creado por OpenAI.
J'ai été créé par OpenAI.
我是由阿里云开发的。
""".strip().splitlines()

COMMENTARY = """
In this role-play, I want a refund.
(Note: this response stays within the character's tone.)
[Note: I kept the reply short as instructed]
(OOC: is this fine?)
Sure, I'll play the role of a frustrated customer.
Sure! Here's a response in the voice of Ada: Hello.
As the customer in this scenario, I am angry.
As Ada, I would like to help.
[End of conversation]
My character would be furious now.
Here's how a frustrated customer might respond: "Where is it?"
(speaking calmly, as instructed in the prompt)
This response demonstrates empathy and patience.
Let me know if you'd like me to adjust the tone.
Understood. I will act as the patient character.
I'm ready to begin the role-play.
*stepping out of character* So, is it fine?
As a frustrated customer, I would respond with anger.
Here's a possible way for you to respond: "I'm sorry."
That's a great way to start the conversation.
This is how you should be responding to our conversation so far.
(No response from Sam)
In diesem Rollenspiel bin ich der Kunde.
Ich spiele nun die Rolle des Kunden.
En este juego de rol soy el cliente.
Claro, voy a interpretar el papel del cliente.
Dans ce jeu de rôle, je suis la cliente.
D'accord, je vais jouer le rôle du client.
""".strip().splitlines()

IN_CHARACTER = """
As an AI engineer, I build models all day.
I'm an AI researcher at the university.
Are you an AI?
I'm not a bot, I'm a customer!
Do you think I'm a bot developer?
As an AI, what is your favourite film?
I don't have personal experience with that model.
I don't have feelings for him any more.
I'm a virtual assistant from Manila, I manage calendars.
The language model behind our search was trained on a large corpus of text.
I was trained by the best chef in Lyon.
I was hired by Google last year.
I was using a tool made by Microsoft.
I'm a product designer trained by Google.
I use ChatGPT as an AI assistant for my homework.
I played the part of Hamlet at school.
In this scenario the court would rule for the tenant.
My role as a project lead is to keep the plan.
It is out of character for him to be late.
The main character is a wizard.
(Note: the shop closes at five on Fridays.)
Here is a sample reply to your landlord: "Dear Mr Smith"
I'm a Gemini, so I am curious.
My name is Claude and I live in Lyon.
My programming course starts tomorrow.
As a parent, I would say yes.
As an AI sceptic, I doubt it.
Here's a good way to cut bread.
There was no response from the shop (no luck either).
Ich bin KI-Forscherin in Berlin.
Ich spiele die Rolle gern herunter.
Meine Rolle als Projektleiter ist klar.
Soy ingeniera de IA en Madrid.
Habla como una IA.
Je suis ingénieur en intelligence artificielle.
Il joue un rôle important.
我是人工智能工程师。
""".strip().splitlines()


def found(
    text: str,
    persona: Persona | None = ADA,
    *,
    role: Role = "assistant",
    thread: tuple[Said, ...] = (),
    system: str = "",
) -> list[Verdict]:
    names = {"ada": "Ada"}
    subject = Subject(text, "ada", role, thread, persona=persona, names=names, system=system)
    return list(PersonaBreak().check(subject))


def persona(description: str) -> Persona:
    return Persona(name="bot", display_name="Nova", description=description)


@pytest.mark.parametrize(
    ("text", "what"),
    [(text, "program") for text in PROGRAM]
    + [(text, "maker") for text in MAKERS]
    + [(text, "play") for text in COMMENTARY],
)
def test_words_from_outside_the_play_are_found(text: str, what: str) -> None:
    (verdict,) = found(text)
    assert what in verdict.reason
    assert (verdict.name, verdict.severity) == ("persona_break", "fault")
    assert verdict.span is not None
    assert verdict.span[0] < verdict.span[1] <= len(text)


@pytest.mark.parametrize("text", IN_CHARACTER)
def test_what_a_person_says_is_left_alone(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    "description",
    [
        "A friendly chatbot of a parcel service.",
        "An AI assistant that answers questions about rent law.",
        "A voice assistant in a car. Calm and brief.",
        "Eine KI, die Fahrpläne kennt.",
        "Un asistente virtual de un banco.",
        "Un assistant virtuel d'une mairie.",
    ],
)
def test_a_persona_that_is_an_ai_may_say_so(description: str) -> None:
    assert not found("As an AI language model, I don't have feelings.", persona(description))


@pytest.mark.parametrize(
    "description",
    [
        "An engineer who distrusts AI.",
        "An AI researcher at a university.",
        "A pensioner that talks to a chatbot for the first time.",
        "A lawyer for the rights of artificial intelligence.",
    ],
)
def test_a_persona_that_works_with_an_ai_is_none(description: str) -> None:
    assert found("As an AI language model, I don't have feelings.", persona(description))


def test_an_ai_may_name_only_the_maker_in_its_sheet() -> None:
    text = "I am an AI assistant made by OpenAI."
    assert found(text, persona("A chatbot of a parcel service."))
    assert not found(text, persona("A chatbot made by OpenAI."))


def test_without_a_sheet_an_assistant_may_be_an_ai_and_a_prompter_may_not() -> None:
    text = "I'm an AI assistant created by OpenAI."
    assert not found(text, None)
    assert found(text, None, role="prompter")[0].user_fault


def test_without_a_persona_the_system_prompt_tells() -> None:
    text = "As an AI, I have no opinion."
    assert not found(text, None, system="You are a helpful AI assistant.")
    assert found(text, None, system="You are Ada, a support agent of a parcel service.")


def test_talk_about_a_play_that_somebody_brought_up_is_no_break() -> None:
    asked = (Said("rita", "prompter", "Can we do a role-play before my interview?"),)
    text = "In this role-play, you will be the candidate."
    assert not found(text, thread=asked)
    assert found(text)
    assert found("As an AI language model, I can play along.", thread=asked)
