"""Why a reply is what it is, and what people, rules and the critic say of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from repl_play import MODEL, ada, pair, play, told
from rich.console import Console

from dialoom.agents.clients.scripted import TRAITS, ScriptedClient
from dialoom.chat import ChatRequest
from dialoom.errors import RequestRefused
from dialoom.evaluators.persona_break import PersonaBreak
from dialoom.evaluators.role_flip import RoleFlip
from dialoom.repl.scene import SceneOptions
from dialoom.repl.views_stage import tree_view
from dialoom.repl.views_why import why_view

__all__ = ["ada", "pair"]


def test_the_prompt_is_shown_as_it_was_sent_with_origins(ada: Path) -> None:
    played = play("Hello there", "/prompt", persona=ada)
    (request,) = played.requests
    shown = played.shown[2]
    for message in request.messages:
        for line in message["content"].splitlines():
            assert line in shown
    assert "persona   | You are Ada. A clock maker with a shop of her own." in shown
    assert "knowledge | - safe code: 4417" in shown
    assert "history   | Hello there" in shown
    assert "tokens in all, counted by the model" in shown


def test_the_next_prompt_is_shown_before_it_is_sent(ada: Path) -> None:
    played = play("Hello", "/back", "/goto 1", "/prompt next", persona=ada)
    assert len(played.requests) == 1
    assert "for ada, of scripted/test" in played.shown[-1]
    assert "about" in played.shown[-1]


def test_an_old_prompt_is_shown_with_the_sheet_of_its_time(ada: Path) -> None:
    played = play("Hello", "/set traits.temper=calm", "/prompt 2", persona=ada)
    assert "temper: short" in played.shown[-1]
    assert "temper: calm" not in played.shown[-1]


def test_words_of_a_person_have_no_prompt(ada: Path) -> None:
    (error,) = play("Hello", "/prompt 1", persona=ada).errors
    assert str(error) == "#1 was written by a person"


def test_why_quotes_the_words_that_made_a_heuristic_fire(ada: Path) -> None:
    played = play(
        "Hello",
        "/why",
        persona=ada,
        replies=lambda request, seed: "Well, as an AI language model, I can't wind clocks.",
        heuristics=[PersonaBreak()],
    )
    shown = played.shown[2]
    assert "model      scripted/test · seed" in shown
    assert "! persona_break: says it is a program" in shown
    assert "»as an AI language model«" in shown
    assert "1 looked at it, 1 fired" in shown


def test_names_of_rows_are_bold_and_what_they_say_is_not(ada: Path) -> None:
    session = play("Hello", persona=ada).session
    assert session.here is not None
    why = why_view(session, session.here, width=80, timed=False)
    tree = tree_view(session, width=80)
    console = Console()
    for view, bold, plain in ((why, "model", "scripted/"), (tree, ">", "words of")):
        places = (view.plain.index(bold), view.plain.rindex(plain))
        styles = [view.get_style_at_offset(console, place).bold for place in places]
        assert styles == [True, None], plain


def test_why_asks_the_critic_once(ada: Path) -> None:
    critic = _critic()
    clients = {MODEL: ScriptedClient(told, name=MODEL), "scripted/critic": critic}
    lines = ("Hello", "/model critic=scripted/critic", "/why", "/why")
    played = play(*lines, persona=ada, clients=clients)
    assert (len(critic.requests), played.errors) == (1, [])


def test_the_critics_reasons_are_shown(ada: Path) -> None:
    clients = {MODEL: ScriptedClient(told, name=MODEL), "scripted/critic": _critic()}
    lines = ("Hello", "/model critic=scripted/critic", "/why")
    played = play(*lines, persona=ada, clients=clients)
    assert played.errors == []
    assert "· quality 0.75: because of quality" in played.shown[3]
    assert "critic: scripted/critic" in played.shown[3]


def _critic() -> ScriptedClient:
    """Return a critic that fills the form it is sent."""

    def fill(request: ChatRequest, seed: int) -> str:
        assert request.json_schema is not None
        return json.dumps(_filled(request.json_schema))

    return ScriptedClient(fill, name="scripted/critic", traits=TRAITS)


def _filled(schema: object) -> object:
    from random import Random

    from dialoom.agents.clients.instance import instance

    assert isinstance(schema, dict)
    value = instance(schema, Random(0))
    for name, item in value.items():
        if isinstance(item, dict):
            text = next(key for key, inner in item.items() if isinstance(inner, str))
            item[text] = f"because of {name}"
    return value


def test_a_critic_that_fails_is_told_and_the_rest_is_shown(ada: Path) -> None:
    def replies(request: ChatRequest, seed: int) -> str | Exception:
        return RequestRefused("the critic is on holiday") if request.purpose == "critic" else "Hm."

    played = play("Hello", "/why", persona=ada, replies=replies)
    assert "critic failed: RequestRefused: the critic is on holiday" in played.shown[2]
    assert "model      scripted/test" in played.shown[2]


def test_your_labels_are_kept_as_a_persons(ada: Path) -> None:
    played = play("Hello", "/label quality=4 spam=no", persona=ada)
    node = played.session.here
    assert node is not None
    assert {name: (label.value, label.count) for name, label in node.labels.items()} == {
        "quality": (0.75, 1),
        "spam": (0.0, 1),
        "score": (1.0, 1),
    }
    assert {verdict.kind for verdict in node.verdicts} == {"human"}


def test_a_label_given_again_replaces_your_first(ada: Path) -> None:
    played = play("Hello", "/label quality=4", "/label quality=1", persona=ada)
    assert played.session.here is not None
    assert played.session.here.labels["quality"].value == 0


def test_your_labels_outlast_another_candidate(ada: Path) -> None:
    played = play("Hello", "/label quality=4", "/retry", persona=ada)
    assert played.session.talk.find("2").labels["quality"].value == 0.75


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/label qualty=4", "no label is named 'qualty'; did you mean 'quality'?"),
        ("/label quality=9", "quality takes 1 to 5; not '9'"),
        ("/label spam=4", "spam takes yes or no; not '4'"),
        ("/label quality", "write LABEL=VALUE, like /label quality=4 spam=no"),
        ("/rank 2", "name two messages at least, the best first, like /rank 5 3 4"),
        ("/rank 1 2", "these don't stand in one place: only replies to the same message compare"),
        ("/pick x", "there is nothing to choose from; /ab MODEL MODEL asks two"),
    ],
)
def test_a_wrong_judgement_is_told(ada: Path, line: str, message: str) -> None:
    (error,) = play("Hello", line, persona=ada).errors
    assert str(error) == message


def test_your_ranking_replaces_the_ranks_and_outlasts_another_candidate(ada: Path) -> None:
    played = play("Hello", "/retry", "/rank 3 2", "/retry", persona=ada)
    first, second, third = played.session.talk.roots[0].children
    assert (first.rank, second.rank, third.rank) == (1, 0, None)
    assert (second.score, second.basis) == (1.0, "a person's ranking")
    assert third.score is None
    assert second.labels["preference"].value == 1


def test_a_ranking_can_be_undone(ada: Path) -> None:
    played = play("Hello", "/retry", "/rank 3 2", "/undo", persona=ada)
    assert [node.rank for node in played.session.talk.roots[0].children] == [None, None]


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("words>3", "words is 4"),
        ("text~fo.r", "it says 'four'"),
        ("speaker=ada", "ada has spoken"),
        ("heuristic=role_flip", "the whole reply is the turn of another speaker"),
        ("role_flip", "the whole reply is the turn of another speaker"),
        ("score<0.9", "score is 0"),
    ],
)
def test_going_on_stops_at_a_condition(pair: SceneOptions, condition: str, reason: str) -> None:
    replies = ["One.", "Ben: I have four.", "Three.", "Four."]
    lines = (f"/break {condition}", "/go 4")
    played = play(*lines, options=pair, replies=replies, heuristics=[RoleFlip()])
    assert len(played.texts) == 2
    assert "break at #2: " in played.shown[2]
    assert reason in played.shown[2]


def test_conditions_are_listed_and_taken_away(pair: SceneOptions) -> None:
    lines = ("/break words>3", "/break text~x", "/break", "/break off 1", "/break off")
    played = play(*lines, options=pair)
    assert played.shown[3].split("\n")[:2] == ["1 words>3", "2 text~x"]
    assert [condition.subject for condition in played.session.settings.breaks] == []
    assert "1 conditions are left" in played.shown[4]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("qualty<0.4", "nothing is measured as 'qualty'; did you mean 'quality'?"),
        ("heuristic=echoes", "no heuristic here is named 'echoes'; there is repetition"),
        ("quality~x", "quality is a number: compare it with <, <=, >, >= or ="),
        ("quality<low", "quality is compared with a number, not with 'low'"),
        ("text~(", "'(' is not a regular expression"),
        ("whenever", "'whenever' is not a condition"),
    ],
)
def test_a_condition_that_means_nothing_is_told(ada: Path, condition: str, message: str) -> None:
    (error,) = play(f"/break {condition}", persona=ada).errors
    assert str(error).startswith(message)


def test_a_condition_on_a_label_asks_the_critic(pair: SceneOptions) -> None:
    critic = _critic()
    clients = {MODEL: ScriptedClient(told, name=MODEL), "scripted/critic": critic}
    lines = ("/model critic=scripted/critic", "/break quality>=0", "/go 2")
    played = play(*lines, options=pair, clients=clients)
    assert len(played.texts) == 1
    assert len(critic.requests) == 1


def test_two_models_are_compared_without_telling_which_is_which(ada: Path) -> None:
    clients = {
        name: ScriptedClient(
            lambda request, seed, name=name: f"I am {name[-1]}",  # type: ignore[misc]
            name=name,
            traits=replace(TRAITS, judges=False),
        )
        for name in ("scripted/p", "scripted/q")
    }
    lines = ("Hello", "/ab scripted/p scripted/q", "/tree", "/why 3", "/pick x", "/thread")
    played = play(*lines, persona=ada, clients=clients)
    before, after = "".join(played.shown[2:4]), "".join(played.shown[5:])
    assert "scripted/" not in before
    assert [str(error) for error in played.errors] == [
        "which model wrote it is a secret until you /pick"
    ]
    first, second = played.session.talk.find("3"), played.session.talk.find("4")
    assert {first.model, second.model} == set(clients)
    assert first.seed == second.seed
    assert (first.rank, second.rank) == (0, 1)
    assert f"#3 by {first.model} is better than #4 by {second.model}" in after
    assert f"{first.model} 1" in after


def test_a_tie_is_counted_and_ranks_nothing(ada: Path) -> None:
    names = ("scripted/p", "scripted/q")
    clients = {
        name: ScriptedClient(told, name=name, traits=replace(TRAITS, judges=False))
        for name in names
    }
    played = play("Hello", "/ab scripted/p scripted/q", "/pick tie", persona=ada, clients=clients)
    assert "so far: scripted/p 0, scripted/q 0, ties 1" in played.shown[3]
    assert {node.rank for node in played.session.talk} == {None}
