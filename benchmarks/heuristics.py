"""Messages a second of each heuristic and of the whole set, on one core.

    python benchmarks/heuristics.py [NAME ...]

The messages are the 1,167 of tests/data; caches are emptied before each measurement, so every text
is taken apart anew. The best of five passes counts, in CPU time. Without names all registered
heuristics are measured, and the set three times: with and without `language`, and without it on a
stage, where everybody is given a persona with facts and a goal, so that no rule is silent.
"""

import gzip
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dialoom.evaluators.base import HEURISTICS, Heuristic, Subject
from dialoom.evaluators.subjects import subjects
from dialoom.messages import parse_tree
from dialoom.personas.model import Persona
from dialoom.spec import Choice

TREES = Path(__file__).parents[1] / "tests" / "data" / "oasst_en_100_trees.jsonl.gz"
PASSES = 5
RITA = Persona(
    name="rita",
    display_name="Rita",
    description="A customer of an online shop, whose order is late for the second time.",
    traits={"patience": "thin", "temper": "quick to flare up"},
    speaking_style="short and blunt, with rhetorical questions",
    example_lines=(
        "So I waited at home all day for nothing. Great.",
        "Don't tell me you're sorry, tell me what happens next.",
        "Fine. If that's in writing, we're good.",
    ),
    knows={
        "order_number": "QX204913",
        "time_waited": "a whole day at home, without pay",
        "earlier_trouble": "the last order from this shop came broken and was replaced",
    },
    hides_until_asked=("order_number", "earlier_trouble"),
    doesnt_know=("where the parcel is now", "the shop's refund rules"),
)


def real_subjects() -> list[Subject]:
    with gzip.open(TREES, "rt", encoding="utf-8") as lines:
        return [item.subject for line in lines for item in subjects(parse_tree(line))]


def on_stage(message: Subject) -> Subject:
    return replace(
        message,
        persona=RITA,
        personas={"prompter": RITA},
        goal="Get your money back for a teapot that is 5 days late.",
        policy="Ask for the order number before you decide.",
        setting="A phone call to the help desk of a small online shop.",
    )


def empty_caches() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("dialoom.evaluators"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def seconds(rules: Sequence[Heuristic], messages: Sequence[Subject]) -> float:
    """Return the CPU time that all rules take for all messages."""
    best = float("inf")
    for _ in range(PASSES):
        empty_caches()
        start = time.process_time()
        for message in messages:
            for rule in rules:
                for _verdict in rule.check(message):
                    pass
        best = min(best, time.process_time() - start)
    return best


def report(name: str, rules: Sequence[Heuristic], messages: Sequence[Subject]) -> None:
    taken = seconds(rules, messages)
    each = taken / len(messages)
    print(f"{name:<24} {1 / each:>10,.0f} messages/s {each * 1e6:>8.1f} us")


def longest(rules: Sequence[Heuristic]) -> None:
    """Print the longest time that one rule takes for a reply of 100,000 characters."""
    worst = (0.0, "")
    for unit in ("The same again. ", "a", "my order: ", "Rita: no. ", "<|user|> ", "word "):
        text = unit * (100_000 // len(unit))
        message = Subject(text, "ada", "assistant", siblings=("x" + text, text), candidate=1)
        for rule in rules:
            empty_caches()
            start = time.process_time()
            list(rule.check(message))
            worst = max(worst, (time.process_time() - start, f"{rule.name} on {unit!r}"))
    print(f"slowest on a reply of 100,000 characters: {worst[0] * 1e3:.1f} ms ({worst[1]})")


def main(names: Sequence[str]) -> None:
    messages = real_subjects()
    rules = [HEURISTICS.make(Choice.parse(name)) for name in names or HEURISTICS.names()]
    size = sum(len(message.text) for message in messages) / len(messages)
    print(f"{len(messages):,} messages, {size:.0f} characters on average\n")
    for rule in rules:
        report(rule.name, [rule], messages)
    without = [rule for rule in rules if rule.name != "language"]
    report(f"all {len(rules)}", rules, messages)
    if len(without) < len(rules):
        report(f"{len(without)} without language", without, messages)
        report("the same on a stage", without, list(map(on_stage, messages)))
    longest(rules)


if __name__ == "__main__":
    main(sys.argv[1:])
