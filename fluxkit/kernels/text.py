"""Delimited text to numbers and time stamps in one walk over the bytes.

A number is rounded correctly up to 18 significant digits and powers of ten up to 22;
beyond that its last digit may differ. The text must end with a line feed.
"""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.dates import NAT, NO_ZONE, ZONE, date, minute_of, stamp, time_of_day, within_minute

#: What a field is, beside the number of a column (>= 0).
SKIP, STAMP, DATE, TIME = -1, -2, -3, -4
#: ``delimiter`` that means runs of blanks and tabs.
WHITESPACE = -1

_POWERS = 10.0 ** np.arange(23)
_EXACT = 2**53
_SPLIT = 134217729.0  # 2**27 + 1: cuts a double into two halves (Veltkamp)
_STAMP_BYTES = 32  # the longest YYYY-MM-DD hh:mm:ss.fffffffff in quotes, and the byte behind it
#: For places without a sign: of others every access to the text looks whether they count from its end.
_ONE, _TWO = np.uint64(1), np.uint64(2)
_LF, _CR, _TAB, _BLANK, _QUOTE = 10, 13, 9, 32, 34
_STX, _ETX = 2, 3  # around what a serial instrument sends


@kernel
def _product(a, b):
    # a * b as an unevaluated sum of two doubles (Dekker 1971).
    high = a * b
    t = _SPLIT * a
    ah = t - (t - a)
    al = a - ah
    t = _SPLIT * b
    bh = t - (t - b)
    bl = b - bh
    return high, ((ah * bh - high) + ah * bl + al * bh) + al * bl


@kernel
def scaled(mantissa, exponent):
    """Mantissa times a power of ten."""
    x = float(mantissa)
    while exponent > 22:
        x *= 1e22
        exponent -= 22
    while exponent < -22:
        x /= 1e22
        exponent += 22
    rest = float(mantissa - int(x)) if mantissa > _EXACT and abs(x) < 9e18 and exponent != 0 else 0.0
    if abs(rest) > 1024.0:  # x was scaled above: nothing to refine
        rest = 0.0
    if exponent < 0:
        power = _POWERS[-exponent]
        quotient = x / power
        if rest == 0.0 and mantissa <= _EXACT:
            return quotient
        high, low = _product(quotient, power)
        return quotient + (((x - high) - low) + rest) / power
    if exponent > 0:
        power = _POWERS[exponent]
        if rest == 0.0 and mantissa <= _EXACT:
            return x * power
        high, low = _product(x, power)
        return high + (low + rest * power)
    return x


@kernel
def number(text, i, comma):
    """Read a number at byte i: value, first byte behind it, whether there was one."""
    negative = text[i] == 45
    if negative or text[i] == 43:
        i += 1
    mantissa = 0
    digits = 0
    exponent = 0
    seen = False
    c = int(text[i])
    while 48 <= c <= 57:
        seen = True
        if digits < 18:
            mantissa = mantissa * 10 + (c - 48)
            if mantissa > 0:
                digits += 1
        else:
            exponent += 1
        i += 1
        c = int(text[i])
    if c == 46 or (comma and c == 44):
        i += 1
        c = int(text[i])
        while 48 <= c <= 57:
            seen = True
            if digits < 18:
                mantissa = mantissa * 10 + (c - 48)
                exponent -= 1
                if mantissa > 0:
                    digits += 1
            i += 1
            c = int(text[i])
    if not seen:
        return np.nan, i, False
    if c == 101 or c == 69:
        i += 1
        down = text[i] == 45
        if down or text[i] == 43:
            i += 1
        c = int(text[i])
        if not 48 <= c <= 57:
            return np.nan, i, False
        power = 0
        while 48 <= c <= 57:
            power = min(power * 10 + (c - 48), 9999)
            i += 1
            c = int(text[i])
        exponent += -power if down else power
    if mantissa == 0:
        return -0.0 if negative else 0.0, i, True
    value = scaled(mantissa, min(max(exponent, -400), 400))
    return -value if negative else value, i, True


@kernel
def _missing(text, begin, end, codes, sizes):
    # Whether a text that is no number stands for "no value".
    if begin == end:
        return True
    at = begin + 1 if (text[begin] == 45 or text[begin] == 43) else begin
    if end - at == 3:
        a = int(text[at]) | 32
        b = int(text[at + 1]) | 32
        c = int(text[at + 2]) | 32
        if (a == 110 and b == 97 and c == 110) or (a == 105 and b == 110 and c == 102):
            return True
    for k in range(sizes.size):
        if sizes[k] == end - begin:
            same = True
            for j in range(sizes[k]):
                if text[begin + j] != codes[k, j]:
                    same = False
                    break
            if same:
                return True
    return False


