"""A mail as the bytes that travel; the same values always give the same bytes."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Final

from utils.mail.headers import MESSAGE_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Names the Proposal that a mail comes from, so that it is recognised after a crash.
MARK: Final = "X-Employee-Mark"
#: How many earlier mails a reply refers to.
_REFERENCES: Final = 20


@dataclass(frozen=True)
class Enclosed:
    """A file that goes with a mail."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Answered:
    """The mail that a reply belongs to."""

    message_id: str
    #: The message ids before it, oldest first.
    references: tuple[str, ...] = ()


def written(
    *,
    to: str,
    subject: str,
    body: str,
    mark: str,
    cc: str = "",
    files: Sequence[Enclosed] = (),
    answered: Answered | None = None,
) -> bytes:
    """Return a mail as it travels. Who it is from, and when, the mail service fills in.

    Args:
        to: Addresses, parted by commas; "" where they are not known yet.
        subject: One line.
        body: Plain text.
        mark: The Mark's key.
        cc: Addresses, parted by commas, or "".
        files: What goes with it, in this order.
        answered: What it is a reply to, or None.
    """
    mail = EmailMessage(policy=SMTP)
    headers = {"To": to, "Cc": cc, "Subject": " ".join(subject.split()), MARK: mark}
    for name, value in (headers | _threading(answered)).items():
        if value:
            mail[name] = value
    # Quoted-printable never holds the boundary below, which begins with "=".
    mail.set_content(body, cte="quoted-printable")
    for file in files:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        mail.add_attachment(
            file.data, maintype=main, subtype=sub, filename=file.name, cte="base64"
        )
    if files:
        mail.set_boundary(f"=_{mark}")
    return mail.as_bytes()


def _threading(answered: Answered | None) -> dict[str, str]:
    if answered is None or not MESSAGE_ID.fullmatch(answered.message_id):
        return {}
    earlier = [one for one in answered.references if MESSAGE_ID.fullmatch(one)][-_REFERENCES:]
    chain = " ".join(dict.fromkeys([*earlier, answered.message_id]))
    return {"In-Reply-To": answered.message_id, "References": chain}
