"""What is read in the same way from Facebook and Instagram: lists, figures, own words again."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from utils.core.errors import InvalidValueError, OutcomeUnknownError, RejectedError
from utils.core.model import Outcome, OutcomeKind
from utils.core.outside_text import visible
from utils.graph.errors import NotThereError
from utils.posts.since_attempt import Made, SinceAttempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from utils.core.model import Json
    from utils.graph_client import GraphClient

#: The greatest page that the Graph gives, in rows.
PAGE_ROWS: Final = 100
#: How many pages are looked through after an attempt, so that a look ends.
_PAGES: Final = 10
_NOT_GIVEN: Final = "not given: the account may be too small, or the figure not counted yet"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an attempt was to make.

    Args:
        text: The words.
        text_field: Where a row holds its words.
        time_field: Where a row holds the time it was made.
        since: What was made since the attempt.
        fits: Says of a row with these words whether the rest is right too.
    """

    text: str
    text_field: str
    time_field: str
    since: SinceAttempt
    fits: Callable[[Json], bool] = bool

    def at(self, row: Json) -> datetime:
        """Return when a row was made, by the Graph's clock."""
        return datetime.fromisoformat(row[self.time_field])

    def is_in(self, row: Json) -> bool:
        """Return whether a row holds what was to be made."""
        return same_words(row.get(self.text_field, ""), self.text) and self.fits(row)


def listed(
    graph: GraphClient, path: str, *, limit: int, after: str | None, **fields: object
) -> tuple[list[Json], str | None]:
    """Return one page of an edge, and where the next begins; None at the end."""
    page = graph.read(path, {"limit": limit, "after": after, **fields})
    # The address of the next page holds the token; the cursor does not.
    paging = page.get("paging", {})
    cursor = paging.get("cursors", {}).get("after") if "next" in paging else None
    return page.get("data", []), cursor


def everything(
    graph: GraphClient,
    path: str,
    *,
    enough: Callable[[list[Json]], bool] = lambda _: False,
    **fields: object,
) -> list[Json] | None:
    """Return all rows of an edge; None where there are more than anybody would look through.

    Args:
        graph: The client.
        path: The edge.
        enough: Says of a page's rows that what comes after them is not needed.
        fields: What is asked of each row.
    """
    found: list[Json] = []
    after = None
    for _ in range(_PAGES):
        rows, after = listed(graph, path, limit=PAGE_ROWS, after=after, **fields)
        found += rows
        if after is None or enough(rows):
            return found
    return None


def figures(graph: GraphClient, path: str, metrics: Iterable[str], **fields: object) -> Json:
    """Read figures one by one, because a single name unknown there fails a whole call.

    Returns:
        ``metrics``: name to the Graph's values, or null where it gave none; ``missing``: name of
        each such figure to the reason.
    """
    found: Json = {}
    missing: dict[str, str] = {}
    for metric in metrics:
        try:
            rows = graph.read(path, {"metric": metric, **fields})["data"]
        except RejectedError as error:
            found[metric], missing[metric] = None, str(error)
            continue
        found[metric] = _values(rows[0]) if rows else None
        if found[metric] is None:
            missing[metric] = _NOT_GIVEN
    return {"metrics": found, "missing": missing}


def _values(row: Json) -> Any:
    """Return a figure's days, or its total where it has no days."""
    if total := row.get("total_value"):
        return total.get("value")
    values = row.get("values") or [{"value": None}]
    is_one = len(values) == 1 and "end_time" not in values[0]
    return values[0].get("value") if is_one else values


def id_of(answer: Json, service: str) -> str:
    """Return the number of what a write made.

    Raises:
        OutcomeUnknownError: The answer names none.
    """
    if not answer.get("id"):
        raise OutcomeUnknownError("its answer names no number", service=service)
    return str(answer["id"])


def same_words(one: str, other: str) -> bool:
    """Return whether two texts say the same, however blanks and accents are written."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def found_since(
    rows: Iterable[Json] | None, wanted: Wanted, *, own: Callable[[Json], bool] = bool
) -> Outcome | None:
    """Say by the rows of an edge whether an attempt took place.

    Args:
        rows: As ``everything`` gives them.
        wanted: What the attempt was to make.
        own: Says of a row whether it is the account's own.

    Returns:
        ``done`` with the oldest row that fits; ``failed`` where the account made nothing since;
        None where one of its rows could be ours, written differently or made before, or there are
        too many.
    """
    if rows is None:
        return None
    timed = sorted(((wanted.at(row), row) for row in rows if own(row)), key=lambda pair: pair[0])
    made = [(wanted.since.made(at), row) for at, row in timed]
    for when, row in made:
        if when is Made.SINCE and wanted.is_in(row):
            address = str(row.get("permalink_url") or row.get("permalink") or "")
            return Outcome(kind=OutcomeKind.DONE, remote_id=row["id"], url=address)
    could_be = any(
        when is Made.SINCE or (when is Made.PERHAPS and wanted.is_in(row)) for when, row in made
    )
    return None if could_be else Outcome(kind=OutcomeKind.FAILED)


def comment_of(graph: GraphClient, comment_id: str, *, fields: str) -> Json:
    """Return a comment as the Graph gives it.

    Raises:
        InvalidValueError: There is none of that number.
        ServiceError: It could not be read.
    """
    try:
        return graph.read(comment_id, {"fields": fields})
    except NotThereError as error:
        raise InvalidValueError(f"comment_id: there is no comment {comment_id}") from error


def shown_comment(row: Json, *, text: str, who: str, when: str) -> Json:
    """Return a comment with everything hidden in it spelled out: strangers wrote it.

    Args:
        row: As the Graph gives it.
        text: The name of the field with the words.
        who: The name of the writer, or "" where it is not given.
        when: The name of the field with the time.
    """
    return {
        "id": row["id"],
        "from": visible(who),
        "text": visible(row.get(text, "")),
        "created_time": row.get(when, ""),
    }
