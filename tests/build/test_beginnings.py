"""`simulate --from`: new replies to the messages of real conversations."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from environment import clean_environment
from records import bot, record, user
from typer.testing import CliRunner, Result

import dialoom
from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import DEFAULT_MODEL, Run
from dialoom.chat import ChatRequest
from dialoom.cli.main import dialoom as program
from dialoom.errors import InputError, ModelUnavailable, RunConflict
from dialoom.exporters.base import write_lines
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.imports.oasst import read_records
from dialoom.messages import Label, Message, messages, threads, tree_line
from dialoom.tree import TreeRecord

__all__ = ["clean_environment"]

MODEL = "scripted/test"
REAL = Path(__file__).parents[1] / "data/oasst_en_100_trees.jsonl.gz"
SCENARIO = """\
name: again
setting: Somebody asks an assistant.
cast:
  - {persona: {name: person, display_name: User, description: Somebody.}, role: prompter}
  - persona: {name: helper, display_name: Assistant, description: An assistant.}
    role: assistant
    system: "{{ source_system }}"
variables: {source_system: Be kind.}
stop: [farewell]
branch: {assistant: {width: 3}}
evaluate: {heuristics: [{length: {min: 4}}], critic: null}
export: {dpo: {policy: best_vs_worst}}
"""
TALK = record(
    user(
        "u1",
        bot(
            "a1", user("u2", bot("a2", synthetic=False, labels={"humor": Label(value=1, count=2)}))
        ),
        bot("b1", synthetic=False, rank=1),
        synthetic=False,
        by="c0ffee00-0000-4000-8000-000000000000",
    ),
    name="u1",
)


@pytest.fixture(autouse=True)
def fixed_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795370859")


def answer(request: ChatRequest, seed: int) -> str:
    return ("No.", "This is a good reply.", "Also good, as it seems.")[seed % 3]


def grown(
    *trees: TreeRecord, script: Callable[[ChatRequest, int], str] = answer, **options: Any
) -> tuple[Run, list[ChatRequest]]:
    """Return a run on trees, and what its models were asked."""
    if trees:
        write_lines(Path("real.jsonl"), Oasst().lines(trees))
    Path("again.yaml").write_text(options.pop("scenario", SCENARIO), encoding="utf-8")
    client = ScriptedClient(script, name=MODEL)
    settings = {"source": "real.jsonl", "model": client, "out": "run", **options}
    return dialoom.simulate("again.yaml", **settings), client.requests


def by_id(run: Run) -> dict[str, Message]:
    return {message.message_id: message for tree in run.trees() for message in messages(tree)}


def texts(message: Message) -> list[str]:
    return [reply.text for reply in message.replies or ()]


def test_the_last_message_of_the_user_gets_new_replies(tmp_path: Path) -> None:
    run, asked = grown(TALK)

    found = by_id(run)
    assert {request.purpose for request in asked} == {"assistant"}
    assert texts(found["u2"]) == [
        reply.text for reply in found["u2"].replies or () if reply.synthetic
    ]
    assert len(texts(found["u2"])) == 3
    # `u1` is the last of the thread to `b1`; `a1` leads on to `u2`, and nobody compares it
    assert len(texts(found["u1"])) == 4
    assert "a1" in texts(found["u1"])
    assert found["a1"].rank is None
    assert "b1" not in found


def test_a_reply_ends_nothing_where_nothing_was_to_follow(tmp_path: Path) -> None:
    run, _ = grown(TALK)

    assert run.summary.terminations == {}
    assert run.summary.state == "finished"


def test_what_was_there_stays_what_it_was(tmp_path: Path) -> None:
    run, _ = grown(TALK)

    found = by_id(run)
    assert (found["u1"].synthetic, found["u1"].model_name, found["u1"].lang) == (False, None, "en")
    assert (found["u1"].user_id, found["a1"].user_id) == ("person", "helper")
    assert [tree.message_tree_id for tree in run.trees()] == ["u1"]
    assert [tree.origin for tree in run.trees()] == ["dialoom/again on run"]
    new = next(reply for reply in found["u2"].replies or ())
    assert (new.synthetic, new.model_name, new.user_id) == (True, MODEL, "helper")


def test_the_model_reads_the_real_thread(tmp_path: Path) -> None:
    _, asked = grown(TALK)

    prompts = [[message["content"] for message in request.messages] for request in asked]
    assert ["Be kind.", "u1"] in prompts
    assert ["Be kind.", "u1", "a1", "u2"] in prompts


def test_pairs_rest_on_the_real_prompt(tmp_path: Path) -> None:
    run, _ = grown(TALK)

    rows = list(run.rows("dpo", policy="best_vs_worst"))
    prompts = [[message["content"] for message in row["prompt"]] for row in rows]
    assert prompts == [["Be kind.", "u1"], ["Be kind.", "u1", "a1", "u2"]]
    assert rows[0]["rejected"] == [{"role": "assistant", "content": "No."}]


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("last_user", {"u1", "u2"}),
        ("every_user", {"u1", "u2"}),
        ("turn=1", {"u1"}),
        ("turn=2", {"u2"}),
    ],
)
def test_it_can_be_said_where(at: str, ends: set[str], tmp_path: Path) -> None:
    run, _ = grown(TALK, at=at)

    found = by_id(run)
    parents = Counter(m.parent_id for m in found.values() if m.model_name == MODEL)
    assert parents == dict.fromkeys(ends, 3)


def test_a_linear_conversation_has_one_last_message(tmp_path: Path) -> None:
    talk = record(user("u1", bot("a1", user("u2", bot("a2", user("u3"))))), name="u1")
    run, _ = grown(talk)

    parents = {m.parent_id for m in by_id(run).values() if m.model_name == MODEL}
    assert parents == {"u3"}


def test_replies_that_are_kept_compete(tmp_path: Path) -> None:
    talk = record(user("u1", bot("x", synthetic=False), bot("A reply by a person.")), name="u1")
    run, _ = grown(talk, keep_replies=True)

    found = by_id(run)
    assert set(texts(found["u1"])) >= {"x", "A reply by a person."}
    scores = {m.text: (m.labels or {})["score"].value or 0 for m in found["u1"].replies or ()}
    assert scores["x"] < scores["A reply by a person."]
    assert sorted(m.rank for m in found["u1"].replies or () if m.rank is not None)[:2] == [0, 1]


def test_labels_of_people_stay_beside_ours(tmp_path: Path) -> None:
    run, _ = grown(TALK, at="turn=2", keep_replies=True)

    labels = by_id(run)["a2"].labels or {}
    assert labels["humor"] == Label(value=1, count=2)
    assert "score" in labels


def test_growth_goes_on_where_turns_are_given(tmp_path: Path) -> None:
    run, asked = grown(TALK, at="turn=2", turns=2)

    assert {request.purpose for request in asked} == {"assistant", "prompter"}
    lengths = Counter(
        sum(1 for _ in thread)
        for tree in run.trees()
        for thread in threads(tree)
        if thread[-1].model_name == MODEL
    )
    assert max(lengths) == 6  # u1, a1, u2, the reply, and two more


def test_stop_rules_keep_no_message_from_its_reply(tmp_path: Path) -> None:
    talk = record(
        user("Hi", bot("Thanks, goodbye!", user("Bye!"))),
        name="Hi",
    )
    run, _ = grown(talk)

    assert len(texts(by_id(run)["Bye!"])) == 3


def test_unfit_messages_are_not_replied_to(tmp_path: Path) -> None:
    trees = [
        record(user("u1", deleted=True), name="u1"),
        record(user("v1", bot("w1", user("x1"), review_result=False)), name="v1"),
        record(user("y1", bot("z1", user(" ", message_id="blank"))), name="y1"),
    ]
    with pytest.raises(InputError, match=r"no tree has a message to reply to at turn=2"):
        grown(*trees, at="turn=2")


def test_a_tree_brings_its_system_prompt(tmp_path: Path) -> None:
    event = {"type": "system", "user_id": "assistant", "text": "Be brief."}
    trees = [record(user("u1", events={"system": [event]}), name="u1"), record(user("v"), name="v")]

    run, asked = grown(*trees)

    systems = {request.messages[-1]["content"]: request.messages[0]["content"] for request in asked}
    assert systems == {"u1": "Be brief.", "v": "Be kind."}
    assert by_id(run)["u1"].events is None
    assert [one.systems["helper"] for one in run.records()] == ["Be brief.", "Be kind."]


def test_a_sample_takes_the_first_trees(tmp_path: Path) -> None:
    trees = [record(user(f"u{n}"), name=f"u{n}") for n in range(3)]

    assert [t.message_tree_id for t in grown(*trees, sample=2)[0].trees()] == ["u0", "u1"]
    assert len(list(grown(*trees, sample=9, out="all")[0].trees())) == 3
    sampled = SCENARIO + "sample: 1\n"
    assert len(list(grown(*trees, scenario=sampled, out="one")[0].trees())) == 1


def test_a_run_that_was_stopped_goes_on_and_comes_out_the_same(tmp_path: Path) -> None:
    trees = [record(user(f"u{n}"), name=f"u{n}") for n in range(4)]
    whole, asked = grown(*trees, out="whole", concurrency=1)
    calls = count()

    def failing(request: ChatRequest, seed: int) -> str:
        if next(calls) > 5:
            raise ModelUnavailable("gone", model=MODEL)
        return answer(request, seed)

    with pytest.raises(ModelUnavailable):
        grown(script=failing, out="run", concurrency=1)
    kept = len(list(read_records(Path("run/trees.jsonl"))))
    assert 0 < kept < 4

    run, again = grown(out="run", concurrency=1)

    assert len(again) == len(asked) - kept
    assert Path("run/trees.jsonl").read_bytes() == Path("whole/trees.jsonl").read_bytes()
    assert run.summary.state == whole.summary.state == "finished"


def test_another_file_or_place_is_another_run(tmp_path: Path) -> None:
    grown(TALK)
    with pytest.raises(RunConflict, match=r"Changed: source.at: last_user in the run, turn=1 now"):
        grown(at="turn=1")
    with pytest.raises(RunConflict, match=r"Changed: source.sha256: "):
        grown(record(user("other"), name="other"))
    manifest = json.loads(Path("run/manifest.json").read_text("utf-8"))
    assert manifest["source_file"] == "real.jsonl"


def test_a_tree_in_which_no_reply_could_be_drawn_is_a_failed_one(tmp_path: Path) -> None:
    def refusing(request: ChatRequest, seed: int) -> str:
        raise dialoom.errors.RequestRefused("no", model=MODEL)

    run, _ = grown(TALK, script=refusing)

    assert (run.summary.state, run.summary.failed_trees) == ("partial", 1)


def test_ids_of_new_messages_depend_on_what_they_were_grown_on(tmp_path: Path) -> None:
    def new(run: Run) -> set[str]:
        return {name for name, message in by_id(run).items() if message.model_name == MODEL}

    one, two = grown(TALK, out="one")[0], grown(TALK, out="two")[0]
    other = grown(record(user("u1"), name="u1"), out="other")[0]
    assert new(one) == new(two)
    assert not new(one) & new(other)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--at", "turn=1"], "--at is said of the trees that --from names; name them"),
        (["--keep-replies"], "--keep-replies is said of the trees that --from names; name them"),
        (["--turns", "1"], "--turns is said of the trees that --from names; name them"),
        (["--from", "real.jsonl", "--at", "turn=0"],
         "--at is 'turn=0'; it is last_user, every_user or turn=K"),
        (["--from", "nowhere"], "nowhere: no such run directory or trees file"),
        (["--from", "twice.jsonl"], "twice.jsonl: the tree 'u1' has a message of another"),
        (["--from", "again.yaml"], "`dialoom import` brings other formats into trees"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_one_sentence(words: list[str], message: str, tmp_path: Path) -> None:
    write_lines(Path("real.jsonl"), Oasst().lines([TALK]))
    write_lines(Path("twice.jsonl"), Oasst().lines([TALK, TALK]))
    Path("again.yaml").write_text(SCENARIO, encoding="utf-8")

    done = run_program("run", "again.yaml", "--model", "scripted/demo", *words)

    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_message_that_is_its_own_descendant_is_refused(tmp_path: Path) -> None:
    talk = record(user("u1", bot("a1", user("u1"))), name="u1")

    write_lines(Path("real.jsonl"), [tree_line(talk.tree).encode()])
    with pytest.raises(InputError, match=r"real.jsonl: tree 'u1': 'u1' is there twice"):
        grown()


def test_threads_too_long_to_be_nested_are_passed_over(tmp_path: Path) -> None:
    prompt = user("m300")
    for place in reversed(range(300)):
        prompt = (bot if place % 2 else user)(f"m{place}", prompt)
    flat = OasstMessages().lines([record(prompt, name="m0")])
    write_lines(Path("real.jsonl"), flat)

    with pytest.raises(InputError, match=r"no tree has a message to reply to at last_user"):
        grown()
    run, _ = grown(at="turn=3")

    assert len(texts(by_id(run)["m4"])) == 3


def test_a_cast_of_three_is_refused(tmp_path: Path) -> None:
    write_lines(Path("real.jsonl"), Oasst().lines([TALK]))

    done = run_program("run", "meeting", "--from", "real.jsonl", "--model", "scripted/demo")

    assert "cast: trees of a file are one user's and one assistant's" in done.stderr


def test_a_run_goes_on_by_its_directory_alone(tmp_path: Path) -> None:
    grown(TALK, model="scripted/demo", at="turn=1", keep_replies=True)
    before = Path("run/trees.jsonl").read_bytes()

    done = run_program("run", "--out", "run", "--retry-failed")

    assert (done.exit_code, done.stdout) == (0, "run\n")
    assert Path("run/trees.jsonl").read_bytes() == before


def test_a_plan_counts_the_replies(tmp_path: Path) -> None:
    run, _ = grown(TALK, model="scripted/demo")
    options = ["--from", "real.jsonl", "--model", "scripted/demo", "--json"]

    plan = json.loads(run_program("plan", "again.yaml", *options).stdout)

    assert plan["calls"]["expected"] == sum(row.calls for row in run.summary.calls) == 2
    assert plan["trees"] == 1


def run_program(*words: str) -> Result:
    return CliRunner().invoke(program, list(words))


@pytest.mark.embedded
def test_the_embedded_model_replies_to_three_real_prompts(tmp_path: Path) -> None:
    trees = [
        one
        for one in read_records(REAL)
        if one.tree.prompt and not one.tree.prompt.synthetic and len(one.tree.prompt.text) < 90
    ]
    write_lines(Path("real.jsonl"), Oasst().lines(trees[:3]))

    shipped = Path(__file__).parents[2] / "scenarios/on_policy.yaml"
    text = shipped.read_text("utf-8") + "evaluate: {critic: null}\n"
    run, _ = grown(scenario=text, model=DEFAULT_MODEL, at="turn=1", sample=3)

    found = list(run.trees())
    assert [tree.message_tree_id for tree in found] == [
        one.tree.message_tree_id for one in trees[:3]
    ]
    for tree in found:
        assert tree.prompt is not None
        replies = tree.prompt.replies or []
        assert len(replies) >= 4
        assert all(reply.synthetic and reply.model_name == DEFAULT_MODEL for reply in replies)
        assert not tree.prompt.synthetic
    assert {row.purpose for row in run.summary.calls} == {"assistant"}
