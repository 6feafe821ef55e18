import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from environment import clean_environment
from pages import HOSTILE, Page, demo_run, hostile_run, page_of_trees, read_page
from records import bot, labelled, record, user

from dialoom.errors import ExportError, InputError
from dialoom.report import write_report

__all__ = ["clean_environment"]

FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
REAL_TREES = Path(__file__).parents[1] / "data" / "oasst_en_100_trees.jsonl.gz"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Page:
    folder = tmp_path_factory.mktemp("demo")
    return read_page(demo_run(folder / "run"), folder)


def loaded_things(page: Page) -> list[str]:
    """Return what a browser would fetch for a page."""
    names = {"src", "srcset", "srcdoc", "action", "data", "poster", "background", "xlink:href"}
    links = [
        value
        for tag, name, value in page.attributes
        if name in names or (name == "href" and not value.startswith("#")) or name.startswith("on")
    ]
    return links + re.findall(r"url\(|@import", page.html.partition("</style>")[0])


def test_the_page_loads_nothing(demo: Page) -> None:
    assert loaded_things(demo) == []


def test_the_policy_lets_the_own_script_run_and_no_other(demo: Page) -> None:
    digest = b64encode(sha256(demo.scripts[1].encode()).digest()).decode()
    (policy,) = (value for _, name, value in demo.attributes if value.startswith("default-src"))
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert demo.tags["script"] == 2


def test_warnings_come_first(demo: Page) -> None:
    places = [demo.html.index(f'<section id="{name}"') for name in ("warnings", "summary", "trees")]
    assert places == sorted(places)
    assert "Look at this: The replies are scripted" in demo.text


def test_every_section_has_a_heading_and_a_link(demo: Page) -> None:
    sections = re.findall(r'<section id="(\w+)" aria-labelledby="(\S+)"', demo.html)
    assert [label for _, label in sections] == [f"{name}-head" for name, _ in sections]
    for name, label in sections:
        assert f'<h2 id="{label}">' in demo.html
        assert f'<a href="#{name}">' in demo.html


def test_every_control_has_a_label(demo: Page) -> None:
    controls = re.findall(r"<(?:input|select)\b[^>]*\bid=\"(\w+)\"", demo.html)
    assert set(controls) == {"find", "pick", "differences"}
    for control in ("find", "pick"):
        assert f'<label for="{control}">' in demo.html
    assert '<label><input type="checkbox" id="differences"' in demo.html


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    run = demo_run(tmp_path / "run", trees=2)
    assert read_page(run, tmp_path).html == read_page(run, tmp_path).html


def test_the_trees_are_in_the_page_with_what_was_said_of_them(demo: Page) -> None:
    first = demo.trees[0]
    assert [tree["number"] for tree in demo.trees] == [0, 1, 2]
    assert [message["parent"] for message in first["messages"]][:2] == [-1, 0]
    replies = [message for message in first["messages"] if message["role"] == "assistant"]
    assert all(set(reply["labels"]) >= {"quality", "helpfulness"} for reply in replies)
    assert any(verdict[0] == "critic" for verdict in replies[0]["verdicts"])
    assert first["messages"][-1].get("ends") or any("ends" in one for one in first["messages"])
    assert set(first["variables"]) >= {"customer", "order_id"}


def test_the_pairs_are_those_of_the_run(tmp_path: Path) -> None:
    run = demo_run(tmp_path / "run")
    written = (run / "dpo.jsonl").read_text("utf-8").count("\n")
    page = read_page(run, tmp_path)
    pairs = [pair for tree in page.trees for pair in tree["pairs"]]
    assert len(pairs) == written > 0
    for tree in page.trees:
        for chosen, rejected, margin, why in tree["pairs"]:
            ours, theirs = tree["messages"][chosen], tree["messages"][rejected]
            assert ours["parent"] == theirs["parent"]
            assert ours["score"] - theirs["score"] == pytest.approx(margin)
            assert "is chosen over" in why


def test_without_written_pairs_those_of_the_defaults_are_shown(tmp_path: Path) -> None:
    better, worse = bot("better", labels=labelled(0.9)), bot("worse", labels=labelled(0.2))
    page = page_of_trees(tmp_path, record(user("q", better, worse)))
    assert [pair[:2] for pair in page.trees[0]["pairs"]] == [[1, 2]]
    assert "No pairs were written" in page.text


def test_a_damaged_file_of_pairs_is_named_with_its_line(tmp_path: Path) -> None:
    run = demo_run(tmp_path / "run", trees=1)
    (run / "dpo.jsonl").write_text('{"meta": {}}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"dpo\.jsonl:1: not a row of preference pairs"):
        write_report(run, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_hostile_replies_are_text_and_nothing_else(tmp_path: Path) -> None:
    page = read_page(hostile_run(tmp_path), tmp_path)
    assert page.tags["script"] == 2
    assert not page.tags.keys() & {"img", "iframe", "object", "embed", "base", "textarea"}
    assert loaded_things(page) == []
    assert FORBIDDEN.findall(page.html) == []
    shown = {message["text"] for tree in page.trees for message in tree["messages"]}
    assert HOSTILE[1] in shown
    assert any(r"\x1b[31mred" in text for text in shown)
    assert any(r"\u202eto left" in text for text in shown)
    assert "<script>document.title='owned'</script>" in page.text


def test_hostile_names_and_ids_are_text_too(tmp_path: Path) -> None:
    evil = HOSTILE[1]
    reply = bot("r", by=evil, lang="x<b>", model_name=evil, labels={evil: labelled(0.5)["score"]})
    page = page_of_trees(tmp_path, record(user("q", reply, message_id=evil), name=evil))
    assert page.tags["script"] == 2
    assert page.trees[0]["id"] == evil
    assert evil in page.text


def test_trees_of_people_give_a_page_too(tmp_path: Path) -> None:
    page = read_page(REAL_TREES, tmp_path)
    assert len(page.trees) == 100
    assert "No two models wrote replies" in page.text
    assert page.text.startswith("oasst_en_100_trees.jsonl.gz")


def test_an_empty_file_gives_a_page_without_trees(tmp_path: Path) -> None:
    (tmp_path / "trees.jsonl").write_text("", encoding="utf-8")
    page = read_page(tmp_path / "trees.jsonl", tmp_path)
    assert page.trees == []
    assert "No message has a score" in page.text


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "trees.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "page.html").mkdir()
    with pytest.raises(ExportError, match=r"page\.html"):
        write_report(tmp_path / "trees.jsonl", tmp_path / "page.html")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["page.html", "trees.jsonl"]
