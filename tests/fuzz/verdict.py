"""What a reader made of a worn file, held against what is true: wrong values, wrong times, silent losses."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.errors import FluxkitError
from tests.fuzz.planted import Found, N, Planted
from tests.fuzz.target import loud
from tests.fuzz.wear import Worn, worn

Mask = npt.NDArray[np.bool_]

SECOND = np.timedelta64(1, "s")
#: What a file tells of a closure, beside its times.
_OF_CLOSURES = ("label", "port", "cover", "treatment", "area", "volume", "height", "deadband")

#: How far a text's number is from the one it stands for.
_CLOSE = 1e-9


@dataclass
class Judged:
    """What became of the worn files of a reader."""

    files: int = 0
    share: float = 0.0  #: of the true values, summed
    wrong: dict[int, str] = field(default_factory=dict)  #: number of a file -> its kind, and what is wrong

    @property
    def kept(self) -> float:
        """Mean share of the true values that came out."""
        return self.share / max(self.files, 1)

    def line(self, name: str) -> str:
        """Return the figures."""
        return f"{name:<20} {self.files:>7} {len(self.wrong):>6} {100 * self.kept:>6.0f} %"


HEADING = f"{'reader':<20} {'files':>7} {'wrong':>6} {'kept':>8}"


def judged(sound: Planted, numbers: range, folder: Path) -> Judged:
    """Read the worn files of some numbers."""
    found = Judged()
    for number in numbers:
        case = worn(sound, number)
        wrong, share = verdict(sound, case, folder)
        found.files += 1
        found.share += share
        if wrong:
            found.wrong[number] = f"{case.kind}: {'; '.join(wrong)}"
    return found


def verdict(sound: Planted, found: Worn, folder: Path) -> tuple[list[str], float]:
    """Return what is wrong, and the share of the true values that came out (0 if the file was refused)."""
    path = folder / sound.file
    path.write_bytes(sound.pack(found.data))
    with loud():
        try:
            read = sound.look(path)
        except FluxkitError as error:
            return ([f"refused although nothing is lost: {error}"] if found.whole else []), 0.0
    wrong = _stamped(sound, found, read) if sound.stamped else _counted(sound, found, read)
    wrong += _closed(sound, found, read)
    # Of an analyser's clock that was set back some times are there twice.
    slots = np.arange(read.slots.size) if found.clock and sound.layout is None else read.slots
    there = min(np.unique(slots[~np.isnan(read.data[name])]).size for name in sound.truth)
    if there < N and found.whole:
        wrong.append(f"{N - there} values are missing although nothing is lost: {read.problems}")
    if there < N and found.told and not read.problems:
        wrong.append(f"{N - there} values are missing, and no word is said")
    return wrong, there / N


def _stamped(sound: Planted, found: Worn, read: Found) -> list[str]:
    wrong = [f"stamps are off by {read.late} slots"] if abs(read.late) > 1e-3 else []
    slots = read.slots
    for name, x in sound.truth.items():
        y = read.data[name]
        good = np.isnan(y)
        n, shift = found.clock or (N, 0)
        good |= (slots < n) & _same(y, x, slots)
        if shift:
            good |= (slots - shift >= n) & _same(y, x, slots - shift)
        good |= np.isin(slots, [*found.glued]) | np.isin(slots - shift, [*found.glued])
        # The time of an analyser's line of two halves may be of both.
        spare = 1 if found.glued and sound.layout is None else 0
        if np.count_nonzero(~good) > spare:
            at = int(np.flatnonzero(~good)[0])
            wrong.append(
                f"{np.count_nonzero(~good)} values of {name} are wrong, the first at {slots[at]}: {y[at]} "
                f"({_origin(sound, y[at])})"
            )
    return wrong


def _closed(sound: Planted, found: Worn, read: Found) -> list[str]:
    """Closures that a file records: each is one of the sound file's or a part of it, and a part is told."""
    wrong = []
    for one in read.closings:
        if found.glued and one.end - one.start <= 2 * SECOND:
            continue  # of a line of two halves
        odd = [
            f"{name} {getattr(one, name)!r}"
            for name in _OF_CLOSURES
            if all(not _alike(getattr(one, name), getattr(true, name)) for true in sound.closings)
        ]
        early = all(one.start < true.start - SECOND for true in sound.closings)
        late = all(one.end > true.end + SECOND for true in sound.closings)
        if not found.clock and (early or late):
            odd.append(f"it is from {one.start} to {one.end}")
        if odd:
            wrong.append(f"closure {one.id!r} is wrong: {', '.join(odd)}")
    if found.whole and len(read.closings) < len(sound.closings):
        wrong.append("a closure is missing although nothing is lost")
    if found.told and len(read.closings) != len(sound.closings) and not read.problems:
        wrong.append(f"{len(read.closings)} closures for {len(sound.closings)}, and no word is said")
    return wrong


def _alike(one: object, true: object) -> bool:
    """Whether a fact of a closure is as it was, or not known."""
    if isinstance(one, float) and isinstance(true, float):
        return bool(np.isnan(one) or abs(one - true) <= _CLOSE * (1.0 + abs(true)))
    return one in (true, "")


def _same(y: npt.NDArray[np.float64], x: npt.NDArray[np.float64], at: npt.NDArray[np.int64]) -> Mask:
    inside = (at >= 0) & (at < x.size)
    same: Mask = inside & (np.abs(x[np.clip(at, 0, x.size - 1)] - y) <= _CLOSE * (1.0 + np.abs(y)))
    return same


def _counted(sound: Planted, found: Worn, read: Found) -> list[str]:
    """Records without stamps: all values of a slot are of one record, not far from its place."""
    names = list(sound.truth)
    y = np.array([read.data[name] for name in names])
    x = np.array([sound.truth[name] for name in names])
    at = read.slots
    good = np.isnan(y).all(axis=0)
    for moved in sorted(range(-found.slack, found.slack + 1), key=abs):
        if good.all():
            return []
        here = at + moved
        inside = (here >= 0) & (here < N)
        same = np.isnan(y) | (np.abs(x[:, np.clip(here, 0, N - 1)] - y) <= _CLOSE * (1.0 + np.abs(y)))
        good |= inside & same.all(axis=0)
    bad = np.flatnonzero(~good)
    if bad.size <= len(found.glued):
        return []
    values = {name: (float(v), _origin(sound, v)) for name, v in zip(names, y[:, bad[0]], strict=True)}
    return [f"{bad.size} records are wrong, the first at {bad[0]}: {values}"]


def _origin(sound: Planted, value: float) -> str:
    """Of which column and record a value is."""
    for name, x in sound.truth.items():
        near = np.flatnonzero(np.abs(x - value) <= _CLOSE * (1.0 + abs(value)))
        if near.size:
            return f"{name} of {near[0]}"
    return "of nothing"
