"""CPU time of `simulate --help`: what every command pays before it begins.

    uv run python benchmarks/startup.py

The anchor is an interpreter that does nothing. Python keeps what it has compiled, so the first of
the runs, which compiles all modules, is told apart; it is what every run costs where
PYTHONDONTWRITEBYTECODE is set.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 15
COMMANDS = {
    "interpreter alone": [sys.executable, "-c", "pass"],
    "simulate --help": [
        *(sys.executable, "-c"),
        "import sys; sys.argv = ['simulate', '--help']; "
        "from dialoom.cli.main import simulate; simulate()",
    ],
}


def cpu(command: list[str], compiled: str) -> float:
    """Return the seconds of CPU that a command takes, its system time included."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "COLUMNS": "100"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    print(f"{'':20} {'first':>8} {'least':>8} {'median':>8}  s of CPU")
    for name, command in COMMANDS.items():
        with tempfile.TemporaryDirectory() as compiled:
            first, *others = (cpu(command, compiled) for _ in range(ROUNDS))
        least, median = min(others), statistics.median(others)
        print(f"{name:20} {first:>8.2f} {least:>8.2f} {median:>8.2f}")


if __name__ == "__main__":
    main()
