"""Rows and messages of a real run, traced back."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from scenes import TRUSTING, write_scene
from traced import rows, run

import dialoom
from dialoom.build.exporting import export_source
from dialoom.build.prices import Price, Prices
from dialoom.build.trace import Trace, trace_of
from dialoom.build.traced import trace_document
from dialoom.errors import InputError
from dialoom.exporters.written import message_ids, written_rows

__all__ = ["run"]

PRICES = Prices(models={"scripted/demo": Price.model_validate({"in": 1, "out": 2})})


REAL = Path(__file__).parent.parent / "data" / "oasst_en_100_trees.jsonl.gz"


def traced(wanted: str, *sources: Path, **more: Any) -> Trace:
    return trace_of(wanted, sources, prices=PRICES, **more)


def test_a_pair_is_traced_to_both_sides_and_the_prompt_that_gave_them(run: Path) -> None:
    row = rows(run / "dpo.jsonl")[-1]

    found = traced(row["id"], run)

    assert dict(found.marks) == {
        row["meta"]["chosen_id"]: "chosen",
        row["meta"]["rejected_id"]: "rejected",
    }
    assert [(place.file.name, place.row) for place in found.rows] == [("dpo.jsonl", row)]
    assert [message.text for message in found.thread[:-1]] == [
        said["content"] for said in row["prompt"][1:]
    ]
    for message in found.subjects:
        call = found.calls[message.message_id]
        assert call["messages"] == row["prompt"]
        assert call["model"] == "scripted/demo"
    assert found.manifest is not None
    assert found.manifest.seed == 0


def test_the_cost_of_a_call_follows_the_prices(run: Path) -> None:
    found = traced(rows(run / "dpo.jsonl")[0]["id"], run)
    usage = found.calls[found.subjects[0].message_id]["usage"]

    expected = (usage["prompt_tokens"] + 2 * usage["completion_tokens"]) / 1e6
    assert usage["usd"] == pytest.approx(expected)
    assert usage["paid"] is True


def test_a_row_of_several_turns_is_traced_to_each_and_its_siblings(run: Path) -> None:
    row = rows(run / "sft.jsonl")[0]

    found = traced(row["id"], run)

    assert [m.message_id for m in found.subjects] == row["meta"]["message_ids"]
    assert set(found.marks.values()) == {"trained"}
    assert all(len(found.siblings(message)) == 3 for message in found.subjects)
    assert all(
        sibling.message_id in found.calls
        for message in found.subjects
        for sibling in found.siblings(message)
    )


@pytest.mark.parametrize("length", [8, 36])
def test_a_message_is_traced_by_its_id_or_how_it_begins(run: Path, length: int) -> None:
    message_id = rows(run / "dpo.jsonl")[0]["meta"]["rejected_id"]

    found = traced(message_id[:length], run)

    assert dict(found.marks) == {message_id: "asked for"}
    assert found.thread[-1].message_id == message_id


def test_the_cast_names_persona_and_file(run: Path) -> None:
    found = traced(rows(run / "dpo.jsonl")[0]["id"], run)

    ada, bob = found.players
    assert (ada.speaker, ada.role, ada.persona) == ("ada", "prompter", "ada")
    assert (bob.speaker, bob.role) == ("bob", "assistant")
    assert Path(ada.file or "").name == "scene.yaml"
    assert (bob.system or "").startswith("You are Bob.")


@pytest.mark.parametrize("packed", ["rows.jsonl.gz", "rows.jsonl", "rows.parquet"])
def test_rows_exported_elsewhere_are_found(run: Path, tmp_path: Path, packed: str) -> None:
    file = tmp_path / packed
    if packed.endswith(".parquet"):
        pytest.importorskip("pyarrow")
        export_source(run, ["kto"], tmp_path, {"kto": {"system": "none"}}, parquet=True)
        (tmp_path / "kto.parquet").rename(file)
        row_id = next(iter(written_rows(file))).row["id"]
    else:
        export_source(run, ["kto"], tmp_path, {"kto": {"system": "none"}})
        text = (tmp_path / "kto.jsonl").read_bytes()
        (tmp_path / "kto.jsonl").unlink()
        file.write_bytes(gzip.compress(text) if packed.endswith(".gz") else text)
        row_id = json.loads(text.splitlines()[0])["id"]

    found = traced(row_id, run, rows=[file])

    assert [place.file for place in found.rows] == [file]
    assert set(found.marks.values()) <= {"wanted", "unwanted"}


def test_the_run_that_holds_the_row_is_found_among_several(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    dialoom.simulate(
        write_scene(tmp_path, TRUSTING), model="scripted/demo", sample=1, seed=5, out=other
    )

    assert traced(rows(run / "dpo.jsonl")[0]["id"], other, run).source == run


def test_a_message_of_a_file_is_traced_without_a_run() -> None:
    with gzip.open(REAL) as lines:
        tree = json.loads(lines.readline())
    reply = tree["prompt"]["replies"][0]["message_id"]

    found = traced(reply, REAL)

    assert found.manifest is None
    assert found.thread[0].text == tree["prompt"]["text"]
    assert trace_document(found)["run"] is None


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("abc", "too short for an id"),
        ("0123456789abcdef", "there is no row and no message '0123456789abcdef' in"),
    ],
)
def test_what_is_not_there_is_said(run: Path, wanted: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        traced(wanted, run)


def test_a_row_of_a_run_that_is_not_given_is_said(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    dialoom.simulate(
        write_scene(tmp_path, TRUSTING), model="scripted/demo", sample=1, seed=5, out=other
    )

    with pytest.raises(InputError, match=r"is of the tree .* name its run with --in"):
        traced(rows(run / "dpo.jsonl")[0]["id"], other, rows=[run])


def test_an_id_inside_a_text_is_no_row(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"id": "x" * 16, "text": '"id":"feedfeedfeedfeed"'}) + "\n")

    with pytest.raises(InputError, match="there is no row"):
        traced("feedfeedfeedfeed", run, rows=[file])


def test_two_rows_that_begin_alike_are_told_apart(run: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "feed01"}\n\n{"id": "feed02"}', encoding="utf-8")

    with pytest.raises(InputError, match="2 rows have ids beginning so: feed01, feed02"):
        traced("feed", run, rows=[tmp_path])


@pytest.mark.parametrize("name", ["openai", "openai_preference", "xtuner"])
@pytest.mark.parametrize("system", ["persona", "fold", "none"])
def test_rows_without_an_id_are_found_by_what_is_said(
    run: Path, tmp_path: Path, name: str, system: str
) -> None:
    export_source(run, [name], tmp_path, {name: {"system": system}})
    twin = {"openai_preference": "dpo"}.get(name, "sft")
    expected = rows(run / f"{twin}.jsonl")

    found = traced(f"{tmp_path / name}.jsonl:2", run)

    assert list(found.marks) == list(message_ids(expected[1]))
    assert set(found.marks.values()) <= {"trained", "chosen", "rejected"}


def test_a_row_is_traced_by_its_place(run: Path) -> None:
    row = rows(run / "dpo.jsonl")[1]

    assert traced(f"{run / 'dpo.jsonl'}:2", run).marks == traced(row["id"], run).marks


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"messages": [{"role": "assistant", "content": "Never said."}]}, "says this; name anoth"),
        ({"messages": []}, "says this"),
        ({"text": "plain"}, "says this"),
        ({"messages": ["a", 3, {"role": "assistant", "content": None}]}, "says this"),
        ({"input": {}, "preferred_output": 3}, "says this"),
        ({"completions": [3], "meta": {"message_ids": [None]}}, "says this"),
        ({"completions": "x", "meta": {"message_id": 4}, "label": None}, "says this"),
    ],
)
def test_a_row_that_nobody_said_is_an_error(
    run: Path, tmp_path: Path, line: dict[str, Any], message: str
) -> None:
    (tmp_path / "openai.jsonl").write_text(json.dumps(line), encoding="utf-8")

    with pytest.raises(InputError, match=message):
        traced(f"{tmp_path / 'openai.jsonl'}:1", run)
    with pytest.raises(InputError, match="has no row 2"):
        traced(f"{tmp_path / 'openai.jsonl'}:2", run)


def test_every_row_with_an_id_says_what_it_was_made_of(run: Path, tmp_path: Path) -> None:
    names = ["alpaca", "dpo", "kto", "ranked", "reward", "sft", "sharegpt", "swift"]
    names += ["llamafactory", "swift_preference", "torchtune", "torchtune_preference"]
    export_source(run, names, tmp_path, {})

    for file in tmp_path.rglob("*.jsonl"):
        first = rows(file)[0]
        assert traced(first["id"], run, rows=[file]).rows[0].file == file
