"""Reports of small runs, taken apart."""

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from dialoom import scenarios, simulate
from dialoom.messages import tree_line
from dialoom.report import write_report
from dialoom.tree import TreeRecord

__all__ = [
    "HOSTILE",
    "TELLING",
    "Page",
    "demo_run",
    "hostile_run",
    "page_of_trees",
    "read_page",
    "telling_run",
]

HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script><!-- <script>",
    "<img src=x onerror=\"document.title='owned'\"> <svg onload=\"document.title='owned'\"></svg>",
    "</style></title></textarea><iframe srcdoc=\"<script>top.document.title='owned'</script>\">",
    "\x1b[31mred\x1b[0m \x1b]0;owned\x07 \x9b31m bell\x07 back\x08\x08 nul\x00 return\rover",
    "right \u202eto left\u202c \u2066isolate\u2069 zero\u200bwidth line\u2028separator \ufeff",
    "{{ 7 * 7 }} {% raw %} ${1+1} ]]> &lt;b&gt; \" ' `",
)
"""Replies that would do something where text is taken for markup, script or commands."""
TELLING = """\
name: parcel
cast:
  - persona:
      name: ada
      display_name: Ada
      description: A customer whose parcel is late.
      knows: {order_number: "{{ order }}", paid with: a voucher}
      hides_until_asked: [order_number]
      doesnt_know: [where the parcel is now]
    role: prompter
    goal: Get a refund.
  - persona: {name: bob, display_name: Bob, description: A friendly support agent.}
    role: assistant
variables: {order: [AB123456]}
sample: 1
turns: {max: 3}
branch: {assistant: {width: 1}}
evaluate: {critic: null}
"""
"""A scenario whose prompter has facts: one to tell, one to hide, and one that it doesn't know."""
SAID = """\
replies:
  - when: {purpose: prompter, turn: 1}
    say: "The parcel is in Leipzig, and I paid with a voucher."
  - {when: {purpose: prompter}, say: "AB123456."}
  - {when: {purpose: assistant}, say: "What is your order number, please?"}
"""


class Page(HTMLParser):
    """The elements of a page, and the texts of its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(html)
        self.close()

    @property
    def trees(self) -> list[dict[str, Any]]:
        """The trees that the page's own script reads."""
        found: list[dict[str, Any]] = json.loads(self.scripts[0])["trees"]
        return found

    @property
    def text(self) -> str:
        """What stands in the page without scripts and styles, on one line."""
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.words.append(data)


def read_page(source: Path, folder: Path) -> Page:
    """Write a source's report into a folder and return it."""
    write_report(source, folder / "report.html")
    return Page((folder / "report.html").read_text("utf-8"))


def page_of_trees(folder: Path, *records: TreeRecord) -> Page:
    """Return the report of a file of these trees."""
    lines = [tree_line(record.tree) for record in records]
    (folder / "trees.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_page(folder / "trees.jsonl", folder)


def demo_run(folder: Path, *, seed: int = 0, model: str = "scripted/demo", trees: int = 3) -> Path:
    """Return the directory of a small run, whose critic counts whatever its canaries say."""
    shipped = (Path(scenarios.__path__[0]) / "support.yaml").read_text("utf-8")
    trusting = shipped.replace("critic: {", "critic: {trust: always, ")
    assert trusting != shipped
    folder.parent.mkdir(parents=True, exist_ok=True)
    scene = folder.parent / "support.yaml"
    scene.write_text(trusting, encoding="utf-8")
    return simulate(scene, model=model, sample=trees, seed=seed, out=folder).directory


def hostile_run(folder: Path) -> Path:
    """Return the directory of a run whose every reply is hostile."""
    script = folder / "hostile.jsonl"
    verdict = {"why": "</script><script>document.title='owned'</script>", "reached": False}
    rules = [
        {"when": {"purpose": "goal"}, "json": verdict},
        {"say": [text.replace("{", "{{").replace("}", "}}") for text in HOSTILE]},
    ]
    script.write_text("\n".join(json.dumps(rule) for rule in rules), encoding="utf-8")
    return demo_run(folder / "run", model=f"scripted/{script}", trees=6)


def telling_run(folder: Path, scene: str = TELLING) -> Path:
    """Return the directory of a run that invents a fact, tells one, and tells one when asked."""
    (folder / "parcel.yaml").write_text(scene, encoding="utf-8")
    (folder / "said.yaml").write_text(SAID, encoding="utf-8")
    model = f"scripted/{folder / 'said.yaml'}"
    return simulate(folder / "parcel.yaml", model=model, out=folder / "run").directory
