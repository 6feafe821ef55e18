"""Rows and messages of a real run, traced back, and listed by what they depend on."""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from scenes import SCENE, TRUSTING, write_scene
from typer.testing import CliRunner

import dialoom
from dialoom.agents.clients.script import script_file
from dialoom.build.dependents import Dependents
from dialoom.build.exporting import export_source
from dialoom.build.prices import Price, Prices
from dialoom.build.trace import Trace, trace_of
from dialoom.build.traced import trace_document
from dialoom.cli import main
from dialoom.errors import InputError
from dialoom.exporters.written import message_ids, written_rows

PRICES = Prices(models={"scripted/demo": Price.model_validate({"in": 1, "out": 2})})
REAL = Path(__file__).parent.parent / "data" / "oasst_en_100_trees.jsonl.gz"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trace")
    out = folder / "run"
    dialoom.simulate(write_scene(folder, TRUSTING), model="scripted/demo", sample=3, out=out)
    return out


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


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


# ---- what depends on what ----------------------------------------------------------------


def listed(run: Path, depends: str, *others: Path) -> list[str]:
    return [f"{row.file.name}:{row.number}" for row in Dependents(run, depends).rows(others)]


@pytest.mark.parametrize(
    "depends", ["persona=ada", "persona=bob", "model=scripted/demo", "file=scene.yaml"]
)
def test_every_row_depends_on_the_cast_the_model_and_the_scenario(run: Path, depends: str) -> None:
    count = sum(len(rows(run / name)) for name in ("dpo.jsonl", "sft.jsonl"))

    assert len(listed(run, depends)) == count > 0


def test_a_row_depends_only_on_who_spoke_in_its_thread(tmp_path: Path) -> None:
    scene = SCENE.replace(
        "variables:",
        "  - persona: {name: cyd, display_name: Cyd, description: A supervisor.}\n"
        "    role: assistant\nvariables:",
    ).replace("turns: {max: 4}", "turns: {policy: round_robin, max: 5}")
    scene = scene.replace("rubric: [quality, toxicity]", "trust: always, rubric: [quality]")
    run = tmp_path / "run"
    dialoom.simulate(write_scene(tmp_path, scene), model="scripted/demo", sample=2, out=run)
    by_speaker = {
        f"dpo.jsonl:{number}": row["meta"]["speaker"]
        for number, row in enumerate(rows(run / "dpo.jsonl"), start=1)
    }

    found = [place for place in listed(run, "persona=cyd") if place.startswith("dpo")]

    first_bob = next(place for place, speaker in by_speaker.items() if speaker == "bob")
    assert first_bob not in found
    assert {place for place, speaker in by_speaker.items() if speaker == "cyd"} <= set(found)


def test_a_critic_is_what_its_judgements_rest_on(tmp_path: Path) -> None:
    run, script = tmp_path / "run", tmp_path / "judge.yaml"
    shutil.copy(script_file("demo"), script)
    judge = f"scripted/{script}"
    dialoom.simulate(
        write_scene(tmp_path, TRUSTING),
        model="scripted/demo",
        role_models={"critic": judge},
        sample=1,
        out=run,
    )

    assert listed(run, f"model={judge}") == listed(run, "model=scripted/demo") != []


def test_rows_that_say_nothing_of_themselves_are_counted(run: Path, tmp_path: Path) -> None:
    export_source(run, ["openai"], tmp_path, {})
    dependents = Dependents(run, "persona=ada")

    list(dependents.rows([tmp_path]))

    count = len(rows(tmp_path / "openai.jsonl"))
    place = tmp_path / "openai.jsonl"
    assert dependents.notices == [
        f"{place}: passed over {count} rows that don't say where they come from"
    ]


@pytest.mark.parametrize(
    ("depends", "message"),
    [
        ("ada", "takes persona=NAME, model=NAME or file=FILE; not 'ada'"),
        ("model=", "takes persona=NAME"),
        ("persona=adda", "has no persona 'adda'; did you mean 'ada'"),
        ("model=scripted/dem", "asked no model 'scripted/dem'; did you mean 'scripted/demo'"),
        ("file=scen.yaml", "read no file 'scen.yaml'; did you mean 'scene.yaml'"),
    ],
)
def test_what_nothing_can_depend_on_is_an_error(run: Path, depends: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Dependents(run, depends)


# ---- the command -------------------------------------------------------------------------


def invoked(*words: object) -> Any:
    return CliRunner().invoke(main.dialoom, ["trace", *map(str, words)])


def test_the_command_prints_run_cast_thread_siblings_calls_and_prompt(run: Path) -> None:
    row = rows(run / "dpo.jsonl")[0]

    said = invoked(row["id"], "--in", run)

    assert said.exit_code == 0
    heads = [line.split()[0] for line in said.stdout.splitlines() if line and line[0] != " "]
    assert heads[:4] == ["row", "run", "tree", "cast"]
    for part in ("  chosen\n", "  rejected\n", "scenario ", "seed 0", "word for word", "$0"):
        assert part in said.stdout
    assert row["meta"]["why"] in said.stdout


def test_the_command_looks_into_every_run_when_none_is_named(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run, tmp_path / "runs" / "mine")
    monkeypatch.chdir(tmp_path)

    said = invoked(rows(run / "dpo.jsonl")[0]["id"], "--json")

    document = json.loads(said.stdout)
    assert document["tree"]["source"] == str(Path("runs") / "mine")
    assert {message["mark"] for message in document["messages"]} == {"chosen", "rejected"}
    assert document["messages"][0]["siblings"]
    assert document["messages"][0]["verdicts"]
    assert document["messages"][0]["call"]["seeds"]


def test_the_command_lists_dependents(run: Path) -> None:
    row = rows(run / "dpo.jsonl")[0]

    said = invoked("--depends", "persona=ada", "--in", run)
    as_json = invoked("--depends", "persona=ada", "--in", run, "--json")

    assert said.stdout.splitlines()[0] == f"{row['id']}  {run / 'dpo.jsonl'}:1"
    assert "rows depend on persona=ada" in said.stderr
    assert json.loads(as_json.stdout.splitlines()[0])["id"] == row["id"]


@pytest.mark.parametrize("words", [["feed"], ["--depends", "persona=ada"]])
def test_where_no_run_is_the_command_says_so(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    said = invoked(*words)

    assert (said.exit_code, said.stderr) == (
        2,
        "error: no run is in ./runs; name one with --in\n",
    )


@pytest.mark.parametrize("words", [[], ["feed", "--depends", "persona=ada"]])
def test_the_command_wants_one_of_id_and_depends(words: list[str]) -> None:
    said = invoked(*words)

    assert said.exit_code == 2
    assert said.stderr == "error: give either the ID of a row or a message, or --depends\n"


def test_hostile_text_is_shown_and_not_obeyed(run: Path, tmp_path: Path) -> None:
    tree = json.loads((run / "trees.jsonl").read_text(encoding="utf-8").splitlines()[0])
    tree["prompt"]["text"] = "\x1b[31m[bold]red[/bold]"
    file = tmp_path / "trees.jsonl"
    file.write_text(json.dumps(tree), encoding="utf-8")

    said = invoked(tree["prompt"]["message_id"], "--in", file)

    assert "\\x1b[31m[bold]red[/bold]" in said.stdout
