"""Rules drop messages in order, each with a reason; what is not rated passes."""

import gc
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from records import bot, record, user

from dialoom.evaluators.contamination import Contamination
from dialoom.evaluators.duplicates import DuplicateTexts
from dialoom.evaluators.keep import Filter, Filtered
from dialoom.messages import Label
from dialoom.scenarios.keep import keep_rule
from dialoom.tree import MessageNotes, TreeRecord
from dialoom.verdicts import Verdict


def rated(text: str, **values: float) -> Any:
    labels = {name: Label(value=value, count=1) for name, value in values.items()}
    return bot(text, labels=labels)


def filtered(*rules: Any, trees: list[TreeRecord]) -> Filtered:
    duplicates = DuplicateTexts()
    rule = Filter([keep_rule(written) for written in rules], duplicates=duplicates)
    for tree in trees:
        rule.add(tree)
        duplicates.add(tree)
    return rule.filtered()


def drops(*rules: Any, trees: list[TreeRecord]) -> dict[str, str]:
    found = filtered(*rules, trees=trees).drops
    return {message: verdict.reason for message, verdict in found.items()}


def five() -> list[TreeRecord]:
    values = (0.1, 0.3, 0.5, 0.7, 0.9)
    return [record(user("Hi", *(rated(f"r{value}", quality=value) for value in values)))]


@pytest.mark.parametrize(
    ("rule", "dropped"),
    [
        ("quality >= 0.5", ["r0.1", "r0.3"]),
        ("quality > 0.5", ["r0.1", "r0.3", "r0.5"]),
        ("quality <= 0.5", ["r0.7", "r0.9"]),
        ("quality < 0.5", ["r0.5", "r0.7", "r0.9"]),
        ("quality top 40%", ["r0.1", "r0.3", "r0.5"]),
        ("quality top 41%", ["r0.1", "r0.3"]),
        ("quality top 100%", []),
        ("quality bottom 20%", ["r0.3", "r0.5", "r0.7", "r0.9"]),
        ("prompter: quality >= 0.5", []),
        ("any: quality >= 0.5", ["r0.1", "r0.3"]),
        ({"quality": {"top": "40%"}}, ["r0.1", "r0.3", "r0.5"]),
    ],
)
def test_a_rule_drops_what_breaks_it(rule: Any, dropped: list[str]) -> None:
    assert sorted(drops(rule, trees=five())) == dropped


def test_each_drop_says_the_value_and_the_rule() -> None:
    assert drops("quality >= 0.25", trees=five()) == {
        "r0.1": "quality is 0.1, and keep asks for quality >= 0.25"
    }
    assert drops("quality top 80%", trees=five()) == {
        "r0.1": "quality is 0.1, and the top 80% end at 0.3"
    }


def test_a_share_is_of_what_the_rules_before_have_left() -> None:
    first = filtered("quality >= 0.3", "quality top 50%", trees=five())
    assert [(step.rule, step.before, step.dropped) for step in first.funnel] == [
        ("rejected when tagged", 6, 0),
        ("quality >= 0.3", 6, 1),
        ("quality top 50%", 5, 2),
    ]
    assert sorted(first.drops) == ["r0.1", "r0.3", "r0.5"]
    other = filtered("quality top 50%", "quality >= 0.3", trees=five())
    assert sorted(other.drops) == ["r0.1", "r0.3"]


def test_ties_with_the_last_one_kept_are_kept() -> None:
    trees = [record(user("Hi", *(rated(f"r{n}", score=1.0) for n in range(5))))]
    assert drops("score top 20%", trees=trees) == {}


def test_a_message_without_the_label_passes_and_is_counted() -> None:
    trees = [record(user("Hi", rated("a", quality=0.1), rated("b")))]
    found = filtered("quality >= 0.5", trees=trees)
    assert list(found.drops) == ["a"]
    assert found.funnel[1].unrated == 1


def test_a_rule_that_no_label_answers_is_warned_of() -> None:
    found = filtered("helpfulness >= 0.5", trees=five())
    assert found.drops == {}
    assert "no message that the rule 'helpfulness >= 0.5' looks at" in found.warnings[0]


def test_tags_drop_in_every_role_and_with_only_assistants() -> None:
    pii = {"pii": Label(value=1.0, count=1)}
    trees = [record(user("Call 555", rated("a", pii=0.1, correct=1), rated("b"), labels=pii))]
    assert drops({"without": ["spam", "pii"]}, trees=trees) == {
        "Call 555": "is tagged pii, and keep asks for without spam, pii"
    }
    assert drops("with correct", trees=trees) == {
        "b": "is not tagged correct, and keep asks for with correct"
    }


