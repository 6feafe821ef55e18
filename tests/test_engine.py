import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID, uuid5

import pytest

from dialoom.agents.clients.scripted import ScriptedClient
from dialoom.agents.persona import PersonaAgent
from dialoom.agents.turns import Alternate, RoundRobin, TurnPolicy
from dialoom.chat import ChatRequest
from dialoom.engine import Engine
from dialoom.errors import ServerFault
from dialoom.messages import Role
from dialoom.personas.model import Persona
from dialoom.scenarios.cast import Cast, Player
from dialoom.scenarios.model import Branching, RoleBranching
from dialoom.stage import Stage, derived_seed
from dialoom.tree import GrownTree, Node, TerminationReason, nodes, path_to
from dialoom.verdicts import Verdict

Answer = Callable[[ChatRequest, int], str | Exception]


def player(name: str, role: Role) -> Player:
    persona = Persona(name=name, display_name=name.title(), description=f"{name} talks.")
    return Player(name=name, role=role, persona=persona)


CAST = Cast(players=(player("ada", "prompter"), player("bob", "assistant")))


def by_seed(request: ChatRequest, seed: int) -> str:
    return f"{request.purpose} says {seed}"


async def no_ending(thread: Sequence[Node], seed: int) -> None:
    return None


async def scored_by_length(siblings: Sequence[Node], seed: int) -> None:
    for node in siblings:
        node.score = len(node.text) / 100
        node.rejected = node.text == "hopeless"


def stage(
    answer: Answer = by_seed,
    *,
    cast: Cast = CAST,
    branching: Branching | None = None,
    max_turns: int = 4,
    policy: TurnPolicy | None = None,
    ended: Callable[..., object] = no_ending,
    opener: str | None = None,
    number: int = 0,
    seed: int = 0,
    clients: Sequence[ScriptedClient] | None = None,
) -> Stage:
    used = list(clients or [ScriptedClient(answer)])
    turns = policy or Alternate()

    async def next_speaker(here: Node | None, seed: int) -> str:
        return await turns.next(cast, here, client=used[0], seed=seed)

    return Stage(
        number=number,
        cast=cast,
        speakers={p.name: PersonaAgent(p, cast, used) for p in cast.players},
        next_speaker=next_speaker,
        tag=scored_by_length,
        ended=ended,  # type: ignore[arg-type]
        branching=branching or Branching(),
        max_turns=max_turns,
        seed=seed,
        fingerprint="f",
        opener=opener,
    )


def grow(stage: Stage) -> GrownTree:
    return asyncio.run(Engine(stage).grow())


def shape(tree: GrownTree) -> list[tuple[tuple[int, ...], str, str]]:
    return [(node.path, node.speaker, node.text) for node in nodes(tree.root)]


def test_each_assistant_turn_has_the_width_of_its_role_and_one_candidate_is_followed() -> None:
    tree = grow(stage(max_turns=4))
    widths = [len(node.children) for node in nodes(tree.root) if node.children]
    assert widths == [3, 1, 3]


def test_the_best_scored_candidate_is_followed() -> None:
    def longer_later(request: ChatRequest, seed: int) -> str:
        return "x" * (request.seeds.index(seed) + 1)

    tree = grow(stage(longer_later, max_turns=3))
    followed = [node for node in tree.root.children if node.children]
    assert [node.candidate for node in followed] == [2]


def test_of_equal_candidates_the_first_is_followed() -> None:
    tree = grow(stage(lambda request, seed: "same", max_turns=3))
    assert [node.candidate for node in tree.root.children if node.children] == [0]


def test_follow_all_grows_every_branch() -> None:
    branching = Branching(assistant=RoleBranching(width=2), follow="all")
    tree = grow(stage(branching=branching, max_turns=5))
    leaves = [node for node in nodes(tree.root) if not node.children]
    assert len(leaves) == 4
    assert {leaf.depth for leaf in leaves} == {4}


def test_best_and_random_follows_two_different_branches() -> None:
    branching = Branching(assistant=RoleBranching(width=4), follow="best_and_random")
    tree = grow(stage(branching=branching, max_turns=3))
    assert len([node for node in tree.root.children if node.children]) == 2


