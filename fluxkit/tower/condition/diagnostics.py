"""What instruments say of their own samples: bits and codes of diagnostic words, signal strength."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.schema.diagnostics import DiagnosticWord

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Diagnosis(NamedTuple):
    """One column of diagnostic words and what it speaks of."""

    column: str  #: variable that holds the words
    word: DiagnosticWord
    variables: tuple[str, ...]  #: lost with an acting bit or a bad code
    fractions: tuple[str, ...]  #: those of them that are fractions, which need the cell's temperature
    counting: DiagnosticWord | None = None  #: what the word is if its lowest bits count the records


class Reading(NamedTuple):
    """What the words of one period say."""

    lost: dict[str, Mask]  #: variable -> samples to drop
    values: dict[str, float]  #: output variable -> samples flagged, or mean signal strength [%]
    counting: bool = False  #: its lowest bits counted the records
    often: dict[int, int] = {}  # noqa: RUF012  (never changed) words and how often, where most samples are bad


#: A counter of six bits is told by so many pairs of records, nearly all of which differ by one step.
COUNTER, FEWEST_PAIRS, SAME_STEP, LARGEST_STEP = 63, 16, 0.9, 4
#: Words that are named where most samples are bad.
_MOST_WORDS = 3


def counts_records(code: npt.NDArray[np.int64]) -> bool:
    """Whether the lowest six bits of words count the records, modulo 64, as a CSAT3's do.

    Parameters
    ----------
    code : (N,) array of int64
        Words of records one after another.

    References
    ----------
    .. [1] Campbell Scientific, CSAT3 manual, appendix B: word 4 has the counter in bits 0 to 5.

    Examples
    --------
    >>> import numpy as np
    >>> counts_records(np.arange(100) % 64), counts_records(np.zeros(100, dtype=np.int64))
    (True, False)
    """
    steps = np.diff(code & COUNTER) & COUNTER
    if steps.size < FEWEST_PAIRS:
        return False
    found = np.bincount(steps, minlength=LARGEST_STEP + 1)[1 : LARGEST_STEP + 1]
    return bool(found.max() > SAME_STEP * steps.size)


def read_words(
    x: Array,
    diagnosis: Diagnosis,
    *,
    ignored_bits: Collection[str] = (),
    missing_loses: bool = True,
    thermocouples: bool = True,
) -> Reading:
    """Read the diagnostic words of one period.

    Parameters
    ----------
    x : (N,) array
        Words as numbers, NaN where missing.
    diagnosis : Diagnosis
        What they mean and speak of.
    ignored_bits : collection of str
        Bits that cost no sample: <PREFIX>_<NAME>, as in the output.
    missing_loses : bool, default True
        A sample whose word is missing is lost, since nothing is known of it.
    thermocouples : bool, default True
        Single bits cost what rests on a cell's thermocouple.

    Returns
    -------
    Reading
    """
    if x.size > 1 and x.min() == x.max():  # one word, as nearly always: it is read once
        return _repeated(
            read_words(
                x[:1],
                diagnosis,
                ignored_bits=ignored_bits,
                missing_loses=missing_loses,
                thermocouples=thermocouples,
            ),
            x.size,
        )
    word = diagnosis.word
    there = ~np.isnan(x)
    code = np.where(there, x, 0.0).astype(np.int64)
    counting = diagnosis.counting is not None and counts_records(code[there])
    if counting and diagnosis.counting is not None:
        bad = there & ((code & diagnosis.counting.acting_mask()) != 0)
        values = {f"{word.prefix}_STATUS_NUM": float(np.count_nonzero(bad))}
    elif word.good:
        bad = there & ~np.isin(code, word.good)
        values = {f"{word.prefix}_STATUS_NUM": float(np.count_nonzero(bad))}
    else:
        mask = word.acting_mask(ignored=ignored_bits)
        bad = there & ((code & mask) != (mask if word.well else 0))
        values = _counted(code, there, word)
    if missing_loses and not word.missing_is_well:
        bad |= ~there
    lost = dict.fromkeys(diagnosis.variables, bad)
    if thermocouples:
        _lose_with_bits(lost, code, there, diagnosis)
    often: dict[int, int] = {}
    if 2 * np.count_nonzero(bad & there) > x.size:
        words, numbers = np.unique(code[bad & there], return_counts=True)
        first = np.argsort(-numbers, kind="stable")[:_MOST_WORDS]
        often = dict(zip(words[first].tolist(), numbers[first].tolist(), strict=True))
    return Reading(lost, values, counting, often)


def _repeated(one: Reading, n: int) -> Reading:
    """What n equal words say, from what one of them does."""
    lost = {name: np.full(n, bad[0]) for name, bad in one.lost.items()}
    values = {name: n * value if name.endswith("_NUM") else value for name, value in one.values.items()}
    return Reading(lost, values, one.counting, {word: n * number for word, number in one.often.items()})


def _counted(code: npt.NDArray[np.int64], there: Mask, word: DiagnosticWord) -> dict[str, float]:
    """Count the words in which each bit is not well; mean signal strength."""
    values = {}
    every = sum(1 << bit for bit, _, _ in word.bits)
    well = every if word.well else 0
    unwell = np.where(there, (code & every) ^ well, 0)
    some = bool(unwell.any())
    for bit, name, _ in word.bits:
        count = np.count_nonzero(unwell & (1 << bit)) if some else 0
        values[f"{word.prefix}_{name}_NUM"] = float(count)
    if word.signal is not None:
        mask, step = word.signal
        n = np.count_nonzero(there)
        strength = float((code & mask).sum(where=there)) * step / n if n else np.nan
        values[f"{word.prefix}_SIGNAL"] = strength
    return values


def _lose_with_bits(
    lost: dict[str, Mask], code: npt.NDArray[np.int64], there: Mask, diagnosis: Diagnosis
) -> None:
    """Add what single bits cost beside the acting ones: a cell's thermocouples."""
    word = diagnosis.word
    numbers = {name: bit for bit, name, _ in word.bits}
    for name, variables in word.drops.items():
        set_ = (code >> numbers[name]) & 1
        bad = there & (set_ != word.well)
        for variable in variables:
            for each in diagnosis.fractions if variable == "fraction" else (variable,):
                lost[each] = lost.get(each, np.zeros(code.size, dtype=bool)) | bad


