"""CPU time and peak memory of a call."""

import resource
import time
from collections.abc import Callable
from statistics import median


def cpu_ms(call: Callable[[], object], repeats: int = 15) -> float:
    """Median CPU time of a call after one warm-up. [ms]"""
    call()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return 1e3 * median(times)


def cpu_ratio(
    call: Callable[[], object], base: Callable[[], object], repeats: int = 15
) -> tuple[float, float, float]:
    """CPU times of call and base in turn, and the median of their ratios: (ms, ms, ratio)."""
    call()
    base()
    pairs = []
    for _ in range(repeats):
        start = time.process_time()
        base()
        middle = time.process_time()
        call()
        pairs.append((time.process_time() - middle, middle - start))
    return (
        1e3 * median(a for a, _ in pairs),
        1e3 * median(b for _, b in pairs),
        median(a / b for a, b in pairs),
    )


def peak_mb() -> float:
    """Largest memory the process has held so far. [MB]"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
