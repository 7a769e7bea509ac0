"""What the client of a network stands on: a line, the time, reads tried again, pictures."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol

from utils.http_client import HttpClient
from utils.posts.picture import Picture, fetch_picture
from utils.retry_handler import read_with_retries
from utils.times.clock import Clock, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from utils.settings import Settings


class Whereabouts(Protocol):
    """Where a network is, and how long it may take to answer."""

    @property
    def base(self) -> str:
        """The network's address without a slash at the end."""

    @property
    def general(self) -> Settings:
        """The owner's settings."""


class NetworkClient[WhereaboutsT: Whereabouts]:
    """Speaks to one network for one account; reads are tried again, writes never."""

    #: The service's name, as in its Operations.
    service: ClassVar[str]

    def __init__(
        self,
        settings: WhereaboutsT,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make a client; nothing is asked before the first call.

        Args:
            settings: Where the network is and who we are.
            clock: The time.
            sleep: Waits between two attempts of a read.
        """
        self._settings = settings
        self._http = HttpClient(self.service, timeout_s=settings.general.http_timeout_s)
        self._clock = clock
        self._retrying = partial(read_with_retries, sleep=sleep)

    @property
    def served_at(self) -> datetime | None:
        """What time it was at the network when it answered last; None where it did not say."""
        return self._http.served_at

    def picture(self, url: str) -> Picture:
        """Fetch the picture that a post is to carry.

        Raises:
            InvalidValueError: The address or what lies there does not do.
            UnreachableError: It cannot be fetched now.
        """
        timeout_s = self._settings.general.http_timeout_s
        return fetch_picture(url, timeout_s=timeout_s, own=self._settings.base)
