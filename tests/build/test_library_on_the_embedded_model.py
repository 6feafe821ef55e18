import asyncio
from dataclasses import replace

import pytest

from dialoom.agents.clients.base import ClientOptions
from dialoom.build import DEFAULT_MODEL, ModelBook, RunOptions, StageFactory, models_by_role
from dialoom.engine import Engine
from dialoom.evaluators.tagger import Tagger
from dialoom.scenarios.library import load_scenario, scenario_names
from dialoom.tree import GrownTree, nodes


async def grown(name: str) -> GrownTree:
    """Return the first tree of a scenario, three turns deep and one candidate wide."""
    loaded = load_scenario(name)
    one = loaded.scenario.branch.assistant.model_copy(update={"width": 1})
    branch = loaded.scenario.branch.model_copy(update={"assistant": one, "redraw": 0})
    turns = loaded.scenario.turns.model_copy(update={"max": 3})
    scenario = loaded.scenario.model_copy(update={"branch": branch, "turns": turns})
    models = models_by_role(scenario, RunOptions(model=DEFAULT_MODEL))
    book = ModelBook(models, ClientOptions())
    book.attach(None, lambda event: None)
    factory = StageFactory(replace(loaded, scenario=scenario), book, tagger=Tagger([]), seed=0)
    try:
        await book.prepare(factory(0).cast, critic=False, selector=False)
        return await Engine(factory(0)).grow()
    finally:
        await book.close()


@pytest.mark.embedded
@pytest.mark.parametrize("name", scenario_names())
def test_each_shipped_scenario_runs_on_the_embedded_model(name: str) -> None:
    tree = asyncio.run(grown(name))
    said = list(nodes(tree.root))
    assert tree.failures == []
    assert {node.role for node in said} == {"prompter", "assistant"}
    assert any(node.model == DEFAULT_MODEL and node.text.strip() for node in said)
