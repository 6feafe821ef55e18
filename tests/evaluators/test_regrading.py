"""Trees are graded again from the verdicts they hold."""

from collections.abc import Sequence

from dialoom.evaluators.regrading import regraded
from dialoom.messages import Label, Message, MessageTree
from dialoom.tree import MessageNotes, TreeRecord
from dialoom.verdicts import EvaluatorFailure, Verdict


def quality(value: float, version: str = "a") -> Verdict:
    return Verdict("quality", value, "", "critic", version, kind="critic")


FAULT = Verdict("echo", 1.0, "", "echo", "1", severity="fault", weight=0.5)
TEXTS = ("Which order is it, please?", "I can send it once more.", "Nothing can be done at all.")


def record(*verdicts: Sequence[Verdict], basis: str = "heuristics+critic") -> TreeRecord:
    """Return a tree of a prompt and its replies, graded as they never were."""
    prompt = Message(message_id="p", text="It is late.", role="prompter", replies=[])
    notes = {"p": MessageNotes("ann", score=1.0, basis="heuristics")}
    for place, said in enumerate(verdicts):
        reply = Message(message_id=f"r{place}", parent_id="p", text=TEXTS[place], role="assistant")
        reply.rank, reply.labels = 7, {"theirs": Label(value=0.5, count=1)}
        assert prompt.replies is not None
        prompt.replies.append(reply)
        notes[f"r{place}"] = MessageNotes(
            "bob", candidate=place, seed=1, score=0.3, basis=basis, verdicts=tuple(said)
        )
    return TreeRecord(MessageTree(message_tree_id="t", prompt=prompt), notes=notes)


def grades(found: TreeRecord | None) -> list[tuple[float | None, str, int | None]]:
    assert found is not None
    assert found.tree.prompt is not None
    return [
        (found.notes[one.message_id].score, found.notes[one.message_id].basis, one.rank)
        for one in found.tree.prompt.replies or ()
    ]


def test_verdicts_of_a_doubted_critic_stop_counting() -> None:
    tree = record([quality(1.0), FAULT], [quality(0.25)])
    assert grades(regraded(tree, screened=True, doubted=["a"])) == [
        (0.5, "heuristics", 1),
        (1.0, "heuristics", 0),
    ]


def test_verdicts_of_a_trusted_critic_begin_to_count() -> None:
    tree = record([quality(1.0), FAULT], [quality(0.25)], basis="heuristics")
    assert grades(regraded(tree, screened=True, doubted=[])) == [
        (0.5, "heuristics+critic", 0),
        (0.25, "heuristics+critic", 1),
    ]


def test_grading_again_changes_nothing_the_second_time() -> None:
    once = regraded(record([quality(1.0)], [quality(0.25)]), screened=True, doubted=["a"])
    assert once is not None
    assert regraded(once, screened=True, doubted=["a"]) is None


def test_there_and_back_gives_the_same_tree() -> None:
    start = regraded(record([quality(1.0)], [quality(0.5)]), screened=True, doubted=[])
    assert start is not None
    before = (start.tree.model_dump(), dict(start.notes))
    there = regraded(start, screened=True, doubted=["a"])
    assert there is not None
    back = regraded(there, screened=True, doubted=[])
    assert back is not None
    assert (back.tree.model_dump(), dict(back.notes)) == before


def test_of_two_critics_the_trusted_one_alone_counts() -> None:
    tree = record([quality(1.0, "a"), quality(0.0, "b")], [quality(0.5, "a"), quality(1.0, "b")])
    assert [row[0] for row in grades(regraded(tree, screened=True, doubted=["b"]))] == [1.0, 0.5]


def test_the_score_becomes_the_label_and_labels_of_others_stay() -> None:
    tree = regraded(record([quality(1.0)], [quality(0.5)]), screened=True, doubted=["a"])
    assert tree is not None
    assert tree.tree.prompt is not None
    assert tree.tree.prompt.replies is not None
    first = tree.tree.prompt.replies[0]
    assert first.labels is not None
    assert first.labels["score"] == Label(value=1.0, count=1)
    assert first.labels["theirs"] == Label(value=0.5, count=1)
    assert first.labels["quality"] == Label(value=1.0, count=1)


def test_a_ranking_of_a_person_stays_as_it_is() -> None:
    tree = record([quality(1.0)], [quality(0.5)], basis="a person's ranking")
    assert regraded(tree, screened=True, doubted=["a"]) is None


def test_a_failure_of_the_critic_leaves_the_group_to_the_heuristics() -> None:
    tree = record([quality(1.0)], [])
    failed = MessageNotes(
        "bob",
        candidate=1,
        seed=1,
        score=0.3,
        failures=(EvaluatorFailure("critic", "a", "BadReply", "empty"),),
    )
    tree = TreeRecord(tree.tree, notes={**tree.notes, "r1": failed})
    assert [row[1] for row in grades(regraded(tree, screened=True, doubted=[]))] == [
        "heuristics",
        "heuristics",
    ]
