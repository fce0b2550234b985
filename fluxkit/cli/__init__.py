"""Commands. Whatever is heavy is imported inside them, so that ``--help`` answers at once."""
