"""From a station's samples to the record of one period: condition, judge, condense."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fluxkit import kernels
from fluxkit.physics.air import pressure_at
from fluxkit.schema.variables import mask
from fluxkit.site.models import Site
from fluxkit.tower import instrument_settings, settings
from fluxkit.tower.condition import (
    cleaning,
    conditioning,
    diagnostics,
    frozen,
    screening,
    sonic_corrections,
    tally,
)
from fluxkit.tower.period_moments import condense_period
from fluxkit.tower.series_methods import series

if TYPE_CHECKING:
    import xarray as xr

Array = npt.NDArray[np.float64]

#: The C library returns freed memory to the system at once, which then clears each page anew: a quarter
#: of a period's time. glibc keeps up to twice the largest block that was freed; it counts those to 32 MB.
KEPT_BYTES = 31 << 20

#: States of a closed cell, which turn a density into a mixing ratio sample by sample.
CELL = ("p_cell", "t_cell", "t_cell_in", "t_cell_out")
NOT_A_MEASUREMENT = 1e-12  #: a relative spread below this is a channel that does not move


class Condenser:
    """Condition and condense periods of one station; settings are unpacked once."""

    def __init__(self, site: Site) -> None:
        np.empty(KEPT_BYTES, np.uint8)  # freed at once and never touched, so that it costs no memory
        self.plan = settings.make_plan(site)
        self.instruments = instrument_settings.instrument_plan(site)
        self.words = instrument_settings.diagnostic_names(site)  #: output variables of diagnostic words
        self.size = self.plan.slots  #: samples per period
        self.period = np.timedelta64(round(self.plan.seconds * 1e9), "ns")
        #: Variables of slower files: their values are held over the samples of the sonic on purpose.
        slower = {source.id for source in site.sources if source.rate < site.raw.rate}
        self.held = {name for name, column in site.columns.items() if column.source in slower}

    def warm_up(self) -> None:
        """Compile every kernel by condensing one period of noise, with and without a gap."""
        rng = np.random.default_rng(0)
        names = set(self.plan.columns) | set(self.plan.variables)
        names = {name for name in names if not name.startswith(("diag_", "signal_"))}  # nothing is well there
        for gap in (False, True):
            data = {name: 300.0 + rng.standard_normal(self.size) for name in names}
            data |= {k: rng.standard_normal(self.size) + 3.0 for k in ("u", "v", "w")}
            for gas in self.plan.gases:
                data[gas] = 0.016 + 1e-5 * rng.standard_normal(self.size)
            if gap:
                for x in data.values():
                    x[10:20] = np.nan
            self.condense(data, self.size)

    def condition(self, data: Mapping[str, Array]) -> tuple[dict[str, Array], conditioning.Screening]:
        """Condition the samples of one period.

        Parameters
        ----------
        data : mapping of (size,) arrays
            As the files gave them, SI, NaN where lost.

        Returns
        -------
        samples : dict of arrays
            The variables of the plan, conditioned.
        screening : Screening
            What was done.
        """
        plan, how, done = self.plan, self.plan.conventions, conditioning.Screening()
        samples = dict(data)
        sonic_corrections.correct_sonic(
            samples,
            self.instruments.columns,
            towards=how.polar_direction == "towards",
            rounded_axes=how.rounded_axes,
            keep_unpaired=how.keep_unpaired,
        )
        raw = samples
        samples, implausible = conditioning.copy_plausible(raw)
        done.diagnosed, done.words, readings = self._ask_instruments(samples)
        if plan.condition.frozen == "lose":
            done.frozen, done.held = self._drop_frozen(samples)
            done.unmoved = [name for name in CELL if name in samples and _one_value(samples[name])]
        conditioning.cell_temperature(samples, fall_back=how.cell_temperature_falls_back)
        done.measured |= cleaning.measure_cleaning(samples, plan)
        done.spikes, done.replaced = conditioning.despike_samples(
            samples,
            plan.variables,
            method=plan.condition.despiking,
            limits=plan.spike_limits,
            run=plan.condition.spike_run,
            window=plan.spike_window,
            hold=how.spike_beside_gap == "hold",
            mad_gap_is_value=how.mad_gap_is_value,
            mad_zero_scale=how.mad_zero_scale == "all-spikes",
            only_count=plan.condition.despike_only_count,
        )
        done.measured |= screening.measure_tests(samples, plan)
        if plan.condition.absolute_limits:
            done.limited = conditioning.limit_sonic(samples, plan.sonic_limits)
        self._correct_sonic(samples, done)
        self._dry(samples)
        if plan.condition.absolute_limits:
            done.limited |= self._limit_gases(samples)
        done.tally = tally.tally_of(
            raw, implausible=implausible, diagnosed=done.diagnosed, limited=done.limited, readings=readings,
            frozen=done.frozen, held=done.held, unmoved=done.unmoved,
        )  # fmt: skip
        return {name: samples[name] for name in plan.variables if name in samples}, done

    def _ask_instruments(
        self, samples: dict[str, Array]
    ) -> tuple[dict[str, int], dict[str, float], dict[str, diagnostics.Reading]]:
        """Drop what instruments call bad or saw too weakly; returns counts by variable, values by word."""
        how = self.plan.conventions
        counts, values, readings = diagnostics.drop_flagged(
            samples,
            self.instruments.diagnoses,
            ignored_bits=how.ignored_diagnostic_bits,
            missing_loses=how.missing_word_loses_sample,
            thermocouples=how.thermocouple_bits_act,
        )
        for gas in self.plan.gases:
            strength = samples.get(f"signal_{gas}")
            if strength is None:
                continue
            values[instrument_settings.signal_name(f"signal_{gas}")] = _mean(strength, np.nan)
            if gas in self.instruments.signals:
                low, high = self.instruments.signals[gas]
                weak = diagnostics.drop_weak(samples[gas], strength, low=low, high=high)
                counts[gas] = counts.get(gas, 0) + weak
        return counts, values, readings

    def _drop_frozen(self, samples: dict[str, Array]) -> tuple[dict[str, int], dict[str, int]]:
        """Drop what stands still of wind, scalars and cells; samples lost, and how long values are held."""
        frozen_, held = {}, {}
        for name in CELL:
            if name not in samples or name in self.held:
                continue
            lost = frozen.drop_frozen(samples[name], self.plan.rate)
            lost = lost or (frozen.drop_still(samples[name]) if name == "p_cell" else 0)
            if lost:
                frozen_[name] = lost
        for name in ("u", "v", "w", *self.plan.scalars):
            if name in self.held:
                continue
            changes = kernels.frozen.changes(samples[name])
            steps = frozen.held_for(samples[name], changes)
            if steps > 1:
                held[name] = steps
                samples[name] = np.full_like(samples[name], np.nan)
                continue
            lost = frozen.drop_frozen(samples[name], self.plan.rate, changes)
            if lost:
                frozen_[name] = lost
        return frozen_, held

    def _correct_sonic(self, samples: dict[str, Array], done: conditioning.Screening) -> None:
        """Take errors of head and temperature out of the sonic."""
        head, shares, how = self.instruments.head, self.instruments.cross_wind, self.plan.conventions
        if how.temperature_before_head:
            sonic_corrections.correct_temperature(samples, shares, keep_unpaired=how.keep_unpaired)
        lost = sonic_corrections.correct_head(samples, head, tolerance=how.attack_angle_tolerance)
        if lost:
            done.limited["w"] = done.limited.get("w", 0) + lost
        if not how.temperature_before_head:
            sonic_corrections.correct_temperature(samples, shares, keep_unpaired=how.keep_unpaired)

    def _dry(self, samples: dict[str, Array]) -> None:
        """Turn what the plan converts into dry mixing ratios, in place; without h2o air is taken as dry."""
        plan = self.plan

        def mole_fraction(gas: str) -> Array:
            quantity, x = plan.gas[gas].given, samples[gas]
            if quantity == "mixing_ratio":
                # Only vapour's own share of moist air is ever needed.
                return x / (1.0 + x)
            if quantity == "mole_fraction":
                return x
            return conditioning.mole_fraction_in_cell(
                x, t_cell=samples["t_cell"], p_cell=samples["p_cell"], R=self.plan.constants.R
            )

        def vapour(gas: str) -> Array | float:
            name = plan.gas[gas].vapour
            return 0.0 if name is None else mole_fraction(name)

        samples |= {
            g: conditioning.dry_mixing_ratio(mole_fraction(g), vapour(g))
            for g in plan.gases
            if plan.gas[g].converts
        }

    def _limit_gases(self, samples: dict[str, Array]) -> dict[str, int]:
        plan, counts = self.plan, {}
        temperature = _mean(samples.get("t_air"), _mean(samples["t_sonic"], np.nan))
        pressure = _mean(samples.get("p_air"), pressure_at(plan.station.altitude))
        for gas in plan.gases:
            limits = plan.gas[gas].limits
            if limits is None:
                continue
            density = plan.gas[gas].conditioned == "density"
            per_mole = self.plan.constants.R * temperature / pressure if density else 1.0
            if np.isfinite(per_mole):
                counts[gas] = conditioning.limit_gas(
                    samples[gas], low=limits[0], high=limits[1], per_mole=per_mole
                )
        return counts

    def condense(self, data: Mapping[str, Array], records: int) -> dict[str, Any]:
        """Condense one period.

        Parameters
        ----------
        data : mapping of (size,) arrays
            Samples of the period, SI, NaN where lost.
        records : int
            Records that the files held for it.

        Returns
        -------
        dict
            Moments (absent when the period is not usable), "records", "reason" (bits of LOSS_FLAG) and
            "reasons" (sentences) and "tally" (sums for the archive), which ``dataset`` passes over.
        """
        return self.finish(*self.prepare(data, records))

    def finish(self, samples: dict[str, Array] | None, known: dict[str, Any]) -> dict[str, Any]:
        """Condense what ``correct_sonic`` returned."""
        if samples is None:
            return known
        record = condense_period(
            samples,
            rate=self.plan.rate,
            scalars=self.plan.scalars,
            lags=self.plan.lags,
            max_lag=self.plan.max_lag,
            bins=self.plan.bins,
            shifts=self.plan.shifts,
            far=self.plan.far,
            cell_variables=self.plan.cell_lags,
            pairs=self.plan.error_pairs,
        )
        return known | record | series.condense_series(samples, record, self.plan)

    def prepare(
        self, data: Mapping[str, Array], records: int
    ) -> tuple[dict[str, Array] | None, dict[str, Any]]:
        """Condition one period and judge what of it is usable.

        Parameters and the second result as ``condense``; the first is the conditioned samples, None where
        no flux can be computed.
        """
        out: dict[str, Any] = {
            "slots": np.array(self.size),
            "records": np.array(records),
            "reason": np.array(0),
            "reasons": [],
        }
        if not self._enough(records, out):
            return None, out
        samples, done = self.condition(self._present(data))
        if self.words:
            out["diagnostics"] = np.array([done.words.get(name, np.nan) for name in self.words])
        out["reasons"] += self._called_bad(done)
        out["tally"] = done.tally
        self._tell_frozen(done, out)
        if not self._drop_unusable(samples, out):
            return None, out
        from fluxkit.tower import moments  # conditioning alone needs no arrays with names

        for name in moments.COUNTS:
            counts = getattr(done, name)
            out[name] = np.array([counts.get(v, 0) for v in self.plan.variables])
        return samples, out | done.measured

    def _called_bad(self, done: conditioning.Screening) -> list[str]:
        """Name variables most of whose samples are called bad: the words may mean something else."""
        return [
            f"{name}: its instrument calls {100.0 * count / self.size:.0f} % of the samples bad; if it errs, "
            "say what its words mean (diagnostic_word) or leave their column out"
            for name, count in done.diagnosed.items()
            if count > 0.5 * self.size
        ]

    def _tell_frozen(self, done: conditioning.Screening, out: dict[str, Any]) -> None:
        """Say which signals stand still; too many samples of one are a channel that does not move."""
        for name, count in done.frozen.items():
            share = count / self.size
            bit = "constant_channel" if share > self.plan.condition.max_missing else ""
            sentence = (
                f"{name}: {100.0 * share:.0f} % of the samples repeat the one before for "
                f"{frozen.SHORTEST_BESIDE_LIFE:g} s and more (a frozen signal): they are left out "
                "(condition.frozen)"
            )
            _lose(out, bit, sentence)
        for name, steps in done.held.items():
            rate = self.plan.rate / steps
            sentence = (
                f"{name}: each value is held over {steps} samples, it has {rate:.3g} Hz (condition.frozen)"
            )
            _lose(out, "constant_channel", sentence)

    def _present(self, data: Mapping[str, Array]) -> Mapping[str, Array]:
        """Return the samples of a period; counted, a file that ends early makes a shorter one."""
        if not self.plan.conventions.short_file_shortens_period or any(
            x.size and not np.isnan(x[-1]) for x in data.values()
        ):
            return data
        there = ~np.isnan(np.stack(list(data.values()))).all(axis=0)
        last = int(np.flatnonzero(there)[-1]) + 1 if there.any() else 0
        return {name: x[:last] for name, x in data.items()}

    def _enough(self, records: int, out: dict[str, Any]) -> bool:
        if records == 0:
            _lose(out, "no_data", "no records")
            return False
        missing = 1.0 - records / self.size
        if missing > self.plan.condition.max_missing:
            _lose(out, "too_few_records", self._share(records, "records"))
            return False
        return True

    def _share(self, present: int, what: str) -> str:
        allowed = self.plan.condition.max_missing
        return (
            f"{present} of {self.size} {what} present "
            f"({100 * (1 - present / self.size):.1f} % missing, {100 * allowed:g} % allowed)"
        )

    def _drop_unusable(self, samples: dict[str, Array], out: dict[str, Any]) -> bool:
        """Make a variable missing that has too few samples or does not move; False if no wind is left."""
        needed = (1.0 - self.plan.condition.max_missing) * self.size
        bits = {
            "u": "wind_missing",
            "v": "wind_missing",
            "w": "wind_missing",
            "t_sonic": "temperature_missing",
        }
        usable = True
        for name in self.plan.variables:
            bit = bits.get(name, "gas_missing" if name in self.plan.scalars else None)
            valid = int(kernels.screen.valid(samples[name]))
            if valid < needed:
                sentence = f"{name}: {self._share(valid, 'samples')}"
            elif bit is not None and _stuck(samples[name]):
                _lose(out, "constant_channel", "")
                sentence = f"{name}: the channel does not move (constant {np.nanmean(samples[name]):.6g})"
            else:
                continue
            samples[name] = np.full_like(samples[name], np.nan)
            if bit is None:
                out["reasons"].append(sentence)
            else:
                _lose(out, bit, sentence)
                usable = usable and bit != "wind_missing"
        return usable

    def dataset(self, starts: Sequence[np.datetime64], records: Sequence[Mapping[str, Any]]) -> "xr.Dataset":
        """Join periods to a moments dataset; starts in UTC, records from ``condense``."""
        from fluxkit.tower import moments

        plan = self.plan
        dataset = moments.assemble(
            starts,
            [{k: v for k, v in r.items() if k not in ("reasons", "tally")} for r in records],
            scalars=plan.scalars,
            variables=plan.variables,
            lags=plan.lags,
            max_lag=plan.max_lag,
            bins=plan.bins,
            rate=plan.rate,
            slots=plan.slots,
            shifts=plan.shifts,
            further=series.extra_arrays(plan),
            attrs={"station": plan.station.id} | series.about(plan),
        )
        if not self.words:
            return dataset
        empty = np.full(len(self.words), np.nan)
        values = np.array([r.get("diagnostics", empty) for r in records]).reshape(-1, len(self.words))
        return dataset.assign(diagnostics=(("time", "diagnostic"), values)).assign_coords(
            diagnostic=list(self.words)
        )


def _lose(out: dict[str, Any], bit: str, sentence: str) -> None:
    if bit:
        out["reason"] = np.array(int(out["reason"]) | mask("LOSS_FLAG", bit))
    if sentence:
        out["reasons"].append(sentence)


def _mean(x: Array | None, otherwise: float) -> float:
    if x is None:
        return otherwise
    mean, valid = kernels.screen.mean_and_count(x)
    return float(mean) if valid else otherwise


def _one_value(x: Array) -> bool:
    _, low, high, _ = kernels.screen.mean_and_extremes(x)
    return bool(low == high)  # not where all are missing


def _stuck(x: Array) -> bool:
    _, low, high, _ = kernels.screen.mean_and_extremes(x)
    return bool(high - low <= NOT_A_MEASUREMENT * max(abs(high), abs(low)))
