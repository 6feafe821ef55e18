"""The README.md of a data set: what the Hub reads in YAML, then what people should know.

Source of the YAML: the Hub's dataset card metadata, huggingface_hub `DatasetCardData`.
"""

from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from typing import Any

import yaml

from dialoom.hub.data import HubData
from dialoom.hub.evidence import calibration, diversity, funnel
from dialoom.hub.licences import UNKNOWN, licence_of
from dialoom.hub.provenance import cast_table, how_made, models_table, shown_model
from dialoom.hub.tables import table

__all__ = ["card_of"]

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))
MUCH = 0.55
"""Share of pairs with the longer reply chosen from which the card warns."""
TAGS = {
    "sft": ("sft",),
    "dpo": ("dpo", "preference", "rlhf"),
    "kto": ("kto",),
    "trees": ("open-assistant",),
}
COLUMNS = {
    "sft": "`messages`: TRL SFTTrainer, Axolotl, OpenRLHF, Unsloth",
    "dpo": "`prompt`, `chosen`, `rejected`, `margin`: TRL DPO, ORPO, CPO, Reward; OpenRLHF",
    "kto": "`prompt`, `completion`, `label`: TRL KTO",
    "messages": "every message, Open-Assistant's 18 columns",
    "trees": "whole message trees, one a line, as Open-Assistant exports them",
}


def card_of(data: HubData, *, command: str, when: datetime) -> str:
    """Return the text of the card.

    Args:
        data: The data set, its files written.
        command: How the export was asked for; left out when empty.
        when: The day the card bears.
    """
    front = yaml.safe_dump(_front(data), sort_keys=False, allow_unicode=True, width=1000)
    parts = (
        f"---\n{front}---\n",
        f"# {data.name}\n\n{_opening(data, when)}\n",
        f"## Contents\n\n{_contents(data)}\n",
        f"## How it was made\n\n{how_made(data, command)}\n",
        f"## Models and licences\n\n{models_table(data)}\n",
        f"## Personas\n\n{cast_table(data)}\n",
        f"## What was left out\n\n{funnel(data)}\n",
        f"## How far the critic can be believed\n\n{calibration(data)}\n",
        f"## Diversity\n\n{diversity(data)}\n",
        f"## Known limits\n\n{_limits(data)}\n",
    )
    return "\n".join(parts)


def _front(data: HubData) -> dict[str, Any]:
    found: dict[str, Any] = {
        "pretty_name": data.name,
        "language": sorted(lang for lang in data.trees.languages if lang) or ["en"],
        "license": data.options.license,
        "task_categories": ["text-generation"],
        "size_categories": [_size(data)],
        "source_datasets": ["original"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "tags": ["synthetic", "conversational", "dialoom"],
        "configs": [_config(data, config) for config in data.configs],
    }
    for config in data.configs:
        found["tags"] += TAGS.get(config, ())
    if "messages" in data.configs:
        found["dataset_info"] = [{"config_name": "messages", "features": _features()}]
    return found


def _config(data: HubData, config: str) -> dict[str, Any]:
    files = [
        {"split": file.split, "path": file.path} for file in data.files if file.config == config
    ]
    default = {"default": True} if config == data.configs[0] else {}
    return {"config_name": config, **default, "data_files": files}


def _features() -> list[dict[str, Any]]:
    """Return the types of the flat messages: some of their columns are null in every row."""
    texts = ("message_id", "parent_id", "user_id", "created_date", "text", "role", "lang")
    kinds = ("toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat")
    detoxify = [{"name": name, "dtype": "float64"} for name in (*kinds, "sexual_explicit")]
    return [
        *({"name": name, "dtype": "string"} for name in texts),
        {"name": "review_count", "dtype": "int64"},
        {"name": "review_result", "dtype": "bool"},
        {"name": "deleted", "dtype": "bool"},
        {"name": "rank", "dtype": "int64"},
        {"name": "synthetic", "dtype": "bool"},
        {"name": "model_name", "dtype": "string"},
        {"name": "emojis", "struct": _lists(name="string", count="int64")},
        {"name": "labels", "struct": _lists(name="string", value="float64", count="int64")},
        {"name": "detoxify", "struct": detoxify},
        {"name": "message_tree_id", "dtype": "string"},
        {"name": "tree_state", "dtype": "string"},
    ]


def _lists(**kinds: str) -> list[dict[str, str]]:
    return [{"name": name, "list": kind} for name, kind in kinds.items()]


def _size(data: HubData) -> str:
    rows = sum(file.rows for file in data.files if file.config == data.configs[0])
    return next((name for most, name in SIZES if rows < most), "n>1M")


def _opening(data: HubData, when: datetime) -> str:
    facts = data.trees
    first = data.configs[0]
    return (
        f"{facts.trees:,} conversations as message trees with {facts.messages:,} messages, "
        f"{facts.messages - facts.human:,} of them written by language models that play personas; "
        "the assistant's candidates for a turn are siblings, judged and ranked. Written by "
        f"dialoom {version('dialoom')} on {when.date().isoformat()}.\n\n"
        "```python\nfrom datasets import load_dataset\n\n"
        f'rows = load_dataset("PATH_OR_REPO", "{first}", split="{data.files[0].split}")\n```'
    )


def _contents(data: HubData) -> str:
    rows = []
    for config in data.configs:
        counts = ", ".join(f"{f.split} {f.rows:,}" for f in data.files if f.config == config)
        middle, most = data.lengths[config]
        rows.append((f"`{config}`", counts, COLUMNS[config], f"{middle:,} / {most:,}"))
    head = ("config", "rows", "columns", "characters of a row, median / 95 %")
    notes = [
        "",
        "Splits are of whole trees, and trees with nearly the same opening are in one split. Each "
        "row's `meta` names its tree and messages; `dialoom trace ID` shows what it was made of.",
        "Trainers cut or drop long rows: TRL's `max_length` is 1,024 tokens unless you set it "
        "(a token is some four characters of English).",
    ]
    return "\n".join([table(head, rows), *notes])


def _limits(data: HubData) -> str:
    found = [*_of_the_run(data)]
    longer = data.figures.get("dpo/train", {}).get("chosen_longer", 0)
    if longer > MUCH:
        found.append(
            f"In {longer:.0%} of the pairs the chosen reply is the longer one; a trainer may learn "
            "length from them."
        )
    unknown = [shown_model(model) for model in data.models if licence_of(model) == UNKNOWN]
    if unknown:
        found.append(f"The licence of {', '.join(unknown)} is not known to dialoom.")
    if data.options.license == "unknown":
        found.append("No licence has been chosen for this data set.")
    found.append(
        "Open-Assistant's own training loader drops every thread with a synthetic message; train "
        "from `sft` and `dpo`."
    )
    return "\n".join(f"* {' '.join(sentence.split())}" for sentence in found)


def _of_the_run(data: HubData) -> Iterator[str]:
    quality, manifest, totals = data.source.quality, data.source.manifest, data.source.totals
    for warning in quality.warnings if quality else ():
        yield f"{warning[:1].upper()}{warning[1:]}."
    if manifest is None or totals is None:
        return
    yield (
        "The conversations are simulated: nobody in them is real, and what they say of the world "
        "may be wrong."
    )
    yield (
        "Users played by language models are more patient, more talkative and more alike than "
        "people are."
    )
    if totals.failed_trees or totals.failures:
        lost = sum(totals.failures.values())
        yield f"Failing models cost {totals.failed_trees} trees and {lost} branches."
    if manifest.state != "finished":
        yield f"The run was not finished: its state is {manifest.state}."
