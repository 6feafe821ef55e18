"""What the commands print with; kept with the display that the REPL shares."""

from dialoom.display import printable, stderr, stdout

__all__ = ["printable", "stderr", "stdout"]
