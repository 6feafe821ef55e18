"""What a run will take, before it asks anything: calls, tokens, money, disk and time.

A few trees of the run are laid out with their real casts and the real prompts, three times: as
short as they can be, as they are likely to be, and as long as they may become. Replies are not
known yet; they are taken as a share of what the sampling allows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from dialoom.agents.clients.base import ClientOptions, ModelTraits
from dialoom.agents.clients.sizes import SMALL, named_parameters
from dialoom.build.layout import CASES, Share, laid_out
from dialoom.build.models import ModelBook, make_client, models_by_role
from dialoom.build.options import RunOptions
from dialoom.build.prices import Prices, read_prices
from dialoom.build.replay import description
from dialoom.build.stages import StageFactory
from dialoom.errors import InputError, ModelError
from dialoom.evaluators.critic import CriticJudge
from dialoom.evaluators.tagger import Tagger
from dialoom.scenarios.loaded import LoadedScenario
from dialoom.scenarios.variables import tree_count

__all__ = ["Plan", "PlanRow", "Range", "plan_of", "used_models"]

SAMPLED = 4
"""Trees that are laid out; the rest is taken to be like them."""
OWN_ENGINES = ("embedded/", "gguf/", "ollama/")
OWN_SLOTS = 4
"""Requests at a time that an engine on this machine is taken to serve."""
BYTES_A_MESSAGE, BYTES_A_CALL, COPIES = 4500, 3000, 5
"""Of a run's directory; a reply stands in it about five times. Measured with `scripted/demo`."""


class Range(NamedTuple):
    """A figure that is not known yet."""

    low: float
    expected: float
    high: float

    def times(self, factor: float) -> "Range":
        """Return the range of so many."""
        return Range(*(value * factor for value in self))


def added(ranges: Iterable[Range]) -> Range:
    """Return the range of a sum."""
    found = list(ranges)
    return Range(*(sum(one[place] for one in found) for place in range(3)))


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What one model is asked for one purpose."""

    model: str
    purpose: str
    """A role of the cast, `critic`, `goal` or `selector`."""
    calls: Range
    prompt_tokens: Range
    completion_tokens: Range
    usd: Range | None
    """None where the model's price is not known."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will take."""

    trees: int
    rows: tuple[PlanRow, ...]
    seconds: Range
    bytes: Range
    pilot: str | None = None
    """The run whose figures these are drawn from; None when they are laid out."""
    prices_of: str | None = None
    """The day of the shipped prices."""

    @property
    def calls(self) -> Range:
        """Of all models."""
        return added(row.calls for row in self.rows)

    @property
    def prompt_tokens(self) -> Range:
        """Of all models."""
        return added(row.prompt_tokens for row in self.rows)

    @property
    def completion_tokens(self) -> Range:
        """Of all models."""
        return added(row.completion_tokens for row in self.rows)

    @property
    def tokens(self) -> Range:
        """Of prompts and replies."""
        return added((self.prompt_tokens, self.completion_tokens))

    @property
    def usd(self) -> Range | None:
        """None when a price is not known."""
        found = [row.usd for row in self.rows if row.usd is not None]
        return added(found) if len(found) == len(self.rows) else None

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Models whose price is not known."""
        return tuple(dict.fromkeys(row.model for row in self.rows if row.usd is None))

    def figures(self) -> dict[str, Any]:
        """Return the totals as JSON values."""
        named = {"calls": self.calls, "tokens": self.tokens, "usd": self.usd}
        named |= {"seconds": self.seconds, "bytes": self.bytes}
        ranges = {name: one and one._asdict() for name, one in named.items()}
        return {"trees": self.trees, "pilot": self.pilot, "unpriced": self.unpriced, **ranges}


class Assumed:
    """Traits of models that nobody has asked: what their clients take for granted."""

    def __init__(self, options: ClientOptions) -> None:
        self._options = options

    def described(self, model: str) -> dict[str, Any]:
        """Return the traits; those of any model where the client can't be made here."""
        try:
            traits = make_client(model, self._options).traits
        except (InputError, ModelError):
            traits = ModelTraits()
        weights = traits.parameters or named_parameters(model)
        if weights is not None and weights < SMALL:
            traits = replace(traits, compact=True, judges=False)
        if model.startswith(OWN_ENGINES):
            logprobs = traits.logprobs or not model.startswith("ollama/")
            traits = replace(traits, logprobs=logprobs, in_flight=min(traits.in_flight, OWN_SLOTS))
        return description(traits, "")


