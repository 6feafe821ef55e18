"""All benchmarks, or those that are named, one after another.

    uv run python benchmarks/run.py [NAME ...]

Each runs in a process of its own with its own defaults, under a line with its name and the version
it measures. Where one fails the others still run, and the exit status is 1. `prompt_forms`, which
compares forms of prompts and takes half an hour, runs only when it is named.
"""

import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
USUAL = (
    "startup",
    "framework",
    "clients",
    "rate",
    "scale",
    "embedded",
    "heuristics",
    "duplicates",
    "imports",
    "exports",
)
NAMES = (*USUAL, "prompt_forms")


def succeeds(name: str) -> bool:
    """Run a benchmark, its output below its name, and return whether it came to its end."""
    print(f"== {name}", flush=True)
    start = time.monotonic()
    done = subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=False)
    print(f"== {name}: {time.monotonic() - start:.0f} s, exit {done.returncode}\n", flush=True)
    return done.returncode == 0


def main(names: list[str]) -> int:
    unknown = sorted({*names} - {*NAMES})
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    machine = f"{platform.system()} {platform.machine()}, {cores} cores"
    print(f"dialoom {version('dialoom')}, Python {platform.python_version()}, {machine}\n")
    failed = [name for name in names or USUAL if not succeeds(name)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
