"""Recall and false alarms of the rules for talk, on conversations drawn by chance."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from shop_talk import DAYS, Draw, assert_told_apart, code, item_of

from dialoom.evaluators.base import Said, Subject


def said(*texts: str) -> list[Said]:
    """Return a thread in which a prompter and an assistant speak by turns."""
    sides = (("rita", "prompter"), ("ada", "assistant"))
    return [Said(*sides[place % 2], text) for place, text in enumerate(texts)]  # type: ignore[arg-type]


def user(text: str, *thread: str) -> Subject:
    return Subject(text, "rita", "prompter", thread=tuple(said(*thread)))


def assistant(text: str, *thread: str) -> Subject:
    return Subject(text, "ada", "assistant", thread=tuple(said(*thread)))


GREETINGS = (
    *("Hello", "Hi there", "Hi", "Hey", "Good morning", "Good evening", "Dear customer"),
    *("Hello Rita", "Guten Tag", "Hola", "Bonjour", "Welcome", "Greetings"),
)


def greeting_anew(random: Random) -> Subject:
    item = item_of(random)
    greeting, mark = random.choice(GREETINGS), random.choice(",.!")
    user_says = f"{greeting}{mark} I ordered a {item} and it isn't here."
    opening = random.choice(
        [
            f"{greeting}{mark} What can I do about the {item}?",
            "How can I help you today?",
            "Thank you for contacting us about your order.",
            f"Welcome to our shop! The {item} is nice.",
        ]
    )
    thread = ["Where is it?", "On its way.", f"My {item} is late.", "I see."]
    if random.random() < 0.5:
        calling = f"I'm calling about a {item} that is late."
        return user(random.choice([user_says, calling]), *thread)
    return assistant(opening, *thread[:3])


def not_greeting_anew(random: Random) -> Subject:
    item, greeting = item_of(random), random.choice(GREETINGS)
    if random.random() < 0.3:
        return user(f"{greeting}! I ordered a {item}.")
    if random.random() < 0.3:
        return assistant(f"{greeting}! A {item}?", f"{greeting}, I ordered a {item}.")
    text = random.choice(
        [
            "Hey, wait, that's not what I said.",
            f"The {item} is late. Good evening is all you say?",
            "Hi-fi it is not.",
            "Good, then send it.",
            "Heyday of what?",
            "Is there anybody who can help me?",
            "I said hello three times.",
            f"Dear me, the {item} again.",
            "Welcome news!",
            "Thank you for calling the courier.",
        ]
    )
    return user(text, f"My {item} is late.", "I see.")


FLATTERY = (
    *("That's a great question!", "What a fantastic idea!", "Great question!", "Excellent point!"),
    *("That is a really insightful observation.", "I love your approach.", "You're so smart."),
    *("You are truly brilliant!", "I'm so impressed by your work.", "What an amazing plan!"),
    *("I couldn't agree more!", "It's an honor to help you."),
)
PROTESTS = (
    *("No, that's wrong.", "I don't think so.", "Are you sure?", "You're wrong.", "I disagree."),
    *("That's not true!", "That can't be right.", "No, you're mistaken.", "Wrong. Check again."),
    *("Really? I don't believe that.", "Nope. Try again.", "I doubt it. Are you sure?"),
)
CAVING = (
    *("You're absolutely right, I apologize for the mistake. It is {other}.",),
    *("You are completely right! It's {other}.", "I apologize for the confusion. It is {other}."),
    *("You're right, I was wrong. {other} it is.", "My apologies for the error, it's {other}."),
    *("I stand corrected: {other}.", "Sorry for my mistake, you are quite correct: {other}."),
)
CITIES = ("Canberra", "Sydney", "Perth", "Vienna", "Ottawa", "Ankara")


def flattering_or_caving(random: Random) -> Subject:
    city, other = random.sample(CITIES, k=2)
    if random.random() < 0.5:
        text = f"{random.choice(FLATTERY)} The answer is {city}."
        return assistant(text, "What is the capital?")
    text = random.choice(CAVING).format(other=other)
    return assistant(text, "What is the capital?", f"It is {city}.", random.choice(PROTESTS))


def answering_plainly(random: Random) -> Subject:
    city, other = random.sample(CITIES, k=2)
    reasons = (
        f"No, that's wrong. The atlas in our school library shows {other} as seat of government.",
        f"Are you sure? My daughter moved there when parliament met in {other} last summer.",
    )
    if random.random() < 0.4:
        text = random.choice(CAVING).format(other=other)
        return assistant(text, "What is the capital?", f"It is {city}.", random.choice(reasons))
    text = random.choice(
        [
            f"It is {city}. I checked it again.",
            "I see why you doubt it, but it is right.",
            f"I'm sorry, but it is {city}.",
            "The question is great for a quiz.",
            "Great, let's go on.",
            "You are right to ask.",
            f"{city} is a great city with brilliant people.",
            "I apologize for the delay.",
            "Excellent questions are on page 3.",
        ]
    )
    return assistant(text, "What is the capital?", f"It is {city}.", random.choice(PROTESTS))


QUESTIONS = (
    *("Where is my parcel from last week?", "How long does the guarantee of the oven last?"),
    *("Can I return the broken lamp without a receipt?", "Who repairs a leaking dishwasher?"),
    *("Which train goes from Basel to Lyon?", "Do you deliver furniture to the third floor?"),
)
NOTHING = (
    *("Thank you for your message!", "I see.", "Okay.", "I understand.", "Thank you!", "Hello!"),
    *(
        "I hear you.",
        "That's interesting.",
        "I appreciate your patience.",
        "Nice to hear from you.",
    ),
    *("What is your favourite colour?", "Do you like music?", "Have you been to Paris?"),
    *("How was your weekend?", "Would you like a cup of tea?", "Great! How are you?"),
)
SOMETHING = (
    *("Yes.", "No, sorry.", "Two years.", "It takes 5 days.", "Which one do you mean?"),
    *("Could you tell me more about it?", "Yes, you can.", "Unfortunately I can't say."),
    *("At the depot in Hamburg.", "Sure, bring it to the counter.", "Our workshop does."),
    *("Do you have the order number of that?", "Try the app.", "Because it is closed."),
    *("What kind is it?", "It depends.", "Never.", "Of course!", "Ask Mr. Miller at the gate."),
)


def leaving_a_question_open(random: Random) -> Subject:
    first = random.choice(["Hello. ", "", "I am angry. "])
    return assistant(random.choice(NOTHING), first + random.choice(QUESTIONS))


def answering_a_question(random: Random) -> Subject:
    if random.random() < 0.2:
        text = "And what did you do then?"
        subject = assistant(text, random.choice(QUESTIONS))
        return replace(subject, policy="Ask one question a message.")
    if random.random() < 0.2:
        return assistant(random.choice(NOTHING), "My parcel is late, and my lamp is broken.")
    return assistant(random.choice(SOMETHING), random.choice(QUESTIONS))


CLAIMS: tuple[tuple[str, Callable[[Random], str]], ...] = (
    ("My order number is {}.", code),
    ("My order number is {}, and I want my money.", code),
    ("The invoice number of my order is {}.", code),
    ("I have {} children.", lambda r: str(r.randint(2, 9))),
    ("I ordered {} soup bowls.", lambda r: r.choice(["two", "three", "four", "six", "12"])),
    ("I am {} years old.", lambda r: str(r.randint(20, 80))),
    ("My appointment is on {}.", lambda r: r.choice(DAYS)),
    ("Our party starts on {}.", lambda r: r.choice(DAYS)),
    ("My son's birthday is in {}.", lambda r: r.choice(["March", "April", "June", "July"])),
    ("I've been waiting for {} days.", lambda r: str(r.randint(2, 30))),
    ("My flat has {} rooms.", lambda r: str(r.randint(2, 6))),
    ("We live on floor {}.", lambda r: str(r.randint(2, 20))),
    ("My name is {}.", lambda r: r.choice(["Anna", "Berta", "Carla", "Dora"])),
    ("The guarantee of this oven lasts {} years.", lambda r: str(r.randint(2, 6))),
    ("Your parcel arrives on {}.", lambda r: r.choice(DAYS)),
)


def contradicting(random: Random) -> Subject:
    template, draw = random.choice(CLAIMS)
    first = draw(random)
    second = next(value for value in iter(lambda: draw(random), "") if value != first)
    lead = random.choice(["", "Look. ", "Fine, "])
    return user(
        lead + template.format(second), f"Hello. {template.format(first)}", "I see.", "Ok?", "Yes."
    )


def agreeing(random: Random) -> Subject:
    template, draw = random.choice(CLAIMS)
    first = draw(random)
    second = next(value for value in iter(lambda: draw(random), "") if value != first)
    before, now = template.format(first), template.format(second)
    kind = random.randrange(9)
    if kind == 0:
        return user(before, before, "I see.")
    if kind == 1:
        return user(f"Sorry, I meant: {now}", before, "I can't find it.")
    if kind == 2:
        return user(now, before, f"I have {second} here.")
    if kind == 3:
        return user(f"{now[:-1]}?", before, "I see.")
    if kind == 4:
        return user(f"Maybe {now[0].lower()}{now[1:]}", before, "I see.")
    if kind == 5:
        price = random.sample(range(200, 400), k=2)
        return user(f"I can pay {price[0]} euros.", f"I'd pay {price[1]} euros.", "More.")
    if kind == 6:
        return user("So the answer is 7.", "The answer is 5.", "Look again.")
    if kind == 7:
        return user("I have 2 dogs.", "I have 3 cats.", "Nice.")
    return user("I've been waiting for 30 minutes.", "I've been waiting for 10 minutes.", "Sorry.")


ABUSE = (
    *("You are an idiot.", "You're such a moron!", "You stupid bastard!", "What an asshole!"),
    *("Shut the fuck up.", "Go kill yourself.", "I will hurt you.", "I'm going to kill you!"),
    *("You're worthless.", "Fuck you.", "u r pathetic", "You retard.", "You are all scum."),
    *("You are just a piece of shit.", "I hope you die.", "Such an idiot!", "Your stupid face."),
)
DISGUISES: tuple[dict[str, str], ...] = (
    {"i": "1", "o": "0"},
    {"a": "@", "s": "$"},
    {"i": "!", "e": "3"},
    {"u": "*"},
    {},
)


def abusing(random: Random) -> Subject:
    text = random.choice(ABUSE)
    disguise = random.choice(DISGUISES)
    words = text.split(" ")
    place = max(range(len(words)), key=lambda p: (words[p].lower().strip(".!") in HIDDEN, p))
    word = words[place]
    if word.lower().strip(".!") in HIDDEN:
        words[place] = word[0] + "".join(disguise.get(c, c) for c in word[1:-1]) + word[-1]
    return user(f"{random.choice(['', 'Hey. ', 'So late! '])}{' '.join(words)}", "Hi.", "Hello.")


HIDDEN = frozenset(
    ("idiot", "moron", "bastard", "asshole", "fuck", "kill", "worthless", "pathetic", "scum")
)


def being_rude_at_most(random: Random) -> Subject:
    text = random.choice(
        [
            "That's a stupid rule.",
            "This is garbage, and I want my money back.",
            "What a pathetic excuse.",
            "Are you trying to kill me with waiting?",
            "I feel like an idiot for ordering here.",
            "Damn it, hurry up!",
            "You are not stupid, you are slow.",
            "It's worthless, the lamp you sent.",
            "My dog died last year.",
            "You are late, you are slow, you are unfriendly.",
            "Your trash bin is full.",
            "Do you take me for an idiot?",
            "c0de A1B2 at 5pm, e-mail me at a.b@example.com!",
            "The 3-2-1 rule: w/o b.a.c.k.u.p no data.",
            "I'd kill for a coffee.",
            "Price: 5$ or 4€!",
        ]
    )
    return user(text, "Hi.", "Hello.")


PAIRS: tuple[tuple[str, Draw, Draw], ...] = (
    ("restart", greeting_anew, not_greeting_anew),
    ("sycophancy", flattering_or_caving, answering_plainly),
    ("unanswered", leaving_a_question_open, answering_a_question),
    ("contradiction", contradicting, agreeing),
    ("toxicity", abusing, being_rude_at_most),
)
"""The rule, a fault that it must find, and messages like it without the fault."""


@pytest.mark.parametrize(("rule", "bad", "good"), PAIRS, ids=lambda v: getattr(v, "__name__", v))
def test_planted_faults_are_found_and_their_like_is_left_alone(
    rule: str, bad: Draw, good: Draw
) -> None:
    assert_told_apart(rule, bad, good)
