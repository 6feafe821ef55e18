"""Recall and false alarms of the rules that need a persona, on conversations drawn by chance."""

from dataclasses import replace
from random import Random

import pytest
from shop_talk import Draw, answer, assert_told_apart, code, part, played

from dialoom.evaluators.base import HEURISTICS, Said, Subject
from dialoom.evaluators.subjects import MessageSubject
from dialoom.spec import Choice


def stating_what_it_does_not_know(random: Random) -> Subject:
    who = part(random)
    place = random.choice(["Leipzig", "your warehouse", "the depot", "Hamburg", "a truck"])
    fee = random.choice(["4 euros", "ten euros", "12.50"])
    day = random.choice(["tomorrow", "on Friday", "at 5", "next week"])
    said = random.choice(
        [
            f"My {who.item} is in {place}.",
            f"The {who.item} is still at {place}, so send it already.",
            f"Look, the {who.item} has been there. The {who.item} was in {place} yesterday.",
            f"The {who.item} is stuck in {place}, and I want it.",
            "The shop's refund rules are plain: thirty days.",
            "The refund rules of your shop say that I get it all back.",
            f"The courier comes {day}.",
            f"Well, the courier comes {day}, and I am at home then.",
            f"The return costs {fee}.",
            f"And the return costs me {fee}, by the way.",
        ]
    )
    return played(who, random.choice(["", "Hm. ", "Fine. "]) + said, [answer(random, who)])


def contrary_to_its_facts(random: Random) -> Subject:
    who = part(random)
    other = code(random)
    people = random.choice([n for n in range(3, 10) if n != who.people])
    late = random.choice([n for n in range(2, 13) if n != who.late])
    day = random.choice([d for d in ("Monday", "Friday", "Sunday") if d != who.day])
    said = random.choice(
        [
            f"My order number is {other}.",
            f"It's order {other}, a {who.item}.",
            f"The number of my order is {other}, write it down.",
            f"The size of our household is {people} people.",
            f"Our household has a size of {people} people, so I need it.",
            f"The party is on {day}.",
            f"I need it for the party on {day}!",
            "I have no allergies.",
            "I don't have any allergy.",
            f"My {who.item} is {late} days late!",
            f"It's {late} days late now.",
        ]
    )
    return played(who, said, [Said("rita", "prompter", "Hello."), answer(random, who)])


def speaking_as_its_sheet_allows(random: Random) -> Subject:
    who = part(random)
    thread = [Said("rita", "prompter", "Where is it?"), answer(random, who)]
    place, day = random.choice(["Leipzig", "Hamburg"]), random.choice(["tomorrow", "on Friday"])
    told = random.choice(
        [
            ("", f"Where is my {who.item} now?"),
            ("", f"I have no idea where my {who.item} is."),
            ("", f"Is my {who.item} in {place}?"),
            ("", f"Maybe the {who.item} is in {place}, who knows."),
            ("", f"If the {who.item} is in {place}, then send it."),
            ("", f"My {who.item} is late, and I am at home all day."),
            (f"Your {who.item} is in {place}.", f"So my {who.item} is in {place}. Great."),
            (f"The courier comes {day}.", f"The courier comes {day}? Fine, I'm at home."),
            (f"The courier comes {day}.", f"Good. The courier comes {day}, and I'm at home."),
            ("", "Tell me the shop's refund rules."),
            ("", "I want to know what your refund rules say."),
            ("", "The shop's refund rules are a joke."),
            ("", "I don't know when the courier comes."),
            ("", "What does the return cost me?"),
            ("What is your order number?", f"My order number is {who.number}."),
            ("", f"My {who.item} is {who.late} days late!"),
            ("", f"The party is on {who.day}."),
            ("", f"We are a household of {who.people} people."),
            ("", "I have an allergy, nickel gives me a rash."),
            ("", "It's not 2 days late, it's more than that."),
            ("It is 2 days late.", f"You say it's 2 days late, I say {who.late}."),
            ("", "I waited 9 hours and called 4 times."),
            ("", "I want my money back, and I want it this week."),
        ]
    )
    thread.append(Said("shop", "assistant", told[0] or "What else?"))
    return played(who, told[1], thread)


def leaking_early(random: Random) -> Subject:
    who = part(random)
    said = random.choice(
        [
            f"My order is {who.number}.",
            f"Order number {who.number[:2]} {who.number[2:]}, since you will need it.",
            f"I ordered a {who.item}, order {who.number.lower()}.",
            f"Here: {who.number}. And now?",
            "The last delivery came broken as well.",
            "The last delivery was broken too. You had it replaced.",
            "Your last delivery came broken and had to be replaced.",
            "By the way, my last delivery came in pieces, broken, and was replaced.",
        ]
    )
    thread = [Said("rita", "prompter", f"My {who.item} is late."), answer(random, who)]
    return played(who, said, thread[: random.choice([0, 2])])


