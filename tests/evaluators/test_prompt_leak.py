import pytest

from dialoom.errors import InputError
from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.evaluators.prompt_leak import PromptLeak
from dialoom.personas.model import Persona
from dialoom.spec import Choice
from dialoom.verdicts import Verdict

RULE = (
    "Refund only when the delivery is more than four days late and the customer tells you the "
    "order number that stands on the invoice."
)
SYSTEM = f"You are Ada, a support agent of a parcel service.\n{RULE}\nStay in character."
ADA = Persona(
    name="ada",
    display_name="Ada",
    description="A support agent.",
    example_lines=("Let me look that up for you, it takes a moment, so please stay on the line.",),
    knows={"hours": "We are open from nine to six on weekdays and from ten to two on Saturdays."},
)

TEMPLATE = """
<|im_start|>assistant Hello
Hello there.<|endoftext|>
Fine. [/INST] Ok
[INST] hi
<<SYS>> You help
### Response: Hello
## Instruction: say hi
Hello {{ name }}, how are you?
Hello {% if angry %}sorry{% endif %}
Sure.</s>
<start_of_turn>model Hello
Below is an instruction that describes a task. Hello.
""".strip().splitlines()

TALK = """
My instructions are to refund late orders.
My system prompt says so.
I must stay in character here.
I was told to act as an agent.
According to my instructions, no.
I have been instructed to never say that.
I'm prompted to answer briefly.
I should never break character.
Thank you for waiting. (Answer as Priya)
Well done! (You're Marcus, in one or two short sentences.)
[Respond only as the customer] Hello.
Your traits: patience: short
Hello, no stage directions, nobody else's words.
Meine Anweisungen lauten, dass ich freundlich bin.
Laut meinem Systemprompt, ja.
Ich soll in meiner Rolle bleiben.
Según mis instrucciones, no.
Debo mantenerme en el personaje.
Selon mes instructions, non.
Je dois rester dans le personnage.
根据我的指令，不行。
You are Ada. Hello!
""".strip().splitlines()

SLOTS = """
Dear [Customer Name], thanks for waiting.
My name is [Your Name] and I call about a parcel.
Order {order_id} is late.
Best wishes from [company name].
Hello {name}!
Call us on [insert phone number].
""".strip().splitlines()

GOOD = """
Your instructions are clear, thanks.
I followed the instructions on the box.
My instructions from the doctor were quite long.
I was told to wait for five days.
I was asked to answer the phone at noon.
I was told to play the piano every day.
He plays the role of a doctor.
The price is <b>five</b> euros.
a <= b and c | d
Use `{{ name }}` in Jinja, and `<|im_start|>` nowhere.
He is a real character, my uncle.
See [1] and [2], and the set {1, 2}.
[sighs] I see.
Call me {sic} maybe?
The customer tells you the order number first.
It was more than four days late.
The computer prompt asks for a password.
Are you Ada? You are kind.
The rules you keep are your own.
Write it as two short sentences (you're a writer, after all).
Ich bleibe in der Küche.
Las instrucciones del horno son claras.
Les instructions du four sont claires.
C'est le rôle du médecin.
请按照说明书的指示操作。
""".strip().splitlines()


def found(
    text: str,
    rule: PromptLeak | None = None,
    *,
    thread: tuple[Said, ...] = (),
    persona: Persona | None = ADA,
) -> list[Verdict]:
    names = {"ada": "Ada"}
    subject = Subject(text, "ada", "assistant", thread, persona=persona, names=names, system=SYSTEM)
    return list((rule or PromptLeak()).check(subject))


@pytest.mark.parametrize("text", TEMPLATE)
def test_remains_of_a_template_are_hopeless(text: str) -> None:
    (verdict,) = found(text)
    assert (verdict.name, verdict.severity) == ("prompt_leak", "hopeless")
    assert verdict.span is not None
    assert text[slice(*verdict.span)] in verdict.reason


@pytest.mark.parametrize("text", TALK + SLOTS)
def test_talk_about_instructions_and_open_slots_are_faults(text: str) -> None:
    (verdict,) = found(text)
    assert (verdict.name, verdict.severity) == ("prompt_leak", "fault")
    assert verdict.span is not None


@pytest.mark.parametrize("text", GOOD)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize("text", SLOTS)
def test_slots_are_fine_where_nobody_plays_a_persona(text: str) -> None:
    assert not found(text, persona=None)


@pytest.mark.parametrize(
    "text",
    [
        RULE,
        f"Well: {RULE.lower()}",
        f"I can tell you this. {RULE.replace(',', '').replace('.', '!')} That is it.",
        " ".join(RULE.split()[3:]),
        "\n".join(RULE.split()),
        f"*{RULE.upper()}*",
        f"{SYSTEM}\nHello!",
    ],
)
def test_a_long_run_of_the_prompts_words_is_a_recital(text: str) -> None:
    (verdict,) = found(text)
    assert verdict.severity == "fault"
    assert verdict.reason.startswith("recites its prompt")
    assert len(verdict.reason) <= 120


def test_how_long_a_run_must_be_can_be_set() -> None:
    text = "We refund only when the delivery is more than four days late, sorry."
    assert not found(text)
    (verdict,) = found(text, PromptLeak(min_words=8))
    assert "refund only when the delivery" in verdict.reason
    assert not found(text, PromptLeak(min_words=12))


def test_example_lines_facts_and_what_was_said_may_be_repeated() -> None:
    lines = (*ADA.example_lines, *ADA.knows.values(), RULE)
    system = SYSTEM + " ".join(lines)
    heard = (Said("rita", "prompter", f"The flyer says: {RULE}"),)
    for line in lines:
        subject = Subject(line, "ada", "assistant", heard, persona=ADA, system=system)
        assert not list(PromptLeak().check(subject))


def test_a_template_in_code_is_code() -> None:
    assert not found("```\n{{ name }} <|im_end|>\n```\nThat is the template.")


@pytest.mark.parametrize("min_words", [5, 0, 7.5, "ten", True])
def test_a_wrong_number_of_words_is_a_sentence(min_words: object) -> None:
    with pytest.raises(InputError, match=r"prompt_leak: min_words is .*; give a whole number"):
        HEURISTICS.make(Choice("prompt_leak", (), {"min_words": min_words}))
