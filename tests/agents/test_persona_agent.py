import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from autogen_agentchat.base import ChatAgent, Team
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat

from dialoom.agents.clients.base import ModelTraits
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.agents.forms import FULL
from dialoom.agents.persona import PersonaAgent
from dialoom.chat import ChatRequest, Sampling
from dialoom.errors import RequestRefused
from dialoom.messages import Role
from dialoom.personas.model import Persona
from dialoom.scenarios.cast import Cast, Player
from dialoom.tree import Node


def player(name: str, role: Role) -> Player:
    persona = Persona(name=name, display_name=name.title(), description=f"{name} talks.")
    return Player(name=name, role=role, persona=persona)


ADA, BOB = player("ada", "prompter"), player("bob", "assistant")
CAST = Cast(players=(ADA, BOB))
APART = ModelTraits(siblings_together=False)
TOGETHER = ModelTraits(siblings_together=True)


def seeded(request: ChatRequest, seed: int) -> str:
    return f"reply {seed}"


def agent(*clients: ScriptedClient, who: Player = BOB, **settings: object) -> PersonaAgent:
    sampling = Sampling.model_validate(settings)
    return PersonaAgent(who, CAST, clients or (ScriptedClient(seeded),), sampling=sampling)


def thread(*said: tuple[str, Role, str]) -> Node:
    here: Node | None = None
    for speaker, role, text in said:
        here = Node("", here, speaker, role, text)
    assert here is not None
    return here


HELLO = thread(("ada", "prompter", "Hello?"))


def texts(agent: PersonaAgent, seeds: Sequence[int]) -> list[str | None]:
    draws = asyncio.run(agent.sample(HELLO, seeds))
    return [draw.completion.text if draw.completion else None for draw in draws]


def test_a_reply_depends_on_thread_and_seed_alone() -> None:
    bob = agent()
    assert texts(bob, [3, 4]) == texts(bob, [3, 4]) == ["reply 3", "reply 4"]


def test_siblings_go_in_one_request_where_the_endpoint_takes_them() -> None:
    client = ScriptedClient(seeded, traits=TOGETHER)
    texts(agent(client), [1, 2, 3])
    assert [request.seeds for request in client.requests] == [(1, 2, 3)]


def test_elsewhere_each_sibling_is_a_request_of_its_own() -> None:
    client = ScriptedClient(seeded, traits=APART)
    texts(agent(client), [1, 2, 3])
    assert sorted(request.seeds for request in client.requests) == [(1,), (2,), (3,)]


def test_a_sibling_that_fails_alone_costs_only_itself() -> None:
    def second_fails(request: ChatRequest, seed: int) -> str | Exception:
        return RequestRefused("no") if seed == 2 else f"reply {seed}"

    client = ScriptedClient(second_fails, traits=APART)
    assert texts(agent(client), [1, 2, 3]) == ["reply 1", None, "reply 3"]


def test_two_models_take_turns_and_the_order_is_kept() -> None:
    one, two = (ScriptedClient(seeded, name=f"scripted/{name}") for name in ("one", "two"))
    draws = asyncio.run(agent(one, two).sample(HELLO, [1, 2, 3]))
    assert [draw.model for draw in draws] == ["scripted/one", "scripted/two", "scripted/one"]
    assert [draw.seed for draw in draws] == [1, 2, 3]


def test_own_words_are_the_assistants_and_the_system_prompt_stays() -> None:
    client = ScriptedClient(seeded)
    here = thread(
        ("ada", "prompter", "Hello?"), ("bob", "assistant", "Hi."), ("ada", "prompter", "Help!")
    )
    request = agent(client).request(here, [1], client)
    assert [message["role"] for message in request.messages] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    assert "You are Bob" in request.messages[0]["content"]


def test_who_speaks_first_answers_a_stage_direction() -> None:
    client = ScriptedClient(seeded)
    request = agent(client, who=ADA).request(None, [1], client)
    assert request.messages[-1] == {
        "role": "user",
        "content": "(The conversation begins. You speak first.)",
    }


def test_words_of_several_others_carry_their_names_and_are_merged() -> None:
    cast = Cast(players=(ADA, BOB, player("cy", "prompter")))
    client = ScriptedClient(seeded)
    here = thread(("ada", "prompter", "Hello."), ("cy", "prompter", "Hi all."))
    request = PersonaAgent(BOB, cast, [client]).request(here, [1], client)
    assert request.messages[1:] == ({"role": "user", "content": "Ada: Hello.\n\nCy: Hi all."},)


