import asyncio
from pathlib import Path

import pytest
from scenes import NO_CRITIC, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.store import TreeTable


def simulate(scene: Path, **options: object) -> Run:
    client = ScriptedClient(lambda request, seed: f"I say number {seed}.", record=False)
    wanted = RunOptions(model=client.name, out=scene.parent / "run", **options)  # type: ignore[arg-type]
    return asyncio.run(simulate_run(scene, wanted, clients={client.name: client}))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the numbers of the trees that were read from the database since."""
    numbers: list[int] = []
    record = TreeTable.record

    def counted(table: TreeTable, number: int, *, dropping: bool = True) -> object:
        numbers.append(number)
        return record(table, number, dropping=dropping)

    monkeypatch.setattr(TreeTable, "record", counted)
    return numbers


def test_files_of_a_finished_run_are_not_written_again(tmp_path: Path, reads: list[int]) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    first = simulate(scene)
    stamps = {file.name: file.stat().st_mtime_ns for file in first.directory.glob("*.jsonl")}
    reads.clear()
    again = simulate(scene)
    assert reads == []
    assert again.summary.exports == first.summary.exports
    assert stamps == {
        file.name: file.stat().st_mtime_ns for file in first.directory.glob("*.jsonl")
    }


@pytest.mark.parametrize("name", ["trees.jsonl", "sft.jsonl", "failures.jsonl"])
@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_file_that_was_touched_is_written_again(tmp_path: Path, name: str, harm: str) -> None:
    scene = write_scene(tmp_path, NO_CRITIC)
    file = simulate(scene).directory / name
    before = file.read_bytes()
    file.unlink() if harm == "gone" else file.write_bytes(before + b"{}\n")
    simulate(scene)
    assert file.read_bytes() == before
    assert simulate(scene).summary.state == "finished"
