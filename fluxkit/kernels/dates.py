"""Dates and times as loggers write them, to nanoseconds."""

import numpy as np

from fluxkit.kernels._jit import kernel

#: A stamp that could not be read (numpy's NaT).
NAT = np.iinfo(np.int64).min

_MONTHS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_BLANK = 32


@kernel
def days(year, month, day):
    """Days since 1970-01-01 in the Gregorian calendar."""
    if month <= 2:  # count the year from March, so that the leap day is its last
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469


@kernel
def _groups(text, begin, end, value, length):
    # Runs of digits; returns their number and the first separator, or -1 for anything odd.
    n = 0
    first = 0
    inside = False
    for i in range(begin, end):
        c = int(text[i])
        if 48 <= c <= 57:
            if not inside:
                if n == value.size:
                    return -1, first
                value[n] = 0
                length[n] = 0
                n += 1
                inside = True
            if length[n - 1] == 17:
                return -1, first
            value[n - 1] = value[n - 1] * 10 + (c - 48)
            length[n - 1] += 1
        elif c == 45 or c == 46 or c == 47 or c == 58 or c == 84 or c == 32 or c == 95:  # - . / : T blank _
            if i == begin:
                return -1, first
            if inside and n == 1:
                first = c
            inside = False
        else:
            return -1, first
    return n, first


@kernel
def _unpack(value, length, n):
    # 20120607[1245[00]] and 20120607 1245[00] become one group per part.
    head = value[0]
    size = length[0]
    if size == 8:
        if n < 2 or (length[1] != 4 and length[1] != 6):
            return -1
        clock = value[1]
        if length[1] == 4:
            clock *= 100
        fraction = 2
        second = length[1] == 6
    elif size == 12 or size == 14:
        clock = head % 10000 * 100 if size == 12 else head % 1000000
        head = head // (10000 if size == 12 else 1000000)
        fraction = 1
        second = size == 14
    else:
        return -1
    parts = 6
    if n > fraction:
        if n > fraction + 1 or not second:
            return -1
        value[6] = value[fraction]
        length[6] = length[fraction]
        parts = 7
    value[0] = head // 10000
    value[1] = head // 100 % 100
    value[2] = head % 100
    value[3] = clock // 10000
    value[4] = clock // 100 % 100
    value[5] = clock % 100
    return parts


@kernel
def _two(text, i):
    # Two digits as a number, or something above 99.
    a = int(text[i]) - 48
    b = int(text[i + 1]) - 48
    return a * 10 + b if 0 <= a <= 9 and 0 <= b <= 9 else 1000


@kernel
def _separated(text, begin, end):
    # Whether the separators of YYYY-MM-DD hh:mm:ss stand at their places.
    if end - begin < 19 or text[begin + 13] != 58 or text[begin + 16] != 58:
        return False
    c = text[begin + 4]
    if text[begin + 7] != c or not (c == 45 or c == 47):
        return False
    return text[begin + 10] == _BLANK or text[begin + 10] == 84


@kernel
def _iso(text, begin, end, value, length):
    # YYYY-MM-DD hh:mm:ss[.fff] at fixed places: the usual stamp, without looking for its parts.
    if not _separated(text, begin, end):
        return 0
    century = _two(text, begin)
    year = _two(text, begin + 2)
    value[1] = _two(text, begin + 5)
    value[2] = _two(text, begin + 8)
    value[3] = _two(text, begin + 11)
    value[4] = _two(text, begin + 14)
    value[5] = _two(text, begin + 17)
    if max(century, year, value[5]) > 99:  # the others are checked with their ranges
        return 0
    value[0] = century * 100 + year
    length[0] = 4
    if end - begin == 19:
        return 6
    if text[begin + 19] != 46 or end - begin > 29:
        return 0
    value[6] = 0
    for i in range(begin + 20, end):
        d = int(text[i]) - 48
        if not 0 <= d <= 9:
            return 0
        value[6] = value[6] * 10 + d
    length[6] = end - begin - 20
    return 7


@kernel
def stamp(text, begin, end, value, length):
    """Nanoseconds since 1970 of a date and time as written; NAT where it is none.

    Year first (separated or not), month/day/year, day.month.year or day-month-year.
    """
    n = _iso(text, begin, end, value, length)
    separator = 45
    if n == 0:
        n, separator = _groups(text, begin, end, value, length)
    if n < 1:
        return NAT
    if length[0] > 4:
        n = _unpack(value, length, n)
    if n < 5 or n > 7:
        return NAT
    if length[0] <= 2:
        if length[2] != 4:
            return NAT
        year = value[2]
        value[2] = value[1] if separator == 47 else value[0]
        value[1] = value[0] if separator == 47 else value[1]
        value[0] = year
    elif length[0] == 3:
        return NAT
    seconds = value[5] if n > 5 else 0
    bad = value[1] < 1 or value[1] > 12 or value[3] > 24 or value[4] > 59 or seconds > 60
    if bad or value[2] < 1 or value[2] > _MONTHS[value[1] - 1] or (n == 7 and length[6] > 9):
        return NAT
    if value[0] < 1700 or value[0] > 2250 or (value[3] == 24 and value[4] + seconds > 0):
        return NAT
    total = ((days(value[0], value[1], value[2]) * 24 + value[3]) * 60 + value[4]) * 60 + seconds
    fraction = 0
    if n == 7:
        fraction = value[6]
        for _ in range(9 - length[6]):
            fraction *= 10
    return total * 1_000_000_000 + fraction


@kernel
def minute_of(text, begin, end, nanoseconds):
    """Nanoseconds since 1970 of the minute of a stamp YYYY-MM-DD hh:mm:ss[.fff]; NAT where it is none.

    nanoseconds: what `stamp` has found.
    """
    if nanoseconds == NAT or not _separated(text, begin, end):
        return NAT
    if text[begin + 11] == 50 and text[begin + 12] == 52:  # 24:00 is the next day, and no minute follows it
        return NAT
    return nanoseconds - nanoseconds % 1_000_000_000 - _two(text, begin + 17) * 1_000_000_000


@kernel
def within_minute(text, i):
    """Read the end of a stamp, ss[.fff] at byte i: nanoseconds and the byte behind it; NAT if it is none."""
    second = _two(text, i)
    if second > 60:
        return NAT, i
    total = second * 1_000_000_000
    i += 2
    if text[i] == 46:
        i += 1
        unit = 100_000_000
        d = int(text[i]) - 48
        while unit > 0 and 0 <= d <= 9:
            total += d * unit
            unit //= 10
            i += 1
            d = int(text[i]) - 48
    return total, i
