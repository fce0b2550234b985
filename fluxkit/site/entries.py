"""One line of a site file: key, value, comment; active, or itself a comment."""

import tomlkit

_COMMENT_COLUMN = 44


def toml_value(value: object) -> str:
    """Return a value as TOML on one line; tuples become lists, None inside tables is left out."""
    return tomlkit.item(_plain(value)).as_string()


def toml_key(name: str) -> str:
    """Return a key as TOML, in quotes where it needs them."""
    return tomlkit.key(name).as_string()


def entry(key: str, value: object, comment: str = "", *, active: bool = True) -> str:
    """Return one line of a site file.

    Parameters
    ----------
    key : str
        The key.
    value : object
        Its value; None leaves a place to fill in (only if not active).
    comment : str
        What to write behind it.
    active : bool
        Whether the setting counts, or is only shown.
    """
    text = f"{key} = {'' if value is None else toml_value(value)}".rstrip()
    line = text if active else f"# {text}"
    return f"{line:<{_COMMENT_COLUMN}}  # {comment}".rstrip() if comment else line


def _plain(value: object) -> object:
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, item in value.items():
            if item is not None:
                table[key] = _plain(item)
        return table
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
