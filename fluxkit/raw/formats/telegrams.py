"""Telegrams of sonic anemometers: the lines that they send over a serial port, one record each.

========================  ==============================================================  ===================
maker                     a line                                                          units
========================  ==============================================================  ===================
Gill                      ``<STX>Q,+000.03,-002.73,+000.26,M,+343.20,+19.97,00,<ETX>2F``  the letter's, degC
Gill, polar               ``<STX>Q,214,002.73,+000.26,M,+343.20,+19.97,00,<ETX>2F``       deg, the letter's
Thies                     ``<STX>+000.03;-002.73;+000.26;+019.97;00;3A<ETX>``             m s-1, degC
METEK                     ``M:x =     3 y =  -273 z =    26 t =  1997``                   cm s-1, 0.01 degC
METEK uSonic-3            ``1B01...;0.028;-2.733;0.258;19.973;2.733;179.413;2.733;1``     m s-1, degC
TriSonica, names anew     ``S  02.73 D  359 U 000.03 V -02.73 W 000.26 T 019.97``         m s-1, degC
========================  ==============================================================  ===================

References
----------
.. [1] Gill Instruments, WindMaster and WindMaster Pro user manual 1561-PS-0001, section 7: ASCII modes.
.. [2] Adolf Thies, Ultrasonic Anemometer 3D 4.383x, operating instructions, section 7.4: serial output.
.. [3] METEK, USA-1 and uSonic-3 user manuals: data telegrams.
.. [4] Anemoment, TriSonica Mini user manual: data lines of tagged numbers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

NUMBER = rb"[+-]?(?:\d+\.?\d*|\.\d+)"
_STX, _ETX = rb"\x02", rb"\x03"
_HEX = rb"[0-9A-Fa-f]{2}"
#: What a logger writes before a telegram: date and time of day, or one of them.
_CLOCK = rb"\d\d?:\d\d:\d\d(?:[.,]\d+)?"
_DATE = rb"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4}|\d{8}"
_ZONE = rb"Z|[+-]\d\d:?\d\d"
#: Seconds or milliseconds since 1970, of this century.
_EPOCH = rb"[12]\d{9}\.\d+|[12]\d{9}|[12]\d{12}"
_STAMP = (
    rb'\s*(?:["\[]?(?:(?:(?P<date>' + _DATE + rb')["]?[ T_,;\t]+["]?)?(?P<clock>' + _CLOCK + rb")(?P<zone>"
    + _ZONE + rb")?|(?P<epoch>" + _EPOCH + rb'))["\]]?[\s,;]+)?'
)  # fmt: skip
#: Letter of Gill's unit -> m s-1.
SPEEDS = {b"M": 1.0, b"N": 1852.0 / 3600.0, b"P": 0.44704, b"K": 1.0 / 3.6, b"F": 0.3048 / 60.0}
_UNITS = {
    "u": "m s-1",
    "v": "m s-1",
    "w": "m s-1",
    "t_sonic": "degC",
    "sos": "m s-1",
    "speed": "m s-1",
    "direction": "deg",
    "speed_horizontal": "m s-1",
    "diag_sonic": "1",
    "rh": "%",
    "p_air": "hPa",
}
#: Columns in this unit of a Gill are converted.
MOVING = ("u", "v", "w", "speed")


@dataclass(frozen=True)
class Telegram:
    """One kind of line.

    Parameters
    ----------
    maker : str
        For messages.
    pattern : re.Pattern
        The whole telegram with the stamp before it. Groups: ``date``, ``clock``, ``zone``, ``epoch``;
        ``body``, over which a checksum runs; ``ending`` (shows that it is whole), ``checksum``; each column.
    trace : re.Pattern
        What a piece of such a telegram has and no other line: where it is found a record was lost.
    columns : tuple of str
        In the order of the line.
    divisor : mapping
        What the numbers of a column are divided by.
    hexadecimal : tuple of str
        Columns of hexadecimal numbers.
    mark : bytes
        Between numbers, where a telegram may have more or fewer of them.
    """

    maker: str
    pattern: re.Pattern[bytes]
    trace: re.Pattern[bytes]
    columns: tuple[str, ...]
    divisor: Mapping[str, float] = field(default_factory=dict)
    hexadecimal: tuple[str, ...] = ()
    mark: bytes = b""

    def unit(self, column: str) -> str:
        """Unit of a column, "" if the format does not tell."""
        return _UNITS.get(column, "")


def _compiled(telegram: bytes) -> re.Pattern[bytes]:
    return re.compile(_STAMP + telegram)


def _named(**groups: bytes) -> dict[bytes, bytes]:
    return {name.encode(): rb"(?P<" + name.encode() + rb">" + text + rb")" for name, text in groups.items()}


def _gill(maker: str, wind: tuple[str, ...], **numbers: bytes) -> Telegram:
    names = ("sos", "t_sonic", "diag_sonic", "status_data")
    analogs = tuple(f"analog_{k}" for k in (1, 2, 3, 4))
    scalars = (rb"\+?[234]\d\d\.\d+", rb"[+-]\d+\.\d+", _HEX, _HEX)
    g = _named(**numbers, **dict(zip(names, scalars, strict=True)), **dict.fromkeys(analogs, NUMBER))
    optional = b"".join(b"(?:" + g[name.encode()] + b",)?" for name in (*names, *analogs))
    components = b",".join(g[name.encode()] for name in wind)
    body = b"(?P<body>[A-Z]," + components + b",(?P<unit>[MNPKF])," + optional
    body += b"(?:(?P<t_prt>" + NUMBER + b")C,)?)"
    return Telegram(
        maker,
        _compiled(_STX + b"?" + body + b"(?P<ending>" + _ETX + b")?(?P<checksum>" + _HEX + b")?"),
        re.compile(rb"[\x02\x03]|[A-Z],[+-]?\d|\d,[MNPKF],"),
        (*wind, *names, *analogs, "t_prt"),
        hexadecimal=("diag_sonic", "status_data"),
        mark=b",",
    )


def _thies() -> Telegram:
    g = _named(u=NUMBER, v=NUMBER, w=NUMBER, t_sonic=NUMBER, diag_sonic=_HEX, checksum=_HEX)
    body = b"(?P<body>%(u)b;%(v)b;%(w)b;%(t_sonic)b;%(diag_sonic)b[;*])%(checksum)b" % g
    return Telegram(
        "Thies",
        _compiled(rb"(?=.*[\x02\x03])" + _STX + b"?" + body + rb"\r?(?P<ending>" + _ETX + b")?"),
        re.compile(rb"[\x02\x03]|\d;[+-]?\d"),
        ("u", "v", "w", "t_sonic", "diag_sonic"),
        hexadecimal=("diag_sonic",),
    )


def _metek() -> Telegram:
    number = rb"[+-]?\d{1,5}(?:\.\d*)?"  # more digits are two numbers
    g = _named(u=number, v=number, w=number, t_sonic=number)
    text = rb"(?:[A-Z]:)?\s*x\s*=\s*%(u)b\s+y\s*=\s*%(v)b\s+z\s*=\s*%(w)b\s+t\s*=\s*%(t_sonic)b" % g
    text += rb"(?![\d.]|[ \t]*=)"
    return Telegram(
        "METEK",
        _compiled(rb"(?P<body>" + text + rb"(?P<ending>[ \t]+)?)"),
        re.compile(rb"\b[xyzt]\s*="),
        ("u", "v", "w", "t_sonic"),
        divisor=dict.fromkeys(("u", "v", "w", "t_sonic"), 100.0),
    )


def _usonic() -> Telegram:
    further = ("speed", "direction", "speed_horizontal", "sonic_1", "sonic_2", "sonic_3")
    g = _named(u=NUMBER, v=NUMBER, w=NUMBER, t_sonic=NUMBER)
    more = b"".join(
        b"(?:;" + g[name] + b")?" for name, g in ((n.encode(), _named(**{n: NUMBER})) for n in further)
    )
    body = rb"[0-9A-F]{32};%(u)b;%(v)b;%(w)b;%(t_sonic)b" % g
    return Telegram(
        "METEK uSonic-3",
        _compiled(b"(?P<body>" + body + more + rb")(?![\d.;])"),
        re.compile(rb"\d;[+-]?\d|[0-9A-F]{9,}"),
        ("u", "v", "w", "t_sonic", *further),
        mark=b";",
    )


_DECIMAL = rb"[+-]?\d*\.\d+"
KINDS = (
    _gill("Gill", ("u", "v", "w"), u=_DECIMAL, v=_DECIMAL, w=_DECIMAL),
    # In a calm there is no direction.
    _gill("Gill, polar", ("direction", "speed", "w"), direction=rb"\d{0,3}", speed=rb"\d+\.\d+", w=_DECIMAL),
    _thies(),
    _metek(),
    _usonic(),
)
_KEYS = re.compile(rb"\b([A-Za-z]{1,3}\d?)([ \t]*[ \t=:][ \t]*)(" + NUMBER + rb")(?![\d.])")
_KEY_NAMES = {
    "s": "speed",
    "d": "direction",
    "t": "t_sonic",
    "h": "rh",
    "p": "p_air",
}
_NEEDED = {"u", "v", "w", "t"}
#: Lines from which the order of tags is taken.
_EXAMPLES = 10


def _keyed(line: bytes) -> Telegram | None:
    """Return the kind of a line of tagged numbers, after its own order of tags."""
    found = _KEYS.findall(line)
    keys = [key.decode().lower() for key, _, _ in found]
    if not set(keys) >= _NEEDED or len(set(keys)) < len(keys):
        return None
    names = tuple(_KEY_NAMES.get(key, key) for key in keys)
    parts = [
        key + rb"[ \t]*[ \t=:][ \t]*(?P<" + name.encode() + rb">" + NUMBER + b")"
        for (key, _, _), name in zip(found, names, strict=True)
    ]
    pattern = _compiled(rb"(?P<body>" + rb"[ \t,;]+".join(parts) + rb")(?![\d.])")
    if not pattern.search(line):
        return None
    first = b"|".join(key for k, (key, _, _) in enumerate(found) if k == 0 or names[k] in ("u", "v", "w"))
    trace = re.compile(rb"\b(?:" + first + rb")[ \t=:]+[+-]?\d")
    return Telegram("tagged numbers (TriSonica)", pattern, trace, names)


def telegram_of(lines: Sequence[bytes]) -> tuple[Telegram, int] | None:
    """Find the kind of telegram of most of these lines, and of how many it is; None of no line."""
    kinds = list(KINDS)
    # The first line may be torn, and have fewer tags.
    kinds += {kind.pattern: kind for kind in map(_keyed, lines[:_EXAMPLES]) if kind is not None}.values()
    counts = [(sum(whole(kind, line) is not None for line in lines), kind) for kind in kinds]
    most, kind = max(counts, key=lambda entry: entry[0])
    return (kind, most) if most else None


def whole(kind: Telegram, line: bytes) -> re.Match[bytes] | None:
    """Match of a line that is one telegram and nothing else."""
    match = kind.pattern.match(line)
    if match is not None and (match.end() == len(line) or not line[match.end() :].strip(b' \t\r",;')):
        return match
    return None


def parts(kind: Telegram, line: bytes) -> Iterator[re.Match[bytes] | None]:
    """Yield the telegrams of a damaged line, several or none, and None for each remnant of another one."""
    at = 0
    found = list(kind.pattern.finditer(line))
    for match, end in zip(found, [m.start() for m in found[1:]] + [len(line)], strict=False):
        if kind.trace.search(line[at : match.start()]):
            yield None
        at = match.end()
        # The last number before a remnant may be made of two, unless a mark or a checksum stands behind it.
        closed = match.groupdict()
        sure = (closed.get("ending") or b"").strip() or closed.get("checksum")
        yield match if sure or not kind.trace.search(line[at:end]) else None
    if kind.trace.search(line[at:]):
        yield None