def test_a_repeated_message_can_be_dropped() -> None:
    text = "I have sent the refund to your card today."
    trees = [record(user("Hi", bot(text, message_id=name)), name=name) for name in ("a", "b")]
    assert drops("without duplicate", trees=trees) == {"b": "says what message a says"}


def test_what_tagging_rejected_is_the_first_step_and_no_drop() -> None:
    empty = Verdict("spam", 1.0, "is empty", "empty", "1", severity="hopeless")
    note = {"r0.1": MessageNotes(speaker="agent", verdicts=(empty,))}
    tree = five()[0]
    assert tree.tree.prompt is not None
    assert tree.tree.prompt.replies is not None
    tree.tree.prompt.replies[0].review_result = False
    found = filtered("quality >= 0.5", trees=[TreeRecord(tree.tree, notes=note)])
    assert found.funnel[0].reasons == {"spam": 1}
    assert list(found.drops) == ["r0.3"]


def test_openers_of_the_author_are_never_dropped() -> None:
    opener = user("Hi", synthetic=False, labels={"pii": Label(value=1.0, count=1)})
    tree = record(opener)
    tree.tree.origin = "dialoom/scene"
    assert drops("without pii", trees=[tree]) == {}
    tree.tree.origin = None
    assert list(drops("without pii", trees=[tree])) == ["Hi"]


def test_dropping_more_than_half_is_warned_of() -> None:
    assert filtered("quality >= 0.7", trees=five()).warnings == ()
    (warning,) = filtered("quality >= 0.8", trees=five()).warnings
    assert warning.startswith("4 of 6 messages that tagging left are dropped, 4 of them")


def test_contaminated_messages_go_first_with_the_words_and_the_file(tmp_path: Path) -> None:
    file = tmp_path / "bench.txt"
    file.write_text("What is the capital of the Swiss canton of Uri?", encoding="utf-8")
    rule = Filter([keep_rule("score >= 0.1")], Contamination({"bench.txt": file}, ngram=5))
    rule.add(record(user("Tell me: what is the capital of Peru?", bot("Lima", message_id="b"))))
    found = rule.filtered()
    assert [verdict.reason for verdict in found.drops.values()] == [
        'shares "what is the capital of" with bench.txt'
    ]
    assert found.contaminated == {"bench.txt": 1}
    assert found.funnel[1].reasons == {"bench.txt": 1}


def test_without_rules_nothing_is_dropped() -> None:
    found = filtered(trees=five())
    assert (found.drops, found.contaminated, found.warnings) == ({}, None, ())
    assert filtered(trees=[]).warnings == ()


@pytest.mark.parametrize(
    "written",
    ["quality", "top 40%", "quality = 1", "quality >= 2", "score top 0%", 3, {}, {"a": {"top": 4}}],
)
def test_what_is_no_rule_says_how_rules_are_written(written: Any) -> None:
    with pytest.raises(ValueError, match=r"write a rule like|0 to 1"):
        keep_rule(written)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("quality>=.6", "quality >= 0.6"),
        ({"without": "pii"}, "without pii"),
        ({"without": ["pii", "spam"]}, "without pii, spam"),
        ({"prompter": "score >= 0.5"}, "prompter: score >= 0.5"),
        ({"any": {"score": {"bottom": "12.5%"}}}, "any: score bottom 12.5%"),
        ("assistant: without pii", "assistant: without pii"),
        ({"quality": ">= 0.6"}, "quality >= 0.6"),
    ],
)
def test_every_form_reads_as_one_rule_that_reads_as_itself(written: Any, text: str) -> None:
    assert str(keep_rule(written)) == text
    assert keep_rule(text) == keep_rule(written)


def test_without_rules_memory_does_not_grow_with_the_messages() -> None:
    found, held = Filter([]), []
    names = map("m{}".format, range(10_000))
    tracemalloc.start()
    try:
        for _ in range(2):
            for _ in range(200):
                rejected = bot("No", review_result=False, message_id=next(names))
                found.add(record(user("Hi", rejected, message_id=next(names))))
            gc.collect()  # empties the interpreter's lists of free objects
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[1] - held[0] < 2_000
    assert found.filtered().funnel[0].dropped == 400