async def plan_of(
    loaded: LoadedScenario, options: RunOptions, prices: Prices | None = None
) -> Plan:
    """Return what a run of the scenario will take; asks no model.

    Raises:
        InputError: the scenario or an option is wrong.
    """
    prices = prices or read_prices(options.prices)
    seed = loaded.scenario.seed if options.seed is None else options.seed
    trees = tree_count(loaded, options.sample)
    book = ModelBook(models_by_role(loaded.scenario, options), options.client)
    book.attach(None, lambda event: None, replayed=Assumed(options.client))
    factory = StageFactory(loaded, book, tagger=Tagger([]), seed=seed)
    numbers = sorted({place * trees // SAMPLED for place in range(SAMPLED)})
    settings = loaded.scenario.evaluate.critic
    critics = book.of_role("critic") if settings else ()
    judges = [CriticJudge(critic, settings) for critic in critics]
    sums: dict[tuple[str, str], list[Share]] = {}
    for place, case in enumerate(CASES):
        for number in numbers:
            for of, share in (await laid_out(factory, number, case, judges)).items():
                sums.setdefault(of, [Share() for _ in CASES])[place].add(share)
    factor = trees / len(numbers)
    for judge in judges:
        _add_canaries(sums.get((judge.agent.client.name, "critic"), []), judge, factor)
    rows = tuple(
        _row(model, purpose, shares, factor, prices)
        for (model, purpose), shares in sorted(sums.items())
    )
    return Plan(
        trees,
        rows,
        _seconds(rows, book, options, trees),
        _bytes(rows),
        prices_of=str(prices.checked) if prices.checked else None,
    )


def _add_canaries(shares: list[Share], judge: CriticJudge, factor: float) -> None:
    """Add what the test of a critic takes: its judgements are like those of the replies.

    Args:
        shares: Its own, one for each case, of the trees that were laid out.
        judge: The critic.
        factor: What the shares are multiplied by in the end.
    """
    for share in shares:
        if share.calls:
            more = 1 + judge.tests * judge.calls / (share.calls * factor)
            share.calls *= more
            share.prompt *= more
            share.completion *= more


def used_models(loaded: LoadedScenario, names: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the models that a run may ask, each once.

    Args:
        loaded: The scenario.
        names: Models by role or member, from `models_by_role`.
    """
    scenario = loaded.scenario
    roles = [
        member if member in names else scenario.cast[place].role
        for place, member in enumerate(loaded.personas)
        if scenario.cast[place].role in loaded.asked
    ]
    asks_critic = loaded.asks_for_goals or scenario.evaluate.critic is not None
    roles += ["critic"] * asks_critic
    roles += ["selector"] * ("selector" in str(scenario.turns.policy))
    return list(dict.fromkeys(name for role in roles for name in names[role]))


def _row(model: str, purpose: str, shares: list[Share], factor: float, prices: Prices) -> PlanRow:
    price = prices.of(model)
    costs = [price.usd(prompt=one.prompt, completion=one.completion) for one in shares if price]
    return PlanRow(
        model,
        purpose,
        Range(*(one.calls for one in shares)).times(factor),
        Range(*(one.prompt for one in shares)).times(factor),
        Range(*(one.completion for one in shares)).times(factor),
        Range(*costs).times(factor) if costs else None,
    )


def _seconds(rows: Iterable[PlanRow], book: ModelBook, options: RunOptions, trees: int) -> Range:
    """Return a rough guess: nobody has seen these endpoints at work."""
    seconds = [0.0, 0.0, 0.0]
    for row in rows:
        at_once = min(book.endpoint(row.model).traits.in_flight, options.concurrency or trees)
        for place, case in enumerate(CASES):
            tokens, speed = row.completion_tokens[place], case.speed
            if row.model.startswith(OWN_ENGINES):
                tokens, speed = tokens + row.prompt_tokens[place] / 10, case.own_speed
            waiting = row.calls[place] * case.latency + tokens / speed
            seconds[place] += waiting / max(1, at_once)
    return Range(*seconds)


def _bytes(rows: tuple[PlanRow, ...]) -> Range:
    sizes = []
    for place, case in enumerate(CASES):
        calls = sum(row.calls[place] for row in rows)
        asked = sum(row.prompt_tokens[place] for row in rows if row.purpose == "critic")
        replies = sum(row.completion_tokens[place] for row in rows) * case.characters * COPIES
        spoken = [row for row in rows if row.purpose in ("prompter", "assistant")]
        messages = sum(row.completion_tokens[place] for row in spoken) / max(1.0, case.typical)
        sizes.append(
            calls * BYTES_A_CALL + messages * BYTES_A_MESSAGE + replies + asked * case.characters
        )
    return Range(*sizes)
