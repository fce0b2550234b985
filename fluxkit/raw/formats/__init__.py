"""File formats, one module each: bytes to samples."""
