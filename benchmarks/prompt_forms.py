"""Compares prompt forms on a small model by how many replies pass the heuristics.

    uv run python benchmarks/prompt_forms.py [--model NAME] [--trees N] [--turns N] [FORM ...]

Grows dialogues of every shipped scenario, one candidate a turn and no critic, once for each form,
and prints the share of messages that no heuristic marks down, by role.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from loguru import logger

from dialoom.agents.clients.base import ClientOptions, ModelClient
from dialoom.agents.forms import COMPACT, FULL, PromptForm
from dialoom.agents.persona import PersonaAgent
from dialoom.agents.turns import Alternate
from dialoom.build import make_client
from dialoom.chat import Sampling
from dialoom.engine import Engine
from dialoom.evaluators.base import HEURISTICS
from dialoom.evaluators.tagger import Tagger
from dialoom.scenarios.cast import Cast, Player, cast_for
from dialoom.scenarios.library import load_scenario, scenario_names
from dialoom.scenarios.model import Branching, RoleBranching
from dialoom.scenarios.variables import assignment, opener
from dialoom.spec import Choice
from dialoom.stage import Stage
from dialoom.tree import Node, nodes


def answer_as(player: Player, cast: Cast) -> str:
    return f"(Answer as {player.display_name}, in one or two short sentences.)"


def by_role(player: Player, cast: Cast) -> str:
    if player.role == "prompter":
        return f"(You are {player.display_name}. You are the one who needs help. One sentence.)"
    return f"(You are {player.display_name}. Answer helpfully in one or two short sentences.)"


def one_line_sheet(player: Player, cast: Cast) -> str:
    others = " and ".join(other.display_name for other in cast.others(player.name))
    want = f" {player.goal}" if player.goal else ""
    return f"You are {player.display_name}, talking to {others}. {player.persona.description}{want}"


def sampled(**settings: float) -> Sampling:
    return Sampling.model_validate(settings).over(COMPACT.sampling)


FORMS = {
    "full": FULL,
    "compact": COMPACT,
    "compact, reminder": replace(COMPACT, reminder=answer_as),
    "compact, role reminder": replace(COMPACT, reminder=by_role),
    "compact, whole paragraphs": replace(COMPACT, one_paragraph=False),
    "compact, temperature 0.8": replace(COMPACT, sampling=sampled(temperature=0.8)),
    "compact, temperature 0.2": replace(COMPACT, sampling=sampled(temperature=0.2)),
    "compact, 120 tokens": replace(COMPACT, sampling=sampled(max_tokens=120)),
    "one line": replace(COMPACT, sheet=one_line_sheet),
    "one line, role reminder": replace(COMPACT, sheet=one_line_sheet, reminder=by_role),
}


async def grown(name: str, number: int, form: PromptForm, client: ModelClient, turns: int) -> Node:
    loaded = load_scenario(name)
    variables = assignment(loaded, number, seed=0)
    cast = cast_for(loaded, variables)
    tagger = Tagger([HEURISTICS.make(Choice(rule, (), {})) for rule in HEURISTICS.names()])
    agents = {p.name: PersonaAgent(p, cast, [client], form=form) for p in cast.players}
    systems = {agent.name: agent.system(client) for agent in agents.values()}
    policy = Alternate()

    async def next_speaker(here: Node | None, seed: int) -> str:
        return await policy.next(cast, here, client=client, seed=seed)

    async def tag(siblings: Sequence[Node], seed: int) -> None:
        await tagger.tag(siblings, cast, seed, systems=systems)
        for node in siblings:
            node.termination_detail = "x" if node.rejected else ""
            node.rejected = False  # go on, so that every form gives as many messages

    async def ended(thread: Sequence[Node], seed: int) -> None:
        return None

    one = RoleBranching(width=1)
    stage = Stage(
        number=number,
        cast=cast,
        speakers=agents,
        next_speaker=next_speaker,
        tag=tag,
        ended=ended,
        branching=Branching(assistant=one, prompter=one, redraw=0),
        max_turns=turns,
        seed=0,
        fingerprint=name,
        opener=opener(loaded, number, 0, variables),
    )
    return (await Engine(stage).grow()).root


async def compare(names: Sequence[str], model: str, trees: int, turns: int) -> None:
    client = make_client(model, ClientOptions())
    await client.prepare()
    print(f"{'form':<28} {'prompter':>9} {'assistant':>9} {'seconds':>8}  most frequent faults")
    for name in names:
        started, form = time.perf_counter(), replace(FORMS[name], name=name)
        passed: Counter[str] = Counter()
        said: Counter[str] = Counter()
        faults: Counter[str] = Counter()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(grown(scenario, number, form, client, turns))
                for scenario in scenario_names()
                for number in range(trees)
            ]
        for node in (node for task in tasks for node in nodes(task.result())):
            if node.model is None:
                continue
            against = {v.name for v in node.verdicts if v.severity != "note"}
            said[node.role] += 1
            passed[node.role] += not against
            faults.update(against)
        shares = [f"{passed[role] / said[role]:>9.0%}" for role in ("prompter", "assistant")]
        listed = ", ".join(f"{fault} {count}" for fault, count in faults.most_common(4))
        print(f"{name:<28} {' '.join(shares)} {time.perf_counter() - started:>8.0f}  {listed}")
    await client.close()


def main() -> None:
    logger.remove()
    parser = argparse.ArgumentParser()
    parser.add_argument("forms", nargs="*", default=list(FORMS))
    parser.add_argument("--model", default="embedded/smollm2-135m")
    parser.add_argument("--trees", type=int, default=2, help="of each scenario")
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    asyncio.run(compare(options.forms, options.model, options.trees, options.turns))


if __name__ == "__main__":
    main()
