"""Commands. Slow imports are inside them, so that ``--help`` answers at once."""
