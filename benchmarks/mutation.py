"""Small faults that could have been written by mistake: what a source becomes with one of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.mutation_operators import variants

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Calls whose loss changes nothing but the diagnostics on stderr.
_DIAGNOSTICS: Final = "_log"


@dataclass(frozen=True)
class Mutant:
    """A source with one fault in it."""

    #: Where the fault is: its lines, and the qualified name of what it stands in ("" for the top).
    lines: range
    where: str
    #: The operator that made it.
    kind: str
    before: str
    after: str
    #: Which of several equal ones in the same place it is, from 1.
    number: int
    source: str

    @property
    def line(self) -> int:
        """The first of its lines."""
        return self.lines.start

    @property
    def key(self) -> str:
        """Names the fault independently of its line."""
        return f"{self.where} | {self.kind} | {self.before} -> {self.after} | {self.number}"


def mutants_of(source: str) -> list[Mutant]:
    """Return every mutant of a module's source, in the order of its lines."""
    tree = ast.parse(source)
    found: list[Mutant] = []
    counts: dict[str, int] = {}
    for holder, field, place, where in _places(tree, ""):
        value = getattr(holder, field)
        node = value if place is None else value[place]
        for kind, other in variants(node, value):
            before, after = _told(node, other)
            if before == after:
                continue
            _put(holder, field, place, other)
            mutated = ast.unparse(ast.fix_missing_locations(tree))
            _put(holder, field, place, node)
            key = f"{where} | {kind} | {before} -> {after}"
            counts[key] = counts.get(key, 0) + 1
            lines = _lines_of(node if hasattr(node, "lineno") else holder)
            found.append(Mutant(lines, where, kind, before, after, counts[key], mutated))
    return sorted(found, key=lambda mutant: mutant.line)


def _lines_of(node: ast.AST) -> range:
    first = getattr(node, "lineno", 0)
    return range(first, getattr(node, "end_lineno", first) + 1)


def _put(holder: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(holder, field, node)
    else:
        getattr(holder, field)[place] = node


def _told(node: ast.AST, other: ast.AST) -> tuple[str, str]:
    """Return both in a line each, cut so that they still differ where they do."""
    before, after = (" ".join(ast.unparse(each).split()) for each in (node, other))
    if before == after or _cut(before) != _cut(after):
        return _cut(before), _cut(after)
    pairs = zip(before, after, strict=False)
    apart = next((place for place, (one, two) in enumerate(pairs) if one != two), len(before))
    shown = slice(max(0, apart - 20), apart + 40)
    return f"… {before[shown]} …", f"… {after[shown]} …"


def _cut(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:60]} … {text[-25:]}"  # noqa: PLR2004 - a line


def _places(node: ast.AST, where: str) -> Iterator[tuple[ast.AST, str, int | None, str]]:
    """Yield every place in which a node stands: its holder, the field, the index, the function."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        where = f"{where}.{node.name}".lstrip(".")
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "type_params", "bases"}:
            continue
        nodes = value if isinstance(value, list) else [value]
        for number, inner in enumerate(nodes):
            if not isinstance(inner, ast.AST) or _is_exempt(inner, node):
                continue
            yield node, field, number if isinstance(value, list) else None, where
            yield from _places(inner, where)


def _is_exempt(node: ast.AST, holder: ast.AST) -> bool:
    """Return whether a node cannot hold a fault: a docstring, a type's import, a diagnostic."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.TypeAlias():
            return True
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if name == _DIAGNOSTICS:
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name == _DIAGNOSTICS
        case ast.Subscript():
            return isinstance(holder, ast.AnnAssign)
        case _:
            return False
