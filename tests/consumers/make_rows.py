"""Makes a small run with scripted models and writes the rows that consumers' code is tried on.

    PYTHONPATH=tests python tests/consumers/make_rows.py FOLDER

FOLDER gets the rows of TRL's trainers, `last_turn/` the same of all branches, `llamafactory/`, and
`hub/`, `hub_parquet/`: data sets with two splits.
"""

import sys
from pathlib import Path
from typing import Any

from scenes import TRUSTING, write_scene

import dialoom
from dialoom.build.exporting import export_source
from dialoom.exporters.splits import Share
from dialoom.hub.folder import export_hub

SHARES: dict[str, Share] = {"train": "rest", "test": 6}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    run = folder / "run"
    dialoom.simulate(write_scene(folder, TRUSTING), model="scripted/demo", sample=24, out=run)
    write(run, ["sft", "dpo", "kto", "reward", "llamafactory"], folder, {})
    write(run, ["sft"], folder / "last_turn", {"sft": {"branches": "all", "system": "fold"}})
    for name, parquet in (("hub", False), ("hub_parquet", True)):
        export_hub(run, folder / name, shares=SHARES, parquet=parquet)


def write(run: Path, names: list[str], folder: Path, options: dict[str, dict[str, Any]]) -> None:
    for name, written in export_source(run, names, folder, options).items():
        assert written.rows, f"{name} has no rows to try"


if __name__ == "__main__":
    main()
