"""Commands that judge: stop conditions, your own labels and ranking, two models compared blind."""

from collections.abc import Iterable

from dialoom.agents.rubric import OASST_CRITERIA
from dialoom.errors import InputError
from dialoom.repl.breaks import Break, parse_break
from dialoom.repl.command import Command, Desk
from dialoom.repl.commands_move import node_named, node_words
from dialoom.repl.judges import opinion
from dialoom.repl.scene import YOU
from dialoom.repl.session import Session
from dialoom.repl.views import block, note
from dialoom.repl.voices import Asked
from dialoom.stage import derived_seed
from dialoom.tree import Node

__all__ = ["JUDGE"]

LETTERS = ("x", "y")


async def _break(desk: Desk, text: str) -> None:
    session = desk.session
    breaks = session.settings.breaks
    if not text:
        lines = [f"{place} {one}" for place, one in enumerate(breaks, 1)]
        desk.screen.show(note("\n".join(lines) or "no condition is set; /break role_flip sets one"))
        return
    if text.startswith("off"):
        session.settings = session.change(breaks=_without(breaks, text[3:].strip()))
        desk.screen.show(note(f"{len(session.settings.breaks)} conditions are left"))
        return
    heuristics = [rule.name for rule in session.judges.heuristics]
    speakers = [player.name for player in session.cast.players]
    text = f"heuristic={text}" if text in heuristics else text
    condition = parse_break(text, heuristics=heuristics, speakers=speakers)
    session.settings = session.change(breaks=(*breaks, condition))
    desk.screen.show(note(f"/go stops where {condition}"))


def _without(items: tuple[Break, ...], place: str) -> tuple[Break, ...]:
    if not place:
        return ()
    if not place.isdecimal() or not 0 < int(place) <= len(items):
        raise InputError(f"/break off takes a condition's number, 1 to {len(items)}; not {place!r}")
    return (*items[: int(place) - 1], *items[int(place) :])


async def _label(desk: Desk, text: str) -> None:
    session = desk.session
    pairs, reference = _pairs(text)
    node = node_named(session, reference) if reference else session.here
    if node is None:
        raise InputError("nothing is said yet")
    given = {name: opinion(name, value) for name, value in pairs}
    kept = [v for v in session.settings.opinions.get(node.message_id, ()) if v.name not in given]
    opinions = {**session.settings.opinions, node.message_id: (*kept, *given.values())}
    session.settings = session.change(opinions=opinions)
    session.settle(node)
    values = ", ".join(f"{name} {verdict.value:g}" for name, verdict in given.items())
    desk.screen.show(note(f"#{session.talk.number(node)}: {values}, by you"))


def _pairs(text: str) -> tuple[list[tuple[str, str]], str]:
    """Return the `label=value` words of a text, and the word that is none."""
    words = text.split()
    pairs = [(name, value) for name, equals, value in (w.partition("=") for w in words) if equals]
    others = [word for word in words if "=" not in word]
    if not pairs or len(others) > 1:
        raise InputError("write LABEL=VALUE, like /label quality=4 spam=no")
    return pairs, others[0] if others else ""


async def _rank(desk: Desk, text: str) -> None:
    session = desk.session
    order = [node_named(session, word) for word in text.replace(">", " ").split()]
    if len(order) < 2 or len({node.message_id for node in order}) < len(order):
        raise InputError("name two messages at least, the best first, like /rank 5 3 4")
    if len({id(node.parent) for node in order}) > 1:
        raise InputError("these don't stand in one place: only replies to the same message compare")
    _keep_ranking(session, order)
    numbers = " > ".join(f"#{session.talk.number(node)}" for node in order)
    desk.screen.show(note(f"{numbers}, by you"))


def _keep_ranking(session: Session, order: list[Node]) -> None:
    parent = order[0].parent
    key = "" if parent is None else parent.message_id
    ids = tuple(node.message_id for node in order)
    session.settings = session.change(rankings={**session.settings.rankings, key: ids})
    session.settle(order[0])


