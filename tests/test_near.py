"""Near-duplicates by sketches."""

import random
from collections import Counter

from rapidfuzz import fuzz

from dialoom.exporters.splits import NEAR
from dialoom.near import REPRESENTATIVES, KnownTexts, Sketches, clusters


def test_clusters_join_what_is_nearly_the_same() -> None:
    texts = ["Where is my parcel AB123456?", "Hm?", "where is my parcel AB123999", "", "Ünïcode"]

    assert clusters(texts, near=0.8) == [0, 1, 0, 2, 3]
    assert clusters(texts, near=0.99) == [0, 1, 2, 3, 4]


def test_clusters_find_planted_near_duplicates() -> None:
    draw = random.Random(0)
    letters = "etaoinshrdlu     "
    originals = ["".join(draw.choices(letters, k=200)) for _ in range(200)]
    changed = [text[:100] + draw.choice("xyz") + text[103:] for text in originals]

    sizes = Counter(clusters(originals + changed, near=NEAR))

    assert Counter(sizes.values()) == {2: 200}


def test_texts_that_differ_are_compared_once_in_however_many_bands_they_meet() -> None:
    texts = [f"where is my parcel, it is number {number}?" for number in range(8)]
    sketches = Sketches()
    for text in texts:
        sketches.add(text)
    compared = Counter[tuple[int, int]]()

    def never(one: int, other: int) -> bool:
        compared[one, other] += 1
        return False

    assert sketches.clusters(never) == list(range(8))
    assert sum(compared.values()) == len(compared) > 8
    assert all(one > other for one, other in compared)


def test_a_known_text_is_found_among_many_that_begin_alike() -> None:
    draw = random.Random(1)
    ends = ["".join(draw.choices("etaoinshr ", k=60)) for _ in range(50)]
    known = KnownTexts(lambda one, other: fuzz.ratio(one, other) >= 95)
    for end in ends:
        known.add(f"hello, i have a question. {end}")

    found = [known.like(f"hello, i have a question: {end}") for end in ends]

    assert found == [f"hello, i have a question. {end}" for end in ends]
    assert known.like("hello, i have a question. it is another one") is None


def test_a_text_is_held_against_the_earliest_few_of_a_band() -> None:
    asked: list[str] = []

    def noted(_: str, other: str) -> bool:
        asked.append(other)
        return False

    known = KnownTexts(noted)
    texts = [f"the very same words, and then number {number}" for number in range(100)]
    for text in texts:
        known.add(text)
    assert known.like(texts[0]) is None

    assert asked[:REPRESENTATIVES] == texts[:REPRESENTATIVES]
    assert len(asked) < len(texts)
