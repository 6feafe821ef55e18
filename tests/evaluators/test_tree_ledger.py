"""The ledger follows every branch of a tree on its own."""

from records import bot, user

from dialoom.evaluators.tree_ledger import TreeLedger, tree_ledger
from dialoom.messages import Message, MessageTree
from dialoom.personas.model import Persona
from dialoom.scenarios.cast import Cast, Player

RITA = Persona(
    name="rita",
    display_name="Rita",
    description="A customer.",
    knows={"item": "a blue teapot", "order_number": "QX204913"},
    hides_until_asked=("order_number",),
    doesnt_know=("where the parcel is now",),
)
SHOP = Persona(name="shop", display_name="Shop", description="A shop.")
CAST = Cast(
    players=(
        Player(name="rita", role="prompter", persona=RITA),
        Player(name="shop", role="assistant", persona=SHOP),
    )
)


def ledger(prompt: Message | None, cast: Cast = CAST) -> TreeLedger:
    return tree_ledger(MessageTree(message_tree_id="t", prompt=prompt), cast)


def standings(found: TreeLedger) -> dict[str, list[tuple[str, str]]]:
    return {name: [(m.fact, m.standing) for m in moves] for name, moves in found.moves.items()}


def test_branches_know_nothing_of_each_other() -> None:
    asked = bot("Your order number?", user("QX204913.", by="rita", message_id="told"), by="shop")
    unasked = bot("I see.", user("QX204913!", by="rita", message_id="leaked"), by="shop")
    found = ledger(user("My blue teapot is late.", asked, unasked, by="rita", message_id="first"))
    assert standings(found) == {
        "first": [("item", "said")],
        "Your order number?": [("order_number", "asked")],
        "told": [("order_number", "told")],
        "leaked": [("order_number", "leaked")],
    }


def test_what_was_told_is_told_in_all_that_follows() -> None:
    below = bot("Your order number?", user("QX204913.", by="rita"), by="shop")
    found = ledger(user("Hello, QX204913 is late.", below, by="rita", message_id="first"))
    assert standings(found) == {"first": [("order_number", "leaked")]}


def test_anonymous_authors_take_the_part_of_their_role() -> None:
    found = ledger(user("The parcel is in Leipzig.", by="6f1a-2", message_id="first"))
    assert standings(found) == {"first": [("where the parcel is now", "invented")]}


def test_facts_begin_as_the_sheets_have_them() -> None:
    assert [(line.fact, line.standing) for line in ledger(None).beginning] == [
        ("item", "open"),
        ("order_number", "hidden"),
        ("where the parcel is now", "unknown"),
    ]
    assert ledger(None).moves == {}


def test_moves_are_said_in_words() -> None:
    text = "The parcel is in Leipzig, and my order is QX204913."
    moves = ledger(user(text, by="rita", message_id="m")).moves["m"]
    assert [(move.sentence(text), move.is_fault) for move in moves] == [
        ('leaks order number before anybody asked: "QX204913"', True),
        ('invents where the parcel is now: "The parcel is in Leipzig"', True),
    ]
