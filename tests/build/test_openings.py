"""An opening that says what an earlier tree's says is drawn anew, whoever is quicker."""

import asyncio
import random
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest
from environment import fixed_date
from scenes import NO_CRITIC, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.build import openings as openings_module
from dialoom.build.openings import RunOpenings
from dialoom.chat import ChatRequest, Completion
from dialoom.errors import RequestRefused

__all__ = ["fixed_date"]

MODEL = "scripted/test"
LINES = (
    "Hello, where is the parcel I ordered from your shop?",
    "hello, where's the parcel I ordered from your shop??",
    "Good day. My kettle came with a broken lid, can you help?",
    "I was charged twice for the same pair of shoes.",
)


def reply(request: ChatRequest, seed: int) -> str:
    if request.purpose == "prompter" and len(request.messages) < 3:
        return LINES[seed % 4]
    return f"This is what the {request.purpose} says about it now, and no more: {seed}."


def simulate(file: Path, answer: Any = reply, **options: Any) -> Run:
    options.setdefault("out", file.parent / "run")
    client = answer if isinstance(answer, ScriptedClient) else ScriptedClient(answer, name=MODEL)
    return asyncio.run(
        simulate_run(file, RunOptions(model=MODEL, **options), clients={MODEL: client})
    )


def openings(run: Run) -> list[str]:
    return [tree.prompt.text for tree in run.trees() if tree.prompt]


def files_of(run: Run) -> dict[str, bytes]:
    return {
        name: (run.directory / name).read_bytes()
        for name in ("trees.jsonl", "sft.jsonl", "dpo.jsonl", "quality.json")
    }


def test_a_repeated_opening_is_drawn_anew(tmp_path: Path) -> None:
    text = NO_CRITIC.replace("sample: 4", "sample: 3") + "branch: {redraw: 9}\n"
    said = openings(simulate(write_scene(tmp_path, text)))
    different = {LINES[0] if line == LINES[1] else line for line in said}
    assert len(different) == 3


def test_without_redraws_openings_may_repeat(tmp_path: Path) -> None:
    text = NO_CRITIC.replace("sample: 4", "sample: 8")
    run = simulate(write_scene(tmp_path, text + "branch: {redraw: 0}\n"))
    assert len(openings(run)) == 8
    assert len(set(openings(run))) < 8


def test_the_last_draw_is_taken_when_all_repeat(tmp_path: Path) -> None:
    def same(request: ChatRequest, seed: int) -> str:
        return LINES[0] if request.purpose == "prompter" else reply(request, seed)

    run = simulate(write_scene(tmp_path, NO_CRITIC), same)
    assert openings(run) == [LINES[0]] * 4


@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_how_many_grow_at_a_time_changes_nothing(tmp_path: Path, concurrency: int) -> None:
    text = NO_CRITIC.replace("sample: 4", "sample: 8") + "branch: {redraw: 3}\n"
    scene = write_scene(tmp_path, text)
    one = simulate(scene, out=tmp_path / "one", concurrency=1)
    assert files_of(simulate(scene, concurrency=concurrency)) == files_of(one)


@pytest.mark.parametrize("calls", [1, 4, 9, 20, 33])
def test_an_interruption_changes_nothing_and_pays_nothing_twice(tmp_path: Path, calls: int) -> None:
    class Dies(Exception):
        """Stands for a process that ends."""

    text = NO_CRITIC.replace("sample: 4", "sample: 8") + "branch: {redraw: 3}\n"
    scene = write_scene(tmp_path, text)
    whole = ScriptedClient(reply, name=MODEL)
    expected = files_of(simulate(scene, whole, out=tmp_path / "whole"))
    asked: list[str] = []

    def dies(request: ChatRequest, seed: int) -> str | Exception:
        if len(asked) >= calls:
            return Dies()
        asked.append(request.key(""))
        return reply(request, seed)

    with pytest.raises(Dies):
        simulate(scene, dies, concurrency=3)
    resumed = ScriptedClient(reply, name=MODEL)
    assert files_of(simulate(scene, resumed, concurrency=5)) == expected


def test_a_tree_that_fails_holds_up_no_other(tmp_path: Path) -> None:
    refused: list[int] = []

    def refuses(request: ChatRequest, seed: int) -> str | Exception:
        if request.purpose == "prompter" and len(request.messages) < 3 and len(refused) < 2:
            refused.append(seed)
            return RequestRefused("no")
        return reply(request, seed)

    run = simulate(write_scene(tmp_path, NO_CRITIC), refuses, concurrency=1)
    assert run.summary.failed_trees == 2
    assert run.summary.trees == 2


