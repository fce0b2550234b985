"""How many samples a length of time has room for: one rule for all who count them."""

import math

#: A product this little above a whole number is that number: rates such as 8.333333 Hz are cut decimals. [1]
_CUT = 0.01


def slots_of(seconds: float, rate: float) -> int:
    """Most samples that a stretch of time can hold.

    Rates such as 20.833, 7.8125 or 3.33 Hz fill a period with now one sample more, now one less. There is
    room for the larger number; one slot of the shorter periods stays empty.

    Parameters
    ----------
    seconds : float
        Length of the stretch. [s]
    rate : float
        Samples per second. [Hz]

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> from fluxkit.schema.slots import slots_of
    >>> slots_of(1800.0, 10.0), slots_of(1800.0, 7.8125), slots_of(30.0, 3.33)
    (18000, 14063, 100)
    """
    return max(1, math.ceil(seconds * rate - _CUT))
