"""What an Operation's values mean in the services today, also where it stands for several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from utils.core.errors import EmployeeError, InvalidValueError
from utils.core.model import Particulars
from utils.posts.web_address import is_loopback

if TYPE_CHECKING:
    from utils.catalogue import Catalogue, Reaches
    from utils.core.model import Intent, Json
    from utils.core.operation import Operation

#: Fields that a part may lack, as the owner calls them.
_NEEDED: Final = {"image_url": "a picture"}


@dataclass(frozen=True, kw_only=True)
class LookUp:
    """Looks up Particulars, by reads only.

    Args:
        catalogue: Which service an Operation belongs to.
        reaches: The connections to look things up with.
        picture_hosts: Hosts from which a picture may be fetched for anybody.
    """

    catalogue: Catalogue
    reaches: Reaches
    picture_hosts: frozenset[str] = frozenset()

    def __call__(self, operation: Operation, *, outside: bool) -> Particulars:
        """Return the Particulars of an Operation.

        Args:
            operation: What is asked.
            outside: Whether outsiders' text could stand behind it: then no address is fetched but
                from the owner's own hosts, because an address alone can carry data away.

        Raises:
            InvalidValueError: A value fits nothing, or no part of a composite can be done.
            ServiceError: The service could not be read.
            ConfigurationError: The service is not set up.
        """
        if operation.composite:
            return self._of_parts(operation.parts(), outside=outside)
        if outside:
            self._refuse_to_fetch(operation)
        service = self.catalogue.service_of(operation.tool)
        return operation.look_up(self.reaches.connect(service))

    def _refuse_to_fetch(self, operation: Operation) -> None:
        """Refuse addresses that are not the owner's own.

        Raises:
            InvalidValueError: One would be fetched from somewhere else.
        """
        for field in operation.fetches:
            address = getattr(operation, field) or ""
            host = urlsplit(address).hostname or ""
            if address and host not in self.picture_hosts and not is_loopback(address):
                raise InvalidValueError(
                    f"{field}: letters from outside are open, so nothing is fetched from {host}; "
                    "deal with them first, or name the host in PICTURE_HOSTS"
                )

    def _of_parts(self, parts: tuple[Intent, ...], *, outside: bool) -> Particulars:
        """Return the Particulars of a composite: its parts, and a warning for each left out.

        Raises:
            InvalidValueError: None of them can be done.
        """
        kept: list[Json] = []
        warnings: list[str] = []
        shown: dict[str, str] = {}
        for part in parts:
            title = self.catalogue.service_of(part.operation).title
            try:
                looked_up = self._part(part, outside=outside)
            except (ValidationError, EmployeeError) as error:
                warnings.append(f"{title} is left out: {_why(error)}")
                shown[title] = "left out, see above"
            else:
                kept.append(looked_up)
                told = looked_up["particulars"]["shown"].items()
                shown[title] = (
                    "; ".join(f"{name} {value}" for name, value in told) or "as it stands"
                )
                warnings += [f"{title}: {line}" for line in looked_up["particulars"]["warnings"]]
        if not kept:
            raise InvalidValueError(" ".join(warnings))
        return Particulars(shown=shown, warnings=tuple(warnings), resolved={"parts": kept})

    def _part(self, part: Intent, *, outside: bool) -> Json:
        kind = self.catalogue.operation(part.operation)
        operation = kind.model_validate(part.values, strict=False)
        particulars = self(operation, outside=outside)
        return {
            "operation": part.operation,
            "fields": operation.model_dump(mode="json", exclude_none=True),
            "particulars": particulars.model_dump(mode="json"),
            "headline": operation.headline(particulars),
        }


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"it needs {_NEEDED.get(str(found['loc'][-1]), found['loc'][-1])}"
            if found["type"] == "missing"
            else str(found["msg"]).removeprefix("Value error, ")
            for found in error.errors()
        )
    return str(error)
