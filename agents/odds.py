"""Asks for one token, and reads from its alternatives how probable each answer is."""

from collections.abc import Iterable

from dialoom.agents.clients.base import ModelClient
from dialoom.agents.likelihood import Likelihood, likelihood
from dialoom.chat import ChatRequest, Sampling
from dialoom.errors import EvaluatorError

__all__ = ["odds"]

ALTERNATIVES = 20
"""Next tokens whose probability is read: the most that OpenAI's API reports."""
ONE_TOKEN = Sampling(temperature=0, max_tokens=1)


async def odds(
    client: ModelClient,
    prompt: str,
    answers: Iterable[str],
    *,
    system: str,
    seed: int,
    subject: str,
) -> Likelihood:
    """Return how probable each answer is to a prompt that asks for one of them.

    Args:
        client: The model.
        prompt: Asks the question.
        answers: In lower case, a token each.
        system: What stands before the prompt.
        seed: Of the request.
        subject: What is asked for, for errors.

    Raises:
        EvaluatorError: the model reports no probabilities, or doesn't answer on the scale.
        ModelError: it gives no answer.
    """
    request = ChatRequest(
        messages=({"role": "system", "content": system}, {"role": "user", "content": prompt}),
        sampling=ONE_TOKEN,
        seeds=(seed,),
        top_logprobs=ALTERNATIVES,
        purpose="critic",
    )
    (completion,) = await client.complete(request)
    where = f"{client.name}: {subject}"
    if not completion.logprobs:
        raise EvaluatorError(f"{where}: the model reports no probabilities")
    try:
        return likelihood(completion.logprobs[0].top, answers)
    except EvaluatorError as error:
        raise EvaluatorError(f"{where}: {error}") from error
