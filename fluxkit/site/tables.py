"""The tables of a station's configuration, and every fact that follows from them.

Nothing is checked across tables here: `fluxkit.site.checks` does that, for `fluxkit.site.models.Site`.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from fluxkit.schema.gases import GasSpecies as KnownGas
from fluxkit.schema.gases import kind_of, ordered
from fluxkit.site.sections.biomet import Biomet
from fluxkit.site.sections.calibration import Calibration
from fluxkit.site.sections.changes import Change
from fluxkit.site.sections.equipment import GasAnalyser, Instrument, Sonic, Station
from fluxkit.site.sections.footprint import Footprint, Profile
from fluxkit.site.sections.further_sources import FurtherSource
from fluxkit.site.sections.gases import Gas, facts, names_a_gas
from fluxkit.site.sections.methods import Condense, Condition, Decide
from fluxkit.site.sections.reading import Column, Raw
from fluxkit.site.sections.strict import KeysOf, Strict

_CELL = ("t_cell", "p_cell")
_CELL_ENDS = ("t_cell_in", "t_cell_out")


class Output(Strict):
    """What is written beside the fluxes, and what goes into the products' metadata."""

    title: str = ""
    institution: str = ""
    creator_name: str = ""
    creator_email: str = ""
    project: str = ""
    license: str = "not specified"
    spectra: Annotated[
        bool, Field(description="write the spectra of every period beside their averages, 6 kB each")
    ] = False
    flags_as_words: Annotated[
        bool,
        Field(
            description="write what LOSS_FLAG and <FLUX>_QC_REASON mean as words beside them into the CSV: "
            "columns LOSS_FLAG_WORDS, ..."
        ),
    ] = False
    apply_policy: Annotated[
        bool, Field(description="write fluxes that the policy removes as -9999 into the CSV; netCDF has all")
    ] = False


