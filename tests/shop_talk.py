"""Made-up customers, patients and sellers, from whom tests draw conversations by chance."""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.messages import Role
from dialoom.personas.model import Persona
from dialoom.spec import Choice

__all__ = [
    "DAYS",
    "ITEMS",
    "NAMES",
    "Draw",
    "Part",
    "answer",
    "assert_told_apart",
    "code",
    "item_of",
    "part",
    "played",
]

Draw = Callable[[Random], Subject]
"""Draws a message with its conversation."""

DRAWN = 400
"""Messages drawn of each kind."""
LEAST = 0.95
"""Share of planted faults that must be found."""
MOST = 0.02
"""Share of messages without a fault that may be flagged."""

NAMES = ("Rita", "Elif", "Marcus", "Yuki", "Hanne", "Priya", "Tom", "Oluwaseun")
ITEMS = ("teapot", "stand mixer", "bread knife", "coffee grinder", "garden chair", "desk lamp")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHOP = (
    "Thank you, I have opened your case.",
    "I see. Our shop is sorry that the {item} is late.",
    "Our courier brings the {item} as soon as it can.",
    "I have noted that you are not content with the {item}.",
)


class Part(NamedTuple):
    """A customer with its sheet, and what it wants."""

    persona: Persona
    item: str
    number: str
    late: int
    people: int
    day: str
    goal: str


def code(random: Random) -> str:
    letters = "".join(random.choice("ABCDEFGHKLMNPQRSTVWXYZ") for _ in range(2))
    return f"{letters}{random.randrange(10**6):06}"


def item_of(random: Random) -> str:
    return random.choice(ITEMS)


def part(random: Random, *, style: str = "plain and natural", **traits: str) -> Part:
    item, number, late = item_of(random), code(random), random.randint(3, 12)
    people, day = random.randint(3, 9), random.choice(DAYS)
    persona = Persona(
        name="rita",
        display_name=random.choice(NAMES),
        description=f"A customer of an online shop who has ordered a {item}.",
        traits=traits,
        speaking_style=style,
        example_lines=(
            "So I waited at home all day for nothing, thank you very little.",
            "Tell me what happens next, and leave the rest.",
        ),
        knows={
            "order_number": number,
            "earlier_trouble": "the last delivery came broken and was replaced",
            "allergy": "nickel, it gives a rash",
            "household_size": f"{people} people",
            "party_day": day,
            "address": "the yellow house behind the old mill",
        },
        hides_until_asked=("order_number", "earlier_trouble"),
        doesnt_know=(
            f"where the {item} is now",
            "the shop's refund rules",
            "when the courier comes",
            "how much the return costs",
        ),
    )
    goal = f"Get your money back for a {item} that is {late} days late."
    return Part(persona, item, number, late, people, day, goal)


def answer(random: Random, who: Part) -> Said:
    return Said("shop", "assistant", random.choice(SHOP).format(item=who.item))


def played(
    who: Part, text: str, thread: Sequence[Said] = (), *, role: Role = "prompter", setting: str = ""
) -> Subject:
    """Return a message of the customer, or of the shop when the role says so."""
    own = role == "prompter"
    return Subject(
        text,
        "rita" if own else "shop",
        role,
        thread=tuple(thread),
        names={"rita": who.persona.display_name, "shop": "Ada"},
        persona=who.persona if own else None,
        personas={"rita": who.persona},
        goal=who.goal if own else "",
        setting=setting,
    )


def assert_told_apart(rule: str, bad: Draw, good: Draw) -> None:
    """Check that a rule finds enough of the faults, and marks down few messages without one."""
    heuristic = HEURISTICS.make(Choice.parse(rule))

    def reasons(subject: Subject) -> list[str]:
        return [v.reason for v in heuristic.check(subject) if v.severity == "fault"]

    drawn = [(bad(Random(seed)), good(Random(seed))) for seed in range(DRAWN)]
    missed = [one.text for one, _ in drawn if not reasons(one)]
    alarms = [f"{one.text} {found}" for _, one in drawn if (found := reasons(one))]
    assert len(missed) <= (1 - LEAST) * DRAWN, (len(missed), sorted(set(missed))[:20])
    assert len(alarms) <= MOST * DRAWN, (len(alarms), sorted(set(alarms))[:20])
