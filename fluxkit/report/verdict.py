"""What explains the difference of each flux, in one sentence."""

from collections.abc import Sequence

import numpy as np

from fluxkit.report.agreement import Effect

#: Share of a difference from which on a decision explains it, and from which on a part of it.
_EXPLAINS, _PART = 0.5, 0.1
#: A further decision is named only if it explains so much more.
_FURTHER = 0.01


def verdicts(steps: Sequence[Sequence[Effect]]) -> list[str]:
    """Return a sentence for each flux that was compared.

    Parameters
    ----------
    steps : sequence of sequences of Effect
        Of each step of the search the best first, which the next step starts from.

    Examples
    --------
    >>> lag = Effect("lag = 'constant'", {"FC": 0.001}, {"FC": 1.0}, -0.999, {"FC": 10.0})
    >>> verdicts([[lag]])
    ["FC: lag = 'constant' explains 99.9 % of the difference"]
    """
    if not steps or not steps[0]:
        return []
    fluxes = dict.fromkeys(name for e in steps[0] for name in e.before)
    return [f"{name}: {_verdict(name, steps)}" for name in fluxes]


def _verdict(name: str, steps: Sequence[Sequence[Effect]]) -> str:
    first = next(e for e in steps[0] if name in e.before)
    share = 100.0 * first.before[name] / first.size[name] if first.size[name] else np.nan
    if not first.differs(name):
        return f"agrees as it is (root mean square difference {share:.2g} % of its size)"
    adopted: list[str] = []
    best, explained = "", 0.0
    for step in steps:
        closest = min((e for e in step if name in e.rmse), key=lambda e: e.rmse[name], default=None)
        # Periods may differ by what a decision gives: the share is of the difference over the same ones.
        if closest is not None:
            before = first.before[name] if adopted else closest.before[name]
            now = 1.0 - closest.rmse[name] / before
            if now > explained + (_FURTHER if adopted else 0.0):
                best, explained = " and ".join([*adopted, closest.decision]), now
        adopted.append(step[0].decision)
    if explained >= _EXPLAINS:
        return f"{best} explain{'' if ' and ' in best else 's'} {_percent(explained)} of the difference"
    nearest = f"; the nearest, {best}, {_percent(explained)} of it" if explained >= _PART else ""
    words = f"none of these explains the difference ({share:.2g} % of its size){nearest}"
    return f"{words}; see what was not tried"


def _percent(share: float) -> str:
    """Return a share as text; 100 % is all of it."""
    percent = 100.0 * share
    return (
        "100 %"
        if percent >= 99.995
        else f"{min(percent, 99.99):.3g} %"
        if percent < 99.95
        else f"{percent:.2f} %"
    )