def test_authored_openings_wait_for_nobody(tmp_path: Path) -> None:
    scene = write_scene(tmp_path, NO_CRITIC + f'openers: ["{LINES[0]}"]\n')
    assert openings(simulate(scene)) == [LINES[0]] * 4


def test_openings_are_compared_in_the_order_of_the_trees() -> None:
    async def play() -> list[bool]:
        known = RunOpenings([1, 2, 4], [(0, [LINES[2]]), (3, [LINES[3]])])
        later = asyncio.create_task(known.repeats(4, LINES[1]))
        middle = asyncio.create_task(known.repeats(2, LINES[3]))
        await asyncio.sleep(0)
        assert not later.done()
        assert not middle.done()
        return [await known.repeats(1, LINES[0]), await middle, await later]

    # tree 3 has what tree 2 asks about, and comes later
    assert asyncio.run(play()) == [False, False, True]


def test_a_second_draft_is_held_against_first_and_second_ones() -> None:
    async def play() -> list[bool]:
        known = RunOpenings([0, 1, 2], ())
        known.settle(0, LINES[0])
        first = [await known.repeats(1, LINES[1]), await known.repeats(2, LINES[1])]
        again = asyncio.create_task(known.repeats(2, LINES[3]))
        await asyncio.sleep(0)
        assert not again.done()  # tree 1 is about to draft anew, too
        return [*first, await known.repeats(1, LINES[3]), await again]

    assert asyncio.run(play()) == [True, True, False, True]


def test_nobody_waits_for_a_tree_that_has_settled_or_come_to_nothing() -> None:
    async def play() -> list[bool]:
        known = RunOpenings([0, 1, 2], ())
        waiting = asyncio.create_task(known.repeats(2, LINES[0]))
        await asyncio.sleep(0)
        known.settle(0, LINES[3])
        known.settle(1, None)
        return [await waiting, await known.repeats(2, "Hi there!")]

    assert asyncio.run(play()) == [False, False]


class Weakly(str):
    """A text that can be watched."""

    __slots__ = ("__weakref__",)


@pytest.mark.parametrize(
    "text", ["Hello, I am {}!", "Where is the parcel that I ordered on day {}?"]
)
def test_openings_that_can_not_matter_any_more_are_let_go(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(openings_module, "MOST", 5)
    known = RunOpenings(range(200), ())
    texts = WeakSet[Weakly]()

    async def play() -> None:
        for number in range(200):
            drafted = Weakly(text.format(number))
            texts.add(drafted)
            await known.repeats(number, drafted)
            assert known.settle(number, drafted) == (drafted,)

    asyncio.run(play())
    assert len(texts) <= 6  # the last is still a local name


@pytest.mark.parametrize("seed", range(20))
def test_letting_openings_go_changes_no_answer(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(openings_module, "MOST", 4)

    async def play() -> list[tuple[int, bool]]:
        draw = random.Random(seed)
        lines = [*LINES, "Hi!", "My kettle of ten litres leaks on the table, what now?"]
        drafts = {number: draw.choices(lines, k=draw.randint(0, 3)) for number in range(40)}
        written = [(number, drafts.pop(number) or ["Hi!"]) for number in (2, 3, 11, 30)]
        known = RunOpenings(sorted(drafts), written)
        said = []

        async def grow(number: int) -> None:
            for text in drafts[number]:
                said.append((number, await known.repeats(number, text)))
            known.settle(number, drafts[number][-1] if drafts[number] else None)

        in_flight = []
        for number in sorted(drafts):
            in_flight.append(asyncio.create_task(grow(number)))
            for _ in range(draw.randint(0, 5)):
                await asyncio.sleep(0)
        await asyncio.gather(*in_flight)
        return sorted(said)

    with_forgetting = asyncio.run(play())
    monkeypatch.setattr(RunOpenings, "_forget", lambda self: None)
    assert asyncio.run(play()) == with_forgetting


def test_trees_draw_their_openings_anew_side_by_side(tmp_path: Path) -> None:
    running, most = 0, 0

    class Slow(ScriptedClient):
        async def complete(self, request: ChatRequest, **more: Any) -> list[Completion]:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.05)
            running -= 1
            return await super().complete(request, **more)

    def same(request: ChatRequest, seed: int) -> str:
        return LINES[0]

    text = NO_CRITIC.replace("sample: 4", "sample: 8").replace("{max: 4}", "{max: 1}")
    text += "branch: {redraw: 2}\n"
    run = simulate(write_scene(tmp_path, text), Slow(same, name=MODEL), concurrency=8)
    assert openings(run) == [LINES[0]] * 8
    assert most >= 7
    assert run.summary.calls[0].calls == 8 + 2 * 7
