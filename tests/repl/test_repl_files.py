"""What a session writes, and what it begins from."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from repl_play import ADA, BEN, MODEL, ada, persona_file, play, told

import dialoom
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import RunOptions, simulate_run
from dialoom.chat import ChatRequest
from dialoom.errors import InputError
from dialoom.messages import messages, read_trees
from dialoom.personas.library import load_persona
from dialoom.repl.past import run_options_at, scene_at
from dialoom.repl.scene import SceneOptions, scene_of, usual_role

__all__ = ["ada"]

SCENARIO = """\
name: watch
setting: A shop in {{ town }}.
cast:
  - {persona: ben, role: prompter, goal: "Have a watch mended by {{ day }}."}
  - {persona: ada, role: assistant, policy: Never promise a day.}
variables: {town: [Bern, Graz], day: [Monday, Friday]}
openers: ["My watch has stopped, here in {{ town }}."]
sample: 2
turns: {max: 4}
branch: {assistant: {width: 2}}
evaluate: {heuristics: [repetition], critic: null}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    persona_file(tmp_path, ADA)
    persona_file(tmp_path, BEN)
    file = tmp_path / "watch.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


def test_the_whole_tree_is_saved_with_all_keys_of_every_node(ada: Path, tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    play("One", "/retry", "/back", "Two", f"/save {file}", persona=ada)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [line["prompt"]["text"] for line in lines] == ["One", "Two"]
    nodes = list(_nodes(lines[0]["prompt"]))
    assert {len(node) for node in nodes} == {20}
    people = [(node["role"], node["synthetic"], node["model_name"]) for node in nodes]
    assert people == [("prompter", False, None), *[("assistant", True, MODEL)] * 2]


def _nodes(node: dict[str, object]) -> Iterator[dict[str, object]]:
    yield node
    replies = node["replies"]
    assert isinstance(replies, list)
    for reply in replies:
        yield from _nodes(reply)


def test_a_saved_file_reads_back_as_trees(ada: Path, tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    played = play("One", f"/save {file}", persona=ada)
    (tree,) = read_trees(file)
    assert [message.text for message in messages(tree)] == played.texts


def test_a_file_that_was_there_is_left_alone(ada: Path, tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text("precious", encoding="utf-8")
    (error,) = play("One", f"/save {file}", persona=ada).errors
    assert "is there already" in str(error)
    assert file.read_text(encoding="utf-8") == "precious"


def test_a_file_of_this_session_is_written_again(ada: Path, tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    assert play("One", f"/save {file}", "Two", f"/save {file}", persona=ada).errors == []
    (tree,) = read_trees(file)
    assert len(list(messages(tree))) == 4


def test_nothing_said_is_nothing_to_save(ada: Path, tmp_path: Path) -> None:
    (error,) = play(f"/save {tmp_path / 'talk.jsonl'}", persona=ada).errors
    assert str(error) == "nothing is said yet"


def test_the_persona_is_saved_as_it_is_now(ada: Path, tmp_path: Path) -> None:
    file = tmp_path / "calm_ada.yaml"
    play("/set traits.temper=calm", f"/save {file}", persona=ada)
    persona = load_persona(file)
    assert (persona.name, persona.traits["temper"]) == ("calm_ada", "calm")
    assert persona.knows == {"opening_time": "at nine", "safe_code": "4417"}


def test_your_ranking_makes_a_preference_pair(ada: Path, tmp_path: Path) -> None:
    file = tmp_path / "dpo.jsonl"
    replies = iter(["We open at nine in the morning.", "Come back when you have money."])
    lines = ("Hello", "/retry", "/rank 2 3", f"/export dpo {file}")
    played = play(*lines, persona=ada, replies=lambda request, seed: next(replies))
    assert played.errors == []
    row = json.loads(file.read_text(encoding="utf-8"))
    assert row["chosen"][-1]["content"] == "We open at nine in the morning."
    assert "a person's ranking" in json.dumps(row)


def test_rows_leave_out_what_was_drawn_under_an_earlier_sheet(ada: Path, tmp_path: Path) -> None:
    file = tmp_path / "sft.jsonl"
    lines = ("Hello", "/set traits.temper=calm", f"/export sft {file}")
    played = play(*lines, persona=ada)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    (row,) = rows
    assert row["messages"][-1]["content"].startswith("calm")
    assert "temper: calm" in row["messages"][0]["content"]
    assert "1 messages drawn under an earlier sheet" in played.shown[-1]


def test_a_sheet_is_edited_as_a_whole(ada: Path) -> None:
    played = play(
        "Hello",
        "/edit persona",
        persona=ada,
        composed=lambda text: text.replace("temper: short", "temper: calm"),
    )
    assert played.texts[2].startswith("calm")
    assert "ada is changed" in played.shown[2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "not YAML"),
        ("nam: ada\ndisplay_name: A\ndescription: B", "there is no key 'nam'"),
    ],
)
def test_a_faulty_sheet_changes_nothing(ada: Path, text: str, message: str) -> None:
    played = play("Hello", "/edit", persona=ada, composed=lambda before: text)
    assert any(message in str(error) for error in played.errors)
    assert len(played.texts) == 2


def test_a_changed_file_is_read_again_and_edits_stay(ada: Path, tmp_path: Path) -> None:
    def write(request: ChatRequest, seed: int) -> str:
        persona_file(tmp_path, ADA.replace("temper: short", "temper: calm"))
        return told(request, seed)

    played = play("/set style=slow", "Hello", "/reload", persona=ada, replies=write)
    assert played.texts[2].startswith("calm")
    assert played.session.focus.persona.speaking_style == "slow"
    assert "ada changed on disk" in played.shown[-1]


def test_a_faulty_file_leaves_the_persona_as_it_was(ada: Path, tmp_path: Path) -> None:
    def write(request: ChatRequest, seed: int) -> str:
        (tmp_path / "ada.yaml").write_text("name: ada\n", encoding="utf-8")
        return told(request, seed)

    played = play("Hello", "/reload", "Still there?", persona=ada, replies=write)
    assert isinstance(played.errors[0], InputError)
    assert len(played.texts) == 4


def test_a_scenario_brings_its_cast_goals_and_opener(scenario: Path) -> None:
    options = SceneOptions(persona="ada", partner="ben", scenario=str(scenario))
    played = play("/go 2", options=options)
    first = played.session.talk.roots[0]
    assert first.text.startswith("My watch has stopped, here in ")
    assert first.model is None
    assert "Rules you keep: Never promise a day." in played.requests[0].messages[0]["content"]


def test_trees_of_a_scenario_have_their_own_variables(scenario: Path) -> None:
    towns = {
        scene_of(SceneOptions(scenario=str(scenario), tree=tree)).cast.setting for tree in (0, 1)
    }
    assert towns == {"A shop in Bern.", "A shop in Graz."}


def test_a_variable_may_be_given(scenario: Path) -> None:
    options = SceneOptions(scenario=str(scenario), variables={"town": "Rome"})
    assert scene_of(options).cast.setting == "A shop in Rome."


def test_a_persona_with_variables_needs_them(tmp_path: Path) -> None:
    file = persona_file(tmp_path, BEN.replace("A traveller", "A traveller from {{ town }}"))
    with pytest.raises(InputError, match="--var NAME=VALUE"):
        scene_of(SceneOptions(persona=str(file)))
    given = SceneOptions(persona=str(file), variables={"town": "Rome"})
    assert "from Rome" in scene_of(given).cast["ben"].persona.description


@pytest.mark.parametrize(
    ("persona", "role"),
    [("frustrated_customer", "prompter"), ("support_agent", "assistant"), ("nobody", "assistant")],
)
def test_a_persona_has_the_role_that_scenarios_give_it(persona: str, role: str) -> None:
    assert usual_role(persona) == role


def test_a_model_that_chooses_speakers_lets_anybody_speak(scenario: Path) -> None:
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace("{max: 4}", "{max: 4, policy: selector}"), encoding="utf-8")
    options = SceneOptions(persona="ada", scenario=str(scenario))
    played = play("Hello", "Is anybody there?", options=options)
    assert [node.speaker for node in played.session.talk] == ["ben", "ada", "ben", "ada"]


def test_a_thread_that_goes_on_has_not_ended(scenario: Path, tmp_path: Path) -> None:
    run = _run(scenario, tmp_path)
    record = next(iter(run.records()))
    leaf = next(id_ for id_, notes in record.notes.items() if notes.termination)
    gone_on = scene_at(run.directory, leaf, SceneOptions())
    play("/step", scene=lambda: gone_on)
    assert gone_on.here is not None
    assert gone_on.here.termination is None
    undone = scene_at(run.directory, leaf, SceneOptions())
    play("/step", "/undo", scene=lambda: undone)
    assert undone.here is not None
    assert undone.here.termination == "max_turns"


def test_the_same_persona_may_be_on_both_sides(ada: Path) -> None:
    options = SceneOptions(persona=str(ada), partner=str(ada), role="assistant")
    played = play("/go 2", options=options)
    assert [node.speaker for node in played.session.talk] == ["ada_2", "ada"]


def test_a_session_goes_on_from_a_message_of_a_run(scenario: Path, tmp_path: Path) -> None:
    run = _run(scenario, tmp_path)
    tree = next(iter(run.trees()))
    *_, last = messages(tree)
    scene = scene_at(run.directory, last.message_id[:12], SceneOptions())
    played = play("/again", "/step", scene=lambda: scene)
    assert played.errors == []
    known = {message.message_id: message.text for message in messages(tree)}
    kept = {node.message_id: node.text for node in played.session.talk}
    assert known.items() <= kept.items()
    assert played.session.here is not None
    again = played.session.here.parent
    assert again is not None
    assert (again.text, again.seed) == (known[last.message_id], scene.here and scene.here.seed)


def test_a_change_since_the_run_is_told(scenario: Path, tmp_path: Path) -> None:
    run = _run(scenario, tmp_path)
    message = next(iter(messages(next(iter(run.trees())))))
    persona_file(tmp_path, ADA.replace("short", "calm"))
    scene = scene_at(run.directory, message.message_id, SceneOptions())
    assert [notice.rpartition("/")[2] for notice in scene.notices] == [
        "ada.yaml has changed since the run"
    ]


def test_a_message_that_a_run_lacks_is_told(scenario: Path, tmp_path: Path) -> None:
    run = _run(scenario, tmp_path)
    with pytest.raises(InputError, match="holds no message 'nothing'"):
        scene_at(run.directory, "nothing", SceneOptions())


def test_the_models_of_a_run_are_asked_again(scenario: Path, tmp_path: Path) -> None:
    run = _run(scenario, tmp_path)
    assert run_options_at(run.directory, RunOptions()).role_models["assistant"] == (MODEL,)
    other = run_options_at(run.directory, RunOptions(model="scripted/demo"))
    assert other.role_models == {}


def _run(scenario: Path, tmp_path: Path) -> dialoom.Run:
    options = RunOptions(model=MODEL, out=tmp_path / "run")
    clients = {MODEL: ScriptedClient(told, name=MODEL)}
    return asyncio.run(simulate_run(scenario, options, clients=clients))


@pytest.mark.slow
def test_a_script_brings_the_conversation_about_again(scenario: Path, tmp_path: Path) -> None:
    folder = tmp_path / "written"
    folder.mkdir()
    options = SceneOptions(persona="ada", partner="ben", scenario=str(scenario))
    replies = iter(["{{ braces }} and\nlines", "Fine: yes", "# 3 o'clock"])
    lines = ("/go", "/set traits.temper=calm", f"/script {folder / 'mended'}")
    played = play(*lines, options=options, replies=lambda r, s: next(replies, "Calm now."))
    assert played.errors == []
    written = yaml.safe_load((folder / "mended.yaml").read_text(encoding="utf-8"))
    assert written["cast"][1]["persona"]["traits"]["temper"] == "calm"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_script_needs_a_conversation(ada: Path, tmp_path: Path) -> None:
    played = play(f"/script {tmp_path / 'x'}", f"/script {tmp_path / '1 x'}", persona=ada)
    assert [str(error)[:40] for error in played.errors] == [
        "say something first: a script needs two ",
        "name the conversation, like /script late",
    ]
