"""What a network's check would say of a file."""

from typing import NamedTuple

#: From what stops a file to what is only asked about.
LEVELS = ("rejected", "error", "warning")


class Finding(NamedTuple):
    """One thing that the network's checks would tell."""

    column: str  #: empty: the file
    level: str  #: of LEVELS
    says: str  #: what would happen
    do: str  #: what to do

    @property
    def sentence(self) -> str:
        """Return it as one sentence."""
        begins = self.says.startswith((f"{self.column} ", f"{self.column}:"))
        where = f"{self.column}: " if self.column and not begins else ""
        return f"{where}{self.says}; {self.do}"
