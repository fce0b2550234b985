"""A user's EddyPro 6 project, translated."""

from fluxkit.site.eddypro.ledger import Note, grouped
from fluxkit.site.eddypro.project import Imported, import_project

__all__ = ["Imported", "Note", "grouped", "import_project"]
