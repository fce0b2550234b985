"""Every text of an error that a user may meet, read from the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "fluxkit"
#: What is raised or returned with a text for the user.
TOLD = (
    *(
        "ConfigError",
        "ConfigProblem",
        "ReadError",
        "NoInputError",
        "MomentsError",
        "LockedError",
        "WriteError",
    ),
    *("StoreError", "UnknownFormatError", "FluxkitError", "FillingError", "BadParameter", "ProblemsError"),
)


def error_texts() -> list[tuple[str, str, str]]:
    """Return room, kind and text of each error in the order of the code, what is filled in in braces."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        found += [(room, kind, text) for kind, text in _of(tree)]
    return list(dict.fromkeys(found))


def _of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            kind = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if kind in TOLD:
                for text in filter(_says, map(_text, _leaves(node))):
                    yield kind, text


def _leaves(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the arguments that are texts, also those in lists."""
    for argument in call.args:
        if isinstance(argument, ast.List | ast.Tuple):
            yield from argument.elts
        else:
            yield argument


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_part(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case ast.IfExp(body=body, orelse=orelse):
            return " / ".join(filter(None, (_text(body), _text(orelse))))
    return ""


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return (
            "{" + ast.unparse(part.value).split("(")[0].split("[")[0].rpartition(".")[2].strip("_ '\"") + "}"
        )
    return _text(part)


def _says(text: str) -> bool:
    """Whether a text is a sentence, and not a name or a key."""
    return len(text.split()) > 2
