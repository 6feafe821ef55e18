"""What a run came to: one page to look at it, and figures to compare it with another."""

from dialoom.report.comparison import Comparison, compare_runs
from dialoom.report.writing import write_report

__all__ = ["Comparison", "compare_runs", "write_report"]
