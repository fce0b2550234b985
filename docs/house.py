"""Print the figures of the house: how large its rooms are and how they hang together.

    python docs/house.py [FOLDER]

FOLDER holds the package ``fluxkit``, by default this checkout. Files are read, nothing is imported: any
commit can be measured.
"""

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: How another program's ways are named in the code.
OTHER_PROGRAM = re.compile(r"\breference\b|eddypro_6")


def main(folder: Path) -> None:
    """Print the figures of the package in a folder."""
    trees = modules(folder)
    lines = [f"{name:<58} {figure}" for name, figure in figures(folder, trees).items()]
    sizes = rooms(folder).items()
    lines += ["", *(f"{room:<12} {files:>4} files {size:>6} lines" for room, (files, size) in sizes)]
    sys.stdout.write("\n".join(lines) + "\n")


def modules(folder: Path) -> dict[str, ast.Module]:
    """Return module -> its syntax tree."""
    return {
        module_name(path, folder): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((folder / "fluxkit").rglob("*.py"))
    }


def module_name(path: Path, folder: Path) -> str:
    """Return a file's dotted name."""
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def figures(folder: Path, trees: dict[str, ast.Module]) -> dict[str, str]:
    """Return what is counted over the whole package."""
    sizes = rooms(folder).values()
    found = circles(imports(trees))
    twice = names_of_several(trees)
    places = sum(map(len, twice.values()))
    return {
        "files, lines": f"{sum(f for f, _ in sizes)}, {sum(n for _, n in sizes)}",
        "circles of imports (modules in them)": f"{len(found)} ({sum(map(len, found))})",
        "modules that name a Site": str(len(seeing_a_site(trees))),
        "lines with reference, eddypro_6; not tower/conventions.py": str(len(other_program(folder))),
        "public names that several modules define (definitions)": f"{len(twice)} ({places})",
    }


def rooms(folder: Path) -> dict[str, tuple[int, int]]:
    """Return room -> files and lines; modules beside the rooms are one."""
    found: dict[str, list[int]] = defaultdict(list)
    for path in sorted((folder / "fluxkit").rglob("*.py")):
        parts = path.relative_to(folder / "fluxkit").parts
        room = parts[0] if len(parts) > 1 else "(beside)"
        found[room].append(path.read_text(encoding="utf-8").count("\n"))
    return {room: (len(sizes), sum(sizes)) for room, sizes in sorted(found.items())}


def imports(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Return module -> modules of the package that it imports, anywhere in it and for type checkers too."""
    found = {}
    for name, tree in trees.items():
        targets = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                targets |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                targets |= {t if t in trees else node.module for t in inner}
        found[name] = (targets & trees.keys()) - {name}
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components of two modules and more."""
    reach = {name: reachable(name, graph) for name in graph}
    found = []
    seen: set[str] = set()
    for name in graph:
        if name not in seen and name in reach[name]:
            found.append(sorted(other for other in reach[name] if name in reach[other]))
            seen |= set(found[-1])
    return found


def reachable(start: str, graph: dict[str, set[str]]) -> set[str]:
    """Return what can be reached over one import or more."""
    found: set[str] = set()
    to_do = [start]
    while to_do:
        new = graph[to_do.pop()] - found
        found |= new
        to_do += new
    return found


def seeing_a_site(trees: dict[str, ast.Module]) -> list[str]:
    """Return modules outside of ``fluxkit.site`` that import the class of a whole configuration."""
    return [
        name
        for name, tree in trees.items()
        if not name.startswith("fluxkit.site")
        and any(
            isinstance(node, ast.ImportFrom) and any(alias.name == "Site" for alias in node.names)
            for node in ast.walk(tree)
        )
    ]


def other_program(folder: Path) -> list[str]:
    """Return places that name another program's ways outside of the table of conventions, as file:line."""
    return [
        f"{path.relative_to(folder)}:{number}"
        for path in sorted((folder / "fluxkit").rglob("*.py"))
        if path.parts[-2:] != ("tower", "conventions.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OTHER_PROGRAM.search(line)
    ]


def names_of_several(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    """Return public functions and classes -> the modules, more than one, that define them."""
    where: dict[str, list[str]] = defaultdict(list)
    for name, tree in trees.items():
        for own in Counter(public(tree)):
            where[own].append(name)
    return {own: places for own, places in sorted(where.items()) if len(places) > 1}


def public(tree: ast.Module) -> Iterator[str]:
    """Yield the functions and classes that a module defines for others."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
