"""A series as the file that a LI-COR trace gas analyser would have written, with its digits."""

import math

import numpy as np

from fluxkit.raw.series import Series, Times

#: Digits after the point of gases in ppm or ppb.
_DIGITS = 5


def licor_trace_gas(series: Series, local: Times, utc_offset_h: float) -> bytes:
    """Return a series as a LI-78xx writes it.

    Parameters
    ----------
    series : Series
        Dry mole fractions and ``h2o``. [mol mol-1]
    local : (n,) array of datetime64
        Its times on the instrument's clock.
    utc_offset_h : float
        Hours that this clock is ahead of UTC.
    """
    gases = {"co2": ("CO2", 1e6, "ppm"), "ch4": ("CH4", 1e9, "ppb"), "n2o": ("N2O", 1e9, "ppb")}
    columns = {
        name: spec for name, spec in {"h2o": ("H2O", 1e6, "ppm"), **gases}.items() if name in series.data
    }
    stamps = np.datetime_as_string(local, unit="s")
    seconds, nanoseconds = np.divmod(series.time.astype("M8[ns]").astype(np.int64), 1_000_000_000)
    diagnosis = series.data.get("diag", np.zeros(series.size))
    head = ["DATAH", "SECONDS", "NANOSECONDS", "NDX", "DIAG", "REMARK", "DATE", "TIME"]
    units = ["DATAU", "secs", "nsecs", "index", "diag", "", "date", "time"]
    lines = [
        f"Model:\t{series.model or 'LI-7810'}",
        f"SN:\t{series.serial or 'TG10-00000'}",
        "Software Version:\t2.3.3",
        f"Timestamp:\t{stamps[0].replace('T', ' ')}",
        f"Timezone:\tEtc/GMT{-utc_offset_h:+.0f}",
        "\t".join([*head, *(name for name, _, _ in columns.values()), "CHK"]),
        "\t".join([*units, *(unit for _, _, unit in columns.values()), "CHK"]),
    ]
    for k in range(series.size):
        date, _, clock = stamps[k].partition("T")
        fields = [
            "DATA",
            f"{seconds[k]}",
            f"{nanoseconds[k]}",
            f"{k}",
            f"{diagnosis[k]:.0f}",
            '""',
            date,
            clock,
        ]
        fields += [printed_number(series.data[name][k] * scale) for name, (_, scale, _) in columns.items()]
        lines.append("\t".join([*fields, "0"]))
    return ("\n".join(lines) + "\n").encode()


def printed_number(value: float) -> str:
    """Return a number as the instrument prints it."""
    return f"{value:.{_DIGITS}f}" if math.isfinite(value) else "nan"
