"""Time and memory of finding near-duplicates among many messages, on one core.

    python benchmarks/duplicates.py [MESSAGES]

Messages are put together from the sentences of the 1,167 real ones of tests/data, so that many
have sentences in common; every twentieth is a copy of an earlier one with a word left out. The
anchor is rapidfuzz on all pairs of a hundred of them, and what that would be for all.
"""

import gzip
import random
import resource
import sys
import time
from itertools import combinations
from pathlib import Path

from rapidfuzz import fuzz

from dialoom.evaluators.duplicates import DuplicateTexts
from dialoom.evaluators.text import normalised
from dialoom.messages import Message, MessageTree, messages, parse_tree
from dialoom.tree import TreeRecord

TREES = Path(__file__).parents[1] / "tests" / "data" / "oasst_en_100_trees.jsonl.gz"


def real_sentences() -> list[str]:
    with gzip.open(TREES, "rt", encoding="utf-8") as lines:
        texts = [message.text for line in lines for message in messages(parse_tree(line))]
    return [part.strip() for text in texts for part in text.split(".") if len(part) > 20]


def made(count: int) -> list[str]:
    chance, sentences = random.Random(1), real_sentences()
    found: list[str] = []
    for number in range(count):
        if number % 20 == 19:
            words = found[chance.randrange(number)].split()
            del words[chance.randrange(len(words))]
            found.append(" ".join(words))
        else:
            found.append(". ".join(chance.sample(sentences, chance.randint(2, 6))))
    return found


def tree(number: int, text: str) -> TreeRecord:
    prompt = Message(message_id=str(number), text=text, role="prompter", replies=[])
    return TreeRecord(MessageTree(message_tree_id=str(number), prompt=prompt))


def all_pairs(texts: list[str]) -> float:
    """Return the seconds that comparing every pair of these takes."""
    start = time.process_time()
    for one, other in combinations(map(normalised, texts), 2):
        fuzz.ratio(one, other, score_cutoff=90)
    return time.process_time() - start


def main(count: int) -> None:
    texts = made(count)
    size = sum(map(len, texts)) / count
    print(f"{count:,} messages, {size:.0f} characters on average, {count // 20:,} planted copies")
    records = [tree(number, text) for number, text in enumerate(texts)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    found = DuplicateTexts()
    for record in records:
        found.add(record)
    sketched = time.process_time() - start
    duplicates = list(found.duplicates())
    taken = time.process_time() - start
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    planted = sum(int(one.message_id) % 20 == 19 for one in duplicates)
    print(f"sketches {sketched:.1f} s, comparing {taken - sketched:.1f} s, {more:.0f} MB more")
    print(f"found {planted:,} of the planted ones and {len(duplicates) - planted:,} others")
    sample = min(100, count)
    pairs, whole = sample * (sample - 1) / 2, count * (count - 1) / 2
    each = all_pairs(texts[:sample]) / pairs
    print(f"anchor: all {whole:,.0f} pairs with rapidfuzz would take {each * whole / 60:,.0f} min")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
