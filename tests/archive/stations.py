"""Archives whose files change: made of the synthetic station's half hours."""

from pathlib import Path

import numpy as np

from fluxkit.synthetic.writers import Field
from tests.logger_files.binary_writers import write_tob3

CH4 = """
[columns.ch4]
column = "CH4"
unit = "mmol m-3"
quantity = "density"
instrument = "irga"
lag = { nominal = 0.2, min = -0.5, max = 1.0 }

[condense]"""


def columns_of(path: Path) -> tuple[list[Field], list[np.ndarray]]:
    """Columns of a TOA5 file behind TIMESTAMP and RECORD."""
    lines = path.read_text().splitlines()
    names, units = ([text.strip('"') for text in line.split(",")][2:] for line in lines[1:3])
    rows = np.array([line.split(",")[2:] for line in lines[4:]], np.float64)
    return [Field(n, u, 4) for n, u in zip(names, units, strict=True)], list(rows.T)


def to_tob3(path: Path, rate: float, *, with_ch4: bool = True) -> Path:
    """Write a TOA5 file once more as TOB3, with a column of methane; the text goes."""
    fields, columns = columns_of(path)
    if with_ch4:
        co2 = columns[[field.name for field in fields].index("CO2")]
        fields = [*fields, Field("CH4", "mmol/m^3", 5)]
        columns = [*columns, 0.09 + 1e-5 * (co2 - co2.mean())]
    first = path.read_text().splitlines()[4].split(",")[0].strip('"')
    path.unlink()
    new = path.with_suffix(".tob3.dat")
    write_tob3(new, fields, columns, np.datetime64(first, "ms"), rate)
    return new


def with_ch4(config: Path) -> Path:
    """Add methane to a configuration."""
    config.write_text(config.read_text().replace("\n[condense]", CH4))
    return config


def rewritten(path: Path, *, without=(), names=None, first=(), scale=None) -> None:
    """Write a TOA5 file with other columns: some left out, renamed, put first or in another unit."""
    lines = [line.split(",") for line in path.read_text().splitlines()]
    columns = [name.strip('"') for name in lines[1]]
    for name, factor in (scale or {}).items():
        k = columns.index(name)
        for row in lines[4:]:
            row[k] = repr(round(float(row[k]) * factor, 6))
    order = [columns.index(name) for name in ("TIMESTAMP", "RECORD", *first)]
    order += [k for k, name in enumerate(columns) if k not in order and name not in without]
    lines[1] = [f'"{(names or {}).get(name, name)}"' for name in columns]
    path.write_text("".join(_rows(lines, order)))


def _rows(lines, order):
    yield ",".join(lines[0]) + "\n"
    for row in lines[1:]:
        yield ",".join(row[k] for k in order) + "\n"
