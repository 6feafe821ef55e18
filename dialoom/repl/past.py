"""A session that goes on from a message of a finished run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dialoom.build.casting import changes_since
from dialoom.build.options import RunOptions
from dialoom.build.places import scenario_of
from dialoom.build.sources import record_with
from dialoom.errors import InputError
from dialoom.messages import Message, messages
from dialoom.repl.scene import Scene, SceneOptions, member_of, other_side
from dialoom.scenarios.cast import Cast, cast_for
from dialoom.scenarios.library import load_scenario
from dialoom.spec import suggestion
from dialoom.store import read_manifest
from dialoom.tree import MessageNotes, Node, TreeRecord

__all__ = ["run_options_at", "scene_at"]


def scene_at(directory: Path, message_id: str, options: SceneOptions) -> Scene:
    """Return the scene of a run's tree, standing at one of its messages.

    The cast is made from the files as they are now and the tree's own variables; where they
    have changed since the run, a notice says so.

    Args:
        directory: Of the run.
        message_id: The message, or how its id begins.
        options: A persona to debug (the speaker of the message when left out), a partner, and a
            scenario file where the run's own is no longer in its place.

    Raises:
        InputError: no such message, or the scenario doesn't fit the run.
        RunConflict: there is no run, or it is damaged.
    """
    if options.role is not None or options.variables:
        raise InputError("--role and --var: the run says what they are")
    manifest = read_manifest(directory)
    record, message_id = _record_of(directory, message_id)
    loaded = load_scenario(options.scenario or scenario_of(manifest, directory))
    cast = cast_for(loaded, record.variables)
    nodes = _nodes(record, cast)
    here = nodes[message_id]
    focus = cast[here.speaker] if options.persona is None else member_of(options.persona, cast)
    plays = options.persona is not None and options.partner is None
    return Scene(
        loaded=loaded,
        variables=record.variables,
        cast=cast,
        focus=focus.name,
        you=other_side(focus, cast) if plays else None,
        seed=manifest.seed if options.run.seed is None else options.run.seed,
        tree=record.number,
        roots=(next(iter(nodes.values())),),
        here=here,
        systems=_systems(record, nodes),
        notices=tuple(changes_since(manifest, loaded)),
    )


def run_options_at(directory: Path, run: RunOptions) -> RunOptions:
    """Return options with the run's models and endpoint where none are given.

    Raises:
        RunConflict: there is no run, or it is damaged.
    """
    manifest = read_manifest(directory)
    client = run.client
    url, context = (manifest.options.get(name) for name in ("base_url", "context"))
    if client.base_url is None and isinstance(url, str):
        client = replace(client, base_url=url)
    if client.context is None and isinstance(context, int):
        client = replace(client, context=context)
    models: Mapping[str, tuple[str, ...]] = {} if run.model else manifest.models
    return replace(run, client=client, role_models={**models, **run.role_models})


def _record_of(directory: Path, message_id: str) -> tuple[TreeRecord, str]:
    """Return the tree that holds a message, and the message's whole id."""
    found = record_with(directory, message_id)
    if found is None:
        raise InputError(
            f"{directory} holds no message {message_id!r}; dialoom show lists their ids"
        )
    return found


def _systems(record: TreeRecord, nodes: Mapping[str, Node]) -> dict[str, str]:
    """Return the system prompt under which each message of a model was drawn, by message id."""
    return {
        message_id: record.systems[node.speaker]
        for message_id, node in nodes.items()
        if node.model is not None and node.speaker in record.systems
    }


def _nodes(record: TreeRecord, cast: Cast) -> dict[str, Node]:
    """Return the nodes of a record by message id, the root first."""
    nodes: dict[str, Node] = {}
    for message in messages(record.tree):
        speaker = message.user_id or ""
        if speaker not in cast.names:
            hint = suggestion(speaker, cast.names)
            raise InputError(f"the run's member {speaker!r} is not in the scenario now{hint}")
        parent = nodes.get(message.parent_id or "")
        node = _node(message, parent, record.notes.get(message.message_id))
        nodes[node.message_id] = node
        if parent is not None:
            parent.children.append(node)
    for node in nodes.values():
        node.children.sort(key=lambda child: child.candidate)
    return nodes


def _node(message: Message, parent: Node | None, notes: MessageNotes | None) -> Node:
    notes = notes or MessageNotes(message.user_id or "", model=message.model_name)
    return Node(
        message.message_id,
        parent,
        notes.speaker,
        message.role,
        message.text,
        candidate=notes.candidate,
        model=notes.model,
        seed=notes.seed,
        finish_reason=notes.finish_reason,
        thought=notes.thought,
        call_key=notes.call_key,
        prompt_tokens=notes.prompt_tokens,
        completion_tokens=notes.completion_tokens,
        verdicts=list(notes.verdicts),
        failures=list(notes.failures),
        labels=dict(message.labels or {}),
        score=notes.score,
        rank=message.rank,
        basis=notes.basis,
        rejected=message.review_result is False,
        termination=notes.termination,
        termination_detail=notes.termination_detail,
    )