@kernel
def _blanks(text, i, tabs):
    c = int(text[i])
    while c <= _BLANK and (c == _BLANK or c == _CR or c == _STX or c == _ETX or (tabs and c == _TAB)):
        i += 1
        c = int(text[i])
    return i


@kernel
def _ends(c, delimiter):
    # Whether a byte ends a field.
    return c == _LF or c == delimiter or (delimiter == WHITESPACE and (c == _BLANK or c == _TAB or c == _CR))


@kernel
def _field(text, i, delimiter):
    # Bounds of the field at i without quotes and blanks, and the byte that ends it.
    quoted = text[i] == _QUOTE
    if quoted:
        i += 1
    begin = i
    if quoted:
        while text[i] != _QUOTE and text[i] != _LF:
            i += 1
        end = i
        while not _ends(text[i], delimiter):
            i += 1
    else:
        while not _ends(text[i], delimiter):
            i += 1
        end = i
    while end > begin and (text[end - 1] == _BLANK or text[end - 1] == _CR):
        end -= 1
    return begin, end, i


@kernel
def _value(text, i, delimiter, void, codes, sizes):
    # One number: value, whether it is usable (a number or missing), bounds, byte that ends the field.
    at = i + 1 if text[i] == _QUOTE else i
    x, j, ok = number(text, at, delimiter != 44)
    if ok:
        stop = j + 1 if (at > i and text[j] == _QUOTE) else j
        if delimiter != WHITESPACE:
            stop = _blanks(text, stop, delimiter != _TAB)
        if _ends(text[stop], delimiter):
            for code in void:
                if x == code:
                    x = np.nan
            if np.isinf(x):
                x = np.nan
            return x, True, at, j, stop
    begin, end, stop = _field(text, i, delimiter)
    return np.nan, _missing(text, begin, end, codes, sizes), begin, end, stop


@kernel(inline=True)
def _plain(text, begin, delimiter):
    # The usual field, a short number without blanks or quotes: value and the byte that ends the field,
    # -1 if it is none. Two thirds of the time of `number`, which knows all the rest.
    i = np.uint64(begin)
    negative = text[i] == 45
    if negative or text[i] == 43:
        i += _ONE
    first = i
    mantissa = 0
    c = int(text[i]) - 48
    while 0 <= c <= 9:
        mantissa = mantissa * 10 + c
        i += _ONE
        c = int(text[i]) - 48
    digits = np.int64(i - first)
    decimals = np.int64(0)
    if c == -2:
        i += _ONE
        first = i
        c = int(text[i]) - 48
        while 0 <= c <= 9:
            mantissa = mantissa * 10 + c
            i += _ONE
            c = int(text[i]) - 48
        decimals = np.int64(i - first)
        digits += decimals
    c += 48
    power = 0
    if (c == 101 or c == 69) and digits > 0:
        down = text[i + _ONE] == 45
        i += _TWO if down or text[i + _ONE] == 43 else _ONE
        first = i
        c = int(text[i]) - 48
        while 0 <= c <= 9 and np.int64(i - first) < 4:
            power = power * 10 + c
            i += _ONE
            c = int(text[i]) - 48
        c += 48
        if i == first or power > 99:  # what is so large or small may be infinite: `number` tells
            return 0.0, -1
        power = -power if down else power
    if c == _CR and text[i + _ONE] == _LF:
        c = _LF
        i += _ONE
    if not (0 < digits < 19 and _ends(c, delimiter)):
        return 0.0, -1
    plain = digits < 16 and power == 0
    x = mantissa / _POWERS[decimals] if plain else scaled(mantissa, power - decimals)
    return (-x if negative else x), np.int64(i)


@kernel
def _same_minute(text, i, known, minute, delimiter):
    # A stamp of the given minute that differs in its seconds alone from the one at byte ``known``:
    # nanoseconds since 1970 and the byte that ends the field, -1 if it is none.
    if known < 0 or i + _STAMP_BYTES > text.size:
        return NAT, -1
    for k in range(17):  # with its quote, if any, and all before the seconds
        if text[i + k] != text[known + k]:
            return NAT, -1
    quoted = text[i] == _QUOTE
    at = i + 17 if quoted else i + 16
    if text[at] != 58:
        return NAT, -1
    nanoseconds, stop = within_minute(text, at + 1, quoted or delimiter != 44)
    if quoted:
        if text[stop] != _QUOTE:
            return NAT, -1
        stop += 1
    if nanoseconds == NAT or not _ends(text[stop], delimiter):
        return NAT, -1
    return minute + nanoseconds, stop


