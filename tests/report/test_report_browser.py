"""The page in a real browser, where one is installed."""

import html
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from environment import clean_environment
from pages import HOSTILE, demo_run, hostile_run, telling_run
from records import bot, record, user

from dialoom.messages import tree_line
from dialoom.report import write_report

__all__ = ["clean_environment"]

BROWSER = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")

Open = Callable[..., str]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Return a function that writes a source's report and returns it as the browser has it."""

    def run(source: Path, *, address: str = "", probe: str = "") -> str:
        page = tmp_path / "report.html"
        write_report(source, page)
        if probe:
            text = page.read_text("utf-8")
            text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
            page.write_text(text.replace("</body>", f"<script>{probe}</script></body>"), "utf-8")
        command = [str(BROWSER), *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
        done = subprocess.run(
            [*command, f"{page.as_uri()}{address}"],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "HOME": str(tmp_path)},
            check=True,
        )
        return done.stdout

    return run


def drawn_tree(dom: str) -> str:
    return html.unescape(
        re.sub(r"<[^>]+>", "", dom.partition('<div id="tree">')[2].partition("<footer>")[0])
    )


def test_the_first_tree_is_drawn_with_its_replies_side_by_side(
    tmp_path: Path, opened: Open
) -> None:
    dom = opened(demo_run(tmp_path / "run"))
    assert "Turn 2: support_agent, 3 replies side by side" in drawn_tree(dom)
    assert dom.count('<article class="message prompter') >= 2
    assert "Tree 0 is shown; 3 of 3 trees to pick from." in dom
    assert '<form id="browser">' in dom
    assert "Pair: rank" in drawn_tree(dom)


def test_an_address_opens_its_tree(tmp_path: Path, opened: Open) -> None:
    assert "Tree 2 is shown" in opened(demo_run(tmp_path / "run"), address="#tree-2")


def test_hostile_replies_do_nothing_in_a_browser(tmp_path: Path, opened: Open) -> None:
    run = hostile_run(tmp_path)
    for number in range(6):
        dom = opened(run, address=f"#tree-{number}")
        assert "<title>owned</title>" not in dom
        assert f"Tree {number} is shown" in dom
        assert not re.search(r"<(img|iframe|textarea)\b", dom)
        assert dom.count("<script") == 2
    assert any(text[:20] in drawn_tree(dom) for text in HOSTILE)


def trees_file(folder: Path) -> Path:
    """Write a tree whose second best reply is the one that was followed."""
    best = bot("one two three four", rank=0, message_id="best")
    other = bot("one 2 three four five", user("go on", message_id="go"), rank=1, message_id="other")
    tree = record(user("begin", best, other)).tree
    (folder / "trees.jsonl").write_text(tree_line(tree) + "\n", encoding="utf-8")
    return folder / "trees.jsonl"


def test_words_that_differ_from_the_best_reply_are_marked(tmp_path: Path, opened: Open) -> None:
    dom = opened(trees_file(tmp_path))
    text = dom.partition('id="message-2"')[2].partition("</article>")[0]
    assert "one <mark>2</mark> three four <mark>five</mark>" in text
    assert "<mark>" not in dom.partition('id="message-1"')[2].partition("</article>")[0]


def test_the_path_that_was_followed_is_shown(tmp_path: Path, opened: Open) -> None:
    tree = drawn_tree(opened(trees_file(tmp_path)))
    assert "Turn 3: ada" in tree
    assert "followed" in tree


def test_another_branch_is_taken_by_its_button(tmp_path: Path, opened: Open) -> None:
    probe = "document.querySelector('.outline button:not([aria-current])').click();"
    dom = opened(trees_file(tmp_path), probe=probe)
    assert "Turn 3" not in drawn_tree(dom)
    assert "Show what follows" in drawn_tree(dom)


def test_facts_are_shown_as_they_stand_at_the_end_of_the_path(tmp_path: Path, opened: Open) -> None:
    dom = opened(telling_run(tmp_path))
    table = dom.partition('aria-label="Who has told what"')[2].partition("</table>")[0]
    cells = [re.split(r"<[^>]+>", row) for row in table.split("<tr>")[2:]]
    assert [" ".join(filter(None, row)) for row in cells] == [
        "ada order_number told when asked 3",
        "ada paid with told 1",
        "ada where the parcel is now invented 1",
    ]
    assert "invents where the parcel is now" in drawn_tree(dom)


def test_only_trees_with_the_words_are_left_to_pick_from(tmp_path: Path, opened: Open) -> None:
    found = [record(user(text), name=text).tree for text in ("apple", "pear", "Pear tart")]
    (tmp_path / "trees.jsonl").write_text("\n".join(map(tree_line, found)) + "\n", "utf-8")
    probe = "const find = document.getElementById('find'); find.value = 'pear';"
    probe += "find.dispatchEvent(new Event('input'));"
    dom = opened(tmp_path / "trees.jsonl", probe=probe)
    assert "2 of 3 trees to pick from" in dom


@pytest.mark.slow
def test_ten_thousand_messages_open_within_two_seconds(tmp_path: Path, opened: Open) -> None:
    words = "a reply of about as many words as replies of models have, again and again " * 4
    with (tmp_path / "trees.jsonl").open("w", encoding="utf-8") as file:
        for number in range(1000):
            replies = [bot(f"{words}{number} {place}", rank=place) for place in range(9)]
            file.write(
                tree_line(record(user(f"q{number}", *replies), name=str(number)).tree) + "\n"
            )
    dom = opened(tmp_path / "trees.jsonl", probe="document.title = performance.now()")
    title = re.search(r"<title>(.*?)</title>", dom)
    assert title is not None
    assert 0 < float(title[1]) < 2000
    assert "1000 of 1000 trees" in dom


def test_a_word_without_end_neither_widens_nor_stops_the_page(tmp_path: Path, opened: Open) -> None:
    words = ("a" * 100_000, "b " * 100_000)
    tree = record(user("begin", *(bot(text, rank=place) for place, text in enumerate(words)))).tree
    (tmp_path / "trees.jsonl").write_text(tree_line(tree) + "\n", encoding="utf-8")
    probe = "document.title = document.documentElement.scrollWidth - innerWidth"
    dom = opened(tmp_path / "trees.jsonl", probe=probe)
    title = re.search(r"<title>(.*?)</title>", dom)
    assert title is not None
    assert float(title[1]) <= 0
    assert "a" * 1000 in drawn_tree(dom)
