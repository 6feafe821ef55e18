from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json
from rapidfuzz import fuzz
from records import bot, record, user

from dialoom.errors import InputError
from dialoom.exporters.dpo import Dpo
from dialoom.exporters.llamafactory import LlamaFactory
from dialoom.exporters.sft import Sft
from dialoom.exporters.splits import NEAR, export_splits, split_trees
from dialoom.imports.oasst import read_records
from dialoom.near import normalised
from dialoom.tree import TreeRecord

REAL = Path(__file__).parent.parent / "data" / "oasst_en_100_trees.jsonl.gz"
TOPICS = (
    "My kettle leaks.",
    "How do I knit a sock?",
    "Explain tides to me, please.",
    "Is this mushroom edible at all?",
    "Write a limerick.",
    "What's a quaternion?",
    "Book me two seats for Friday.",
    "I lost my key.",
)
VARIANTS = (("", ""), (" ", "  !"), ("So: ", "\n"))


@cache
def real() -> tuple[TreeRecord, ...]:
    return tuple(read_records(REAL))


def opened(*openings: str) -> list[TreeRecord]:
    return [
        record(user(text, bot(f"Reply to {text}"), message_id=f"u{place}"), name=f"t{place}")
        for place, text in enumerate(openings)
    ]


def test_shares_are_kept_to_and_every_tree_has_one_split() -> None:
    splits = split_trees(real(), {"train": 0.8, "validation": 0.1, "test": 0.1})

    assert splits.sizes() == {"train": 80, "validation": 10, "test": 10}
    assert set(splits.by_tree) == {tree.tree.message_tree_id for tree in real()}


def test_counts_and_the_rest_are_shares_too() -> None:
    splits = split_trees(real(), {"train": "rest", "test": 7})

    assert splits.sizes() == {"train": 93, "test": 7}


def test_the_seed_decides_and_the_order_of_trees_does_not() -> None:
    shares: dict[str, Any] = {"train": "rest", "test": 0.2}
    first = split_trees(real(), shares, seed=1)

    assert split_trees(real()[::-1], shares, seed=1) == first
    assert split_trees(real(), shares, seed=2).by_tree != first.by_tree


def test_openings_that_are_nearly_the_same_stay_together() -> None:
    trees = opened(*(f"{start}{text}{end}" for text in TOPICS for start, end in VARIANTS))

    splits = split_trees(trees, {"train": 0.5, "test": 0.5})

    assert splits.clusters == len(TOPICS)
    assert splits.sizes() == {"train": 12, "test": 12}
    for start in range(0, len(trees), 3):
        assert len({splits.by_tree[f"t{start + step}"] for step in range(3)}) == 1


def test_a_split_says_why_it_is_not_as_large_as_asked() -> None:
    trees = opened(*(f"{start}{text}{end}" for text in TOPICS for start, end in VARIANTS))

    splits = split_trees(trees, {"train": "rest", "test": 7})

    size = splits.sizes()["test"]
    assert size % 3 == 0
    assert splits.note("test") == (
        f"{size} trees where 7 were asked for: those with nearly the same opening stay together"
    )
    assert split_trees(trees, {"train": "rest", "test": 6}).note("test") == ""


def test_no_opening_of_one_split_is_nearly_in_another() -> None:
    splits = split_trees(real(), {"train": 0.5, "test": 0.5})

    for one, two in combinations(real(), 2):
        names = [splits.by_tree[tree.tree.message_tree_id] for tree in (one, two)]
        if names[0] != names[1]:
            assert one.tree.prompt is not None
            assert two.tree.prompt is not None
            texts = [normalised(tree.text) for tree in (one.tree.prompt, two.tree.prompt)]
            assert fuzz.ratio(*texts) < 100 * NEAR


def test_trees_with_one_opening_are_parted_if_asked_to() -> None:
    trees = opened(*["Hello there."] * 10)

    assert split_trees(trees, {"train": 0.9, "test": 0.1}, near=None).sizes() == {
        "train": 9,
        "test": 1,
    }
    with pytest.raises(InputError, match="split 'test' would be empty: the 10 trees have 1 diff"):
        split_trees(trees, {"train": 0.9, "test": 0.1})


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"train": 0.9, "test": 0.2}, r"the splits ask for 110 of 100 trees"),
        ({"train": 0.5}, r"the splits ask for 50 of 100 trees"),
        ({"train": "rest", "test": 101}, r"the splits ask for 101 of 100 trees"),
        ({"train": "rest", "test": "rest"}, r"only one split can be 'rest', not train and test"),
        ({"train": "rest", "test": 0}, r"split 'test' is 0; it is a part of all trees like 0.1"),
        ({"train": "rest", "test": 1.5}, r"split 'test' is 1.5"),
        ({"train": "rest", "test": "half"}, r"split 'test' is 'half'"),
    ],
)
def test_shares_that_do_not_fit_are_input_errors(shares: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        split_trees(real(), shares)


def test_each_split_gets_files_of_its_own_trees(tmp_path: Path) -> None:
    splits = split_trees(real(), {"train": "rest", "test": 20})
    exporters = {name: [Sft(), Dpo(), LlamaFactory(kto=None)] for name in splits.names}

    counts = export_splits(tmp_path, exporters, real(), splits)

    assert counts["train/sft.jsonl"] == counts["train/llamafactory/sft.jsonl"] == 80
    assert counts["test/sft.jsonl"] == 20
    for name in splits.names:
        for file in ("sft.jsonl", "dpo.jsonl", "llamafactory/ranking.jsonl"):
            lines = (tmp_path / name / file).read_bytes().splitlines()
            trees = {from_json(line)["meta"]["tree_id"] for line in lines}
            assert {splits.by_tree[tree] for tree in trees} == {name}
        info = from_json((tmp_path / name / "llamafactory" / "dataset_info.json").read_bytes())
        assert list(info) == ["dialoom_sft", "dialoom_ranking"]