def telling_when_asked(random: Random) -> Subject:
    who = part(random)
    asked, said = random.choice(
        [
            ("Can you give me your order number?", f"It's {who.number}."),
            ("Could you tell me the number, please?", f"{who.number}."),
            ("Please send me the reference of your purchase.", f"Order {who.number}."),
            ("I need your order ID.", f"My order number is {who.number}."),
            ("Do you have more details?", f"Well, the order number is {who.number}."),
            ("Did you have problems before?", "The last delivery came broken and was replaced."),
            ("Was an earlier delivery late?", "No, but the last delivery came broken."),
            ("Tell me what happened.", "The last delivery was broken and you replaced it."),
            ("Is it about " + who.number + "?", f"Yes, {who.number}."),
            ("How are you?", "Angry. I live in the yellow house behind the old mill."),
            ("How are you?", f"I am waiting for a {who.item}, and my number is up."),
            ("How are you?", "I ordered it 12 days ago."),
            ("How are you?", "My last straw was broken today."),
        ]
    )
    return played(who, said, [answer(random, who), Said("shop", "assistant", asked)])


HARSH = (
    {"patience": "thin"},
    {"temper": "quick to flare up"},
    {"manner": "rude to everybody who serves"},
    {"mood": "furious"},
    {"tone": "sarcastic and impatient"},
)
POLITE = (
    *("Thank you so much for your help!", "I really appreciate your patience.", "Take your time."),
    *("You have been so helpful.", "I completely understand.", "There's no rush."),
    *("That is very kind of you.", "What a wonderful service!", "I'd be happy to wait."),
    *("I'm so grateful.", "No worries at all.", "I apologize for the trouble."),
)
CURT = (
    *("Fine.", "And when?", "So what happens now?", "I said that already.", "Thanks a lot. Great."),
    *("Thank you.", "Ok, thanks.", "That's no answer.", "I want my money.", "Great, nobody knows."),
    *("I understand that you are slow.", "You have been no help.", "Don't waste my time."),
)


def harsh_and_full_of_thanks(random: Random) -> Subject:
    who = part(random, **random.choice(HARSH))
    polite = random.sample(POLITE, k=random.randint(2, 3))
    text = " ".join([*polite, random.choice(CURT)])
    return played(who, text, [answer(random, who)])


def harsh_and_curt_or_kind_and_thankful(random: Random) -> Subject:
    if random.random() < 0.5:
        who = part(random, **random.choice(HARSH))
        said = [*random.sample(CURT, k=3), *random.sample(POLITE, k=random.randint(0, 1))]
    else:
        trait = random.choice(["patient and warm", "never rude", "shy", "not impatient at all"])
        who = part(random, manner=trait)
        said = random.sample(POLITE, k=3)
    return played(who, " ".join(said), [answer(random, who)])


ELSEWHERE = (
    "I painted the fence green this summer, and my neighbour borrowed the brush and the ladder.",
    "Volcanoes erupt when magma rises through cracks, and ash covers the fields around them.",
    "My nephew plays the trumpet in a band that tours through small villages every autumn.",
    "The recipe asks for flour, butter, sugar and eggs, baked slowly in a hot oven.",
    "Astronomers discovered a comet whose orbit crosses that of Jupiter every century.",
    "Our football team lost the final because the goalkeeper slipped on wet grass.",
    "Roman emperors built aqueducts that carried water across valleys into crowded cities.",
    "Python decorators wrap functions, which lets programmers log arguments and results.",
)


def drifting_off(random: Random) -> Subject:
    who = part(random)
    first, second = random.sample(ELSEWHERE, k=2)
    thread = [
        Said("rita", "prompter", f"My {who.item} is {who.late} days late. I want my money back."),
        answer(random, who),
        Said("rita", "prompter", first),
        answer(random, who),
    ]
    return played(who, second, thread)


def staying_with_it(random: Random) -> Subject:
    who = part(random)
    turns = [
        f"I want my money back for the {who.item}, and I won't wait another week for a courier.",
        f"Nobody rang at my door, so I ask you where my {who.item} has gone and who pays for it.",
        "Your shop replaced a broken delivery for me once, so do the same with this order.",
        random.choice(ELSEWHERE),
        "Fine.",
        f"Then cancel the order and refund the {who.item} to my account today, please.",
    ]
    own = random.sample(turns, k=3)
    off = sum(text in ELSEWHERE for text in own[-2:])
    assert off < 2
    thread = [Said("rita", "prompter", f"My {who.item} is late. I want my money back.")]
    for text in own[:-1]:
        thread += [answer(random, who), Said("rita", "prompter", text)]
    return played(who, own[-1], [*thread, answer(random, who)])


SPOKEN = (
    *("A phone call to a help desk.", "A meeting of a small team.", "They talk face to face."),
    *("A first interview by video.", "The intake desk of a clinic.", "Eine telefonische Auskunft."),
)
WRITTEN = ("A chat at a help desk.", "Messages on a market.", "Comments on a change.", "")
FILLER = "and then I went to the door and looked for it but nobody was there so I came back in "


