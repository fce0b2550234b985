"""``python -m fluxkit``: the same as the command ``fluxkit``."""

from fluxkit.cli.main import main

if __name__ == "__main__":
    main()
