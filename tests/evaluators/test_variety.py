"""The figures of a run by role: what counts, what doesn't, and that they are bounded."""

import gc
import tracemalloc

import pytest
from records import bot, record, user

from dialoom.evaluators import variety
from dialoom.evaluators.variety import Variety
from dialoom.messages import Message
from dialoom.quality import Diversity
from dialoom.tree import TreeRecord


def found(*records: TreeRecord) -> dict[str, Diversity]:
    figures = Variety()
    for one in records:
        figures.add(one)
    return dict(figures.found()["diversity"])


def tree(prompt: Message, **systems: str) -> TreeRecord:
    return record(prompt, systems=systems)


def test_each_role_has_its_figures_and_all_have_those_of_both() -> None:
    by_role = found(tree(user("Where is it?", bot("It is on its way to you, right now."))))
    assert sorted(by_role) == ["all", "assistant", "prompter"]
    assert (by_role["prompter"].messages, by_role["prompter"].words) == (1, 3)
    assert (by_role["assistant"].messages, by_role["assistant"].words) == (1, 9)
    assert (by_role["all"].messages, by_role["all"].words) == (2, 12)
    assert by_role["prompter"].question_rate == 1.0
    assert by_role["all"].question_rate == 0.5
    assert by_role["all"].turn_lengths == {"0-9": 2}


def test_what_is_undefined_for_so_few_words_is_null() -> None:
    figures = found(tree(user("Hi")))["prompter"]
    assert (figures.mtld, figures.distinct_2, figures.self_bleu) == (None, None, None)
    assert figures.distinct_1 == 1.0
    assert figures.sheet_overlap is None


def test_rejected_and_dropped_messages_do_not_count() -> None:
    assert found(tree(user("Hi", bot("No", review_result=False))))["all"].messages == 1
    assert found(tree(user("Hi", review_result=False))) == {}
    assert found() == {}


def test_a_question_in_code_is_none() -> None:
    by_role = found(tree(user("Look:\n```\nx = a ? b : c\n```\nDone."), ada="x"))
    assert by_role["prompter"].question_rate == 0.0


def test_the_sheet_is_what_no_other_prompt_says() -> None:
    said = user("My kettle leaks.", bot("Which kettle is it, and since when?"))
    systems = {
        "ada": "Answer briefly. You own a kettle that leaks since Friday.",
        "agent": "Answer briefly. You repair toasters.",
    }
    by_role = found(tree(said, **systems))
    # kettle, leaks, since, friday, that: two of five are said; repair, toasters: none
    assert by_role["prompter"].sheet_overlap == 0.4
    assert by_role["assistant"].sheet_overlap == 0.0
    assert by_role["all"].sheet_overlap == 0.2


def test_a_sample_bounds_what_is_compared_and_counts_stay_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(variety, "SAMPLE", 10)
    trees = [record(user(f"word{n} is said", message_id=f"m{n}"), name=f"t{n}") for n in range(50)]
    figures, turned = found(*trees)["all"], found(*trees[::-1])["all"]
    assert figures.messages == 50
    assert figures.words == 150
    # ten messages of one word of their own and two that all share
    assert figures.distinct_1 == turned.distinct_1 == 12 / 30


def test_memory_does_not_grow_with_the_trees_once_the_sample_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(variety, "SAMPLE", 20)
    systems = {"ada": "You own a kettle that leaks.", "agent": "You repair toasters."}
    figures, tree_of = Variety(), tree(user("My kettle leaks."), **systems)
    held = []
    tracemalloc.start()
    try:
        for _ in range(2):
            for _ in range(500):
                figures.add(tree_of)
            gc.collect()  # empties the interpreter's lists of free objects
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[1] - held[0] < 2_000
