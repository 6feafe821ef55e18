"""Only ranks that people gave are held against a critic's."""

import asyncio
import re
from pathlib import Path

import pytest
from critics import CRITIC, critic, oracle
from tested_critics import simulate

from dialoom.build.tagged import TagFiles
from dialoom.build.tagging import TagOptions, tag_file
from dialoom.quality import Quality
from dialoom.spec import Choice


@pytest.mark.parametrize("by_people", [False, True])
def test_ranks_in_a_file_that_a_run_wrote_are_not_taken_for_those_of_people(
    tmp_path: Path, by_people: bool
) -> None:
    run = simulate(tmp_path, critic(oracle))
    text = (run.directory / "trees.jsonl").read_text("utf-8")
    if by_people:
        text, count = re.subn(r'"origin":"dialoom/\w+"', '"origin":null', text)
        assert count
    trees = tmp_path / "trees.jsonl"
    trees.write_text(text, "utf-8")
    options = TagOptions(heuristics=(Choice.parse("empty"),), critics=(CRITIC,))
    files = TagFiles.beside(tmp_path / "tagged.jsonl")
    clients = {CRITIC: critic(oracle)}
    asyncio.run(tag_file(trees, files, options, listener=lambda event: None, clients=clients))
    quality = Quality.model_validate_json((tmp_path / "tagged.quality.json").read_bytes())
    (found,) = quality.critics
    assert (found.people is not None) == by_people
