"""Amounts as people read them."""

_STEPS = ("bytes", "kB", "MB", "GB", "TB")


def size(number: float) -> str:
    """Return a number of bytes with its unit: ``1.62 MB``."""
    step = 0
    while number >= 999.5 and step < len(_STEPS) - 1:
        number /= 1000
        step += 1
    return f"{number:.0f} bytes" if step == 0 else f"{number:.3g} {_STEPS[step]}"


def counted(number: int, noun: str, ending: str = "s") -> str:
    """Return a number with its noun: ``1 day``, ``2 days``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{ending}"


def listed(counts: dict[str, int]) -> str:
    """Return what was counted, the most frequent first: ``new: 12, raw files: 1``."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name}: {number}" for name, number in ordered)