def test_random_following_depends_on_the_seed_alone() -> None:
    branching = Branching(assistant=RoleBranching(width=5), follow="random")

    def followed(seed: int) -> int:
        tree = grow(stage(branching=branching, max_turns=3, seed=seed))
        return next(node.candidate for node in tree.root.children if node.children)

    assert [followed(7), followed(7)] == [followed(7)] * 2
    assert len({followed(seed) for seed in range(12)}) > 1


def test_only_the_named_turns_branch() -> None:
    branching = Branching(assistant=RoleBranching(width=3, at=(3,)))
    tree = grow(stage(branching=branching, max_turns=4))
    widths = [len(node.children) for node in nodes(tree.root) if node.children]
    assert widths == [1, 1, 3]


def test_siblings_share_their_whole_past_by_identity() -> None:
    tree = grow(stage(max_turns=2))
    pasts = [path_to(child)[:-1] for child in tree.root.children]
    assert all(past[0] is tree.root for past in pasts)


def test_candidate_seeds_differ_and_do_not_depend_on_the_clock() -> None:
    one, two = grow(stage(seed=5)), grow(stage(seed=5))
    seeds = [node.seed for node in nodes(one.root)]
    assert seeds == [node.seed for node in nodes(two.root)]
    assert len(set(seeds)) == len(seeds)


def test_trees_of_one_run_differ_and_have_ids_of_their_own() -> None:
    one, two = grow(stage(number=0)), grow(stage(number=1))
    assert shape(one) != shape(two)
    assert not {n.message_id for n in nodes(one.root)} & {n.message_id for n in nodes(two.root)}


def test_the_order_in_which_calls_finish_changes_nothing() -> None:
    branching = Branching(assistant=RoleBranching(width=3), follow="all")

    class Slow(ScriptedClient):
        async def complete(self, request: ChatRequest, *, cancellation_token: object = None):  # type: ignore[no-untyped-def]
            for _ in range(request.seeds[0] % 7):
                await asyncio.sleep(0)
            return await super().complete(request)

    plain = grow(stage(branching=branching, max_turns=5))
    slow = grow(stage(branching=branching, max_turns=5, clients=[Slow(by_seed)]))
    assert shape(plain) == shape(slow)


def test_an_authored_opener_is_the_root_and_no_model_wrote_it() -> None:
    tree = grow(stage(opener="Where is my parcel?"))
    assert (tree.root.text, tree.root.model, tree.root.speaker) == (
        "Where is my parcel?",
        None,
        "ada",
    )


def test_a_thread_ends_at_the_most_turns() -> None:
    tree = grow(stage(max_turns=2))
    assert [child.termination for child in tree.root.children].count(
        TerminationReason.MAX_TURNS
    ) == 1


def test_a_stop_rule_ends_the_thread_without_touching_the_text() -> None:
    async def after_two(thread: Sequence[Node], seed: int) -> tuple[TerminationReason, str] | None:
        return (TerminationReason.FAREWELL, "bye") if len(thread) == 2 else None

    tree = grow(stage(lambda request, seed: "STOP. Bye.", ended=after_two, max_turns=6))
    leaf = next(n for n in nodes(tree.root) if n.termination is TerminationReason.FAREWELL)
    assert (leaf.text, leaf.termination_detail) == ("STOP. Bye.", "bye")


def test_hopeless_candidates_are_drawn_anew_and_kept_in_the_tree() -> None:
    calls = []

    def hopeless_once(request: ChatRequest, seed: int) -> str:
        calls.append(request.purpose)
        early = request.purpose == "assistant" and calls.count("assistant") <= 3
        return "hopeless" if early else "fine"

    tree = grow(stage(hopeless_once, max_turns=2))
    texts = [child.text for child in tree.root.children]
    assert texts == ["hopeless"] * 3 + ["fine"] * 3


def test_a_turn_with_hopeless_candidates_only_ends_the_thread() -> None:
    def answer(request: ChatRequest, seed: int) -> str:
        return "hopeless" if request.purpose == "assistant" else "hello"

    tree = grow(stage(answer, branching=Branching(redraw=0)))
    assert {child.termination for child in tree.root.children} == {TerminationReason.HOPELESS}


