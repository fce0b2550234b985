"""Tables as plain text, never truncated, so that they can be searched and copied."""

from collections.abc import Sequence

from fluxkit.cli.telling import tell


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their head, columns aligned; numbers to the right.

    Parameters
    ----------
    head : sequence of str
        One word or two per column.
    rows : sequence of sequences of str
        As many cells as the head has.
    """
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, cells)) for cells in columns]
    right = [any(cells[1:]) and all(_is_number(cell) for cell in cells[1:] if cell) for cells in columns]
    for line in (head, *rows):
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, right, strict=True)
        ]
        tell(("  " + "  ".join(cells)).rstrip())


def _is_number(text: str) -> bool:
    try:
        float(text.removesuffix(" %"))
    except ValueError:
        return False
    return True
