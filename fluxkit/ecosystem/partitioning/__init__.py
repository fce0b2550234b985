"""Net exchange parted into uptake and respiration."""
