"""One Odoo and one company in it: which version speaks there, who we are, how calls are made."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from utils.core.errors import ConfigurationError, RejectedError, ServiceError
from utils.odoo.errors import SERVICE
from utils.odoo.requests import context_of
from utils.odoo.transport import Transport, find_version, transport_for
from utils.retry_handler import read_with_retries
from utils.times.clock import Clock, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from utils.core.model import Json
    from utils.http_client import HttpClient
    from utils.odoo.settings import OdooSettings


@dataclass(frozen=True)
class Company:
    """The company that everything is read from and written to."""

    id: int
    name: str
    currency_id: int
    #: ISO 4217 code of the books.
    currency: str


class OdooConnection:
    """Calls methods of one Odoo; reads are tried again, writes never."""

    def __init__(
        self,
        settings: OdooSettings,
        http: HttpClient,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make a client; nothing is asked before the first call.

        Args:
            settings: Where Odoo is and who we are.
            http: Sends the requests.
            clock: Says what day it is.
            sleep: Waits between two attempts of a read.
        """
        self.settings = settings
        self._http = http
        self._clock = clock
        self._retrying = partial(read_with_retries, sleep=sleep)
        self._lock = threading.RLock()
        self._version: tuple[int, int] | None = None
        self._transport: Transport | None = None
        self._company: Company | None = None

    def today(self) -> date:
        """Return the owner's date."""
        return self._clock().astimezone(self.settings.general.zone).date()

    def link(self, model: str, id_: int) -> str:
        """Return where the owner can look at a record."""
        return f"{self.settings.base}/web#id={id_}&model={model}&view_type=form"

    def version(self) -> tuple[int, int]:
        """Return Odoo's version, such as (19, 0).

        Raises:
            EmployeeError: It does not answer, or is no Odoo.
        """
        with self._lock:
            if self._version is None:
                base = self.settings.base
                self._version = self._retrying(lambda: find_version(self._http, base))
            return self._version

    def company(self) -> Company:
        """Return the company from the settings, or else the robot user's own.

        Raises:
            ConfigurationError: The robot user has no such company.
            EmployeeError: It could not be read.
        """
        with self._lock:
            if self._company is None:
                self._company = self._find_company()
            return self._company

    def context(self) -> Json:
        """Return what every call says about itself: one company, one language, one zone."""
        return context_of(self.settings, self.company().id)

    def call_read(
        self, model: str, method: str, ids: Sequence[int] | None, named: Mapping[str, Any]
    ) -> Any:
        """Call a method that changes nothing, several times if need be.

        Raises:
            EmployeeError: It could not be read.
        """
        way = self._way()
        return self._retrying(lambda: way.call(model, method, ids, named, is_read=True))

    def call_write(
        self, model: str, method: str, ids: Sequence[int] | None, named: Mapping[str, Any]
    ) -> Any:
        """Call a method that may change something, once.

        Raises:
            EmployeeError: Odoo said no, was not reached, or its answer did not come back.
        """
        return self._way().call(model, method, ids, named, is_read=False)

    def _way(self) -> Transport:
        with self._lock:
            if self._transport is None:
                self._transport = transport_for(self.version(), self.settings, self._http)
            return self._transport

    def _find_company(self) -> Company:
        id_ = self.settings.company_id or self._own_company_id()
        context = context_of(self.settings, id_)
        wanted = {"domain": [["id", "=", id_]], "fields": ["name", "currency_id"]}
        try:
            rows = self.call_read(
                "res.company", "search_read", None, {**wanted, "context": context}
            )
        except RejectedError as error:
            raise ConfigurationError(f"ODOO_COMPANY_ID {id_} is not the robot user's") from error
        if not rows:
            raise ConfigurationError(f"ODOO_COMPANY_ID {id_} names no company")
        currency_id, currency = rows[0]["currency_id"]
        return Company(id_, rows[0]["name"], currency_id, currency)

    def _own_company_id(self) -> int:
        uid = self.call_read("res.users", "context_get", None, {})["uid"]
        rows = self.call_read("res.users", "read", [uid], {"fields": ["company_id"]})
        if not rows:
            raise ServiceError("it does not show us our own user", service=SERVICE)
        return int(rows[0]["company_id"][0])
