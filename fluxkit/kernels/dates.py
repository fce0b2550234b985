"""Dates and times as loggers write them, to nanoseconds."""

import numpy as np

from fluxkit.kernels._jit import kernel

#: A stamp that could not be read (numpy's NaT).
NAT = np.iinfo(np.int64).min

#: A stamp that names no zone. [min]
NO_ZONE = 10_000
#: Places in the notes that `stamp` keeps.
ORDER, FIRST, SECOND, SEPARATOR, EXAMPLE, ZONE = range(6)

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
    # Runs of digits; returns their number, the first separator and the one before the last run; -1: no stamp.
    n = 0
    first = 0
    last = 0
    inside = False
    for i in range(begin, end):
        c = int(text[i])
        if 48 <= c <= 57:
            if not inside:
                if n == value.size:
                    return -1, first, last
                value[n] = 0
                length[n] = 0
                n += 1
                inside = True
                last = int(text[i - 1]) if i > begin else 0
            if length[n - 1] == 17:
                return -1, first, last
            value[n - 1] = value[n - 1] * 10 + (c - 48)
            length[n - 1] += 1
        elif c == 45 or c == 46 or c == 44 or c == 47 or c == 58 or c == 84 or c == 32 or c == 95:  # -.,/:T _
            if i == begin:
                return -1, first, last
            if inside and n == 1:
                first = c
            inside = False
        else:
            return -1, first, last
    return n, first, last


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
    if not (text[begin + 19] == 46 or text[begin + 19] == 44) or end - begin > 29:  # decimal point or comma
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
def _suffix(text, begin, end):
    # What may follow a time of day: end without it, minutes ahead of UTC or NO_ZONE, half of the day or -1.
    half = -1
    zone = NO_ZONE
    if end - begin < 3:
        return end, zone, half
    c = int(text[end - 1]) | 32
    b = int(text[end - 2]) | 32
    if c == 122:  # z
        end -= 1
        zone = 0
    elif c == 109 and (b == 97 or b == 112):  # am, pm
        half = 0 if b == 97 else 1
        end -= 2
    elif (c == 99 and b == 116) or (c == 116 and b == 109):  # UTC, GMT
        if (int(text[end - 3]) | 32) != (117 if c == 99 else 103):
            return end, zone, half
        end -= 3
        zone = 0
    else:
        for width in (3, 5, 6):  # +01, +0100, +01:00
            at = end - width
            if at <= begin or not (text[at] == 43 or text[at] == 45):
                continue
            timed = text[at] == 43
            for i in range(begin, at):  # a hyphen parts a date, too
                timed = timed or text[i] == 58
            hours = _two(text, at + 1)
            minutes = 0 if width == 3 else _two(text, end - 2)
            if timed and hours <= 14 and minutes < 60 and (width != 6 or text[at + 3] == 58):
                zone = (hours * 60 + minutes) * (1 if text[at] == 43 else -1)
                end = at
                break
    while end > begin and text[end - 1] == _BLANK:
        end -= 1
    return end, zone, half


@kernel
def _day(value, length, separator, notes, begin):
    # Nanoseconds since 1970 at the beginning of a day, from the first three groups; NAT where they are none.
    year, month, day = value[0], value[1], value[2]
    if length[0] == 3:
        return NAT
    if length[0] <= 2:
        if length[2] != 4:
            return NAT
        year = value[2]
        first, second = value[0], value[1]
        day_first = separator != 47
        if (separator == 47 or separator == 45) and max(
            first, second
        ) <= 31:  # with dots the day is first wherever they are written
            notes[FIRST] = max(notes[FIRST], first)
            notes[SECOND] = max(notes[SECOND], second)
            notes[SEPARATOR] = separator
            if first != second and notes[EXAMPLE] < 0:
                notes[EXAMPLE] = begin
            if notes[ORDER] >= 0:
                day_first = notes[ORDER] == 1
        day = first if day_first else second
        month = second if day_first else first
    if month < 1 or month > 12 or day < 1 or day > _MONTHS[month - 1] or year < 1700 or year > 2250:
        return NAT
    return days(year, month, day) * 86_400_000_000_000


@kernel
def _clock(value, length, k, n, last, half):
    # Nanoseconds since midnight from groups k to n: hours, minutes[, seconds[, fraction]]; NAT if none.
    if n - k < 2 or n - k > 4:
        return NAT
    hour = value[k]
    second = value[k + 2] if n - k > 2 else 0
    if half >= 0:
        if hour < 1 or hour > 12:
            return NAT
        hour = hour % 12 + 12 * half
    if hour > 24 or value[k + 1] > 59 or second > 60 or (hour == 24 and value[k + 1] + second > 0):
        return NAT
    total = ((hour * 60 + value[k + 1]) * 60 + second) * 1_000_000_000
    if n - k == 4:
        fraction = value[k + 3]
        if length[k + 3] > 9:
            return NAT
        if last == 58 and length[k + 3] <= 3:  # hh:mm:ss:ms
            return total + fraction * 1_000_000
        for _ in range(9 - length[k + 3]):
            fraction *= 10
        total += fraction
    return total


