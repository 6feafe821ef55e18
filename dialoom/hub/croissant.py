"""A Croissant 1.0 description of a data set: its files, and the fields of their rows.

Source: the Croissant format specification 1.0 (docs.mlcommons.org/croissant). The Hub makes a
description of its own from its parquet copy; this file is for use outside it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from dialoom.exporters.oasst_messages import OasstMessages
from dialoom.exporters.written import written_rows
from dialoom.hub.configs import DataFile
from dialoom.hub.data import HubData

__all__ = ["croissant_of"]

Json = dict[str, Any]

FORMATS = {
    ".jsonl": "application/jsonlines",
    ".gz": "application/jsonlines",
    ".parquet": "application/x-parquet",
}
KINDS = {str: "sc:Text", bool: "sc:Boolean", int: "sc:Integer", float: "sc:Float"}
FLAT = {"trees": ("message_tree_id", "tree_state", "origin")}
"""Columns that are described where the others nest without end."""
CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant_of(data: HubData, when: datetime) -> Json:
    """Return the description of a data set's folder, its files written."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": data.source.name,
        "description": f"{data.trees.trees} simulated conversations as message trees, supervised "
        "rows and preferences, made by dialoom.",
        "citeAs": f"{data.name}, {when.year}. Made with dialoom.",
        "license": data.options.license,
        "url": "https://huggingface.co/datasets",
        "version": "1.0.0",
        "datePublished": when.date().isoformat(),
        "distribution": [_object(file) for file in data.files],
        "recordSet": [_record_set(data.folder, file) for file in data.files],
    }


def _object(file: DataFile) -> Json:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.size} B",
        "encodingFormat": FORMATS["." + file.path.rpartition(".")[2]],
        "sha256": file.sha256,
    }


def _record_set(folder: Path, file: DataFile) -> Json:
    name = f"{file.config}_{file.split}"
    # some columns of flat messages are null in many rows, the first among them
    example = OasstMessages.example if file.config == "messages" else None
    row = example or next(iter(written_rows(folder / file.path))).row
    shown = FLAT.get(file.config, tuple(row))
    columns = {column: value for column, value in row.items() if column in shown}
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{file.rows} rows of the config {file.config}, split {file.split}.",
        "field": [field for column, value in columns.items()
                  for field in _field(f"{name}/{column}", file.path, column, value)],
    }  # fmt: skip


def _field(name: str, path: str, column: str, value: Any) -> Iterator[Json]:
    """Yield the field of a column; nothing for what has no type of Croissant's."""
    field: Json = {"@type": "cr:Field", "@id": name, "name": name}
    source = {"fileObject": {"@id": path}, "extract": {"column": column}}
    if type(value) in KINDS:
        yield {**field, "dataType": KINDS[type(value)], "source": source}
        return
    is_list = isinstance(value, list)
    inner = value[0] if is_list and value else value
    if isinstance(inner, Mapping):
        parts = [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{key}",
                "name": f"{name}/{key}",
                "dataType": KINDS[type(item)],
                "source": {**source, "transform": {"jsonPath": key}},
            }
            for key, item in inner.items()
            if type(item) in KINDS
        ]
        if parts:
            yield {**field, **({"repeated": True} if is_list else {}), "subField": parts}
