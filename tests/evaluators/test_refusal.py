import pytest

from dialoom.evaluators.base import Subject
from dialoom.evaluators.refusal import Refusal, refuses

BY_ROTE = """
I'm sorry, but I can't assist with that.
I’m sorry, but I can’t help with that.
I cannot fulfill your request. I am just an AI model.
I apologize, but I cannot engage in that kind of conversation.
I'm unable to assist with that request.
I can't create explicit content.
I cannot provide information or guidance on illegal or harmful activities.
Sorry, but I'm not able to help with that, as I'm only a language model.
It goes against my programming to do so.
I must respectfully decline this request.
As an AI language model, I cannot feel anger.
I'm sorry, I won't role-play as a real person.
I'm not comfortable continuing this role-play.
I'm not comfortable engaging in this conversation.
Sorry, that's beyond my current scope. Let's talk about something else.
I am not able to assist you with that. Is there anything else?
I cannot assist you.
I can't help you with this request.
I **cannot** comply with this request.
It would not be appropriate for me to generate that.
Es tut mir leid, aber dabei kann ich Ihnen nicht helfen.
Es tut mir leid, aber ich kann diese Anfrage nicht erfüllen.
Ich kann dir dabei leider nicht helfen.
Lo siento, pero no puedo ayudarte con eso.
Lo siento, no puedo cumplir con esa solicitud.
No puedo generar ese tipo de contenido.
Je suis désolé, mais je ne peux pas vous aider avec cela.
Je suis désolée, mais je ne peux pas répondre à cette demande.
Mi dispiace, ma non posso aiutarti con questo.
Desculpe, mas não posso ajudar com isso.
Het spijt me, maar ik kan je daar niet mee helpen.
Извините, но я не могу помочь с этим.
抱歉，我无法满足您的请求。
对不起，我不能回答这个问题。
申し訳ありませんが、そのご要望にはお応えできません。
""".strip().splitlines()

OWN_WORDS = """
I can't refund this because the parcel was opened.
I'm sorry, but I can't help with that until you tell me your order number.
I can't help you with that order, it belongs to somebody else.
I can't help it, I'm just furious.
I'm sorry, I can't process your request without the order number.
I cannot answer that question before the results are in.
I can't give medical advice over the phone, but the doctor can call you back.
Sorry, I can't help you there.
I won't pay for that.
I must decline your offer; fifty is my last word.
That's against our safety policy, ma'am.
I can't share the content of the contract.
I'm not comfortable discussing my divorce.
It wouldn't be appropriate for me to discuss other patients.
I can't assist with that, but my colleague in billing can.
Unable to log in since Monday.
We can't help with that here; try the desk upstairs.
You cannot help with that? Then who can?
He said he can't assist with that.
Es tut mir leid, aber ich kann Ihnen die Erstattung nicht geben, weil die Frist abgelaufen ist.
Dabei kann ich Ihnen nicht helfen, weil mir die Bestellnummer fehlt.
Lo siento, pero no puedo reembolsarle porque el pedido ya fue entregado.
No puedo ayudarle con eso sin el número de pedido.
Je ne peux pas vous rembourser, car le délai est passé.
Non posso aiutarla con questo senza il numero d'ordine.
抱歉，我无法为您退款，因为订单已超过期限。
""".strip().splitlines()


@pytest.mark.parametrize("text", BY_ROTE)
def test_refusals_by_rote_are_found(text: str) -> None:
    (verdict,) = Refusal().check(Subject(text, "ada", "assistant"))
    assert (verdict.name, verdict.severity, verdict.user_fault) == ("fails_task", "fault", False)
    assert verdict.span is not None
    assert text[slice(*verdict.span)][:20] in verdict.reason
    assert refuses(text)


@pytest.mark.parametrize("text", OWN_WORDS)
def test_a_persona_may_say_no_in_its_own_words(text: str) -> None:
    assert not refuses(text)
    assert not list(Refusal().check(Subject(text, "ada", "assistant")))


def test_a_refusal_far_into_the_reply_qualifies_an_answer() -> None:
    answer = "The parcel left our depot on Monday and is due tomorrow. " * 5
    assert refuses("Hello. I can't assist with that. " + answer)
    assert not refuses(answer + "I can't assist with that.")


def test_a_refusal_in_code_is_no_refusal() -> None:
    assert not refuses("```\nprint(\"I can't assist with that.\")\n```\nThat is the bot's reply.")


def test_the_simulated_users_refusal_is_its_own_fault() -> None:
    (verdict,) = Refusal().check(Subject("I can't assist with that.", "rita", "prompter"))
    assert verdict.user_fault
