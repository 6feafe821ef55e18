"""What models wrote, on a real terminal: shown, and never obeyed."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from environment import clean_environment
from pages import HOSTILE
from records import bot, record, user

from dialoom.messages import tree_line

__all__ = ["clean_environment"]

DIALOOM = (sys.executable, "-c", "from dialoom.cli.main import dialoom; dialoom()")
SECONDS = 120.0
LONG = "a" * 100_000
OURS = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
"""What the program itself may send: colours, and moving in its own lines."""
HARMFUL = re.compile(
    rb"\x1b\]|\x1b\[2J|\x1b\[31mred|\x07|\x08|\x00|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|"
    rb"\xe2\x81[\xa6-\xa9]|\xe2\x80\x8b|\xef\xbb\xbf"
)
"""Commands, titles, bells, back spaces, 8-bit escapes, direction overrides, what can't be seen."""


def on_terminal(words: Sequence[str], typed: str = "") -> tuple[int, bytes]:
    """Return the exit code of a command on a pseudo-terminal, and every byte it sent there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*DIALOOM, *words],
        stdin=theirs if not typed else subprocess.PIPE,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(theirs)
    if process.stdin is not None:
        process.stdin.write(typed.encode())
        process.stdin.close()
    sent = bytearray()
    try:
        while part := os.read(ours, 65536):
            sent += part
    except OSError:  # on Linux the end of a terminal whose program has gone
        pass
    os.close(ours)
    return process.wait(timeout=SECONDS), bytes(sent)


@pytest.fixture
def model() -> str:
    """Return a scripted model whose every reply is hostile."""
    says = [text.replace("{", "{{").replace("}", "}}") for text in (*HOSTILE, LONG)]
    rules = [{"when": {"purpose": "goal"}, "json": {"why": HOSTILE[4], "reached": False}}]
    lines = [json.dumps(rule) for rule in (*rules, {"say": says})]
    Path("hostile.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return "scripted/hostile.jsonl"


def check(sent: bytes, *, shows: bytes = rb"\x1b") -> None:
    harmful = HARMFUL.search(sent)
    assert harmful is None, sent[max(0, harmful.start() - 80) : harmful.end() + 20]
    assert b"\x1b" not in OURS.sub(b"", sent)
    assert shows in sent


def test_a_run_its_summary_and_those_who_look_at_it_obey_no_reply(model: str) -> None:
    code, sent = on_terminal(["run", "support", "--model", model, "--sample", "3", "--out", "run"])
    assert code == 0
    check(sent, shows=b"A dialogue of this run")
    code, sent = on_terminal(["show", "run", "--reasons"])
    assert code == 0
    check(sent)
    assert sent.count(b"a" * 60) > 1000
    code, sent = on_terminal(["watch", "run"])
    assert code == 0
    check(sent, shows=b"is finished")
    code, sent = on_terminal(["report", "run"])
    assert code == 0
    check(sent, shows=b"report.html")


def test_the_repl_obeys_no_reply(model: str) -> None:
    typed = "Hello\n/retry 4\n/why\n/prompt\n/tree\n/thread\n/branch\n/persona\n"
    words = ["repl", "support_agent", "--in", "support", "--model", model]
    code, sent = on_terminal(words, typed)
    assert code == 0
    check(sent)


def test_names_and_ids_of_a_foreign_file_obey_no_terminal_and_are_no_markup() -> None:
    hostile = "\x1b]0;owned\x07[/bold][link=http://x]"
    tree = record(user("q", bot("a", by=hostile, message_id=hostile)), name=hostile).tree
    Path("trees.jsonl").write_text(tree_line(tree) + "\n", encoding="utf-8")
    code, sent = on_terminal(["show", "trees.jsonl"])
    assert code == 0
    check(sent)
    assert b"[/bold]" in sent


def test_an_error_that_quotes_a_file_obeys_no_terminal() -> None:
    Path("scene.yaml").write_text('name: "\\e]0;owned\\a"\ncast: []\n', encoding="utf-8")
    code, sent = on_terminal(["check", "scene.yaml"])
    assert code == 2
    check(sent, shows=b"error: ")


def test_a_character_that_the_encoding_lacks_is_spelled_out(tmp_path: Path) -> None:
    trees = tmp_path / "trees.jsonl"
    trees.write_text(
        tree_line(record(user("Grüße 🙂", bot("Schön", rank=0))).tree) + "\n", encoding="utf-8"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for words, told in (["show", str(trees)], r"Gr\xfc\xdfe \U0001f642"), (["-h"], "Usage"):
        done = subprocess.run([*DIALOOM, *words], env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert told in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("words", [["list", "personas"], ["-h"], ["tag", "--help"]])
def test_an_output_that_is_full_is_said(words: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run([*DIALOOM, *words], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "error: stdout: no space left on device\n")
