"""Sound files of chamber analysers with planted values, one record a second."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fluxkit.chamber.analysers.reading import open_analyser
from fluxkit.raw.series import FileClosure, Series
from fluxkit.synthetic.writers import Array
from tests.chamber.analysers import specimens
from tests.fuzz.damage import zipped
from tests.fuzz.planted import START, Found, N, Planted, filled_in
from tests.logger_files.analyser_files import write_analyser_file

SECOND = np.timedelta64(1_000_000_000, "ns")
#: Hours that the clocks are ahead.
AHEAD = 1.0
#: Column -> level, spread and digits: as instruments write them.
LEVELS = {
    "co2": (430.0, 5.0, 3), "ch4": (2000.0, 20.0, 2), "h2o": (10.0, 0.3, 4), "n2o": (0.334, 0.005, 5),
    "t": (18.0, 0.5, 3), "p": (98.5, 0.05, 4), "nh3": (2.0, 0.1, 4),
}  # fmt: skip
_RNG = np.random.default_rng(4)
VALUES: dict[str, Array] = {
    name: _RNG.normal(level, spread, N).round(digits) for name, (level, spread, digits) in LEVELS.items()
}

#: Days that specimens name, as those of the planted records are written.
_DAYS = (
    ("May 13 2024 at 11:00:0", "Jul 1 2024 at 01:00:0"),
    ("Mon May 13 2024 10:59", "Mon Jul 01 2024 00:59"),
)

#: Writes one record: its number, date, time of day, seconds since 1970, values.
Row = Callable[[int, str, str, int, dict[str, float]], str]


def _reading(form: str, only: tuple[str, ...]) -> Callable[[Path], Found]:
    def reading(path: Path) -> Found:
        series = open_analyser(path, format=form, utc_offset_h=AHEAD, day_first=True, year=2024)
        since = (series.time - START).astype(np.int64) / 1e9
        slots = np.rint(since).astype(np.int64)
        data = {name: series.data.get(name, np.full(series.size, np.nan)) for name in only}
        problems = [p for p in series.problems if p.lost != "nothing"]
        return Found(slots, float(np.abs(since - slots).max()), data, problems, series.closures)

    return reading


def _analyser(
    form: str, only: tuple[str, ...], write: Callable[[slice, int], bytes], head: int, mark: bytes,
    pack: Callable[[bytes], bytes] = bytes, codes: tuple[str, ...] = ("utf-8", "utf-8-sig"),
    container: bool = False,
) -> Callable[[Path], Planted]:  # fmt: skip
    def made(folder: Path) -> Planted:
        sound = Planted(
            form, "x.dat", None, lambda part, names, shift: write(part, shift), {}, b"", head, 0,
            named=False, mark=mark, codes=codes, pack=pack, reading=_reading(form, only),
            container=container, clocked=form not in ("li-7500", "li-6400", "egm-4"),
        )  # fmt: skip
        return filled_in(folder, sound, names=())

    return made


def _lines(
    form: str, only: tuple[str, ...], specimen: str, rows: int, row: Row, mark: bytes, code: str = "utf-8"
) -> Callable[[Path], Planted]:
    """A text whose header is that of a specimen."""
    head = "".join(line + "\n" for line in specimen.split("\n")[:rows])
    for day, ours in _DAYS:
        head = head.replace(day, ours)
    text = head.encode(code)

    def write(part: slice, shift: int) -> bytes:
        out = []
        for k in range(part.start, part.stop):
            time = START + (k + shift) * SECOND
            local = str((time + np.timedelta64(round(3600 * AHEAD), "s")).astype("M8[s]"))
            values = {name: float(x[k]) for name, x in VALUES.items()}
            out.append(row(k, local[:10], local[11:], int(time.astype(np.int64) // 10**9), values))
        return text + "".join(line + "\n" for line in out).encode(code)

    codes = ("utf-8", "utf-8-sig") if code == "utf-8" else (code,)
    return _analyser(form, only, write, len(text), mark, codes=codes)


def _british(date: str) -> str:
    return "/".join(reversed(date.split("-")))


def _picarro(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return (
        f"{date} {clock}.000 133.4 {epoch}.000 0 963 {x['co2']} {x['co2'] + 4.0:.3f} {x['ch4'] / 1e3:.5f} "
        f"{x['ch4'] / 1e3 + 0.02:.5f} {x['h2o'] / 10:.5f} {x['nh3']} 1"
    )


def _gasmet(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return (
        f"0\t{date}\t{clock}\ta.SPE\tb.LIB\t{x['h2o'] / 10:.5f}\tvol-%\twet\t0.0004\t{x['co2']}\tppm\twet\t"
        f"0.001\t{x['p'] * 10:.3f}\tmbar\tN/A\t0.0\tOK"
    )


def _gasmet_chambers(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    utc = str(np.datetime64(epoch, "s"))
    return (
        f"1\t{date}\t{clock}\t5_a\t{utc}Z\t5\tInterpolation\t{x['h2o'] / 10:.5f}\t{x['co2']}\t"
        f"{x['ch4'] / 1e3:.5f}\t{x['n2o']}\t{x['nh3']}\t{x['p'] * 10:.3f}"
    )


def _egm5(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return (
        f"M5,{_british(date)[:6]}{date[2:4]},{clock},     6,{k:3d},{x['co2']:8.3f},{x['p'] * 10:9.3f}, 300,"
        f"{x['h2o']:8.4f}, 0.0, 0.0,  0, 0.0,   100,12.0,{x['t']:7.3f},36.0, 20, 0, 1, 0.0, 0.0"
    )


def _aeris(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return (
        f"{_british(date)} {clock}.000,1,{x['p'] + 41.5:.4f},42.5,{x['t'] + 24.0:.3f},{x['co2']},"
        f"{x['h2o'] * 1e3:.1f},{x['n2o']},0,No Data,No Data"
    )


def _healthy_photon(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return f"{date} {clock}.0\t{x['h2o'] * 1e3:.1f}\t{x['co2']}\t{x['ch4'] / 1e3:.5f}\t{x['n2o'] * 1e3:.2f}"


def _gaia(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return (
        f'{date} {clock}.000\t"Chamber 1 Opaque"\t""\t1\t7\t{x["t"]}\tLICOR78XX#1\t{epoch - 2}\t{x["ch4"]}\t'
        f"{x['co2']}\t{x['h2o'] * 1e3:.1f}"
    )


def _li6400(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return (
        f'{k + 1}\t"{clock}"\t"NEE"\t{k + 1}.0\t-1\t1\t{x["t"]}\t{x["co2"]}\t{x["h2o"]}\t15.1\t1054\t'
        f'{x["p"]}\t"61"'
    )


def _li850(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return f"{date}\t{clock}\t{x['co2']}\t{x['h2o']}\t{x['t'] + 33.5:.3f}\t{x['p']}"


def _li7500(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return (
        f"\t{k}.00\t{x['t']}\t{x['p']}\t0.00\t0.06\t{x['co2'] / 28:.4f}\t{x['co2']}\t{x['h2o'] * 37:.3f}\t"
        f"{x['h2o']}"
    )


def _li7500_rs(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return (
        f"DATA\t{clock}:000\t{date}\t{x['co2'] / 28:.4f}\t{x['co2']}\t{x['h2o'] * 37:.3f}\t{x['h2o']}\t"
        f"{x['t']}\t{x['p']}\t255\t0\t 27"
    )


def _eosmx(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    ones, more = " ".join(["-1"] * 20), " ".join(["-1"] * 90)
    return f"{epoch} {ones} 3 10 {int(k > 5)} 0 0 0 0 0 {x['t']} {x['p']} {more}"


def _egm4(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    """CO2 in whole ppm, seconds since closing."""
    day, month = date[8:], date[5:7]
    return (
        f"05\t{k + 1:04d}\t{day}\t{month}\t{clock[:2]}\t{clock[3:5]}\t{300 + k:05d}\t00.0\t+00.0\t"
        f"0000\t000.0\t{x['t']:05.1f}\t{k:04d}\t{round(900 + x['t']):04d}\t08"
    )


def _table(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return f"{date} {clock},{x['co2']},{x['ch4']},{x['h2o'] * 1e3:.1f},{x['t']},a"


def _logger(k: int, date: str, clock: str, epoch: int, x: dict[str, float]) -> str:
    return f'"{date} {clock}",{k},{x["h2o"] * 1e3:.1f},{x["co2"]},{x["ch4"]},{x["n2o"] * 1e3:.2f},{x["t"]}'


def _series(part: slice, shift: int, form: str) -> Series:
    time = START + (np.arange(part.start, part.stop) + shift) * SECOND
    x = {name: values[part] for name, values in VALUES.items()}
    data = {
        "co2": x["co2"] * 1e-6, "ch4": x["ch4"] * 1e-9, "h2o": x["h2o"] * 1e-3,
        "t_chamber": x["t"] + 273.15, "p_chamber": x["p"] * 1e3,
    }  # fmt: skip
    closure = FileClosure(
        "1", "a collar", time[0], time[-1], area=0.0318, volume=0.006, height=0.02, deadband=5.0
    )
    model = "" if form in ("lgr", "li-8100") else "LI-7810"
    return Series(time, data, format=form, model=model, closures=[closure])


def _written(
    form: str, only: tuple[str, ...], first: bytes, mark: bytes, inner: str = "", *, container: bool = False
) -> Callable[[Path], Planted]:
    """A file as a writer of series makes it; ``first`` begins its first record."""

    def made(folder: Path) -> Planted:
        def write(part: slice, shift: int) -> bytes:
            path = write_analyser_file(_series(part, shift, form), folder / "made", utc_offset_h=AHEAD)
            data = path.read_bytes()
            if inner:
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    return archive.read(inner)
            # Without the signature of a whole file, and what an LI-8100 fits to an observation.
            return re.split(rb"-----BEGIN|(?<=\n)2\t", data)[0]

        def pack(data: bytes) -> bytes:
            if not inner:
                return data
            path = write_analyser_file(_series(slice(0, N), 0, form), folder / "made", utc_offset_h=AHEAD)
            with zipfile.ZipFile(path) as archive:
                others = {name: archive.read(name) for name in archive.namelist() if name != inner}
            return zipped({inner: data, **others})

        head = write(slice(0, 8), 0).find(first) + 1
        return _analyser(form, only, write, head, mark, pack=pack, container=container)(folder)

    return made


ANALYSERS: dict[str, Callable[[Path], Planted]] = {
    "licor-trace-gas": _written("licor-trace-gas", ("co2", "ch4", "h2o"), b"\nDATA\t", b"\t"),
    "lgr": _written("lgr", ("co2", "ch4", "h2o"), b"\n01/07", b","),
    "li-8100": _written("li-8100", ("co2", "h2o", "t_chamber"), b"\n1\t", b"\t"),
    "li-8250": _written("li-8250", ("co2", "ch4", "h2o", "t_chamber"), b"\n2024", b",", "data.csv"),
    "smart-chamber": _written(
        "smart-chamber", ("co2", "ch4", "h2o", "t_chamber"), b"{", b",", container=True
    ),
    "egm-4": _lines("egm-4", ("co2_wet", "p_air"), specimens.EGM4, 3, _egm4, b"\t"),
    "picarro": _lines("picarro", ("co2", "ch4", "h2o"), specimens.PICARRO, 1, _picarro, b" "),
    "gasmet": _lines("gasmet", ("co2", "h2o", "p_air"), specimens.GASMET, 1, _gasmet, b"\t"),
    "gasmet-chambers": _lines(
        "gasmet-chambers", ("co2", "ch4", "n2o"), specimens.GASMET_CHAMBERS, 1, _gasmet_chambers, b"\t"
    ),
    "egm-5": _lines("egm-5", ("co2", "h2o", "p_air"), specimens.EGM5, 3, _egm5, b","),
    "aeris": _lines("aeris", ("co2", "h2o", "n2o"), specimens.AERIS, 1, _aeris, b","),
    "healthy-photon": _lines(
        "healthy-photon", ("co2", "ch4", "h2o", "n2o"), specimens.HEALTHY_PHOTON, 1, _healthy_photon, b"\t"
    ),
    "gaia": _lines("gaia", ("co2", "ch4", "h2o"), specimens.GAIA, 3, _gaia, b"\t", "latin-1"),
    "li-6400": _lines("li-6400", ("co2", "h2o", "t_chamber"), specimens.LI6400, 9, _li6400, b"\t"),
    "li-850": _lines("li-850", ("co2", "h2o", "t_cell"), specimens.LI850, 2, _li850, b"\t"),
    "li-7500": _lines("li-7500", ("co2", "h2o", "t_air"), specimens.LI7500, 10, _li7500, b"\t"),
    "li-7500-rs": _lines("li-7500", ("co2", "h2o", "t_air"), specimens.LI7500RS, 4, _li7500_rs, b"\t"),
    "eosmx": _lines("eosmx", ("p_chamber", "state"), "", 0, _eosmx, b" "),
    "table": _lines("delimited", ("co2", "ch4", "h2o"), specimens.TABLE, 1, _table, b","),
    "logger": _lines("toa5", ("co2", "ch4", "h2o"), specimens.LOGGER, 4, _logger, b","),
}
