"""What `simulate --from` refuses or passes over."""

from pathlib import Path

import pytest
from environment import clean_environment, fixed_date
from records import bot, record, user
from regrown import MODEL, SCENARIO, TALK, by_id, grown, run_program, texts

import dialoom
from dialoom.chat import ChatRequest
from dialoom.errors import InputError
from dialoom.exporters.base import write_lines
from dialoom.exporters.oasst import Oasst
from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.messages import tree_line

__all__ = ["clean_environment", "fixed_date"]


def test_unfit_messages_are_not_replied_to(tmp_path: Path) -> None:
    trees = [
        record(user("u1", deleted=True), name="u1"),
        record(user("v1", bot("w1", user("x1"), review_result=False)), name="v1"),
        record(user("y1", bot("z1", user(" ", message_id="blank"))), name="y1"),
    ]
    with pytest.raises(InputError, match=r"no tree has a message to reply to at turn=2"):
        grown(*trees, at="turn=2")


def test_a_tree_in_which_no_reply_could_be_drawn_is_a_failed_one(tmp_path: Path) -> None:
    def refusing(request: ChatRequest, seed: int) -> str:
        raise dialoom.errors.RequestRefused("no", model=MODEL)

    run, _ = grown(TALK, script=refusing)

    assert (run.summary.state, run.summary.failed_trees) == ("partial", 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--at", "turn=1"], "--at is said of the trees that --from names; name them"),
        (["--keep-replies"], "--keep-replies is said of the trees that --from names; name them"),
        (["--turns", "1"], "--turns is said of the trees that --from names; name them"),
        (["--from", "real.jsonl", "--at", "turn=0"],
         "--at is 'turn=0'; it is last_user, every_user or turn=K"),
        (["--from", "nowhere"], "nowhere: no such run directory or trees file"),
        (["--from", "twice.jsonl"], "twice.jsonl: the tree 'u1' has a message of another"),
        (["--from", "again.yaml"], "`dialoom import` brings other formats into trees"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_one_sentence(words: list[str], message: str, tmp_path: Path) -> None:
    write_lines(Path("real.jsonl"), Oasst().lines([TALK]))
    write_lines(Path("twice.jsonl"), Oasst().lines([TALK, TALK]))
    Path("again.yaml").write_text(SCENARIO, encoding="utf-8")

    done = run_program("run", "again.yaml", "--model", "scripted/demo", *words)

    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_message_that_is_its_own_descendant_is_refused(tmp_path: Path) -> None:
    talk = record(user("u1", bot("a1", user("u1"))), name="u1")

    write_lines(Path("real.jsonl"), [tree_line(talk.tree).encode()])
    with pytest.raises(InputError, match=r"real.jsonl: tree 'u1': 'u1' is there twice"):
        grown()


def test_threads_too_long_to_be_nested_are_passed_over(tmp_path: Path) -> None:
    prompt = user("m300")
    for place in reversed(range(300)):
        prompt = (bot if place % 2 else user)(f"m{place}", prompt)
    flat = OasstMessages().lines([record(prompt, name="m0")])
    write_lines(Path("real.jsonl"), flat)

    with pytest.raises(InputError, match=r"no tree has a message to reply to at last_user"):
        grown()
    run, _ = grown(at="turn=3")

    assert len(texts(by_id(run)["m4"])) == 3


def test_a_cast_of_three_is_refused(tmp_path: Path) -> None:
    write_lines(Path("real.jsonl"), Oasst().lines([TALK]))

    done = run_program("run", "meeting", "--from", "real.jsonl", "--model", "scripted/demo")

    assert "cast: trees of a file are one user's and one assistant's" in done.stderr
