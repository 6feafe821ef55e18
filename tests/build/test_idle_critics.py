"""A critic that judged nothing is neither doubted nor warned of; one without canaries is."""

import asyncio
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from critics import CRITIC, SPEAKER, critic, oracle
from records import bot, user
from rich.console import Console
from scenes import SCENE, write_scene

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.build import Run, RunOptions, simulate_run
from dialoom.build.tagged import TagFiles
from dialoom.build.tagging import TagOptions, tag_file
from dialoom.chat import ChatRequest
from dialoom.cli.summary import run_report
from dialoom.errors import RequestRefused
from dialoom.events import Event, Notice
from dialoom.hub.evidence import _critic as on_card
from dialoom.messages import Message, MessageTree, tree_line
from dialoom.quality import IDLE, CriticQuality, Quality, read_quality
from dialoom.report import write_report

ONE = SCENE.replace("rubric: [quality, toxicity]", "rubric: [quality]")


def simulate(
    folder: Path, reply: str, judge: ScriptedClient, scene: str = ONE
) -> tuple[Run, list[str]]:
    heard: list[Event] = []
    options = RunOptions(model=SPEAKER, role_models={"critic": (CRITIC,)}, out=folder / "run")

    def say(request: ChatRequest, seed: int) -> str:
        return reply if request.purpose == "assistant" else f"Where is parcel {seed}, please?"

    clients = {SPEAKER: ScriptedClient(say, name=SPEAKER), CRITIC: judge}
    work = simulate_run(
        write_scene(folder, scene), options, clients=clients, listeners=[heard.append]
    )
    run = asyncio.run(work)
    return run, [event.message for event in heard if isinstance(event, Notice)]


def quality_of(run: Run) -> tuple[CriticQuality, tuple[str, ...]]:
    quality = read_quality(run.directory)
    assert quality is not None
    (found,) = quality.critics
    return found, quality.warnings


def printed(run: Run) -> str:
    console = Console(width=200, file=StringIO())
    console.print(run_report(run, width=200))
    assert isinstance(console.file, StringIO)
    return " ".join(console.file.getvalue().split())


@pytest.mark.parametrize("canaries", [24, 0])
def test_a_critic_that_no_reply_was_put_to_is_not_warned_of(tmp_path: Path, canaries: int) -> None:
    judge = critic(oracle)
    scene = ONE.replace("rubric: [quality]", f"rubric: [quality], canaries: {canaries}")
    run, heard = simulate(tmp_path, "", judge, scene)
    found, warnings = quality_of(run)
    assert judge.requests == []
    assert (found.why, found.is_idle, found.judged) == (IDLE, True, 0)
    assert (warnings, heard) == ((), [])
    assert f"test of critic {CRITIC}: it judged nothing" in printed(run)
    assert on_card(found) == f"`{CRITIC}` was never asked: no reply was fit to be judged."
    write_report(run.directory, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "It judged nothing." in page
    assert "not trusted" not in page


def test_a_critic_whose_replies_are_too_short_to_be_spoilt_is_doubted(tmp_path: Path) -> None:
    run, heard = simulate(tmp_path, "On its way.", critic(oracle))
    found, warnings = quality_of(run)
    assert found.judged > 0
    assert found.why == "no canary could be made: no reply is fit to be spoilt"
    assert warnings == (f"the critic {CRITIC} is not trusted: {found.why}",)
    assert heard[0].startswith(warnings[0])


def test_a_critic_that_was_asked_and_failed_each_time_is_doubted(tmp_path: Path) -> None:
    refusing = ScriptedClient(lambda *_: RequestRefused("no", model=CRITIC), name=CRITIC)
    run, _ = simulate(tmp_path, "It is on its way to you now.", refusing)
    found, warnings = quality_of(run)
    assert not found.is_idle
    assert len(warnings) == 1


def tagged(folder: Path, prompt: Message, **options: Any) -> tuple[Quality, list[str]]:
    heard: list[Event] = []
    source = folder / "trees.jsonl"
    source.write_text(tree_line(MessageTree(message_tree_id="t", prompt=prompt)) + "\n", "utf-8")
    files = TagFiles.beside(folder / "tagged.jsonl")
    given = TagOptions(critics=(CRITIC,), rubric=("quality",), **options)
    clients = {CRITIC: critic(lambda shown, text, seed: 3)}
    asyncio.run(tag_file(source, files, given, listener=heard.append, clients=clients))
    quality = Quality.model_validate_json(files.quality.read_bytes())
    return quality, [event.message for event in heard if isinstance(event, Notice)]


def test_tagging_what_needs_no_critic_warns_of_nothing(tmp_path: Path) -> None:
    quality, heard = tagged(tmp_path, user("Where is it?", bot("")))
    assert [critic.why for critic in quality.critics] == [IDLE]
    assert (quality.warnings, heard) == ((), [])


def test_tagging_with_a_critic_that_cannot_be_tested_says_what_to_do(tmp_path: Path) -> None:
    quality, heard = tagged(tmp_path, user("Where is it?", bot("On its way.")))
    assert json.loads(quality.model_dump_json())["critics"][0]["judged"] == 1
    (notice,) = heard
    assert "no canary could be made" in notice
    assert notice.endswith(
        "Name a better critic with --critic, or let this one count with --trust always"
    )
