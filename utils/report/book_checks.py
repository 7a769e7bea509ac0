"""What the books and the journal must agree upon before their figures may stand on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.report.figures import money_shown
from utils.report.odoo_week import companies_seen, documents_by_id
from utils.report.week_facts import Contradiction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from utils.odoo_client import OdooClient
    from utils.report.books import Document
    from utils.report.week_activity import Made


def several_companies(odoo: OdooClient) -> tuple[Contradiction, ...]:
    """Return a doubt where Odoo holds several companies and the owner named none.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    if odoo.settings.company_id is not None:
        return ()
    names = companies_seen(odoo)
    if len(names) <= 1:
        return ()
    sentence = (
        f"Odoo keeps several companies: {', '.join(names)}. Their money must not be added up; "
        f"set ODOO_COMPANY_ID to the number of the one that the reports are about."
    )
    return (Contradiction(section="money", sentence=sentence, seen=(odoo.settings.base,)),)


def vanished(odoo: OdooClient, made: Sequence[Made]) -> tuple[Contradiction, ...]:
    """Return a doubt for each document of ours that Odoo has no more, or with another total.

    Args:
        odoo: The client.
        made: What we recorded; of several Records about one document the last counts.

    Raises:
        EmployeeError: Odoo could not be read.
    """
    latest = {each.remote_id: each for each in made}
    there = documents_by_id(odoo, latest)
    return tuple(_doubts(latest, there))


def _doubts(latest: dict[int, Made], there: dict[int, Document]) -> Iterator[Contradiction]:
    for id_, mine in sorted(latest.items()):
        found = there.get(id_)
        if found is None:
            what = "is not in Odoo any more, or was cancelled"
        elif found.total != mine.total:
            now = money_shown(found.total, found.currency)
            before = money_shown(mine.total, found.currency)
            what = f"comes to {now} in Odoo now, and to {before} in my log"
        else:
            continue
        sentence = f"The document {id_} that I made ({mine.record_id}) {what}."
        seen = (mine.record_id, mine.url)
        yield Contradiction(section="money", sentence=sentence, seen=seen)
