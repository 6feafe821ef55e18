import os
from pathlib import Path

import pytest

from dialoom.agents.clients import processors


def test_threads_stay_within_the_cpus_this_process_may_use() -> None:
    assert 1 <= processors.compute_threads() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("membership", "files", "quota"),
    [
        ("0::/job", {"job/cpu.max": "150000 100000"}, 1.5),
        ("0::/job/part", {"job/cpu.max": "200000 100000", "job/part/cpu.max": "max 100000"}, 2.0),
        ("0::/job", {"job/cpu.max": "max 100000"}, None),
        (
            "4:cpu:/job",
            {"cpu/job/cpu.cfs_quota_us": "50000", "cpu/job/cpu.cfs_period_us": "100000"},
            0.5,
        ),
        (
            "4:cpu:/",
            {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
            None,
        ),
        ("7:memory:/job\nnonsense", {"memory/job/cpu.max": "1 1"}, None),
    ],
)
def test_a_quota_is_read_from_the_group_and_those_around_it(
    tmp_path: Path, membership: str, files: dict[str, str], quota: float | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")
    group = tmp_path / "cgroup"
    group.write_text(membership, encoding="ascii")
    assert processors._quota(tmp_path, group) == quota