@kernel
def _note(faults, noted, record, line, field, begin, end):
    # Keep the first faults; the caller counts them all.
    if noted == faults.shape[0]:
        return noted
    faults[noted, 0] = record
    faults[noted, 1] = line
    faults[noted, 2] = field
    faults[noted, 3] = begin
    faults[noted, 4] = end
    return noted + 1


@kernel
def scan(
    text,
    start,
    delimiter,
    target,
    expected,
    void,
    codes,
    sizes,
    values,
    stamps,
    lines,
    faults,
    bad,
    zones,
    notes,
):
    """Parse records from byte ``start`` to the end.

    target (fields,): column, STAMP, DATE, TIME or SKIP; void: numbers that mean missing; codes, sizes: texts
    that do; notes: see `fluxkit.kernels.dates.stamp`. A date and a time of day in fields of their own add up.
    Fills values (columns, capacity), stamps, lines (capacity,), zones (capacity,) [min]; faults (cap, 5):
    record, line, field, begin, end of what is no number (field = -1: a record of ``end`` fields); bad
    (columns,): how many there were.
    Returns records, records with a wrong number of fields, faults noted.
    """
    if text.size > 0 and text[text.size - 1] != _LF:
        raise ValueError("the text does not end with a line feed")
    group = np.zeros(8, np.int64)
    length = np.zeros(8, np.int64)
    fresh = np.zeros(bad.size, np.int64)  # what is wrong with the present record
    white = delimiter == WHITESPACE
    records = 0
    ragged = 0
    noted = 0
    line = 0
    parts = 0
    for kind in target:
        parts += kind == DATE or kind == TIME
    known = -1  # first byte of the last stamp whose minute is known
    minute = NAT
    i = start
    while i < text.size:
        line += 1
        i = _blanks(text, i, white)
        if text[i] == _LF:
            i += 1
            continue
        if records == lines.size:
            raise ValueError("more records than there is room for")
        stamps[records] = NAT
        zones[records] = NO_ZONE
        lines[records] = line
        total = 0
        read = 0
        field = 0
        clock = expected
        empty = False
        dirty = False
        before = noted
        while True:
            kind = target[field] if field < target.size else SKIP
            begin = i
            if kind >= 0:
                x, end = _plain(text, i, delimiter)
                ok = end >= 0
                if ok:
                    for k in range(void.size):
                        if x == void[k]:
                            x = np.nan
                    i = end
                else:
                    x, ok, begin, end, i = _value(text, i, delimiter, void, codes, sizes)
                values[kind, records] = x
                if not ok:
                    fresh[kind] += 1
                    dirty = True
                    noted = _note(faults, noted, records, line, field, begin, end)
            elif kind == SKIP and text[i] != _QUOTE and not white:
                while text[i] != delimiter and text[i] != _LF:
                    i += 1
                end = i
            elif kind == STAMP:
                clock = field
                stamps[records], end = _same_minute(text, i, known, minute, delimiter)
                if end >= 0:
                    i = end
                else:
                    known = i
                    begin, end, i = _field(text, i, delimiter)
                    stamps[records] = stamp(text, begin, end, group, length, notes)
                    zones[records] = notes[ZONE]
                    minute = minute_of(text, begin, end, stamps[records])
                    known = -1 if minute == NAT or notes[ZONE] != NO_ZONE else known
            else:
                begin, end, i = _field(text, i, delimiter)
                if kind == DATE or kind == TIME:
                    clock = field if clock == expected else max(clock, field)
                    if kind == DATE:
                        part = date(text, begin, end, group, length, notes)
                    else:
                        part = time_of_day(text, begin, end, group, length, notes)
                        zones[records] = notes[ZONE]
                    if part != NAT:
                        total += part
                        read += 1
            empty = begin == end
            field += 1
            i = _blanks(text, i, white) if white else i
            if text[i] == _LF:
                break
            if not white:
                i = _blanks(text, i + 1, delimiter != _TAB)
        i += 1
        if parts > 0 and read == parts:
            stamps[records] = total
        if field != expected and not (field == expected + 1 and empty):
            values[:, records] = np.nan
            if clock + 1 >= field:  # the stamp itself may be cut
                stamps[records] = NAT
            ragged += 1
            noted = _note(faults, before, records, line, -1, 0, field)
        elif dirty:
            bad += fresh
        if dirty:
            fresh[:] = 0
        records += 1
    return records, ragged, noted
