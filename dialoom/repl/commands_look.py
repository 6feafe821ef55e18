"""Commands that explain: the prompt of a reply, why it is judged so, who is on stage."""

from collections.abc import Iterable

from dialoom.errors import InputError, ModelError
from dialoom.repl.command import Command, Desk, players
from dialoom.repl.commands_move import node_named, node_words
from dialoom.repl.scene import YOU, member_of
from dialoom.repl.session import Session
from dialoom.repl.views import note
from dialoom.repl.views_facts import facts_view
from dialoom.repl.views_prompt import prompt_view
from dialoom.repl.views_stage import sheet_view
from dialoom.repl.views_why import why_view
from dialoom.tree import Node

__all__ = ["LOOK"]


async def _prompt(desk: Desk, text: str) -> None:
    session = desk.session
    if text == "next":
        name = await session.turn(session.here)
        if name == YOU:
            raise InputError("it is your turn, and you get no prompt")
        await _show_prompt(desk, name, session.here)
        return
    node = node_named(session, text) if text else session.last_reply()
    if node is None:
        raise InputError("no model has spoken yet; /prompt next shows what would be asked")
    asked = session.asked.get(node.message_id)
    if node.model is None:
        raise InputError(f"#{session.talk.number(node)} was written by a person")
    if asked is None:
        desk.screen.show(note("said before this session; this is what would be asked now:"))
        await _show_prompt(desk, node.speaker, node.parent)
        return
    _veil(desk, node)
    view = prompt_view(
        asked.cast,
        asked.request,
        node.speaker,
        node.parent,
        tokens=asked.completion.usage.prompt_tokens,
        width=desk.screen.width,
    )
    desk.screen.show(note(f"asked for #{session.talk.number(node)}, of {asked.model}:"))
    desk.screen.show(view)


async def _show_prompt(desk: Desk, name: str, here: Node | None) -> None:
    session = desk.session
    seed = session.seeds(here, 1)[0]
    request, endpoint = await session.voices.prompt(
        here, name, session.cast, session.settings, seed=seed
    )
    desk.screen.show(note(f"for {name}, of {endpoint.name}:"))
    width = desk.screen.width
    desk.screen.show(prompt_view(session.cast, request, name, here, tokens=0, width=width))


async def _why(desk: Desk, text: str) -> None:
    session = desk.session
    node = node_named(session, text) if text else session.here
    if node is None:
        raise InputError("nothing is said yet")
    _veil(desk, node)
    trouble = await _ask_critic(session, node)
    desk.screen.show(
        why_view(session, node, width=desk.screen.width, timed=desk.screen.live),
    )
    desk.screen.show(note(f"    {trouble or _critic_line(session, node)}"))


async def _ask_critic(session: Session, node: Node) -> str:
    """Have the critic judge a message, and return what kept it from that, if anything."""
    if session.scene.loaded.scenario.evaluate.critic is None:
        return "the scenario asks no critic"
    if node.rejected:
        return "the critic is not asked about a hopeless message"
    try:
        await session.judge(node, critic=True)
    except ModelError as error:
        return f"the critic could not be asked: {error}"
    return ""


def _critic_line(session: Session, node: Node) -> str:
    endpoint = session.voices.endpoint("critic", session.settings)
    if session.judges.trusts(node.role, endpoint):
        return f"critic: {endpoint.name}"
    return f"critic: {endpoint.name}, which is taken to judge at chance level: it decides no score"


def _veil(desk: Desk, node: Node) -> None:
    if node.message_id in desk.session.settings.veiled:
        raise InputError("which model wrote it is a secret until you /pick")


async def _facts(desk: Desk, text: str) -> None:
    session = desk.session
    node = node_named(session, text) if text else session.here
    desk.screen.show(facts_view(session, node, width=desk.screen.width))


async def _persona(desk: Desk, text: str) -> None:
    session = desk.session
    player = member_of(text, session.cast) if text else session.focus
    if player.name == YOU:
        raise InputError("that is you; /set you.display_name=NAME changes what you are called")
    desk.screen.show(sheet_view(session, player, width=desk.screen.width))
    for endpoint in session.voices.endpoints(player, session.settings):
        desk.screen.show(note(f"  played by {endpoint.name}"))


def _messages_or_next(session: Session, typed: str) -> Iterable[str]:
    return ["next", *node_words(session, typed)]


LOOK = (
    Command(
        "prompt",
        "prompt [MESSAGE | next]",
        "show the exact prompt of a reply, each word by where it comes from, with tokens",
        _prompt,
        "Origins: persona, scenario, knowledge, history, and frame for dialoom's own words. "
        "/prompt next shows what would be asked next.",
        _messages_or_next,
        changes=False,
    ),
    Command(
        "why",
        "why [MESSAGE]",
        "explain a message: model, seed, tokens, what fired on which words, the critic's reasons",
        _why,
        "The critic is asked once for each message. Its verdicts stay with the message.",
        node_words,
    ),
    Command(
        "facts",
        "facts [MESSAGE]",
        "show who has told what by now: told, hidden until asked, leaked early, never known",
        _facts,
        words=node_words,
        changes=False,
    ),
    Command(
        "persona",
        "persona [NAME]",
        "show a member's sheet; what you changed is marked with *",
        _persona,
        words=players,
        changes=False,
    ),
)
