"""Makes a small run with scripted models and writes the rows that consumers' code is tried on.

    python tests/consumers/make_rows.py FOLDER

FOLDER gets the rows of TRL's trainers, `last_turn/` the same of all branches, `llamafactory/`, and
`hub/`, `hub_parquet/`: data sets with two splits.
"""

import sys
from pathlib import Path
from typing import Any

import dialoom
from dialoom.build.exporting import export_source
from dialoom.exporters.splits import Share
from dialoom.hub.folder import export_hub

SCENE = """\
name: parcel
cast:
  - persona: {name: ada, display_name: Ada, description: A customer whose parcel is late.}
    role: prompter
    goal: Get a refund for order {{ order_id }}.
  - persona: {name: bob, display_name: Bob, description: A friendly support agent.}
    role: assistant
variables: {order_id: {pattern: "[A-Z]{2}[0-9]{6}"}}
sample: 24
turns: {max: 6}
branch: {assistant: {width: 3}}
evaluate:
  critic: {rubric: [quality, helpfulness], trust: always}
"""
SHARES: dict[str, Share] = {"train": "rest", "test": 6}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    scene, run = folder / "parcel.yaml", folder / "run"
    scene.write_text(SCENE, encoding="utf-8")
    dialoom.simulate(scene, model="scripted/demo", out=run)
    write(run, ["sft", "dpo", "kto", "reward", "llamafactory"], folder, {})
    write(run, ["sft"], folder / "last_turn", {"sft": {"branches": "all", "system": "fold"}})
    for name, parquet in (("hub", False), ("hub_parquet", True)):
        export_hub(run, folder / name, shares=SHARES, parquet=parquet)


def write(run: Path, names: list[str], folder: Path, options: dict[str, dict[str, Any]]) -> None:
    for name, written in export_source(run, names, folder, options).items():
        assert written.rows, f"{name} has no rows to try"


if __name__ == "__main__":
    main()
