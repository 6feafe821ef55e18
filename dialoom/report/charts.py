"""Charts as SVG inside the page, in the page's own colours. The one module that knows pygal."""

import sys
from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import NamedTuple
from xml.etree import ElementTree

import pygal
from markupsafe import Markup
from pygal.style import Style

__all__ = ["Bins", "histogram", "lengths_of", "unit_bins"]

# pygal leaves a finder of the old kind behind; Python 3.11 warns of it at every later import
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]

WIDTH, HEIGHT = 420, 230
"""Units of the drawing: about the pixels of a phone, so that text stays readable there."""

STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="var(--text)",
    foreground_strong="var(--text)",
    foreground_subtle="var(--line)",
    colors=("var(--series-1)", "var(--series-2)"),
    value_colors=("var(--text)", "var(--text)"),
    opacity="0.85",
    opacity_hover="1",
    guide_stroke_color="var(--line)",
    major_guide_stroke_color="var(--line)",
    font_family="inherit",
    label_font_size=11,
    major_label_font_size=11,
    legend_font_size=12,
    title_font_size=12,
)


class Bins(NamedTuple):
    """Edges of bars; the first bar reaches from the first edge to the second."""

    edges: tuple[float, ...]

    def counts(self, values: Sequence[float]) -> list[int]:
        """Return how many values lie in each bar; the last edge belongs to the last bar."""
        counts = [0] * (len(self.edges) - 1)
        low, width = self.edges[0], self.edges[1] - self.edges[0]
        for value in values:
            counts[min(len(counts) - 1, max(0, int((value - low) / width + 1e-9)))] += 1
        return counts


def unit_bins(count: int = 20) -> Bins:
    """Return bars over 0 to 1."""
    return Bins(tuple(place / count for place in range(count + 1)))


def lengths_of(values: Sequence[int], *, most: int = 20) -> Bins:
    """Return at most so many bars of a round whole width from 0 to beyond the largest value."""
    largest = max(values, default=0) + 1
    raw = max(1.0, largest / most)
    scale = 10 ** floor(log10(raw))
    width = next(step * scale for step in (1, 2, 5, 10) if step * scale >= raw)
    return Bins(tuple(width * place for place in range(ceil(largest / width) + 1)))


def histogram(
    series: Mapping[str, Sequence[float]], bins: Bins, *, name: str, x_title: str, y_title: str
) -> Markup:
    """Return a histogram with a bar group for each series, named in a legend if there are two.

    Args:
        series: Values by what they belong to; an empty series is left out.
        bins: Where bars begin and end.
        name: Of the drawing, different from that of every other in the page.
        x_title: What the values are.
        y_title: What is counted.
    """
    series = {name: values for name, values in series.items() if values}
    chart = pygal.Histogram(
        style=STYLE,
        js=(),
        width=WIDTH,
        height=HEIGHT,
        margin=4,
        show_legend=len(series) > 1,
        legend_at_bottom=True,
        legend_box_size=11,
        x_title=x_title,
        y_title=y_title,
        include_x_axis=True,
        max_scale=6,
        x_labels_major_count=6,
        formatter=_bar_text,
        value_formatter=_number,
        x_value_formatter=_number,
    )
    for place, (title, values) in enumerate(series.items()):
        bars = [
            _bar(bins, at, count, place, len(series))
            for at, count in enumerate(bins.counts(values))
        ]
        chart.add(title, bars)
    chart.uuid = name
    return _markup(chart.render_tree())


def _markup(drawing: ElementTree.Element) -> Markup:
    """Return a drawing as text for a page: no script, and not announced, for a table says it."""
    for element in list(drawing.iter()):
        for child in list(element):
            if not isinstance(child.tag, str) or child.tag.endswith("script"):
                element.remove(child)
    drawing.set("aria-hidden", "true")
    drawing.set("focusable", "false")
    return Markup(ElementTree.tostring(drawing, encoding="unicode"))


def _bar(bins: Bins, at: int, count: int, place: int, series: int) -> tuple[int, float, float]:
    """Return one bar; bars of several series share the room of the bin."""
    left, right = bins.edges[at], bins.edges[at + 1]
    width = (right - left) / series
    return count, left + place * width, left + (place + 1) * width


def _bar_text(bar: Sequence[float]) -> str:
    """Return what the drawing says of one bar: its range and its height."""
    height, left, right = bar
    return f"{_number(left)} to {_number(right)}: {_number(height)}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.2g}"
