"""Reads an exported `llamafactory/` folder with LLaMA-Factory's own loader, every row of it.

Not a pytest module: LLaMA-Factory 0.9.5 needs an environment of its own, since it takes older
versions of trl and datasets than trl_check.py does. torch, torchvision and torchaudio must be of
one build, or its import fails.

    python -m venv factory && factory/bin/pip install llamafactory==0.9.5
    factory/bin/python tests/consumers/llamafactory_check.py FOLDER/llamafactory
"""

import json
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from datasets import disable_progress_bars
from llamafactory.data.loader import _load_single_dataset
from llamafactory.data.parser import get_dataset_list
from llamafactory.hparams import DataArguments, ModelArguments
from transformers import Seq2SeqTrainingArguments

ROLES = {"human": "user", "gpt": "assistant"}


def main() -> int:
    folder = Path(sys.argv[1])
    disable_progress_bars()
    logging.disable(logging.WARNING)
    failed = 0
    for name, info in json.loads((folder / "dataset_info.json").read_bytes()).items():
        rows = [json.loads(line) for line in (folder / info["file_name"]).open(encoding="utf-8")]
        read = loaded(folder, name)
        faults = sum(not is_same(row, theirs) for row, theirs in zip(rows, read, strict=True))
        failed += faults
        print(f"{'FAIL' if faults else 'ok  '}  {name}: {len(rows)} rows, {faults} read otherwise")
    return 1 if failed else 0


def loaded(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows as LLaMA-Factory sees them; a row it drops has an empty prompt."""
    with tempfile.TemporaryDirectory() as cache:
        data = DataArguments(dataset=name, dataset_dir=str(folder), preprocessing_num_workers=1)
        model = ModelArguments(model_name_or_path=str(folder), cache_dir=cache)
        training = Seq2SeqTrainingArguments(output_dir=cache, use_cpu=True)
        (attributes,) = get_dataset_list([name], str(folder))
        return list(_load_single_dataset(attributes, model, data, training))


def is_same(row: dict[str, Any], theirs: dict[str, Any]) -> bool:
    said = [
        {"role": ROLES[turn["from"]], "content": turn["value"]} for turn in row["conversations"]
    ]
    answers = theirs["_response"]
    if "chosen" in row:
        expected = [row["chosen"]["value"], row["rejected"]["value"]]
        is_same_answer = [answer["content"] for answer in answers] == expected
    elif "kto_tag" in row:
        place = 0 if row["kto_tag"] else 1
        is_same_answer = answers[place]["content"] == said.pop()["content"]
    else:
        is_same_answer = answers == [said.pop()]
    return is_same_answer and theirs["_prompt"] == said and theirs["_system"] == row["system"]


if __name__ == "__main__":
    sys.exit(main())