def drop_flagged(
    data: dict[str, Array],
    diagnoses: Sequence[Diagnosis],
    *,
    ignored_bits: Collection[str] = (),
    missing_loses: bool = True,
    thermocouples: bool = True,
) -> tuple[dict[str, int], dict[str, float], dict[str, Reading]]:
    """Set samples that the instruments call bad to NaN, in place.

    Parameters
    ----------
    data : dict of (N,) arrays
        Samples, with the columns of words where recorded.
    diagnoses : sequence of Diagnosis
    ignored_bits, missing_loses, thermocouples
        See `read_words`.

    Returns
    -------
    diagnosed : dict
        Variable -> samples that were called bad.
    values : dict
        Output variable -> samples flagged by each bit, or mean signal strength [%].
    readings : dict
        Column of words -> what they said.
    """
    readings: dict[str, Reading] = {}
    counts: dict[str, int] = {}
    values: dict[str, float] = {}
    for diagnosis in diagnoses:
        if diagnosis.column not in data:
            continue
        reading = read_words(
            data[diagnosis.column],
            diagnosis,
            ignored_bits=ignored_bits,
            missing_loses=missing_loses,
            thermocouples=thermocouples,
        )
        readings[diagnosis.column] = reading
        for name, value in reading.values.items():  # two instruments may write the same word
            values[name] = values.get(name, 0.0) + value if name.endswith("_NUM") else value
        for name, lost in reading.lost.items():
            if name in data:
                number = int(np.count_nonzero(lost))
                if number:
                    data[name][lost] = np.nan
                counts[name] = counts.get(name, 0) + number
    return counts, values, readings


def drop_weak(x: Array, strength: Array, *, low: float, high: float) -> int:
    """Set samples whose signal strength lies beyond its limits to NaN, in place; returns how many.

    A missing strength says nothing: the sample stays.

    Parameters
    ----------
    x : (N,) array
        A gas. [any]
    strength : (N,) array
        As the analyser gives it: RSSI or CO2 signal, of which too little is bad, or AGC, of which too much
        is. [as low, high]
    low, high : float
        What is still good.
    """
    weak = (strength < low) | (strength > high)
    x[weak] = np.nan
    return int(np.count_nonzero(weak))
