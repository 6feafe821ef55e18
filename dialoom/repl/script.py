"""A conversation as files that bring it about again: a scenario, a script, and a test."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from dialoom.agents.turns import TURNS
from dialoom.errors import InputError
from dialoom.repl.scene import YOU
from dialoom.repl.session import Session
from dialoom.scenarios.cast import Player
from dialoom.spec import Choice
from dialoom.tree import Node, path_to

__all__ = ["script_files"]

ENDLESS = 200
"""Messages of a thread, at most: the limit of a scenario's `turns.max`."""
OPENING = 60
"""Characters of a system prompt that tell members of one role apart."""

TEST = '''\
"""The conversation of {name}.yaml goes as it went; written by `dialoom repl`."""

from pathlib import Path

import dialoom
import yaml

HERE = Path(__file__).parent


def test_{name}_goes_as_it_went(tmp_path):
    model = f"scripted/{{HERE / '{name}.script.yaml'}}"
    run = dialoom.simulate(HERE / "{name}.yaml", model=model, out=tmp_path / "run")
    (tree,) = run.trees()
    said, message = [], tree.prompt
    while message is not None:
        said.append([message.user_id, message.text])
        message = message.replies[0] if message.replies else None
    assert said == yaml.safe_load((HERE / "{name}.said.yaml").read_text(encoding="utf-8"))
'''


async def script_files(session: Session, name: str) -> dict[str, str]:
    """Return the files' texts by file name.

    The scenario holds the cast as it is now and runs on any model. The script makes a scripted
    model say what was said on the way to here.

    Raises:
        InputError: nothing is said, or not in the order of any turn policy.
    """
    thread = path_to(session.here) if session.here is not None else []
    if len(thread) < 2:
        raise InputError("say something first: a script needs two messages")
    if len(thread) > ENDLESS:
        raise InputError(f"a scenario has {ENDLESS} messages at most, and these are {len(thread)}")
    scenario = await _scenario(session, name, thread)
    return {
        f"{name}.yaml": _yaml(scenario, f"# Written by `dialoom repl`. simulate {name}.yaml"),
        f"{name}.script.yaml": _yaml(_script(session, thread), "# What was said."),
        f"{name}.said.yaml": _yaml(_said(thread), "# In order."),
        f"test_{name}.py": TEST.format(name=name),
    }


async def _scenario(session: Session, name: str, thread: Sequence[Node]) -> dict[str, Any]:
    cast = session.cast
    return {
        "name": name,
        "description": f"A conversation of {' and '.join(cast.names.values())}, as it was held.",
        "language": cast.language,
        "setting": _plain(cast.setting or "A conversation."),
        "cast": [_member(player) for player in cast.players],
        "sample": 1,
        "openers": [_plain(thread[0].text)],
        "turns": {"policy": await _policy(session, thread), "max": len(thread)},
        "stop": [],
        "branch": {"assistant": {"width": 1}, "redraw": 0},
        "models": _models(session),
        "sampling": _sampling(session),
        "evaluate": {"heuristics": [], "critic": None},
        "seed": session.scene.seed,
    }


def _said(thread: Sequence[Node]) -> list[list[str]]:
    texts = [node.text for node in thread]
    texts[0] = texts[0].strip()  # a scenario strips its openers
    return [[node.speaker, text] for node, text in zip(thread, texts, strict=True)]


def _member(player: Player) -> dict[str, Any]:
    persona = player.persona.model_dump(mode="json", exclude_defaults=True)
    texts = {"name": player.name, "goal": player.goal, "policy": player.policy}
    if player.system:
        texts["system"] = player.system
    member: dict[str, Any] = {"persona": persona, "role": player.role}
    member |= {key: value for key, value in texts.items() if value}
    return {key: _plain(value) for key, value in member.items()}


def _plain(value: Any) -> Any:
    """Return texts so that a template engine gives them back as they are."""
    if isinstance(value, str):
        return re.sub(r"\{(?=[{%#])", "{{ '{' }}", value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _models(session: Session) -> dict[str, list[str]]:
    """Return the models of each member; you speak by the model of the persona under debug."""
    found = {}
    for player in session.cast.players:
        speaker = session.focus if player.name == YOU else player
        endpoints = session.voices.endpoints(speaker, session.settings)
        found[player.name] = [endpoint.name for endpoint in endpoints]
    return found


def _sampling(session: Session) -> dict[str, Any]:
    found = {}
    for player in session.cast.players:
        sampling = session.voices.sampling(player, session.settings)
        found[player.name] = sampling.model_dump(mode="json", exclude_unset=True)
    return {name: values for name, values in found.items() if values}


async def _policy(session: Session, thread: Sequence[Node]) -> str:
    """Return a turn policy that gives the word to everybody in the order of the thread.

    Raises:
        InputError: none does.
    """
    for name in TURNS.names():
        policy = TURNS.make(Choice(name, (), {}))
        if policy.asks:
            continue
        client = session.voices.endpoint("selector", session.settings)
        befores = [None, *thread[:-1]]
        order = [await policy.next(session.cast, one, client=client, seed=0) for one in befores]
        if order == [node.speaker for node in thread]:
            return name
    raise InputError("somebody spoke out of turn: no turn policy brings this order about again")


def _script(session: Session, thread: Sequence[Node]) -> dict[str, Any]:
    """Return a rule for each message but the opening, by role and by the speaker's own turn."""
    turns: Counter[str] = Counter()
    rules = []
    for node in thread:
        turns[node.speaker] += 1
        if node.parent is not None:
            when = {"purpose": node.role, "turn": turns[node.speaker]}
            rules.append({"when": when | _whose(session, node.speaker), "say": [node.text]})
    return {"replies": rules}


def _whose(session: Session, name: str) -> dict[str, str]:
    """Return what tells a member from others of its role: how its system prompt begins."""
    players = session.cast.players
    if sum(player.role == session.cast[name].role for player in players) == 1:
        return {}
    player = session.cast[name]
    begins = (player.system or f"You are {player.display_name}.")[:OPENING]
    return {"system": rf"\A{re.escape(begins)}"}


def _yaml(data: Any, comment: str) -> str:
    dumped = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=96)
    return f"{comment}\n{dumped}"
