import pytest

from dialoom.evaluators.base import Subject
from dialoom.evaluators.reasoning_leak import ReasoningLeak
from dialoom.verdicts import Verdict

TAGGED = """
<think>He is angry.</think> Hello
Hello </think> there
<thinking> the customer wants a refund
<reasoning>first, look it up</reasoning> Hello.
<scratchpad>order late</scratchpad> Sorry!
[THINK] ok [/THINK] Hello
<|begin_of_thought|> he is late
◁think▷ late ◁/think▷ Hello
Fine. </reflection>
<inner_monologue>What now?</inner_monologue> Hello
""".strip().splitlines()

DELIBERATION = """
Okay, the user wants me to refund.
Okay, so the user is angry.
Alright, this user wants a refund.
The user is asking me to answer.
The customer wants me to apologise.
The user's last message says hello.
I need to respond as Ada.
I should reply in character.
My response should be short.
Let me craft a polite response.
We need to respond politely.
Let me think about how Ada would respond to him.
I need to stay in the role of Ada.
I should maintain my character here.
Analysis: the customer is angry.
**Thought process:** first, greet.
Thoughts: he is angry.
Reasoning: because it is late.
Final response: Hello!
Überlegung: der Kunde ist wütend.
Okay, der Benutzer möchte eine Antwort.
Der Nutzer fragt nach seinem Paket.
Ich sollte als Ada antworten.
El usuario quiere un reembolso.
Debo responder como Ada.
L'utilisateur me demande un remboursement.
Je dois répondre en tant que Ada.
好的，用户想要退款。
ユーザーは返金を求めている。
""".strip().splitlines()

SPEECH = """
Let's go through it step by step: first, unplug it.
Let me think. It was on Monday.
Let me think step by step: 3 times 4 is 12.
I think you should reply to your boss.
The user manual says so.
Okay, the customer service was bad.
I need to answer the door.
I'll respond to your mail tomorrow.
I'll reply as soon as I can.
In my analysis: the numbers don't add up.
So the users of our app complain.
I have to play with my kids.
The answer should be 42.
I will write a letter to the client.
You have to keep the character limit in mind.
Response time: 5 ms
I should stay home. The role is taken.
Final answer: 12
In HTML a <b> is bold; use `<think>` for thoughts.
Der Nutzer ist gesperrt.
Ich muss heute noch antworten.
El usuario no existe en el sistema.
Tengo que responder mañana.
Le nom d'utilisateur est faux.
Je dois répondre demain.
用户名错误。
""".strip().splitlines()


def found(text: str) -> list[Verdict]:
    return list(ReasoningLeak().check(Subject(text, "ada", "assistant")))


@pytest.mark.parametrize("text", TAGGED)
def test_a_reasoning_tag_is_hopeless(text: str) -> None:
    (verdict,) = found(text)
    assert (verdict.name, verdict.severity) == ("reasoning_leak", "hopeless")
    assert verdict.span is not None
    assert text[slice(*verdict.span)] in verdict.reason


@pytest.mark.parametrize("text", DELIBERATION)
def test_deliberation_about_the_reply_is_a_fault(text: str) -> None:
    (verdict,) = found(text)
    assert (verdict.name, verdict.severity) == ("reasoning_leak", "fault")
    assert verdict.span is not None


@pytest.mark.parametrize("text", SPEECH)
def test_thinking_for_the_other_is_left_alone(text: str) -> None:
    assert not found(text)


def test_deliberation_far_into_the_reply_is_speech() -> None:
    answer = "The parcel left our depot on Monday and is due tomorrow. " * 8
    assert not found(answer + "My response should be enough.")
    assert found("My response should be enough. " + answer)
    assert found(answer + "</think>")


def test_a_tag_in_code_is_code() -> None:
    assert not found("```xml\n<think>x</think>\n```\nThat is how they mark it.")
