"""Asks a model whether the prompters' goals are met. The speakers never hear of it."""

import json
from collections.abc import Sequence

from dialoom.agents.clients.base import ModelClient
from dialoom.chat import ChatRequest, Sampling
from dialoom.errors import BadReply
from dialoom.scenarios.cast import Cast
from dialoom.tree import Node

__all__ = ["goal_reached"]

SCHEMA = {
    "type": "object",
    "properties": {"why": {"type": "string"}, "reached": {"type": "boolean"}},
    "required": ["why", "reached"],
    "additionalProperties": False,
}


async def goal_reached(
    thread: Sequence[Node], cast: Cast, client: ModelClient, *, seed: int
) -> str | None:
    """Return why the goal is met, or None when it is not.

    Raises:
        ModelError: the model gave no answer, or one of another form.
    """
    said = "\n".join(f"{cast[node.speaker].display_name}: {node.text}" for node in thread)
    goals = "\n".join(
        f"- {player.display_name}: {player.goal}"
        for player in cast.players
        if player.role == "prompter" and player.goal
    )
    request = ChatRequest(
        messages=(
            {"role": "system", "content": "You judge whether a conversation has met its goal."},
            {
                "role": "user",
                "content": f"Conversation:\n{said}\n\nGoal:\n{goals}\n\nIs the goal met by now, so "
                'that nothing is left to say? Answer with JSON: {"why": "...", "reached": true or '
                "false}",
            },
        ),
        sampling=Sampling(temperature=0, max_tokens=120),
        seeds=(seed,),
        json_schema=SCHEMA,
        purpose="goal",
    )
    (completion,) = await client.complete(request)
    try:
        answer = json.loads(completion.text)
        return str(answer["why"]) if answer["reached"] is True else None
    except (ValueError, TypeError, KeyError) as error:
        raise BadReply(f"the goal check gave {completion.text!r:.80}", model=client.name) from error
