"""A folder for LLaMA-Factory: three files and the `dataset_info.json` that describes them.

Source: LLaMA-Factory 0.9.5, data/README.md and src/llamafactory/data. It takes `chosen` and
`rejected` as objects, not lists, and leaves out of `columns` and `tags` whatever is not named.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic_core import to_json

from dialoom.exporters.base import Exporter, FileLine, Row
from dialoom.exporters.kto import Judged, JudgedExporter
from dialoom.exporters.pairs import Pair, PairExporter
from dialoom.exporters.sharegpt import ShareGpt, sharegpt
from dialoom.registry import Registry
from dialoom.spec import Choice
from dialoom.tree import TreeRecord

__all__ = ["LlamaFactory", "LlamaFactoryKto", "LlamaFactoryRanking"]

_COLUMNS = {"messages": "conversations", "system": "system"}


class LlamaFactoryRanking(PairExporter):
    """Rows for its `dpo` and `rm` stages."""

    name: ClassVar[str] = "llamafactory_ranking"
    file_name: ClassVar[str] = "ranking.jsonl"

    def row(self, pair: Pair) -> Row:
        chosen, rejected = pair.texts
        return {
            **sharegpt(pair.prompt),
            "chosen": {"from": "gpt", "value": chosen},
            "rejected": {"from": "gpt", "value": rejected},
            **pair.trace,
        }


class LlamaFactoryKto(JudgedExporter):
    """Rows for its `kto` stage."""

    name: ClassVar[str] = "llamafactory_kto"
    file_name: ClassVar[str] = "kto.jsonl"

    def row(self, judged: Judged) -> Row:
        said = (*judged.prompt, judged.reply)
        return {**sharegpt(said), "kto_tag": judged.is_good, **judged.trace}


PARTS: Registry[Exporter] = Registry("LLaMA-Factory file")
PARTS.register("sft", ShareGpt)
PARTS.register("ranking", LlamaFactoryRanking)
PARTS.register("kto", LlamaFactoryKto)


class LlamaFactory(Exporter):
    """Writes `llamafactory/`: sft.jsonl, ranking.jsonl, kto.jsonl and dataset_info.json.

    Args:
        sft: Options of the supervised file, those of `sharegpt`; None leaves the file out.
        ranking: Options of the pairs, those of `dpo`.
        kto: Options of the judged replies, those of `kto`.

    Raises:
        InputError: an option of a file is unknown or has a value it can't have.
    """

    name: ClassVar[str] = "llamafactory"
    file_name: ClassVar[str] = "llamafactory/dataset_info.json"

    def __init__(
        self,
        *,
        sft: Mapping[str, Any] | None = MappingProxyType({}),
        ranking: Mapping[str, Any] | None = MappingProxyType({}),
        kto: Mapping[str, Any] | None = MappingProxyType({}),
    ) -> None:
        super().__init__()
        wanted = {"sft": sft, "ranking": ranking, "kto": kto}
        self.parts = {
            name: PARTS.make(Choice(name, (), options))
            for name, options in wanted.items()
            if options is not None
        }
        self._written: Counter[str] = Counter()

    def tree_rows(self, record: TreeRecord) -> Iterator[Row]:
        """Yield the rows of every file, each as `{"file": name, "row": row}`."""
        for name, part in self.parts.items():
            for row in part.tree_rows(record):
                self._written[name] += 1
                yield {"file": f"llamafactory/{name}.jsonl", "row": row}

    def tree_lines(self, record: TreeRecord) -> Iterator[FileLine]:
        """Yield the lines of the files that have any."""
        for row in self.tree_rows(record):
            yield FileLine(row["file"], to_json(row["row"]))

    def closing(self) -> Iterator[FileLine]:
        """Yield the description of the files that were written."""
        for name, part in self.parts.items():
            self.dropped.update({f"{name}: {why}": n for why, n in part.dropped.items()})
        described = {
            f"dialoom_{name}": {"file_name": f"{name}{self._suffix}", **_INFO[name]}
            for name in _INFO
            if name in self._written
        }
        yield FileLine(self.file_name, to_json(described, indent=2))

    @property
    def _suffix(self) -> str:
        return ".parquet" if self.parquet else ".jsonl"

    def rows_in(self, counts: Mapping[str, int]) -> int:
        """Return how many rows all files have; their description is none."""
        return sum(counts.get(f"llamafactory/{name}.jsonl", 0) for name in self.parts)

    def figures(self) -> dict[str, float]:
        """Return the number of rows by file."""
        return {name: self._written[name] for name in self.parts}


_INFO: dict[str, Row] = {
    "sft": {"formatting": "sharegpt", "columns": _COLUMNS},
    "ranking": {
        "formatting": "sharegpt",
        "ranking": True,
        "columns": {**_COLUMNS, "chosen": "chosen", "rejected": "rejected"},
    },
    "kto": {
        "formatting": "sharegpt",
        "columns": {**_COLUMNS, "kto_tag": "kto_tag"},
    },
}