async def _ab(desk: Desk, text: str) -> None:
    session = desk.session
    models = text.split()
    if len(models) != 2 or models[0] == models[1]:
        raise InputError("name two models, like /ab ollama/llama3.2 embedded/smollm2-135m")
    if session.settings.veiled:
        raise InputError("choose first: /pick x, /pick y or /pick tie")
    here, name = await _place(session)
    seed = session.seeds(here, 1)[0]
    drawn = [await _drawn(session, here, name, model, seed) for model in models]
    if derived_seed(session.scene.seed, seed, "ab") % 2:
        drawn.reverse()
    added = [session.add(here, name, asked) for asked in drawn]
    await session.judge(added[0])
    veiled = {node.message_id: letter for node, letter in zip(added, LETTERS, strict=True)}
    session.settings = session.change(veiled=veiled)
    for node, letter in zip(added, LETTERS, strict=True):
        desk.screen.show(note(f"{letter}  #{session.talk.number(node)}"))
        desk.screen.show(block(node.text, width=desk.screen.width))
    desk.screen.show(note("which is better? /pick x, /pick y or /pick tie"))


async def _place(session: Session) -> tuple[Node | None, str]:
    """Return where two models are compared: in the place of the reply here, or after your words."""
    here = session.here
    if here is not None and here.model is not None:
        return here.parent, here.speaker
    name = await session.turn(here)
    if name == YOU:
        raise InputError("it is your turn: type what you say first")
    return here, name


async def _drawn(session: Session, here: Node | None, name: str, model: str, seed: int) -> Asked:
    settings = session.change(models={**session.settings.models, name: model})
    (asked,) = await session.voices.draw(here, name, session.cast, settings, seeds=[seed])
    if isinstance(asked, Asked):
        return asked
    raise asked


async def _pick(desk: Desk, text: str) -> None:
    session = desk.session
    found = {letter: id_ for id_, letter in session.settings.veiled.items()}
    if not found:
        raise InputError("there is nothing to choose from; /ab MODEL MODEL asks two")
    if text not in (*LETTERS, "tie"):
        raise InputError(f"choose x, y or tie; not {text!r}")
    pair = [session.talk.find(found[letter]) for letter in LETTERS]
    session.settings = session.change(veiled={})
    if text != "tie":
        pair.sort(key=lambda node: node.message_id != found[text])
        _keep_ranking(session, pair)
        session.here = pair[0]
    verb = "ties with" if text == "tie" else "is better than"
    desk.screen.show(note(f"{_named(session, pair[0])} {verb} {_named(session, pair[1])}"))
    desk.screen.show(note(_tally(desk, pair, tie=text == "tie")))


def _named(session: Session, node: Node) -> str:
    return f"#{session.talk.number(node)} by {node.model}"


def _tally(desk: Desk, pair: list[Node], *, tie: bool) -> str:
    """Count a choice, and return how often each of the two models was chosen so far."""
    names = sorted(str(node.model) for node in pair)
    counts = desk.preferences.setdefault((names[0], names[1]), [0, 0, 0])
    counts[2 if tie else names.index(str(pair[0].model))] += 1
    return f"so far: {names[0]} {counts[0]}, {names[1]} {counts[1]}, ties {counts[2]}"


def _break_words(session: Session, typed: str) -> Iterable[str]:
    rules = [f"heuristic={rule.name}" for rule in session.judges.heuristics]
    people = [f"speaker={player.name}" for player in session.cast.players]
    return [*rules, *people, "text~", "words>", "score<", "off", *(f"{n}<" for n in OASST_CRITERIA)]


def _label_words(session: Session, typed: str) -> Iterable[str]:
    return [f"{name}=" for name in OASST_CRITERIA]


JUDGE = (
    Command(
        "label",
        "label LABEL=VALUE … [MESSAGE]",
        "say what you think of a message, in OASST's labels: 1 to 5, or yes and no",
        _label,
        "Kept with the tree as a person's. Example: /label quality=4 spam=no",
        _label_words,
    ),
    Command(
        "rank",
        "rank MESSAGE MESSAGE …",
        "rank replies in one place, the best first",
        _rank,
        "Your ranking replaces that of heuristics and critic; what you leave out has no rank.",
        node_words,
    ),
    Command(
        "break",
        "break [CONDITION | off [N]]",
        "stop /go where something happens; show or take away such conditions",
        _break,
        "Conditions: heuristic=role_flip, quality<0.4 (asks the critic), score<0.5, words>120, "
        "text~refund, speaker=NAME.",
        _break_words,
    ),
    Command(
        "ab",
        "ab MODEL MODEL",
        "hear the same turn from two models without knowing which is which",
        _ab,
        "Both get the same words and seed. /pick then chooses, and says who wrote what.",
    ),
    Command(
        "pick",
        "pick x | y | tie",
        "choose between the two replies of /ab",
        _pick,
        words=lambda session, typed: (*LETTERS, "tie"),
    ),
)
