"""Signal strengths and diagnostic words of gas analysers."""

from collections.abc import Iterator

from fluxkit.examine.doubt import Doubt

#: Analysers whose number is the gain of an automatic control: large where windows are dirty (LI-7500 manual).
GAINS = ("li-7500",)
#: Signal that makers call too weak, of 1: 0.7 for EC150 and IRGASON (Campbell), 0.1 for an LI-7700 (LI-COR).
WEAK, WEAK_METHANE = 0.7, 0.1
#: Automatic gain that asks for cleaning, of 1: an LI-7500 has 0.5 to 0.7 when clean (its manual).
STRONG_GAIN = 0.9


def signal_doubts(key: str, signal: float, model: str) -> Iterator[Doubt]:
    """Yield that the usual signal strength of an analyser is too weak.

    Parameters
    ----------
    key : str
        Where the configuration has the column.
    signal : float
        Median, of 1 or in percent.
    model : str
        Of the analyser.
    """
    share = signal / 100.0 if signal > 1.5 else signal
    gain = model in GAINS
    weak = WEAK_METHANE if model == "li-7700" else WEAK
    if not 0.0 <= share <= 1.1:
        yield Doubt(
            "signal_strength",
            f"{key}: {signal:.4g} on average is no signal strength: check which column it is",
        )
    elif not model.startswith(("li-", "irgason", "ec")):
        return  # makers' scales differ
    elif (gain and share > STRONG_GAIN) or (not gain and share < weak):
        limit = f"up to {100 * STRONG_GAIN:g}" if gain else f"{100 * weak:g} or more"
        yield Doubt(
            "signal_strength",
            f"{key}: {100 * share:.0f} % on average, a clean {model} has {limit} %: clean its windows or "
            "mirrors, and leave weak samples out (condition.signal_limits)",
        )


def word_doubts(key: str, usual: float, largest: int, label: str) -> Iterator[Doubt]:
    """Yield that diagnostic words are larger than an instrument writes: they are another one's.

    Parameters
    ----------
    key : str
        Where the configuration has the column.
    usual : float
        Median of the words.
    largest : int
        With all bits that the instrument's words have.
    label : str
        Of the instrument.
    """
    if usual > largest:
        yield Doubt(
            "lost",
            f"{key}: its words are {usual:g}, those of an {label} go up to {largest}: they are another "
            "instrument's; check column and instrument",
        )
