"""Calls as they go out, made without a connection, so that they can be shown beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from utils.core.model import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from utils.core.model import Json
    from utils.odoo.settings import OdooSettings


def json2_request(
    base: str, model: str, method: str, ids: Sequence[int | str] | None, arguments: Json
) -> Request:
    """Return a call as JSON-2 sends it."""
    named = {} if ids is None else {"ids": list(ids)}
    return Request(
        method="POST", url=f"{base}/json/2/{model}/{method}", body={**named, **arguments}
    )


def context_of(settings: OdooSettings, company_id: int | str) -> Json:
    """Return the context of a call on behalf of one company."""
    zone = settings.general.zone.key
    return {"allowed_company_ids": [company_id], "lang": "en_US", "tz": zone}


def load_request(
    settings: OdooSettings, model: str, table: tuple[list[str], list[list[str]]]
) -> Request:
    """Return the exact ``load`` that would be sent; a company that is not set stays a word."""
    columns, rows = table
    return json2_request(
        settings.base,
        model,
        "load",
        None,
        {
            "fields": columns,
            "data": rows,
            "context": shown_context(settings),
        },
    )


def shown_context(settings: OdooSettings) -> Json:
    """Return a call's context as far as the settings tell it."""
    return context_of(settings, settings.company_id or "<the robot user's company>")
