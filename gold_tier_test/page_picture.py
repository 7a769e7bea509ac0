"""A page as a picture: its Markdown with the charts beside it, roughly as a phone shows it.

Only for looking at: it lays out what markdown-it finds, line by line, as one SVG, and lets resvg
draw that. Colour emoji, which most fonts for drawing lack, become dots of their colour.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, MARGIN, LINE = 640, 24, 20
LIGHT = {"paper": "#ffffff", "ink": "#1f2328", "quiet": "#6b7280", "rule": "#d0d7de"}
DARK = {"paper": "#1e1e1e", "ink": "#dcddde", "quiet": "#9aa0a6", "rule": "#3f3f3f"}
_DOTS = {"🟢": "#2f9d5f", "🔴": "#d0402e"}
_LINK = re.compile(r"!?\[\[(?:[^\]|]*\|)?([^\]|]*)\]\]|\[([^\]]*)\]\([^)]*\)")


@dataclass
class Picture:
    """An SVG that grows downwards."""

    colours: dict[str, str]
    parts: list[str] = field(default_factory=list)
    y: float = MARGIN

    def words(
        self, x: float, text: str, *, size: int = 14, bold: bool = False, end: bool = False
    ) -> None:
        weight = "bold" if bold else "normal"
        anchor = "end" if end else "start"
        for dot, colour in _DOTS.items():
            if dot in text:
                text = text.replace(dot, "").rstrip()
                self.parts.append(
                    f'<circle cx="{x - 5}" cy="{self.y - 5}" r="5" fill="{colour}"/>'
                )
                x -= 16
        self.parts.append(
            f'<text x="{x}" y="{self.y}" font-size="{size}" font-weight="{weight}"'
            f' text-anchor="{anchor}" fill="{self.colours["ink"]}">{escape(text)}</text>'
        )

    def line(self, text: str, *, x: float = MARGIN, size: int = 14, bold: bool = False) -> None:
        for part in textwrap.wrap(text, int((WIDTH - MARGIN - x) / (size * 0.53))) or [""]:
            self.y += LINE * size / 14
            self.words(x, part, size=size, bold=bold)

    def row(self, cells: list[str], *, bold: bool) -> None:
        self.y += LINE + 2
        self.words(MARGIN, cells[0], bold=bold)
        right = WIDTH - MARGIN
        for place, cell in enumerate(reversed(cells[1:])):
            self.words(right - place * 165, cell, bold=bold, end=True)
        rule = self.colours["rule"]
        self.parts.append(
            f'<path d="M{MARGIN} {self.y + 6}H{right}" stroke="{rule}" stroke-width="1"/>'
        )

    def chart(self, svg: str) -> None:
        place = f'x="{MARGIN}" y="{self.y + 8}" width="360" height="200" '
        inner = re.sub(r"font-family=\"[^\"]*\"", "", svg).removeprefix("<svg ")
        self.parts.append(f"<svg {place}{inner}")
        self.y += 212

    def svg(self) -> str:
        height = self.y + MARGIN
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            f' width="{WIDTH}" height="{height}" font-family="DejaVu Sans, sans-serif">'
            f'<rect width="100%" height="100%" fill="{self.colours["paper"]}"/>'
            f"{''.join(self.parts)}</svg>"
        )


def picture(page: str, folder: Path, colours: dict[str, str]) -> str:
    """Return a note as an SVG.

    Args:
        page: The note, with its front matter.
        folder: Where its charts lie.
        colours: ``LIGHT`` or ``DARK``.
    """
    drawn = Picture(colours)
    for raw in page.split("\n---\n", 1)[-1].splitlines():
        _draw(drawn, raw.strip(), folder)
    return drawn.svg()


def _draw(drawn: Picture, line: str, folder: Path) -> None:
    if embedded := re.fullmatch(r"!\[\[(.+\.svg)\|\d+\]\]", line):
        drawn.chart((folder / embedded[1]).read_text())
    elif heading := re.match(r"(#+) (.*)", line):
        drawn.y += 10
        drawn.line(_plain(heading[2]), size=22 if heading[1] == "#" else 17, bold=True)
    elif line.startswith("|") and not re.fullmatch(r"[|:\- ]+", line):
        cells = [_plain(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        drawn.row(cells, bold=cells[0] == "What")
    elif called := re.match(r"> \[!(\w+)\]-? (.*)", line):
        drawn.y += 6
        drawn.line(called[2], x=MARGIN + 14, bold=True)
    elif line.startswith("> "):
        _bar(drawn)
        drawn.line(_plain(line[2:]), x=MARGIN + 14)
    elif line.startswith("- "):
        drawn.line(f"• {_plain(line[2:])}", x=MARGIN + 8)
    elif line and not line.startswith("|"):
        drawn.line(_plain(line))


def _bar(drawn: Picture) -> None:
    colour = drawn.colours["quiet"]
    drawn.parts.append(
        f'<rect x="{MARGIN}" y="{drawn.y + 5}" width="3" height="{LINE}" fill="{colour}"/>'
    )


def _plain(text: str) -> str:
    """Return a line of Markdown as it is read."""
    shown = _LINK.sub(lambda found: found[1] or found[2] or "", text)
    return re.sub(r"\\(.)", r"\1", re.sub(r"\*\*|(?<!\w)[*](?=\S)|(?<=\S)[*](?!\w)|`", "", shown))
