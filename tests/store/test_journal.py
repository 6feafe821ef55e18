import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from dialoom.chat import ChatRequest, Completion, Sampling, Usage
from dialoom.store import RunJournal
from dialoom.store.database import GroupCommit, connect
from dialoom.store.trees import TreeTable
from dialoom.tree import BranchFailure

MODEL = "scripted/test"


def request(text: str, purpose: str = "assistant") -> ChatRequest:
    return ChatRequest(({"role": "user", "content": text},), Sampling(), purpose=purpose)


def opened(folder: Path) -> tuple[RunJournal, TreeTable]:
    file = folder / "run.db"
    database = connect(file, create=True)
    commits = GroupCommit(database, file)
    return RunJournal(database, commits), TreeTable(database, commits)


async def keep(journal: RunJournal, seconds: Sequence[float], purpose: str = "assistant") -> None:
    for number, took in enumerate(seconds):
        answer = [Completion("So.", usage=Usage(10, 5, 4), seconds=took)]
        key = f"{purpose}{number}"
        await journal.put(key, MODEL, request(key, purpose), answer)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([2.0], (2.0, 2.0, 2.0)),
        ([3.0, 1.0], (1.0, 3.0, 3.0)),
        ([float(n) for n in range(100, 0, -1)], (50.0, 95.0, 99.0)),
        ([float(n) for n in range(1, 1001)], (500.0, 950.0, 990.0)),
    ],
)
def test_percentiles_are_the_nearest_ranks(
    tmp_path: Path, seconds: list[float], expected: tuple[float, float, float]
) -> None:
    journal, _ = opened(tmp_path)
    asyncio.run(keep(journal, seconds))
    assert journal.latencies() == {(MODEL, "assistant"): expected}


def test_percentiles_are_of_each_role_by_itself(tmp_path: Path) -> None:
    journal, _ = opened(tmp_path)
    asyncio.run(keep(journal, [1.0, 1.0]))
    asyncio.run(keep(journal, [9.0], "critic"))
    assert {of[1]: latency.p99 for of, latency in journal.latencies().items()} == {
        "assistant": 1.0,
        "critic": 9.0,
    }


def test_calls_that_another_run_paid_are_counted_apart(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other, _ = opened(tmp_path / "other")
    journal, _ = opened(tmp_path)

    async def adopt() -> None:
        await keep(other, [7.0])
        await keep(journal, [1.0], "prompter")
        call = other.kept("assistant0")
        assert call is not None
        journal.adopt("mine", call)
        await asyncio.sleep(0)

    asyncio.run(adopt())
    reused, paid = journal.totals()
    assert (reused.calls, reused.reused, reused.prompt_tokens, reused.seconds) == (0, 1, 0, 0)
    assert (paid.calls, paid.reused, paid.prompt_tokens, paid.cached_tokens) == (1, 0, 10, 4)
    assert journal.latencies() == {(MODEL, "prompter"): (1.0, 1.0, 1.0)}
    asked = journal.request("mine")
    assert asked is not None
    assert asked["messages"] == [{"role": "user", "content": "assistant0"}]


def test_retries_are_counted_by_model_and_error(tmp_path: Path) -> None:
    journal, _ = opened(tmp_path)

    async def retry() -> None:
        for error in ("RateLimited", "ServerFault", "RateLimited"):
            journal.retried(MODEL, error)
        await asyncio.sleep(0)

    asyncio.run(retry())
    assert journal.retries() == {MODEL: {"RateLimited": 2, "ServerFault": 1}}


def test_a_lost_branch_comes_back_with_all_that_is_needed_to_retry_it(tmp_path: Path) -> None:
    _, trees = opened(tmp_path)
    lost = BranchFailure(3, (0, 2), "bob", MODEL, "RequestRefused", "refused", (5, 6))
    asyncio.run(trees.put_failed(3, (lost,)))
    assert list(trees.failures()) == [lost]


def of_a_run(folder: Path) -> RunJournal:
    """Return the calls of a run that this process alone works on."""
    file = folder / "run.db"
    database = connect(file, create=True)
    return RunJournal(database, GroupCommit(database, file), alone=True)


def test_a_new_run_finds_what_it_wrote_and_nothing_else(tmp_path: Path) -> None:
    journal = of_a_run(tmp_path)
    assert journal.find("assistant0") is None
    asyncio.run(keep(journal, [1.0]))
    assert journal.find("assistant0") is not None
    assert journal.find("assistant1") is None


def test_a_run_that_is_taken_up_finds_what_was_written_before(tmp_path: Path) -> None:
    asyncio.run(keep(of_a_run(tmp_path), [1.0]))
    assert of_a_run(tmp_path).find("assistant0") is not None


def test_a_long_run_finds_all_it_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialoom.store.key_filter.KEY_BITS", 3)
    journal = of_a_run(tmp_path)
    asyncio.run(keep(journal, [1.0] * 5))
    assert all(journal.find(f"assistant{number}") for number in range(5))
    assert journal.find("assistant5") is None


def test_a_reader_finds_what_another_process_writes(tmp_path: Path) -> None:
    writer, (reader, _) = of_a_run(tmp_path), opened(tmp_path)
    assert reader.find("assistant0") is None
    asyncio.run(keep(writer, [1.0]))
    assert reader.find("assistant0") is not None
