from pathlib import Path
from typing import Any

import pytest
from pydantic_core import from_json
from records import bot, labelled, record, user
from scenes import SCENE, write_scene

from dialoom.build.exporting import export_source, options_of, shares_of
from dialoom.build.exports import exporters_of
from dialoom.errors import ExportError, InputError
from dialoom.exporters.base import write_lines
from dialoom.exporters.oasst import Oasst
from dialoom.scenarios.library import LoadedScenario, load_scenario


@pytest.fixture
def trees(tmp_path: Path) -> Path:
    """Return a file of ten trees with a good and a bad reply each."""
    path = tmp_path / "trees.jsonl.gz"
    openings = ("ducks", "Tides, please.", "A kettle?", "my key", "Rhymes!", "Friday", "sock")
    records = [
        record(
            user(
                text,
                bot(f"{text}: yes, gladly.", labels=labelled(0.9)),
                bot(f"{text}? Never.", labels=labelled(0.1)),
            ),
            name=f"t{place}",
        )
        for place, text in enumerate((*openings, "Quaternions", "limericks", "Knots and bolts"))
    ]
    write_lines(path, Oasst().lines(records))
    return path


def test_every_format_gets_its_file_and_its_figures(trees: Path, tmp_path: Path) -> None:
    done = export_source(trees, ["sft", "kto"], tmp_path / "out", {"kto": {"good": 0.95}})

    assert (done["sft"].file, done["sft"].rows) == ("sft.jsonl", 10)
    assert (done["kto"].rows, done["kto"].figures) == (10, {"wanted": 0, "unwanted": 10})
    assert done["kto"].dropped == {"score between bad and good": 10}
    assert (tmp_path / "out" / "kto.jsonl").read_bytes().count(b"\n") == 10


def test_each_split_gets_a_folder_of_its_own_trees(trees: Path, tmp_path: Path) -> None:
    shares = shares_of(["train=rest", "test=0.2"])

    done = export_source(trees, ["sft", "dpo"], tmp_path, {}, shares=shares, seed=1)

    assert {name: (written.file, written.rows) for name, written in done.items()} == {
        "train/sft": ("train/sft.jsonl", 8),
        "train/dpo": ("train/dpo.jsonl", 8),
        "test/sft": ("test/sft.jsonl", 2),
        "test/dpo": ("test/dpo.jsonl", 2),
    }
    held_out, trained = (
        {from_json(line)["meta"]["tree_id"] for line in (tmp_path / file).read_bytes().splitlines()}
        for file in ("test/dpo.jsonl", "train/sft.jsonl")
    )
    assert not held_out & trained
    assert len(held_out | trained) == 10


@pytest.mark.parametrize(
    ("names", "options", "shares", "message"),
    [
        (["sfd"], {}, [], "no exporter is named 'sfd'; did you mean 'sft'?"),
        (["sft"], {"sft": {"branches": "any"}}, [], "sft: branches is 'any'"),
        (["sft"], {}, ["train=rest", "test=99"], "the splits ask for 99 of 10 trees"),
    ],
)
def test_a_wrong_wish_writes_nothing(
    names: list[str],
    options: dict[str, Any],
    shares: list[str],
    message: str,
    trees: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"

    with pytest.raises(InputError, match=message):
        export_source(trees, names, out, options, shares=shares_of(shares))

    assert not out.exists() or not list(out.iterdir())


def test_a_bad_tree_in_the_source_leaves_old_rows_alone(trees: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(next(iter(Oasst().lines([record(user("u", bot("a")))]))) + b"\n{}\n")
    (tmp_path / "sft.jsonl").write_text("old", encoding="utf-8")

    with pytest.raises(InputError, match=r"broken.jsonl:2: neither an OASST tree nor a message"):
        export_source(broken, ["sft"], tmp_path, {})

    assert (tmp_path / "sft.jsonl").read_text(encoding="utf-8") == "old"


def test_a_format_named_twice_is_an_error(trees: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"sft.jsonl would be written twice"):
        export_source(trees, ["sft", "sft"], tmp_path, {})


def test_shares_are_parts_counts_or_the_rest() -> None:
    assert shares_of(["a=0.5", "b=20", "c=rest"]) == {"a": 0.5, "b": 20, "c": "rest"}


@pytest.mark.parametrize(
    "given", [["train"], ["=0.1"], ["../x=0.1"], ["a=half"], ["a=0.1", "a=0.9"], ["a b=1"]]
)
def test_a_share_of_another_form_is_an_input_error(given: list[str]) -> None:
    with pytest.raises(InputError, match="--split takes NAME=SHARE"):
        shares_of(given)


def test_options_are_read_as_yaml() -> None:
    given = ["dpo.min_margin=0.2", "dpo.model=null", "sft.branches=all"]

    assert options_of(given, ["dpo", "sft"]) == {
        "dpo": {"min_margin": 0.2, "model": None},
        "sft": {"branches": "all"},
    }


def test_a_value_that_is_no_yaml_is_an_input_error() -> None:
    with pytest.raises(InputError, match=r"--set sft.system=\[a: the value is no YAML: expected"):
        options_of(["sft.system=[a"], ["sft"])


def test_a_format_with_nothing_to_compare_says_so(tmp_path: Path) -> None:
    file = tmp_path / "trees.jsonl"
    write_lines(file, Oasst().lines([record(user("u", bot("a", labels=labelled(0.9))))]))

    done = export_source(file, ["dpo", "kto", "ranked"], tmp_path, {})

    notes = {name: written.note for name, written in done.items()}
    nothing = "no message has two replies to compare"
    assert notes == {"dpo": nothing, "kto": "", "ranked": nothing}


def scenario(tmp_path: Path, evaluate: str, export: str, width: int = 2) -> LoadedScenario:
    text = SCENE[: SCENE.index("evaluate:")]
    text += f"branch: {{assistant: {{width: {width}}}}}\n"
    text += f"evaluate: {evaluate}\nexport: {export}\n"
    return load_scenario(write_scene(tmp_path, text))


@pytest.mark.parametrize("name", ["dpo", "reward", "ranked", "kto", "swift_preference"])
def test_a_format_of_scores_needs_something_that_scores(tmp_path: Path, name: str) -> None:
    loaded = scenario(tmp_path, "{heuristics: [], critic: null}", f"{{{name}: {{}}}}")

    with pytest.raises(InputError, match=rf"export.{name}: {name} rests on scores, and nothing"):
        exporters_of(loaded, seed=0)


@pytest.mark.parametrize("evaluate", ["{critic: null}", "{heuristics: []}"])
def test_heuristics_or_a_critic_are_enough(tmp_path: Path, evaluate: str) -> None:
    made = exporters_of(scenario(tmp_path, evaluate, "{kto: {}, sft: null}"), seed=0)

    assert [exporter.name for exporter in made] == ["oasst", "dpo", "kto"]


def test_a_format_that_was_not_asked_for_makes_no_wish_impossible(tmp_path: Path) -> None:
    made = exporters_of(scenario(tmp_path, "{heuristics: [], critic: null}", "{}"), seed=0)

    assert [exporter.name for exporter in made] == ["oasst", "sft", "dpo"]


@pytest.mark.parametrize("name", ["dpo", "ranked", "openai_preference"])
def test_a_format_of_siblings_needs_two_candidates(tmp_path: Path, name: str) -> None:
    loaded = scenario(tmp_path, "{}", f"{{{name}: {{}}}}", width=1)

    with pytest.raises(InputError, match="no turn has two candidates"):
        exporters_of(loaded, seed=0)