def saying_too_much(random: Random) -> Subject:
    short = random.random() < 0.5
    style = random.choice(["short and blunt", "brief", "terse"]) if short else "plain"
    who = part(random, style=style)
    setting = random.choice(WRITTEN if short else SPOKEN)
    text = FILLER * random.randint(5 if short else 7, 12)
    return played(who, text, [answer(random, who)], setting=setting)


def saying_enough(random: Random) -> Subject:
    written = random.random() < 0.5
    who = part(random, style=random.choice(["plain", "long-winded"] if written else ["short", "x"]))
    setting = random.choice(WRITTEN if written else SPOKEN)
    text = FILLER * random.randint(1, 12 if written else 4)
    return played(who, text, [answer(random, who)], setting=setting)


FORMS = (
    *("# What I want\nMy money.", "- my money\n- an apology", "* first\n* second"),
    *("1. Money.\n2. Time.", "I want my **money** back.", "| a | b |\n|---|---|\n| 1 | 2 |"),
    *("1) This\n\n2) That", "## Summary\n\nAll is late.", "See [this](https://example.com/a)."),
)
PLAIN = (
    *("I want my money back. Today.", "It's *really* late.", "I have 2 - no, 3 questions."),
    *(
        "Price * 2 = too much.",
        "#1 shop? Hardly.",
        "`items[0]` blows up.",
        "So: 1. money, 2. time.",
    ),
    *(
        "- sent from my phone",
        'He said: "wait".\n\nSo I waited.',
        "5 ** 2 is 25",
        "a_b_c",
        "C# and F#",
    ),
)


def writing_forms(random: Random) -> Subject:
    who = part(random)
    form = random.choice(FORMS)
    text = random.choice([form, f"Listen.\n\n{form}", f"{form}\n\nOk?"])
    role: str = random.choice(["prompter", "assistant"])
    if role == "prompter":
        return played(who, text, [answer(random, who)], setting=random.choice(WRITTEN + SPOKEN))
    spoken = played(who, text, [answer(random, who)], setting=random.choice(SPOKEN))
    return spoken


def writing_plainly(random: Random) -> Subject:
    who = part(random)
    return played(who, random.choice(PLAIN), [answer(random, who)], setting=random.choice(SPOKEN))


def reciting_a_line(random: Random) -> Subject:
    who = part(random)
    line = random.choice(who.persona.example_lines)
    words = line.split()
    words[random.randrange(len(words))] = "really"
    text = random.choice([line, line.upper(), f"Well. {line}", f"{line} Ok?", " ".join(words)])
    return played(who, text, [answer(random, who)])


def speaking_like_a_line(random: Random) -> Subject:
    who = part(random)
    text = random.choice(
        [
            f"I waited for the {who.item}, all day, and nobody came.",
            "So what happens next? Leave the apologies.",
            "Tell me when it comes.",
            f"For nothing. I was at home for nothing, waiting for a {who.item}!",
            "Thank you very much, I'll tell my friends what happens when they order here.",
        ]
    )
    return played(who, text, [answer(random, who)])


PAIRS: tuple[tuple[str, Draw, Draw], ...] = (
    ("fabrication", stating_what_it_does_not_know, speaking_as_its_sheet_allows),
    ("fabrication", contrary_to_its_facts, speaking_as_its_sheet_allows),
    ("disclosure", leaking_early, telling_when_asked),
    ("sanitised", harsh_and_full_of_thanks, harsh_and_curt_or_kind_and_thankful),
    ("goal_drift", drifting_off, staying_with_it),
    ("long_turn", saying_too_much, saying_enough),
    ("markdown", writing_forms, writing_plainly),
    ("example_line", reciting_a_line, speaking_like_a_line),
)
"""The rule, a fault that it must find, and messages like it without the fault."""


@pytest.mark.parametrize(("rule", "bad", "good"), PAIRS, ids=lambda v: getattr(v, "__name__", v))
def test_planted_faults_are_found_and_their_like_is_left_alone(
    rule: str, bad: Draw, good: Draw
) -> None:
    assert_told_apart(rule, bad, good)


@pytest.mark.parametrize("rule", sorted({rule for rule, _, _ in PAIRS}))
def test_without_a_persona_these_rules_are_silent(rule: str) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    for _, bad, _ in PAIRS:
        subject = bad(Random(1))
        bare = Subject(subject.text, subject.speaker, subject.role, thread=subject.thread)
        assert list(heuristic.check(bare)) == []


@pytest.mark.parametrize(
    "rule", ["disclosure", "example_line", "fabrication", "goal_drift", "sanitised"]
)
def test_real_messages_said_by_a_persona_are_left_alone(
    rule: str, real_messages: tuple[MessageSubject, ...]
) -> None:
    heuristic = HEURISTICS.make(Choice.parse(rule))
    who = part(Random(7), patience="thin")
    staged = [
        replace(subject, persona=who.persona, goal=who.goal, setting="A call.", synthetic=True)
        for _, subject in real_messages
    ]
    flagged = [one.text[:80] for one in staged if any(v.weight for v in heuristic.check(one))]
    assert len(flagged) <= 0.02 * len(staged), flagged
