"""What every test may rely on."""

import gzip
import signal
from pathlib import Path

import pytest

from dialoom.evaluators.subjects import MessageSubject, subjects
from dialoom.messages import parse_tree

TREES = Path(__file__).parent / "data" / "oasst_en_100_trees.jsonl.gz"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts its background jobs so, and all processes that tests start would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_messages() -> tuple[MessageSubject, ...]:
    """The 1,167 messages of 100 Open-Assistant trees, as rules see them."""
    with gzip.open(TREES, "rt", encoding="utf-8") as lines:
        return tuple(item for line in lines for item in subjects(parse_tree(line)))