@kernel
def stamp(text, begin, end, value, length, notes):
    """Nanoseconds since 1970 of a date and time as written, in UTC if it names its zone; NAT of none.

    Year first (separated or not), month/day/year, day.month.year or day-month-year. notes (6,): ORDER
    (1: days before months, 0: months before days, -1: by the separator) is obeyed; FIRST and SECOND become
    the largest numbers of dates in either order, SEPARATOR theirs, EXAMPLE the byte of the first that can be
    read in both ways; ZONE the minutes that the stamp is ahead of UTC.
    """
    end, notes[ZONE], half = _suffix(text, begin, end)
    n = _iso(text, begin, end, value, length)
    separator = 45
    last = 46
    if n == 0:
        n, separator, last = _groups(text, begin, end, value, length)
    if n < 1:
        return NAT
    if length[0] > 4:
        n = _unpack(value, length, n)
    if n < 5 or n > 7:
        return NAT
    day = _day(value, length, separator, notes, begin)
    clock = _clock(value, length, 3, n, last, half)
    if day == NAT or clock == NAT:
        return NAT
    return day + clock - (0 if notes[ZONE] == NO_ZONE else notes[ZONE] * 60_000_000_000)


@kernel
def date(text, begin, end, value, length, notes):
    """Nanoseconds since 1970 at the beginning of a day as written, orders as in `stamp`; NAT of none.

    A time of day of zeros may follow, as spreadsheets add it.
    """
    n, separator, _ = _groups(text, begin, end, value, length)
    if n == 1 and length[0] == 8:
        value[2] = value[0] % 100
        value[1] = value[0] // 100 % 100
        value[0] //= 10000
        length[0] = 4
        n = 3
    for k in range(3, n):
        if value[k] != 0:
            return NAT
    return _day(value, length, separator, notes, begin) if n >= 3 else NAT


@kernel
def time_of_day(text, begin, end, value, length, notes):
    """Nanoseconds since midnight of hh:mm[:ss[.fff]], hh:mm:ss:ms or hhmmss[.fff] as written; NAT if none.

    notes: ZONE as in `stamp`; the zone is taken off.
    """
    end, notes[ZONE], half = _suffix(text, begin, end)
    n, _, last = _groups(text, begin, end, value, length)
    if (n == 1 or n == 2) and length[0] == 6:
        whole = value[0]
        value[3] = value[1]
        length[3] = length[1]
        value[0] = whole // 10000
        value[1] = whole // 100 % 100
        value[2] = whole % 100
        n += 2
    clock = _clock(value, length, 0, n, last, half)
    if clock == NAT:
        return NAT
    return clock - (0 if notes[ZONE] == NO_ZONE else notes[ZONE] * 60_000_000_000)


@kernel
def minute_of(text, begin, end, nanoseconds):
    """Nanoseconds since 1970 of the minute of a stamp YYYY-MM-DD hh:mm:ss[.fff]; NAT where it is none.

    nanoseconds: what `stamp` has found.
    """
    if nanoseconds == NAT or not _separated(text, begin, end):
        return NAT
    if text[begin + 11] == 50 and text[begin + 12] == 52:  # 24:00 is the next day, and no minute follows it
        return NAT
    # Seconds of one digit, or of none, as in a line that was cut: the next stamps have two.
    if end < begin + 19 or not (48 <= text[begin + 17] <= 53 and 48 <= text[begin + 18] <= 57):
        return NAT
    if end > begin + 19 and 48 <= text[begin + 19] <= 57:
        return NAT
    return nanoseconds - nanoseconds % 1_000_000_000 - _two(text, begin + 17) * 1_000_000_000


@kernel
def within_minute(text, i, comma):
    """Read the end of a stamp, ss[.fff] at byte i: nanoseconds and the byte behind it; NAT if it is none.

    comma: whether a comma may stand for the point.
    """
    second = _two(text, i)
    if second > 60:
        return NAT, i
    total = second * 1_000_000_000
    i += 2
    if text[i] == 46 or (comma and text[i] == 44):
        i += 1
        unit = 100_000_000
        d = int(text[i]) - 48
        while unit > 0 and 0 <= d <= 9:
            total += d * unit
            unit //= 10
            i += 1
            d = int(text[i]) - 48
    return total, i
