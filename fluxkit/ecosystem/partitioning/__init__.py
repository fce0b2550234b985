"""Net exchange parted into uptake and respiration."""

from fluxkit.ecosystem.partitioning.methods import METHODS, partition
from fluxkit.ecosystem.partitioning.records import PartitioningError, Records

__all__ = ["METHODS", "PartitioningError", "Records", "partition"]
