"""What is learnt from all periods before any flux is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fluxkit.tower.lags.seasonal_lags import SeasonalLag
from fluxkit.tower.rotations.planar_fit import Move, Planes


@dataclass(frozen=True)
class Season:
    """What all periods taught; a part is empty where no decision needs it."""

    planes: Mapping[str, Planes] = field(default_factory=dict)  #: rotation -> its planes
    moved: Move | None = None  #: when the sonic seems to have been moved
    lags: Mapping[str, Mapping[str, SeasonalLag]] = field(default_factory=dict)  #: by scheme's shape, gas

    @property
    def learnt(self) -> bool:
        """Whether what is made of a period rests on others."""
        return bool(self.planes or self.lags or self.moved is not None)
