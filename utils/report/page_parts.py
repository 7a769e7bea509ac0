"""The parts of a report's page: rows of figures, lines of words, and where both come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from utils.core.outside_text import one_line
from utils.report.figures import DASH, Proof, ProofKind, as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from utils.core.model import Json
    from utils.report.figures import Figure

#: How many places a figure names on the page; the rest stands in the file beside it.
_CITED: Final = 3


@dataclass(frozen=True, kw_only=True)
class Row:
    """A figure with its label, and further figures beside it such as a change."""

    label: str
    figure: Figure
    beside: tuple[Figure, ...] = ()

    @property
    def cited(self) -> str:
        """Where the figure can be looked up, as Markdown for a table."""
        return self.figure.why or cited(self.figure.proofs)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A sentence of Markdown, and where everything in it can be looked up."""

    text: str
    proofs: tuple[Proof, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture beside the note, and what it shows."""

    #: The file's name.
    name: str
    svg: str
    #: Headings of the table under it, and its figures in the same order.
    columns: tuple[str, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of a page."""

    key: str
    title: str
    rows: tuple[Row, ...] = ()
    lines: tuple[Line, ...] = ()
    #: Headings of the columns for ``Row.beside``.
    columns: tuple[str, ...] = ()
    #: Why it stops, one sentence, or "".
    halted: str = ""
    #: What stands there when nothing else does.
    empty: str = ""
    chart: Chart | None = None

    def figures(self) -> Iterator[Figure]:
        """Yield every figure."""
        for row in self.rows:
            yield row.figure
            yield from row.beside
        if self.chart:
            yield from self.chart.figures


@dataclass(frozen=True, kw_only=True)
class Page:
    """A whole report before it becomes text."""

    #: The note's name without extension, and that of the file beside it.
    name: str
    title: str
    #: Property to value, in the order shown.
    front: dict[str, str]
    #: What stands on top.
    lead: tuple[Line, ...]
    sections: tuple[Section, ...]
    #: How many of the last lines on top an agent may put into words of its own.
    retold: int = 0

    def as_json(self) -> Json:
        """Return every figure and sentence with its sources: the file beside the page."""
        figures = {figure.key: figure for part in self.sections for figure in part.figures()}
        lines = [*self.lead, *(line for part in self.sections for line in part.lines)]
        return {
            "name": self.name,
            "title": self.title,
            "front": self.front,
            "figures": as_json(figures),
            # What stands on the page in their place, the latest last.
            "short": [[line.text for line in self.lead[len(self.lead) - self.retold :]]],
            "headings": [
                words
                for part in self.sections
                for words in (
                    part.title,
                    *part.columns,
                    *(part.chart.columns if part.chart else ()),
                    part.empty,
                )
                if words
            ],
            "labels": [row.label for part in self.sections for row in part.rows],
            "lines": [
                {"text": line.text, "proofs": [proof.as_json() for proof in line.proofs]}
                for line in lines
            ],
            "halted": {part.key: part.halted for part in self.sections if part.halted},
            "charts": [part.chart.name for part in self.sections if part.chart],
        }


def cited(proofs: tuple[Proof, ...]) -> str:
    """Return where a figure can be looked up, in a few words of Markdown for a table's cell."""
    places = [place for place in map(_place, proofs) if place]
    more = " …" if len(places) > _CITED else ""
    return " ".join(places[:_CITED]) + more or DASH


def note_link(note: str, words: str, *, bar: str = "|") -> str:
    """Return a wiki-link; inside a table its bar has to be escaped."""
    plain = "".join(" " if char in "[]|#^\n\\" else char for char in words)
    return f"[[{note}{bar}{' '.join(plain.split())[:80]}]]"


def _place(proof: Proof) -> str:
    match proof.kind:
        case ProofKind.RECORDS:
            return _ids(proof)
        case ProofKind.DOCUMENT:
            return f"[{one_line(proof.title, 40)}]({proof.link})"
        case ProofKind.NOTE:
            return note_link(proof.link, proof.title or proof.link, bar="\\|")
        case ProofKind.QUERY:
            return f"[Odoo]({proof.link})"
        case ProofKind.JOURNAL | ProofKind.FIGURES:
            return one_line(proof.title or proof.where, 60)


def _ids(proof: Proof) -> str:
    if not proof.ids:
        return "no Record"
    first, last = proof.ids[0], proof.ids[-1]
    return f"`{first}`" if first == last else f"`{first}` … `{last}`"
