"""The report says who has told what, where the run's scenario can be read."""

from pathlib import Path

import pytest
from environment import clean_environment
from pages import HOSTILE, TELLING, Page, page_of_trees, read_page, telling_run
from records import record, user

__all__ = ["clean_environment"]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return read_page(telling_run(tmp_path), tmp_path)


def test_a_tree_says_how_facts_stand_and_its_messages_what_they_do_to_them(page: Page) -> None:
    (tree,) = page.trees
    assert tree["knows"] == [
        ["ada", "order_number", "hidden until asked"],
        ["ada", "paid with", "not told yet"],
        ["ada", "where the parcel is now", "not known"],
    ]
    opening, question, answer = (message["moves"] for message in tree["messages"])
    assert [(place, stands, is_fault) for place, stands, _, is_fault in opening] == [
        (1, "told", False),
        (2, "invented", True),
    ]
    assert question == [[0, "asked for, not told", "asks ada for order number", False]]
    assert answer == [
        [0, "told when asked", 'tells order number, which was asked for: "AB123456"', False]
    ]
    assert "Facts of personas" not in page.text


def test_a_file_of_trees_has_no_facts(tmp_path: Path) -> None:
    (tree,) = page_of_trees(tmp_path, record(user("AB123456."))).trees
    assert tree["knows"] == []
    assert "moves" not in tree["messages"][0]


def test_a_scenario_that_is_gone_is_said_and_the_rest_is_there(tmp_path: Path) -> None:
    run = telling_run(tmp_path)
    (tmp_path / "parcel.yaml").unlink()
    page = read_page(run, tmp_path)
    assert page.trees[0]["knows"] == []
    assert "Facts of personas: the run's scenario can't be read" in page.text


def test_a_scenario_that_needs_more_than_the_run_has_is_said(tmp_path: Path) -> None:
    run = telling_run(tmp_path)
    more = TELLING.replace("variables: {", "variables: {mood: [glad, sad], ").replace(
        "late.", "{{ mood }}"
    )
    (tmp_path / "parcel.yaml").write_text(more, encoding="utf-8")
    page = read_page(run, tmp_path)
    assert page.trees[0]["knows"] == []
    assert "parcel.yaml has changed since the run." in page.text
    assert "needs mood, for which the tree" in page.text


def test_hostile_facts_are_text_and_nothing_else(tmp_path: Path) -> None:
    hostile = TELLING.replace("a voucher", repr(HOSTILE[1]).replace("\\'", "''"))
    hostile = hostile.replace("where the parcel is now", "'<img src=x onerror=alert(1)> price'")
    page = read_page(telling_run(tmp_path, hostile), tmp_path)
    assert page.tags["script"] == 2
    assert page.tags["img"] == 0
    assert "<img src=x onerror=alert(1)> price" in [fact for _, fact, _ in page.trees[0]["knows"]]
