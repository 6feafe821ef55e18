"""Written answers on a form: had through an AutoGen agent, checked, and asked for once more."""

from collections.abc import Sequence
from dataclasses import replace

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import StructuredMessage, TextMessage
from autogen_core import CancellationToken
from pydantic import BaseModel

from dialoom.agents.answers import Form, Unusable
from dialoom.agents.briefing import repair
from dialoom.agents.clients.base import ModelClient
from dialoom.chat import ChatRequest, Completion, Sampling
from dialoom.errors import BadReply, EvaluatorError

__all__ = ["written"]

WRITTEN_TOKENS = 2048
"""Room for reasons, and for a model that thinks before it answers."""


async def written(
    client: ModelClient, form: Form, prompt: str, *, system: str, seed: int, temperature: float = 0
) -> BaseModel:
    """Return a filled form; a broken one is asked for once more with what is wrong with it.

    Args:
        client: The model.
        form: What it fills in.
        prompt: What it is asked.
        system: Who it is.
        seed: 0 to 2**31 - 1.
        temperature: 0 to 5.

    Raises:
        EvaluatorError: no answer can be used, not even after the repair.
        ModelError: the model gave none.
    """
    checked = _Checked(client, form, seed, temperature)
    try:
        return await _asked(checked, form, prompt, system)
    except Unusable as first:
        prompt = repair(prompt, first.text, first.faults)
    try:
        return await _asked(checked, form, prompt, system)
    except Unusable as second:
        raise EvaluatorError(
            f"{client.name}: no usable judgement after one repair: {second}"
        ) from second


async def _asked(client: ModelClient, form: Form, prompt: str, system: str) -> BaseModel:
    # A fresh agent each time: one whose structured output failed keeps the failure in its
    # context, and every later answer of it is read in that light.
    agent = AssistantAgent("critic", client, system_message=system, output_content_type=form.model)
    heard: Sequence[TextMessage] = [TextMessage(content=prompt, source="user")]
    response = await agent.on_messages(heard, CancellationToken())
    message = response.chat_message
    assert isinstance(message, StructuredMessage)
    filled: BaseModel = message.content
    return filled


class _Checked(ModelClient):
    """The critic's model with the settings of one judgement; lets no broken answer through."""

    def __init__(self, client: ModelClient, form: Form, seed: int, temperature: float) -> None:
        super().__init__(client.name, client.traits)
        self._client, self._form, self._seed = client, form, seed
        self._temperature = temperature

    async def complete(
        self, request: ChatRequest, *, cancellation_token: CancellationToken | None = None
    ) -> list[Completion]:
        """Return the checked answer.

        Raises:
            Unusable: it breaks the form.
            ModelError: the model gave none.
        """
        request = replace(
            request,
            sampling=Sampling(temperature=self._temperature, max_tokens=WRITTEN_TOKENS),
            seeds=(self._seed,),
            purpose="critic",
        )
        try:
            (completion,) = await self._client.complete(
                request, cancellation_token=cancellation_token
            )
        except BadReply as error:
            raise Unusable("", [str(error)]) from error
        try:
            return [replace(completion, text=self._form.checked(completion.text))]
        except Unusable as error:
            if completion.finish_reason != "length":
                raise
            raise Unusable(completion.text, ["it is cut off: keep the reasons short"]) from error