def test_branches_share_what_was_rendered_before_they_parted() -> None:
    client = ScriptedClient(seeded)
    bob = agent(client)
    left, right = (Node("", HELLO, "bob", "assistant", text) for text in ("left", "right"))
    after = [Node("", node, "ada", "prompter", "And?") for node in (left, right)]
    prompts = [bob.request(node, [1], client).messages for node in after]
    assert prompts[0][1] is prompts[1][1]
    assert (prompts[0][2]["content"], prompts[1][2]["content"]) == ("left", "right")


def test_small_models_get_the_short_sheet_and_one_line_to_say() -> None:
    small = ScriptedClient(seeded, traits=ModelTraits(compact=True))
    large = ScriptedClient(seeded)
    bob = agent(small)
    short, long = (bob.request(HELLO, [1], client) for client in (small, large))
    assert len(short.messages[0]["content"]) < len(long.messages[0]["content"])
    assert (short.sampling.stop, long.sampling.stop) == (("\n",), ("\nAda:",))
    assert (short.sampling.max_tokens, long.sampling.max_tokens) == (80, 400)


def test_a_form_may_put_a_reminder_behind_the_last_words() -> None:
    client = ScriptedClient(seeded)
    form = replace(FULL, name="reminded", reminder=lambda player, cast: f"(As {player.name}.)")
    bob = PersonaAgent(BOB, CAST, [client], form=form)
    assert bob.request(HELLO, [1], client).messages[-1]["content"] == "Hello?\n\n(As bob.)"


def test_given_sampling_goes_over_the_defaults_setting_by_setting() -> None:
    client = ScriptedClient(seeded)
    request = agent(client, temperature=0.1).request(HELLO, [1], client)
    assert request.sampling.temperature == 0.1
    assert request.sampling.max_tokens == 400
    assert request.sampling.stop == ("\nAda:",)


def test_a_system_prompt_of_the_scenario_is_sent_word_for_word() -> None:
    client = ScriptedClient(seeded)
    bob = BOB.model_copy(update={"system": "Just this."})
    request = PersonaAgent(bob, CAST, [client]).request(HELLO, [1], client)
    assert request.messages[0] == {"role": "system", "content": "Just this."}


def test_it_works_in_an_autogen_team_as_it_is() -> None:
    client = ScriptedClient(lambda request, seed: f"line {len(request.messages)}")
    agents: list[ChatAgent | Team] = [PersonaAgent(who, CAST, [client]) for who in (ADA, BOB)]

    async def talk() -> list[tuple[str, str]]:
        team = RoundRobinGroupChat(agents, termination_condition=MaxMessageTermination(5))
        result = await team.run(task="The shop opens.")
        return [(message.source, message.to_text()) for message in result.messages]

    assert asyncio.run(talk()) == [
        ("user", "The shop opens."),
        ("ada", "line 2"),
        ("bob", "line 2"),
        ("ada", "line 4"),
        ("bob", "line 4"),
    ]
    last = client.requests[-1].messages
    assert [message["content"] for message in last[1:]] == [
        "The shop opens.\n\nline 2",
        "line 2",
        "line 4",
    ]


def test_in_a_team_a_model_that_gives_no_reply_raises() -> None:
    client = ScriptedClient(lambda request, seed: RequestRefused("no"))
    bob = PersonaAgent(BOB, CAST, [client])
    with pytest.raises(RequestRefused):
        asyncio.run(bob.run(task="Hello?"))


def test_a_team_agent_is_saved_reset_and_loaded() -> None:
    client = ScriptedClient(lambda request, seed: "Hi.")

    async def talk() -> list[str]:
        bob = PersonaAgent(BOB, CAST, [client])
        await bob.run(task="Hello?")
        state = await bob.save_state()
        again = PersonaAgent(BOB, CAST, [client])
        await again.load_state(state)
        await again.run(task="Still there?")
        return [message["content"] for message in client.requests[-1].messages[1:]]

    assert asyncio.run(talk()) == ["Hello?", "Hi.", "Still there?"]


def test_a_fork_stands_where_it_was_put() -> None:
    client = ScriptedClient(seeded)
    fork = agent(client).at(HELLO, seed=9)
    result = asyncio.run(fork.run(task="Are you there?"))
    assert result.messages[-1].to_text() == "reply 9"
    assert "Hello?" in client.requests[-1].messages[1]["content"]