def test_a_failed_branch_costs_its_branch_and_not_the_tree() -> None:
    def answer(request: ChatRequest, seed: int) -> str | Exception:
        words = [message["content"] for message in request.messages]
        if request.purpose == "prompter" and any("first reply" in word for word in words):
            return ServerFault("the endpoint failed (500)", model="scripted/test")
        first = request.purpose == "assistant" and request.seeds.index(seed) == 0
        return "first reply" if first else f"reply {seed}"

    branching = Branching(assistant=RoleBranching(width=2), follow="all")
    tree = grow(stage(answer, branching=branching, max_turns=4))
    assert [(f.error, f.path) for f in tree.failures] == [("ServerFault", (0, 0))]
    assert tree.root.children[0].termination is TerminationReason.MODEL_ERROR
    assert len(tree.root.children[1].children) == 1


def test_a_tree_whose_opening_fails_is_no_tree() -> None:
    with pytest.raises(ServerFault):
        grow(stage(lambda request, seed: ServerFault("down")))


def test_a_stop_rule_that_fails_is_recorded_and_the_thread_goes_on() -> None:
    async def broken(thread: Sequence[Node], seed: int) -> None:
        raise ServerFault("the judge is down")

    tree = grow(stage(ended=broken, max_turns=3))
    assert {failure.speaker for failure in tree.failures} == {"stop rules"}
    assert max(node.depth for node in nodes(tree.root)) == 2


def test_several_models_take_turns_at_the_candidates_and_each_is_named() -> None:
    clients = [ScriptedClient(by_seed, name=f"scripted/{name}") for name in "ab"]
    tree = grow(stage(clients=clients, max_turns=2))
    assert [child.model for child in tree.root.children] == [
        "scripted/a",
        "scripted/b",
        "scripted/a",
    ]


def test_a_failing_model_of_two_costs_its_own_candidates_only() -> None:
    def fails_as_assistant(request: ChatRequest, seed: int) -> str | Exception:
        return ServerFault("down", model="scripted/b") if request.purpose == "assistant" else "hi"

    clients = [
        ScriptedClient(by_seed, name="scripted/a"),
        ScriptedClient(fails_as_assistant, name="scripted/b"),
    ]
    tree = grow(stage(clients=clients, max_turns=2))
    assert [child.candidate for child in tree.root.children] == [0, 2]
    assert [(failure.model, failure.error) for failure in tree.failures] == [
        ("scripted/b", "ServerFault")
    ]


def test_three_parties_alternate_between_the_roles() -> None:
    cast = Cast(
        players=(player("ada", "prompter"), player("bob", "assistant"), player("cy", "prompter"))
    )
    tree = grow(stage(cast=cast, branching=Branching(assistant=RoleBranching(width=1))))
    assert [node.speaker for node in nodes(tree.root)] == ["ada", "bob", "cy", "bob"]


def test_round_robin_goes_through_the_cast_in_order() -> None:
    cast = Cast(
        players=(player("bob", "assistant"), player("ada", "prompter"), player("cy", "prompter"))
    )
    branching = Branching(assistant=RoleBranching(width=1))
    tree = grow(stage(cast=cast, branching=branching, policy=RoundRobin(), max_turns=5))
    assert [node.speaker for node in nodes(tree.root)] == ["ada", "cy", "bob", "ada", "cy"]


def test_a_derived_seed_is_the_same_on_every_machine() -> None:
    assert derived_seed(1, 2, (0, 1), "draw0") == derived_seed(1, 2, (0, 1), "draw0")
    assert 0 <= derived_seed("x") < 2**31


def test_verdicts_that_doom_a_reply_explain_the_end_of_the_thread() -> None:
    async def doom(siblings: Sequence[Node], seed: int) -> None:
        for node in siblings:
            node.rejected = node.role == "assistant"
            if node.rejected:
                node.verdicts = [
                    Verdict("empty", 1, "nothing is said", "empty", "1", severity="hopeless")
                ]

    grown = stage(branching=Branching(redraw=0))
    grown = Stage(**{**vars(grown), "tag": doom})
    tree = grow(grown)
    assert {child.termination_detail for child in tree.root.children} == {"nothing is said"}


def test_message_ids_are_version_five_uuids() -> None:
    set_up = stage(by_seed)
    root = grow(set_up).root
    name = f"{set_up.fingerprint}/{set_up.seed}/{set_up.number}/(0,)"
    assert root.message_id == str(uuid5(UUID("6f0c3d2e-52b0-4f5e-9d64-7b8e6f5a1c11"), name))
