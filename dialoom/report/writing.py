"""The page of a run: one file that needs no other file and no network."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from dialoom.exporters.base import written_whole
from dialoom.report.contents import contents
from dialoom.report.gathering import Gathered, gather
from dialoom.report.payload import clean, payload_text
from dialoom.verdicts import raters

__all__ = ["page_of", "write_report"]


def write_report(source: Path, out: Path) -> Gathered:
    """Write the page of a run's directory, or of an OASST file, and return what it shows.

    Raises:
        InputError: the source is neither, or can't be read.
        ExportError: the page can't be written; what stood there before is untouched.
    """
    gathered = gather(source)
    page = page_of(gathered).encode()
    with written_whole(out) as file:
        file.write(page)
    return gathered


def page_of(gathered: Gathered) -> str:
    """Return the page as HTML.

    Texts of the run are escaped wherever they stand; beyond that the page's own policy lets no
    script run but the one whose digest it names, and nothing be loaded from anywhere.
    """
    script = _asset("report.js")
    template = _environment().from_string(_asset("report.html"))
    return template.render(
        **contents(gathered),
        style=Markup(_asset("report.css")),
        script=Markup(script),
        script_digest=b64encode(sha256(script.encode()).digest()).decode(),
        payload=Markup(payload_text(gathered.trees)),
    ).lstrip()


def _asset(name: str) -> str:
    return files("dialoom.report").joinpath("page", name).read_text(encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = _seconds
    environment.globals["raters"] = raters
    return environment


def _shown(value: object) -> object:
    """Return what stands for a value in the page; texts lose their control characters."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return clean(value)


def _seconds(value: float) -> str:
    return f"{value * 1000:,.1f} ms" if value < 1 else f"{value:,.1f} s"
