"""Writers of loggers' files, for tests and benchmarks: what the readers of fluxkit.raw read again."""
