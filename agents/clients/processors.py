"""How many threads compute best here: physical cores that this process may really use."""

import os
from pathlib import Path

__all__ = ["compute_threads"]


def compute_threads() -> int:
    """Return the physical cores this process may run on, bounded by its cgroup's CPU quota."""
    allowed = _allowed()
    cores = {_core_of(cpu) for cpu in allowed}
    quota = _quota(Path("/sys/fs/cgroup"), Path("/proc/self/cgroup"))
    return max(1, min(len(cores), int(quota) if quota else len(cores)))


def _allowed() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    # without affinity or topology (macOS, Windows) a core is taken to have one thread
    return set(range(os.cpu_count() or 1))


def _core_of(cpu: int) -> str:
    """Return what the threads of one core have in common."""
    siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    return _text(siblings) or str(cpu)


def _quota(root: Path, membership: Path) -> float | None:
    """Return how many CPUs the cgroup may use, version 1 or 2; None without a limit.

    Args:
        root: Where cgroups are mounted.
        membership: The process's `/proc/self/cgroup`.
    """
    limits = [
        limit
        for line in _text(membership).splitlines()
        if line.count(":") >= 2
        for limit in _limits(root, *line.split(":", 2)[1:])
    ]
    return min(limits, default=None)


def _limits(root: Path, controllers: str, group: str) -> list[float]:
    """Return the limits of a group and of all groups around it."""
    if controllers and "cpu" not in controllers.split(","):
        return []
    base = root / controllers if controllers else root
    found = []
    for part in (Path(group), *Path(group).parents):
        at = base / str(part).lstrip("/")
        text = _text(at / "cpu.max") or (
            f"{_text(at / 'cpu.cfs_quota_us')} {_text(at / 'cpu.cfs_period_us')}"
        )
        allowed, _, period = text.partition(" ")
        if allowed.isdigit() and period.isdigit() and int(period):
            found.append(int(allowed) / int(period))
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
