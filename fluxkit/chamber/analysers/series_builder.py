"""Build a series: columns become variables, moist air dry, bad samples NaN; all of it is reported."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.analysers.cells import Cells
from fluxkit.chamber.analysers.numerals import finite_number
from fluxkit.chamber.analysers.zones import Zoned
from fluxkit.constants import SI
from fluxkit.errors import ReadError
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.series import WATER, FileClosure, Series, is_gas
from fluxkit.schema import gases, units
from fluxkit.site.sections.strict import did_you_mean

Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]

#: A mole fraction beyond is none: noise about zero reaches less, and water at 80 degC no more. [mol mol-1]
_LEAST, _MOST, _MOST_WATER = -1e-4, 1.0, 0.5
#: Records in which a time may be beyond its neighbours', and the share that may.
_FEWEST, _RARE = 5, 0.05
#: How far: nanoseconds, and steps from one record to the next.
_FAR_NS, _FAR_STEPS = 60_000_000_000, 20
#: Columns of receivers for satellites, in degrees (an LI-8100's LATITUDE has no documented unit), and how
#: many of their records are looked at.
_POSITION = ("Latitude", "Longitude")
_POSITIONS = 500


class SeriesBuilder:
    """The series of one file, as far as it is built.

    Parameters
    ----------
    cells : Cells
        Its records.
    options : Asked
        What the user states about the file; columns that it names are read first, and stay.
    written : mapping, optional
        Column -> unit as the file writes it, for columns that are named without one.

    Raises
    ------
    ReadError
        A column that the user names is not there, or a density lacks temperature or pressure.
    """

    def __init__(self, cells: Cells, options: ReadOptions, written: Mapping[str, str] | None = None) -> None:
        self.cells = cells
        self.options = options
        self.data: dict[str, Array] = {}
        self.sources: dict[str, str] = {}
        self.waters: dict[str, str] = {}
        self._others: dict[str, list[str]] = {}
        self._chosen: frozenset[str] = frozenset()
        self._choose(written or {})

    @property
    def log(self) -> ProblemLog:
        """Log of the file's problems."""
        return self.cells.log

    def add_column(self, variable: str, column: str, unit: str, missing: Iterable[float] = ()) -> bool:
        """Read a column into a variable in SI; False if the file lacks it or the variable is taken."""
        if column not in self.cells or self._of_user(variable):
            return False
        if variable in self.data:
            if is_gas(variable) and column != self.sources[variable]:
                self._others.setdefault(variable, []).append(column)
            return False
        try:
            scale, shift = units.to_si(unit)
        except ValueError as error:
            raise ReadError(self.log.source, f"column {column}: {error}") from error
        self.put(variable, self.cells.numbers(column, missing) * scale + shift, column)
        return True

    def add_columns(self, table: Mapping[str, tuple[str, str]], missing: Iterable[float] = ()) -> None:
        """Read columns by a table of ``column -> (variable, unit)``; those that lack are passed over."""
        codes = tuple(missing)
        for column, (variable, unit) in table.items():
            self.add_column(variable, column, unit, codes)

    def put(self, variable: str, values: Array, source: str) -> None:
        """Add a variable in SI that is not simply a column, unless the user names a column for it."""
        if self._of_user(variable):
            return
        self.data[variable] = np.ascontiguousarray(values, dtype=np.float64)
        self.sources[variable] = source

    def put_density(self, variable: str, density: Array, source: str) -> bool:
        """Add a gas or vapour that is measured as a density, as a mole fraction of the same air.

        x = rho R T / P with the temperature and pressure of the file's air: those of a chamber first, of the
        air, or of a cell. False where the file has not both.

        Parameters
        ----------
        variable : str
            ``<gas>_wet`` or ``h2o``.
        density : numpy.ndarray
            (n,) [mol m-3]
        source : str
            Its column.
        """
        T = next((n for n in ("t_chamber", "t_air", "t_cell") if n in self.data), None)
        P = next((n for n in ("p_chamber", "p_air", "p_cell") if n in self.data), None)
        if T is None or P is None:
            return False
        pressure = np.where(self.data[P] > 0.0, self.data[P], np.nan)
        share = density * SI.R * self.data[T] / pressure
        self.put(variable, share, f"{source} R {self.sources[T]} / {self.sources[P]}")
        return True

    def _choose(self, written: Mapping[str, str]) -> None:
        """Read the columns that the user names: they choose among those of several analysers."""
        named = self.options.columns
        densities = {}
        for variable, (name, given) in named.items():
            column = self._named(name)
            unit = given or written.get(column, "")
            try:
                kind = units.parse(unit).dimension
            except ValueError as error:
                raise ReadError(self.log.source, f"column {column}: {error}") from error
            if kind in ("molar_density", "mass_density"):
                densities[variable] = (column, unit)
            else:
                self.add_column(variable, column, unit, (-9999.0,))
        for variable, (column, unit) in densities.items():
            self._choose_density(variable, column, unit)
        self._chosen = frozenset(named)

    def _choose_density(self, variable: str, column: str, unit: str) -> None:
        gas = variable.removesuffix("_wet")
        if variable not in WATER and not variable.endswith("_wet"):
            raise ReadError(
                self.log.source, f"column {column} is a density ({unit}), of moist air: name it {gas}_wet"
            )
        scale, _ = units.to_si(unit)
        if units.parse(unit).dimension == "mass_density":
            species = "h2o" if gas in WATER else gas
            mass = gases.gas(species).molar_mass if gases.is_known_gas(species) else None
            if mass is None:
                raise ReadError(self.log.source, f"column {column}: {unit} of a gas of unknown molar mass")
            scale /= mass
        if not self.put_density(variable, self.cells.numbers(column, (-9999.0,)) * scale, column):
            raise ReadError(
                self.log.source,
                f"column {column} is a density ({unit}): a mole fraction needs the temperature and pressure "
                "of the same air, give columns for t_chamber or t_air, and for p_chamber or p_air, too",
            )

    def _named(self, column: str) -> str:
        """Return the name of a column given by its name, or by its position, 1 = first."""
        cells = self.cells
        if column in cells:
            return column
        if column.isdecimal() and 1 <= int(column) <= len(cells.names):
            return cells.names[int(column) - 1]
        hint = did_you_mean(column, list(cells.names)) or ";"
        raise ReadError(cells.source, f"no column {column!r}{hint} its columns: {', '.join(cells.names)}")

    def _of_user(self, variable: str) -> bool:
        """Whether the user names a column for a variable, or for the same gas of moist or dry air."""
        gas = variable.removesuffix("_wet")
        return gas in self._chosen or f"{gas}_wet" in self._chosen

    def dry(self, only: Sequence[str] | None = None, water: str = "h2o") -> None:
        """Make ``<gas>_wet`` dry by the water vapour of the same samples, where there is any.

        Gases that stay wet are reported. All gases are dried unless ``only`` names some.
        """
        wet_ones = [name.removesuffix("_wet") for name in self.of_air() if name.endswith("_wet")]
        for gas in wet_ones if only is None else only:
            wet = f"{gas}_wet"
            if wet not in self.data:
                continue
            if gas in self.data:
                self.forget(wet)
            elif water in self.data:
                values, column = self.data[wet], self.sources[wet]
                self.forget(wet)
                air = 1.0 - self.data[water]
                air = np.where(air > 0.0, air, np.nan)  # nothing but vapour is garbage, told with the vapour
                self.data[gas] = np.ascontiguousarray(values / air)
                self.sources[gas] = f"{column} / (1 - {self.sources[water]})"
            else:
                reason = f"{gas} is of moist air and no water vapour is there to dry it: it stays {wet}"
                self.log.add(Problem(self.log.source, None, "nothing", reason))

    def forget(self, variable: str) -> None:
        """Take a variable out again."""
        self.data.pop(variable, None)
        self.sources.pop(variable, None)

    def reject(self, bad: Mask, reason: str, variables: Iterable[str] | None = None) -> None:
        """Reject samples that the analyser itself flags as bad, and report how many.

        Parameters
        ----------
        bad : numpy.ndarray
            (n,) True where bad.
        reason : str
            Diagnostics of the analyser.
        variables : iterable of str, optional
            By default gases and water vapour.
        """
        number = int(np.count_nonzero(bad))
        if not number:
            return
        share = f"{number} of {bad.size} samples have {reason}"
        if self.options.keep_rejected:
            self.log.add(
                Problem(self.log.source, None, "nothing", f"{share}; they are kept, as keep_rejected is set")
            )
            return
        for name in self.of_air() if variables is None else variables:
            if name in self.data:
                self.data[name] = np.where(bad, np.nan, self.data[name])
        self.log.add(
            Problem(
                self.log.source, None, "value", f"{share}: rejected; set keep_rejected = true to use them"
            )
        )

    def of_air(self) -> list[str]:
        """Return the names of gases and water vapour so far."""
        return [name for name in self.data if name in WATER or is_gas(name, self._further)]

    @property
    def _further(self) -> set[str]:
        """Gases that only the user names: variables of columns that hold a fraction."""
        fractions = {name for name, (_, unit) in self.options.columns.items() if units.is_fraction(unit)}
        return {name.removesuffix("_wet") for name in fractions}

    def finish(
        self,
        zoned: Zoned,
        *,
        format: str,
        model: str = "",
        serial: str = "",
        precision: Mapping[str, float] | None = None,
        closures: Iterable[FileClosure] = (),
        housekeeping: str = "",
        position: tuple[float, float] = (math.nan, math.nan),
    ) -> Series:
        """Screen, sort and hand over.

        Parameters
        ----------
        zoned : Zoned
            (n,) instants.
        format, model, serial : str
            Of the file and its analyser.
        precision : mapping, optional
            Variable -> one standard deviation in SI; those that are not there are left out.
        closures : iterable of FileClosure
            Closures recorded in the file.
        housekeeping : str
            Regular expression of columns that are known and not wanted; others not used are named.
        position : tuple, optional
            Latitude and longitude by the file's own receiver; if absent, of columns of these names. [deg]

        Raises
        ------
        ReadError
            No sample is left.
        """
        self._dry_chosen()
        self._impossible()
        self._tell_others()
        self._unused(housekeeping)
        time, data = self._ordered(zoned)
        in_order = self._in_order(closures)
        return Series(
            time=time,
            data=data,
            path=self.log.source,
            format=format,
            model=model,
            serial=serial,
            precision={name: sd for name, sd in (precision or {}).items() if name in data},
            closures=in_order,
            problems=self.log.told(),
            sources=self.sources,
            waters=self.waters,
            clock=zoned.clock,
            utc_offset_h=zoned.offset_h,
            position=self._received() if math.isnan(position[0]) else position,
        )

    def _received(self) -> tuple[float, float]:
        """Return the usual position of columns that a receiver fills, NaN where it saw no satellites."""
        if all(name in self.cells for name in _POSITION):
            step = -(-self.cells.size // _POSITIONS)
            texts = zip(*(self.cells.texts(name)[::step] for name in _POSITION), strict=True)
            pairs = [(finite_number(a), finite_number(b)) for a, b in texts]
            good = [pair for pair in pairs if np.isfinite(pair).all() and pair != (0.0, 0.0)]
            if good and (np.abs(good) <= (90.0, 180.0)).all():
                latitude, longitude = np.median(good, axis=0)
                return float(latitude), float(longitude)
        return math.nan, math.nan

    def _dry_chosen(self) -> None:
        """Dry moist gases that the user names in files of which the reader knows no moist ones."""
        wet = [name for name in self._chosen if name.endswith("_wet") and name in self.data]
        if wet and "h2o" in self.data:
            self.dry([name.removesuffix("_wet") for name in wet])

    def _tell_others(self) -> None:
        """Tell of gases that more than one analyser in the file measures."""
        for variable, columns in self._others.items():
            reason = (
                f"{variable} is that of {self.sources.get(variable, 'the first')}; {', '.join(columns)} "
                "measures it too: name it in columns to use it instead"
            )
            self.log.add(Problem(self.log.source, None, "nothing", reason))

    def _in_order(self, closures: Iterable[FileClosure]) -> list[FileClosure]:
        found = sorted(closures, key=lambda closure: closure.start)
        for closure in found:
            if closure.end < closure.start:
                reason = f"closure {closure.id} would open before it closes: it is left out"
                self.log.add(Problem(self.log.source, None, "period", reason))
        return [closure for closure in found if closure.end >= closure.start]

    def _ordered(self, zoned: Zoned) -> tuple[npt.NDArray[np.datetime64], dict[str, Array]]:
        time = zoned.time
        good = ~np.isnat(time)
        if not good.any():
            raise ReadError(self.log.source, "holds no records with a time")
        lone = _lone(time, good)
        if lone.any():
            reason = f"{np.count_nonzero(lone)} records have times beyond both their neighbours': left out"
            self.log.add(Problem(self.log.source, self.cells.lines[int(np.argmax(lone))], "line", reason))
            good &= ~lone
        if not good.all():
            time = time[good]
        data = self.data if good.all() else {name: values[good] for name, values in self.data.items()}
        back = int(np.count_nonzero(np.diff(time) < np.timedelta64(0)))
        if back:
            order = np.argsort(time, kind="stable")
            time, data = time[order], {name: values[order] for name, values in data.items()}
            self.log.add(
                Problem(
                    self.log.source, None, "nothing", f"time goes backwards {back} times: records were sorted"
                )
            )
        return time, {name: np.ascontiguousarray(values) for name, values in data.items()}

    def _impossible(self) -> None:
        # Garbage of a failed analyser; water that is none makes dry gases of the same samples garbage too.
        drowned = np.zeros(self.cells.size, bool)
        for name in self.of_air():
            values = self.data[name]
            most = _MOST_WATER if name in WATER else _MOST
            bad = (values < _LEAST) | (values > most)
            if name == WATER[0]:
                drowned = bad
            lost = int(np.count_nonzero(bad))
            if lost:
                self.data[name] = np.where(bad, np.nan, values)
                worst = float(values[bad][np.argmax(np.abs(values[bad]))])
                reason = f"{lost} values of {name} are no mole fractions, as {worst:.4g} mol mol-1"
                self.log.add(Problem(self.log.source, None, "value", reason))
        if drowned.any():
            for name in self.of_air():
                self.data[name] = np.where(drowned, np.nan, self.data[name])

    def _unused(self, housekeeping: str) -> None:
        known = re.compile(housekeeping) if housekeeping else None
        unknown = [
            name
            for name in dict.fromkeys(self.cells.names)
            if name and name not in self.cells.used and not (known is not None and known.fullmatch(name))
        ]
        if unknown:
            more = f" and {len(unknown) - 12} more" if len(unknown) > 12 else ""
            names = ", ".join(unknown[:12]) + more
            self.log.add(Problem(self.log.source, None, "nothing", f"unused columns: {names}"))


def _lone(time: Times, good: Mask) -> Mask:
    """Records whose time is far beyond both neighbours', as where a line was made of two: (n,)."""
    lone = np.zeros(time.size, np.bool_)
    known = np.flatnonzero(good)
    if known.size < _FEWEST:
        return lone
    step = np.diff(time[known].astype("M8[ns]").astype(np.int64))
    far = max(_FAR_NS, _FAR_STEPS * int(np.median(np.abs(step))))
    ahead = (step[:-1] > far) & (step[1:] < -far)
    behind = (step[:-1] < -far) & (step[1:] > far)
    odd = (ahead | behind) & (step[:-1] + step[1:] > -_FAR_NS)
    lone[known[1:-1][odd]] = True
    lone[known[0]] = step[0] < -far and (step[1:_FEWEST] >= 0).all()
    if np.count_nonzero(lone) > _RARE * known.size:  # several clocks in turn
        lone[:] = False
    return lone
