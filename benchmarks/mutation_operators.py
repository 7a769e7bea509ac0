"""The kinds of mistake: what may stand in the place of one node of the syntax tree.

Every operator is a function from a node to what somebody could have written there instead.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FLIPPED: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: Final[Mapping[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
}
#: Words of SQL that are easily confused, each with what it is confused with.
_SQL: Final = (
    (" AND ", " OR "),
    (" AND expires_at>?1", ""),
    (" AND digest=?4", ""),
    (" AND version=?3", ""),
    ("granted_at IS NOT NULL", "granted_at IS NULL"),
    (">=?", ">?"),
    (">?", ">=?"),
    ("state=?", "state<>?"),
    ("'granted','waiting'", "'granted'"),
    ("attempts+1", "attempts"),
    ("filed=0", "filed=1"),
    (" DESC", ""),
    ("OR IGNORE ", ""),
    (" DISTINCT", ""),
    ("SELECT 1", "SELECT 0"),
    ("WHERE id=?", "WHERE id<>?"),
)
_SQL_WORDS: Final = ("SELECT ", "UPDATE ", "INSERT ", "DELETE ", "=?", " AND ")


def variants(node: ast.AST, siblings: object) -> Iterator[tuple[str, ast.AST]]:
    """Yield what may stand in a node's place, with the name of the operator.

    Args:
        node: What stands there; it is left as it is.
        siblings: What its field holds: a list where statements stand one below the other.
    """
    yield from _conditions(node)
    yield from _values(node)
    yield from _statements(node, siblings)


def _conditions(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(ops=[op]):
            yield "comparison", _with(node, ops=[_FLIPPED[type(op)]()])
        case ast.BoolOp(op=ast.And()):
            yield "and, or", _with(node, op=ast.Or())
            yield from _without_one(node, "values", "drop condition")
        case ast.BoolOp(op=ast.Or()):
            yield "and, or", _with(node, op=ast.And())
            yield from _without_one(node, "values", "drop condition")
        case ast.UnaryOp(op=ast.Not()):
            yield "negation", node.operand
        case ast.If() | ast.While() | ast.IfExp() if not _is_plain(node.test):
            yield "negation", _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.comprehension(ifs=[test]):
            yield "negation", _with(node, ifs=[ast.UnaryOp(ast.Not(), test)])
            yield "drop condition", _with(node, ifs=[])
        case _:
            return


def _is_plain(test: ast.expr) -> bool:
    """Return whether another operator turns this condition round as well."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.In() | ast.NotIn()]):
            return True
        case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
            return True
        case _:
            return False


def _values(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Constant(value=bool(value)):
            yield "constant", ast.Constant(not value)
        case ast.Constant(value=int(number) | float(number)):
            yield "constant", ast.Constant(number + 1)
            yield "constant", ast.Constant(number - 1)
        case ast.Constant(value=str(text)) if any(word in text for word in _SQL_WORDS):
            for old, new in _SQL:
                if old in text:
                    yield "sql", ast.Constant(text.replace(old, new, 1))
        case _:
            yield from _expressions(node)


def _expressions(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            yield "arithmetic", _with(node, op=_ARITHMETIC[type(op)]())
        case ast.Tuple(ctx=ast.Store()) | ast.List(ctx=ast.Store()):
            return
        case ast.Tuple(elts=[_, _, *_]) | ast.List(elts=[_, _, *_]) | ast.Set(elts=[_, _, *_]):
            yield from _without_one(node, "elts", "drop element")
        case ast.Dict(keys=[_, _, *_]):
            for number in range(len(node.keys)):
                other = copy.deepcopy(node)
                del other.keys[number], other.values[number]
                yield "drop element", other
        case ast.Call(keywords=[_, *_]):
            yield from _without_one(node, "keywords", "drop argument")
        case _:
            return


def _statements(node: ast.AST, siblings: object) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Expr(value=ast.Call() | ast.YieldFrom() | ast.Yield()):
            yield "drop statement", ast.Pass()
        case ast.Raise() if isinstance(siblings, list):
            yield "drop statement", ast.Pass()
            if node.exc:
                yield "exception", _with(node, exc=ast.Name("RuntimeError", ast.Load()))
        case ast.Continue() | ast.Break() | ast.AugAssign():
            yield "drop statement", ast.Pass()
        case ast.Delete():
            yield "drop statement", ast.Pass()
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "return None", ast.Return(ast.Constant(None))
        case ast.ExceptHandler(type=ast.expr()):
            yield "exception", _with(node, type=ast.Name("ZeroDivisionError", ast.Load()))
        case _:
            return


def _without_one(node: ast.AST, field: str, kind: str) -> Iterator[tuple[str, ast.AST]]:
    for number in range(len(getattr(node, field))):
        other = copy.deepcopy(node)
        del getattr(other, field)[number]
        yield kind, other


def _with(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other
