"""A run that is tagged again gets the labels it has, and trees of files can be given a cast."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from records import bot, user

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.build.casting import casting_of
from dialoom.build.tagged import TagFiles, Tagged
from dialoom.build.tagging import TagOptions, choices_of, tag_file
from dialoom.chat import ChatRequest
from dialoom.errors import InputError
from dialoom.evaluators.subjects import subjects
from dialoom.events import Event, Notice
from dialoom.messages import Message, MessageTree, messages, read_trees, tree_line
from dialoom.store import RunStore
from dialoom.verdicts import Verdict

MODEL = "scripted/test"
CRITIC = "scripted/critic"
SCENE = """\
name: parcel
setting: A web shop that sends parcels with DHL.
cast:
  - persona:
      name: ada
      display_name: Ada
      description: A customer whose parcel is late.
      speaking_style: Speaks on the phone, in one or two short sentences.
      example_lines: ["Honestly, I only want my money back today."]
      knows: {order number: "{{ order }}", paid with: a voucher}
      hides_until_asked: [order number]
      doesnt_know: [where the parcel is now]
    role: prompter
    goal: Get a refund for the order.
  - persona: {name: bob, display_name: Bob, description: A friendly support agent.}
    role: assistant
variables: {order: {pattern: "[A-Z]{2}[0-9]{6}"}}
sample: 3
turns: {max: 4}
branch: {assistant: {width: 3}, redraw: 1}
evaluate: {critic: null}
"""
BRIEF = SCENE.replace(
    "evaluate: {critic: null}", "evaluate: {critic: null, heuristics: [empty, {length: {max: 8}}]}"
)
FIRST = (
    "Hello, my order {order} is late, and the parcel is in Leipzig now. What will you do?",
    "Honestly, I only want my money back today.",
    "",
)
OFTEN = ("Let me look.", "Let me look!", "", "What is the order number, Ada?")


def reply(request: ChatRequest, seed: int) -> str:
    if request.purpose == "assistant":
        return OFTEN[seed % 4]
    prompt = request.messages[0]["content"]
    order = prompt.partition("order number: ")[2][:8]
    return FIRST[seed % 3].format(order=order)


def write(folder: Path, text: str = SCENE) -> Path:
    file = folder / "parcel.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def simulated(file: Path) -> Run:
    options = RunOptions(model=MODEL, out=file.parent / "run")
    client = ScriptedClient(reply, name=MODEL)
    return asyncio.run(simulate_run(file, options, clients={MODEL: client}))


def tag(source: Path, client: ScriptedClient | None = None, **options: Any) -> Tagged:
    told: list[str] = options.pop("told", [])
    clients = {CRITIC: client} if client else {}
    files = TagFiles.beside(source.parent / "tagged.jsonl")
    given = TagOptions(critics=tuple(clients), **options)

    def listen(event: Event) -> None:
        told.extend([event.message] if isinstance(event, Notice) else [])

    return asyncio.run(tag_file(source, files, given, listener=listen, clients=dict(clients)))


def labels(trees: Path) -> dict[str, Any]:
    said = (message for tree in read_trees(trees) for message in messages(tree))
    return {one.message_id: (one.labels, one.rank, one.review_result) for one in said}


def verdicts(run: Run) -> dict[str, tuple[Verdict, ...]]:
    return {
        message_id: notes.verdicts
        for record in run.records()
        for message_id, notes in record.notes.items()
    }


def found_in(file: Path) -> set[str]:
    return {json.loads(line)["evaluator"] for line in file.read_bytes().splitlines()}


def trees_of(folder: Path, *prompts: Message) -> Path:
    file = folder / "trees.jsonl"
    trees = [MessageTree(message_tree_id=f"t{n}", prompt=one) for n, one in enumerate(prompts)]
    file.write_text("".join(tree_line(tree) + "\n" for tree in trees), encoding="utf-8")
    return file


@pytest.mark.parametrize("scene", [SCENE, BRIEF])
def test_a_run_that_is_tagged_again_has_the_same_labels(tmp_path: Path, scene: str) -> None:
    run = simulated(write(tmp_path, scene))
    told: list[str] = []
    tag(run.directory, told=told)
    assert told == []
    assert labels(tmp_path / "tagged.jsonl") == labels(run.directory / "trees.jsonl")
    rows = [
        json.loads(line)
        for line in (tmp_path / "tagged.verdicts.jsonl").read_bytes().split(b"\n")[:-1]
    ]
    said = verdicts(run)
    assert [(row["message_id"], row["evaluator"], row["reason"]) for row in rows] == [
        (message_id, one.evaluator, one.reason) for message_id, all_ in said.items() for one in all_
    ]


MESSY = (
    "Hello, how can I help you today? I paid 40 euros, and my order is AB123456.",
    "As an AI language model, I can't assist with that.",
    "Ich weiss es leider nicht, aber ich frage gern nach und melde mich dann.",
    "Thank you so much, I really appreciate your help, take your time! Goodbye!",
    "- one\n- two\n\n**Bold**, and the answer is 42.",
    "",
)


@pytest.mark.parametrize("name", ["meeting", "language_practice", "homework", "negotiation"])
def test_shipped_scenarios_are_tagged_again_alike(tmp_path: Path, name: str) -> None:
    options = RunOptions(model=MODEL, out=tmp_path / "run", sample=2)
    client = ScriptedClient(lambda request, seed: MESSY[seed % len(MESSY)], name=MODEL)
    run = asyncio.run(simulate_run(name, options, clients={MODEL: client}))
    tag(run.directory)
    again: dict[str, list[tuple[str, str]]] = {}
    for line in (tmp_path / "tagged.verdicts.jsonl").read_bytes().splitlines():
        row = json.loads(line)
        again.setdefault(row["message_id"], []).append((row["evaluator"], row["reason"]))
    first = {
        message_id: [(one.evaluator, one.reason) for one in all_ if one.kind == "heuristic"]
        for message_id, all_ in verdicts(run).items()
    }
    assert again == {message_id: found for message_id, found in first.items() if found}
    assert len(again) > 5


def test_rules_about_personas_look_at_a_runs_messages(tmp_path: Path) -> None:
    run = simulated(write(tmp_path))
    tag(run.directory)
    found = found_in(tmp_path / "tagged.verdicts.jsonl")
    assert {"disclosure", "fabrication", "example_line", "near_identical", "empty"} <= found
    (leak,) = {
        row["reason"].partition(":")[0]
        for line in (tmp_path / "tagged.verdicts.jsonl").read_bytes().splitlines()
        if (row := json.loads(line))["evaluator"] == "disclosure" and row["severity"] == "fault"
    }
    assert leak == "tells order number before anybody asked for it"


def test_a_finished_message_is_seen_as_when_it_was_drawn(tmp_path: Path) -> None:
    run = simulated(write(tmp_path))
    casting = casting_of(run.directory, listener=lambda event: None)
    assert casting is not None
    with RunStore.read(run.directory) as store:
        records = list(store.trees.records())
    orders = [record.variables["order"] for record in records]
    assert len(set(orders)) == 3
    for record, order in zip(records, orders, strict=True):
        cast = casting.cast(record)
        first = next(iter(subjects(record.tree, notes=record.notes, cast=cast))).subject
        assert first.persona is not None
        assert first.persona.knows["order number"] == order
        assert (first.goal, first.names["bob"]) == ("Get a refund for the order.", "Bob")


def test_a_scenario_that_changed_is_told_and_taken_as_it_is(tmp_path: Path) -> None:
    run = simulated(write(tmp_path))
    file = write(tmp_path, SCENE.replace("hides_until_asked: [order number]", "traits: {}"))
    told: list[str] = []
    tag(run.directory, told=told)
    assert told == [f"{file} has changed since the run"]
    rows = (tmp_path / "tagged.verdicts.jsonl").read_text("utf-8")
    assert "tells order number:" in rows
    assert "before anybody asked" not in rows


def test_a_scenario_is_found_above_its_run_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    run = simulated(Path("parcel.yaml"))
    directory = run.directory.absolute()
    monkeypatch.chdir(elsewhere)
    told: list[Event] = []
    assert casting_of(directory, listener=told.append) is not None
    assert told == []


def test_a_scenario_that_is_gone_can_be_named(tmp_path: Path) -> None:
    run = simulated(write(tmp_path))
    moved = tmp_path / "parcel.yaml"
    moved = moved.rename(tmp_path / "moved.yaml")
    told: list[str] = []
    tag(run.directory, told=told)
    (notice,) = told
    gone = f"the run's scenario can't be read ({tmp_path / 'parcel.yaml'}: no such file"
    assert notice.startswith(gone)
    assert notice.endswith(
        "), so rules about personas and goals find nothing; give the command where the run was "
        "begun, or `dialoom tag` with --scenario"
    )
    assert "disclosure" not in found_in(tmp_path / "tagged.verdicts.jsonl")
    tag(run.directory, scenario=moved)
    assert labels(tmp_path / "tagged.jsonl") == labels(run.directory / "trees.jsonl")


def test_heuristics_that_are_named_go_before_the_scenarios(tmp_path: Path) -> None:
    run = simulated(write(tmp_path, BRIEF))
    tag(run.directory)
    assert found_in(tmp_path / "tagged.verdicts.jsonl") == {"empty", "length"}
    tag(run.directory, heuristics=choices_of(["{length: {max: 5}}"], "--heuristic"))
    assert found_in(tmp_path / "tagged.verdicts.jsonl") == {"length"}


def test_trees_of_a_file_are_given_a_cast(tmp_path: Path) -> None:
    scene = SCENE.replace('"{{ order }}"', "AB123456").replace(
        'variables: {order: {pattern: "[A-Z]{2}[0-9]{6}"}}\n', ""
    )
    anonymous = user(
        "Hi, it is AB123456.", bot("Thank you.", user_id="6f1a2c34-0000"), user_id="a0-1"
    )
    named = user("Hi, the parcel is in Leipzig.", user_id="ada")
    source = trees_of(tmp_path, anonymous, named)
    tag(source, scenario=write(tmp_path, scene))
    rows = (tmp_path / "tagged.verdicts.jsonl").read_text("utf-8")
    assert "tells order number before anybody asked for it" in rows
    assert "fabrication" in rows
    authors = [
        one.user_id for tree in read_trees(tmp_path / "tagged.jsonl") for one in messages(tree)
    ]
    assert authors == ["a0-1", "6f1a2c34-0000", "ada"]


def test_a_file_of_trees_says_nothing_of_variables(tmp_path: Path) -> None:
    source, scene = trees_of(tmp_path, user("Hi.")), write(tmp_path)
    with pytest.raises(InputError) as caught:
        tag(source, scenario=scene)
    assert str(caught.value) == (
        f"{scene}: needs order, for which the tree t0 has no value; name the directory of its "
        "run, or a scenario whose variables have one value each"
    )
    assert not (tmp_path / "tagged.jsonl").exists()


def test_a_variable_with_one_value_is_known_for_trees_of_a_file(tmp_path: Path) -> None:
    one = SCENE.replace('{pattern: "[A-Z]{2}[0-9]{6}"}', "[AB123456]")
    tag(trees_of(tmp_path, user("Hi, it is AB123456.")), scenario=write(tmp_path, one))
    rows = (tmp_path / "tagged.verdicts.jsonl").read_text("utf-8")
    assert "tells order number before anybody asked for it" in rows
    two = one.replace("variables: {", "variables: {mood: [glad, sad], ").replace(
        "[AB123456]", '["{{ mood }}"]'
    )
    with pytest.raises(InputError, match="needs mood, order, for which"):
        tag(trees_of(tmp_path, user("Hi.")), scenario=write(tmp_path, two))


def test_two_of_a_role_are_not_told_apart(tmp_path: Path) -> None:
    eve = (
        "  - persona: {name: eve, display_name: Eve, description: A friend.}\n    role: prompter\n"
    )
    text = SCENE.replace('"{{ order }}"', "AB123456").replace("variables:", f"{eve}variables:")
    text = text.replace('variables: {order: {pattern: "[A-Z]{2}[0-9]{6}"}}\n', "")
    scene = write(tmp_path, text)
    tag(trees_of(tmp_path, user("Hi.", by="eve")), scenario=scene)
    with pytest.raises(InputError) as caught:
        tag(trees_of(tmp_path, user("Hi.", by="x-1")), scenario=scene)
    assert str(caught.value) == (
        f"{scene}: the tree t0 doesn't say which of ada, eve is its prompter; name a scenario "
        "with one"
    )


def test_critics_are_asked_as_the_scenario_says_and_shown_its_names(tmp_path: Path) -> None:
    asked = "evaluate: {critic: {rubric: [{name: calm, question: 'Is it calm?'}], canaries: 0}}"
    run = simulated(write(tmp_path))
    write(tmp_path, SCENE.replace("evaluate: {critic: null}", asked))

    def judge(request: ChatRequest, seed: int) -> str:
        assert "Ada" in request.messages[-1]["content"]
        assert "Bob" in request.messages[-1]["content"]
        return json.dumps({"calm": {"reason": "so", "answer": "yes"}})

    client = ScriptedClient(judge, name=CRITIC)
    tag(run.directory, client)
    assert client.requests
    assert '"calm":{"value":1.0,"count":1}' in (tmp_path / "tagged.jsonl").read_text("utf-8")
    client = ScriptedClient([], name=CRITIC)
    tag(run.directory, client, rubric=("quality",))
    assert "quality" in str(client.requests[0].json_schema)
