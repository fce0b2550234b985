"""A user's EddyPro 6 project, translated."""

from fluxkit.site.eddypro.ledger import ImportNote, grouped
from fluxkit.site.eddypro.project import Imported, import_project

__all__ = ["ImportNote", "Imported", "grouped", "import_project"]
