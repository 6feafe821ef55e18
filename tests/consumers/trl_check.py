"""Trains two steps of SFT, DPO, KTO and a reward model from exported files, with TRL itself.

Not a pytest module: it runs in an environment of its own, since torch is no dependency here.

    python -m venv trl && trl/bin/pip install torch==2.13.0 && trl/bin/pip install trl==1.16.0
    trl/bin/python tests/consumers/trl_check.py FOLDER

FOLDER holds any of sft.jsonl, dpo.jsonl, kto.jsonl, reward.jsonl. The model is a random Llama of
two layers and the tokenizer is trained on the files, so nothing is downloaded. Besides that the
steps run, it is checked that the tokens with a loss are the assistant's words and no others.
"""

import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
from datasets import Dataset, disable_progress_bars, load_dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
)
from trl import (
    DPOConfig,
    DPOTrainer,
    KTOConfig,
    KTOTrainer,
    RewardConfig,
    RewardTrainer,
    SFTConfig,
    SFTTrainer,
)

LENGTH = 2048
TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] }}<|im_end|>{% endgeneration %}\n"
    "{% else %}{{ message['content'] }}<|im_end|>\n{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def main() -> int:
    folder = Path(sys.argv[1])
    disable_progress_bars()
    torch.manual_seed(0)
    tokenizer = trained_tokenizer(sorted(folder.glob("*.jsonl")))
    failed = 0
    for name, check in CHECKS:
        path = folder / f"{name.split(' ')[0]}.jsonl"
        if not path.exists():
            continue
        try:
            print(f"ok    {name}: {check(rows_of(path), tokenizer)}", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAIL  {name}: {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


def rows_of(path: Path) -> Dataset:
    """Return the file as `load_dataset` reads it, every row of it."""
    rows = load_dataset("json", data_files=str(path), split="train")
    lines = path.read_bytes().count(b"\n")
    assert len(rows) == lines, f"{len(rows)} rows of {lines} lines"
    return rows


def trained_tokenizer(paths: list[Path]) -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer with a ChatML template, trained on the files."""
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    specials = ["<|pad|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bare.train_from_iterator(texts(paths), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bare, pad_token="<|pad|>", eos_token="<|im_end|>"
    )
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def texts(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            yield from (text for line in lines for text in contents(json.loads(line)))


def contents(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("content"), str):
            yield value["content"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from contents(item)


def config(tokenizer: PreTrainedTokenizerFast) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=2 * LENGTH,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


def steps(**more: Any) -> dict[str, Any]:
    return {
        "output_dir": tempfile.mkdtemp(),
        "max_steps": 2,
        "per_device_train_batch_size": 2,
        "report_to": "none",
        "save_strategy": "no",
        "use_cpu": True,
        "bf16": False,
        "max_length": LENGTH,
        "disable_tqdm": True,
        "logging_strategy": "no",
        **more,
    }


def trained(trainer: Any) -> str:
    loss = trainer.train().training_loss
    assert math.isfinite(loss), f"the loss is {loss}"
    return f"{len(trainer.train_dataset)} rows, loss {loss:.3f}"


def sft(rows: Dataset, tokenizer: PreTrainedTokenizerFast, *, only_assistant: bool = False) -> str:
    trainer = SFTTrainer(
        model=LlamaForCausalLM(config(tokenizer)),
        args=SFTConfig(**steps(assistant_only_loss=only_assistant)),
        train_dataset=rows,
        processing_class=tokenizer,
    )
    said = trained(trainer)
    if only_assistant or "completion" in rows.column_names:
        for place in range(min(25, len(rows))):
            _assert_targets(trainer, rows[place], place, tokenizer)
        said += "; the loss is on the assistant's words alone"
    return said


def sft_assistant(rows: Dataset, tokenizer: PreTrainedTokenizerFast) -> str:
    if "messages" not in rows.column_names:
        return sft(rows, tokenizer)
    return sft(rows, tokenizer, only_assistant=True)


def _assert_targets(
    trainer: Any, row: dict[str, Any], place: int, tokenizer: PreTrainedTokenizerFast
) -> None:
    batch = trainer.data_collator([trainer.train_dataset[place]])
    labels = batch["labels"][0].tolist()
    text = tokenizer.decode([label for label in labels if label != -100])
    wanted = [
        message["content"]
        for message in row.get("completion") or row["messages"]
        if message["role"] == "assistant"
    ]
    if len(labels) == LENGTH:
        return
    found = [part.removesuffix("\n").removeprefix("\n") for part in text.split("<|im_end|>")]
    assert [part for part in found if part] == wanted, f"row {place}: {found} is not {wanted}"


def dpo(rows: Dataset, tokenizer: PreTrainedTokenizerFast) -> str:
    return trained(
        DPOTrainer(
            model=LlamaForCausalLM(config(tokenizer)),
            ref_model=LlamaForCausalLM(config(tokenizer)),
            args=DPOConfig(**steps()),
            train_dataset=rows,
            processing_class=tokenizer,
        )
    )


def kto(rows: Dataset, tokenizer: PreTrainedTokenizerFast) -> str:
    return trained(
        KTOTrainer(
            model=LlamaForCausalLM(config(tokenizer)),
            ref_model=LlamaForCausalLM(config(tokenizer)),
            args=KTOConfig(**steps()),
            train_dataset=rows,
            processing_class=tokenizer,
        )
    )


def reward(rows: Dataset, tokenizer: PreTrainedTokenizerFast) -> str:
    settings = config(tokenizer)
    settings.num_labels = 1
    model = LlamaForSequenceClassification(settings)
    args = RewardConfig(**steps())
    trainer = RewardTrainer(model=model, args=args, train_dataset=rows, processing_class=tokenizer)
    assert ("margin" in trainer.train_dataset.column_names) == ("margin" in rows.column_names)
    return trained(trainer)


Check = Callable[[Dataset, PreTrainedTokenizerFast], str]
CHECKS: list[tuple[str, Check]] = [
    ("sft", sft),
    ("sft (assistant_only_loss)", sft_assistant),
    ("dpo", dpo),
    ("dpo by KTOTrainer", kto),
    ("dpo by RewardTrainer", reward),
    ("kto", kto),
    ("reward", reward),
]

if __name__ == "__main__":
    sys.exit(main())
