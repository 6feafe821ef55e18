"""Draws what a terminal shows as a page that a browser takes a picture of."""

# tmux capture-pane -e -p -t SESSION | python docs/images/terminal.py page.html
# chromium --headless --hide-scrollbars --screenshot=repl.png --window-size=960,800 page.html

import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI, TerminalTheme
from rich.text import Text

BACK, TEXT = (20, 25, 27), (230, 236, 238)
PAGE = """\
<!DOCTYPE html>
<meta charset="utf-8">
<style>
body {{ margin: 0; padding: 16px 20px; background: #14191b; color: #e6ecee; }}
pre {{ margin: 0; font: 15px/1.3 "DejaVu Sans Mono", monospace; }}
{stylesheet}
</style>
<pre>{code}</pre>
"""


def main() -> None:
    """Read the screen from standard input, and write the page."""
    lines = sys.stdin.read().rstrip("\n").splitlines()
    console = Console(record=True, width=max(120, *map(len, lines)), file=StringIO())
    console.print(Text.from_ansi("\n".join(lines)), soft_wrap=True)
    colours = [MONOKAI.ansi_colors[number] for number in range(16)]
    theme = TerminalTheme(BACK, TEXT, colours[:8], colours[8:])
    page = console.export_html(theme=theme, code_format=PAGE)
    Path(sys.argv[1]).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
