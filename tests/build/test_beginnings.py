"""`simulate --from`: new replies to the messages of real conversations."""

from collections import Counter
from pathlib import Path

import pytest
from environment import clean_environment, fixed_date
from records import bot, record, user
from regrown import MODEL, TALK, by_id, grown, texts

from dialoom.build import DEFAULT_MODEL
from dialoom.exporters.base import write_lines
from dialoom.exporters.oasst import Oasst
from dialoom.imports.oasst import read_records
from dialoom.messages import Label, threads

__all__ = ["clean_environment", "fixed_date"]


REAL = Path(__file__).parents[1] / "data/oasst_en_100_trees.jsonl.gz"


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


def test_a_tree_brings_its_system_prompt(tmp_path: Path) -> None:
    event = {"type": "system", "user_id": "assistant", "text": "Be brief."}
    trees = [record(user("u1", events={"system": [event]}), name="u1"), record(user("v"), name="v")]

    run, asked = grown(*trees)

    systems = {request.messages[-1]["content"]: request.messages[0]["content"] for request in asked}
    assert systems == {"u1": "Be brief.", "v": "Be kind."}
    assert by_id(run)["u1"].events is None
    assert [one.systems["helper"] for one in run.records()] == ["Be brief.", "Be kind."]


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