class Tables(Strict):
    """The sections of one station's configuration, each valid in itself."""

    preset: Literal["fluxkit", "eddypro-6", "icos"] = "fluxkit"
    station: Station
    instruments: Annotated[list[Instrument], Field(min_length=1)]
    raw: Raw
    sources: Annotated[
        list[FurtherSource],
        Field(description="files of another instrument or logger beside those of [raw]"),
    ] = []
    columns: dict[str, Column]
    gas: Annotated[
        dict[str, Gas], Field(description="gases in [columns] that fluxkit does not know, or knows otherwise")
    ] = {}
    biomet: Biomet = Biomet()
    calibration: Annotated[
        list[Calibration], Field(description="corrections of columns that are known afterwards, by date")
    ] = []
    changes: Annotated[
        list[Change],
        Field(description="of canopy, heights, tubes, instruments, files, columns: values from a date on"),
    ] = []
    condition: Condition = Condition()
    condense: Condense = Condense()
    decide: Decide = Decide()
    schemes: Annotated[
        dict[str, list[Any]],
        KeysOf(Decide, listed=True, without=("arithmetic",)),
        Field(description="key of [decide] -> values; all combinations are decided beside [decide] itself"),
    ] = {}
    footprint: Footprint = Footprint()
    profile: Profile = Profile()
    output: Output = Output()

    @property
    def sonic(self) -> Sonic:
        """The anemometer (the first one listed)."""
        return next(i for i in self.instruments if isinstance(i, Sonic))

    @property
    def gases(self) -> tuple[str, ...]:
        """Gases that are measured: the standard four first, then the others as the columns name them."""
        return ordered(name for name in self.columns if names_a_gas(name, self.gas))

    def gas_facts(self, name: str) -> KnownGas:
        """Return what is known of a gas."""
        return facts(name, self.gas)

    def has_analyser(self, variable: str) -> bool:
        """Whether the instrument of a variable of ``columns`` is a gas analyser."""
        wanted = self.columns[variable].instrument
        return any(isinstance(i, GasAnalyser) and i.id == wanted for i in self.instruments)

    def analyser(self, variable: str) -> GasAnalyser:
        """Return the analyser that measures a variable of ``columns``."""
        wanted = self.columns[variable].instrument
        found = [i for i in self.instruments if isinstance(i, GasAnalyser) and i.id == wanted]
        return found[0]

    def vapour_of(self, gas: str) -> str | None:
        """Return the water vapour that belongs to a gas: of the same analyser, else the first there is."""
        vapours = [name for name in self.gases if kind_of(name) == "h2o"]
        near = [v for v in vapours if self.columns[v].instrument == self.columns[gas].instrument]
        return next(iter((*near, *vapours)), None)

    @property
    def has_cell_state(self) -> bool:
        """Whether temperature and pressure of a cell are recorded."""
        return _has_cell(self.columns)

    def has_cell(self, gas: str) -> bool:
        """Whether temperature and pressure of a gas's own cell are recorded."""
        instruments = (None, self.columns[gas].instrument)
        return _has_cell({name: x for name, x in self.columns.items() if x.instrument in instruments})

    def cell_variables(self, gas: str) -> tuple[str, ...]:
        """Return what of its cell the mixing ratio of a gas depends on, of a gas that samples leave wet."""
        if not self.dries_by_terms(gas):
            return ()
        own = self.columns[gas].instrument
        here = {name for name, column in self.columns.items() if column.instrument in (None, own)}
        if "t_cell" not in self.columns and here.issuperset(_CELL_ENDS):
            here.add("t_cell")
        found = [name for name in _CELL if name in here and self.given_quantity(gas) == "density"]
        vapour = self.vapour_of(gas)
        if vapour is not None and vapour != gas and self.columns[vapour].instrument == own:
            found.append(vapour)
        return tuple(found)

    def given_quantity(self, gas: str) -> str:
        """Return what the samples of a gas are in the files: density, mole_fraction or mixing_ratio."""
        return self.columns[gas].quantity or "density"

    def converts(self, gas: str) -> bool:
        """Whether a gas becomes a dry mixing ratio, sample by sample."""
        if self.condition.mixing_ratio == "none":
            return False
        if self.given_quantity(gas) == "density":
            return self.analyser(gas).closed and self.has_cell(gas)
        vapour = self.vapour_of(gas)
        moist = self.given_quantity(gas) == "mole_fraction"
        return moist and vapour is not None and self.given_quantity(vapour) != "density"

    def gas_quantity(self, gas: str) -> str:
        """Return what the conditioned samples of a gas are."""
        return "mixing_ratio" if self.converts(gas) else self.given_quantity(gas)

    def dries_by_terms(self, gas: str) -> bool:
        """Whether the mixing ratio of a gas in a cell is made of covariances, not sample by sample."""
        if self.condition.mixing_ratio != "none" or self.given_quantity(gas) == "mixing_ratio":
            return False
        return self.analyser(gas).closed

    def flux_quantity(self, gas: str) -> str:
        """Return what the covariances of a gas are when fluxes are made of them."""
        dries = self.dries_by_terms(gas) and self.decide.density != "none"
        return "mixing_ratio" if dries else self.gas_quantity(gas)

    @property
    def later_columns(self) -> tuple[str, ...]:
        """Variables that have a column at some time, first those that have one now."""
        later = (name for change in self.changes for name in change.columns)
        return tuple(dict.fromkeys([*self.columns, *later]))


#: A station's tables: a `fluxkit.site.models.Site`.
AnySite = TypeVar("AnySite", bound=Tables)


def columns_of(site: Tables, source: str | None = None) -> dict[str, Column]:
    """Return the columns of a further source by its id, of [raw] by default."""
    return {name: column for name, column in site.columns.items() if column.source == source}


def view(site: AnySite, source: str) -> AnySite:
    """Return the site as if a further source were its only one: for reading its files, nothing else.

    Parameters
    ----------
    site : Site
        With this source.
    source : str
        Its id.
    """
    (chosen,) = (entry for entry in site.sources if entry.id == source)
    columns = {
        name: column.model_copy(update={"source": None}) for name, column in columns_of(site, source).items()
    }
    calibration = [entry for entry in site.calibration if entry.variable in columns]
    # Not validated: a station without wind would not do, and need not.
    return site.model_copy(
        update={"raw": chosen, "columns": columns, "calibration": calibration, "changes": [], "sources": []}
    )


def _has_cell(columns: dict[str, Column]) -> bool:
    return "p_cell" in columns and ("t_cell" in columns or columns.keys() >= set(_CELL_ENDS))
