"""What must be there before the first tree grows: models that answer, evaluators, and how many."""

from dialoom.build.beginnings import asked_of
from dialoom.build.models import ModelBook
from dialoom.build.stages import heuristics_of, scorers_of
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.scorers import Scores
from dialoom.evaluators.tagger import Tagger
from dialoom.events import Listener
from dialoom.scenarios.cast import cast_for
from dialoom.scenarios.library import shipped_scenarios
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.scenarios.variables import assignment

__all__ = ["demonstration", "get_ready", "tagger_of", "trees_at_once"]

SPARE = 4
"""One tree more for so many, where there are at least `MANY`."""
MANY = 8
TREES_A_TURN = 4
"""Trees that share what it costs a server to put one model in the place of another."""


async def get_ready(loaded: LoadedScenario, book: ModelBook, *, seed: int, selects: bool) -> None:
    """Get every model that will be asked ready, so that what is missing is said at once.

    Args:
        loaded: The scenario.
        book: The models.
        seed: The run's.
        selects: Whether a model says who speaks next.

    Raises:
        ModelError: a model can't be used.
    """
    await book.prepare(
        asked_of(loaded, cast_for(loaded, assignment(loaded, 0, seed))),
        critic=loaded.asks_for_goals or loaded.scenario.evaluate.critic is not None,
        selector=selects,
    )


def tagger_of(
    loaded: LoadedScenario, book: ModelBook, listener: Listener, *, scores: Scores | None = None
) -> Tagger:
    """Return what tags the messages of a run.

    Args:
        loaded: The scenario.
        book: The models.
        listener: Is told when critics are not trusted or fail.
        scores: How scorers' numbers are had; None asks them each time.

    Raises:
        InputError: an evaluator's name or option is wrong.
    """
    settings = loaded.scenario.evaluate.critic
    models = book.of_role("critic") if settings is not None else ()
    judges = [CriticJudge(model, settings) for model in models]
    scorers = scorers_of(loaded)
    return Tagger(heuristics_of(loaded), *judges, listener=listener, scorers=scorers, scores=scores)


def trees_at_once(loaded: LoadedScenario, book: ModelBook) -> int:
    """Return how many trees keep the models busy: what they take at once, over the width.

    Where that is many, some more: while a tree's replies are tagged and written, another's
    requests are in flight.
    """
    endpoints = book.of_role("assistant")
    width = loaded.scenario.branch.assistant.width
    at_once = sum(
        endpoint.traits.in_flight // (1 if endpoint.traits.siblings_together else width)
        for endpoint in endpoints
    )
    spare = at_once // SPARE if at_once >= MANY else 0
    return max(1, at_once + spare, TREES_A_TURN if book.takes_turns else 1)


def demonstration(loaded: LoadedScenario, book: ModelBook) -> str:
    """Return which models only show the pipeline, and what runs a better one; or nothing."""
    small = [
        endpoint.name
        for role in sorted(loaded.asked, reverse=True)
        for endpoint in book.of_role(role)
        if endpoint.traits.compact
    ]
    if not small:
        return ""
    file = loaded.file
    named = file.stem if file.parent == shipped_scenarios() else file
    names = list(dict.fromkeys(small))
    what = "is a demonstration: it shows the pipeline, and its replies are"
    if len(names) > 1:
        what = "are a demonstration: they show the pipeline, and their replies are"
    return (
        f"{' and '.join(names)} {what} no training data; a better model: "
        f"simulate {named} --model ollama/llama3.2"
    )
