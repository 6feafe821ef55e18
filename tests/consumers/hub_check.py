"""Loads what `export --as hub` wrote with `datasets`, and reads its Croissant description.

Not a pytest module: it runs in the environment of trl_check.py, which mlcroissant is added to.

    trl/bin/pip install mlcroissant==1.1.1
    trl/bin/python tests/consumers/hub_check.py FOLDER ...
"""

import json
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import mlcroissant
from datasets import disable_progress_bars, get_dataset_config_names, load_dataset

CONFIGS = ("sft", "dpo", "kto", "messages", "trees")


def main() -> int:
    disable_progress_bars()
    failed = 0
    for folder in map(Path, sys.argv[1:]):
        described = json.loads((folder / "croissant.json").read_bytes())
        expected = {
            records["@id"]: int(records["description"].split()[0])
            for records in described["recordSet"]
        }
        for name, check in (("load_dataset", loaded), ("mlcroissant", read)):
            try:
                assert (found := check(folder)) == expected, f"{found} rows, not {expected}"
                print(f"ok    {folder.name}, {name}: {sum(expected.values())} rows", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL  {folder.name}, {name}: {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


def loaded(folder: Path) -> dict[str, int]:
    """Return the rows of each config and split; streaming gives the same ones."""
    found = {}
    with tempfile.TemporaryDirectory() as cache:
        names = get_dataset_config_names(str(folder))
        assert names == [name for name in CONFIGS if name in names], names
        for name in names:
            for split, rows in load_dataset(str(folder), name, cache_dir=cache).items():
                found[f"{name}_{split}"] = len(rows)
                assert not nulls(rows.features), f"{name} has columns of no type: {rows.features}"
                streamed = load_dataset(str(folder), name, split=split, streaming=True)
                assert list(streamed) == list(rows), f"{name} streams other rows"
        default = load_dataset(str(folder), cache_dir=cache)
        assert default["train"].column_names[0] == "messages", "the default config is sft"
    return found


def nulls(features: Any) -> bool:
    """Return whether a top column has no type: all that it holds is null."""
    return any(getattr(kind, "dtype", "") == "null" for kind in features.values())


def read(folder: Path) -> dict[str, int]:
    """Return the records of each record set; the description must give no warning."""
    warned: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: warned.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("absl").addHandler(handler)
    described = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not warned, warned
    names = [records.id for records in described.metadata.record_sets]
    return {name: sum(1 for _ in described.records(name)) for name in names}


if __name__ == "__main__":
    sys.exit(main())
