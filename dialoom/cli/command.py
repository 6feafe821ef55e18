"""The command line as it is kept in manifests and on cards."""

import re
import shlex
import sys
from pathlib import Path

__all__ = ["command_line"]

_USER = re.compile(r"(?<=://)[^/@\s]+@")
"""User and password of a URL."""


def command_line() -> str:
    """Return the words this process was called with, as a shell would take them, no password."""
    name, *words = sys.argv
    return shlex.join([Path(name).name, *(_USER.sub("", word) for word in words)])
