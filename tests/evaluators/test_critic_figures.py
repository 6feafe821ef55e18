"""What a critic's verdicts tell of the critic."""

from collections.abc import Mapping

import pytest

from dialoom.evaluators.figures import CriticFigures, family_of
from dialoom.messages import Message, MessageTree
from dialoom.quality import CriticQuality
from dialoom.tree import MessageNotes, TreeRecord
from dialoom.verdicts import Verdict

VERSION = "abc/written/quality/openai/gpt-9-mini@sha"


def tree(number: int, replies: Mapping[str, tuple[float | None, str]]) -> TreeRecord:
    """Return a tree of replies by text, each with its quality and its model."""
    prompt = Message(message_id=f"p{number}", text="Hello", role="prompter", replies=[])
    notes = {}
    for place, (text, (value, model)) in enumerate(replies.items()):
        message = Message(
            message_id=f"{number}/{place}", text=text, role="assistant", model_name=model
        )
        assert prompt.replies is not None
        prompt.replies.append(message)
        verdict = Verdict("quality", value, "", "critic", VERSION, kind="critic")
        notes[message.message_id] = MessageNotes("bob", verdicts=(verdict,))
    return TreeRecord(MessageTree(message_tree_id=f"t{number}", prompt=prompt), notes=notes)


def figures(*records: TreeRecord, ranks: Mapping[str, int] | None = None) -> CriticQuality:
    found = CriticFigures()
    for record in records:
        found.add(record, ranks)
    (critic,) = found.critics().values()
    return critic


@pytest.mark.parametrize(
    ("model", "family"),
    [("openai/gpt-4o", "gpt"), ("ollama/llama3.2:3b", "llama"), ("gguf/2x.gguf", "2x.gguf")],
)
def test_a_family_is_what_the_name_begins_with(model: str, family: str) -> None:
    assert family_of(model) == family


def test_model_and_method_are_read_from_the_version() -> None:
    critic = figures(tree(0, {"a": (0.5, "m")}))
    assert (critic.model, critic.method, critic.judged) == ("openai/gpt-9-mini", "written", 1)


def test_values_are_counted_and_what_does_not_apply_is_named() -> None:
    critic = figures(tree(0, {"a": (0.5, "m"), "b": (0.5, "m"), "c": (None, "m")}))
    assert critic.distributions == {"quality": {"0.50": 2, "n/a": 1}}
    assert critic.ties is not None
    assert (critic.ties.value, critic.ties.count) == (1.0, 1)


def test_the_slope_is_the_change_for_twice_the_characters() -> None:
    records = [
        tree(n, {"x" * 10: (0.2, "m"), "x" * 20: (0.4, "m"), "x" * 40: (0.6, "m")})
        for n in range(4)
    ]
    slope = figures(*records).length_slope
    assert slope is not None
    assert slope.value == pytest.approx(0.2)
    assert [slope.low, slope.high] == pytest.approx([0.2, 0.2])


def test_replies_of_one_length_have_no_slope() -> None:
    assert figures(tree(0, {"ab": (0.2, "m"), "cd": (0.6, "m")})).length_slope is None


def test_own_family_is_how_often_its_replies_win() -> None:
    mixed = {"a": (0.9, "openai/gpt-4o"), "b": (0.1, "ollama/llama3"), "c": (0.9, "ollama/qwen")}
    family = figures(tree(0, mixed)).own_family
    assert family is not None
    assert (family.value, family.count) == (0.75, 2)  # one win, one tie
    alone = {"a": (0.9, "openai/gpt-4o"), "b": (0.1, "openai/gpt-4o")}
    assert figures(tree(0, alone)).own_family is None


def test_agreement_with_people_counts_pairs_that_they_ranked_apart() -> None:
    record = tree(0, {"a": (0.9, "m"), "b": (0.5, "m"), "c": (0.5, "m"), "d": (0.7, "m")})
    ranks = {"0/0": 0, "0/1": 1, "0/2": 2}
    people = figures(record, ranks=ranks).people
    assert people is not None
    assert people.value == pytest.approx(2.5 / 3, abs=1e-6)
    assert people.count == 3


def test_rankings_of_people_in_the_notes_count_too() -> None:
    record = tree(0, {"a": (0.9, "m"), "b": (0.5, "m")})
    notes = {}
    for message_id, value in (("0/0", 0.0), ("0/1", 1.0)):
        opinion = Verdict("preference", value, "", "human", "1", kind="human")
        before = record.notes[message_id]
        notes[message_id] = MessageNotes("bob", verdicts=(*before.verdicts, opinion))
    people = figures(TreeRecord(record.tree, notes=notes)).people
    assert people is not None
    assert people.value == 0.0
