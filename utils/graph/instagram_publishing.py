"""How a picture is published on Instagram, and how to find out afterwards whether it was.

It takes two steps. A container is made first and reaches nobody; publishing it is the one step
that people see, and the container's own stage says afterwards whether that took place.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from utils.core.canonical import canonical, sha256_of
from utils.core.errors import OutcomeUnknownError, RejectedError, ServiceError
from utils.core.model import Outcome, OutcomeKind, Request
from utils.graph.reading import Wanted, found_since, id_of, listed
from utils.posts.since_attempt import SinceAttempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from utils.core.operation import Mark
    from utils.graph.settings import InstagramSettings
    from utils.graph_client import GraphClient

MEDIA: Final = "id,caption,media_type,permalink,timestamp,like_count,comments_count"
#: How often a container is looked at within one attempt, and the pause between two looks in
#: seconds: a picture is ready within a few, and what is not is taken up again later.
_LOOKS: Final = 6
_PAUSE_S: Final = 2.0
#: How long one look may try, in seconds.
_PATIENCE_S: Final = 10.0
#: How long a container can be published (Instagram's reference).
_LIFETIME: Final = timedelta(hours=24)
#: Stages that the Mark keeps: the container's id, and the digest of what is in it.
_CONTAINER: Final = "container"
_CONTENT: Final = "content"


class Stage(StrEnum):
    """How far a container is."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    #: Not published within its lifetime.
    EXPIRED = "EXPIRED"


#: Stages from which nothing is published any more.
_OVER: Final = frozenset({Stage.ERROR, Stage.EXPIRED})


def publishing(where: InstagramSettings, container: str) -> Request:
    """Return the request that publishes a container."""
    body = {"creation_id": container}
    return Request(method="POST", url=f"{where.address}/media_publish", body=body)


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Publishes pictures, each once."""

    where: InstagramSettings
    graph: GraphClient
    sleep: Callable[[float], None] = time.sleep

    def publish(self, request: Request, mark: Mark, caption: str) -> Outcome:
        """Make a container and publish it, or go on where an earlier attempt stopped.

        Args:
            request: Makes the container.
            mark: Keeps the container's id before it is published.
            caption: For finding the post when its container turns out to be published.

        Raises:
            RejectedError: Instagram does not take the picture or the caption.
            ServiceError: As ``graph.errors`` says; only publishing itself may have happened.
            StoppedError: The owner has stopped everything meanwhile; nothing was published.
        """
        try:
            container = self._container(request, mark)
            stage, said = self._ready(container)
        except OutcomeUnknownError as error:
            # Nothing that anybody sees has been asked for yet.
            return Outcome(kind=OutcomeKind.WAITING, detail=f"Nothing was published yet. {error}")
        if stage is Stage.FINISHED:
            mark.go_on()
            return self._published(container)
        if stage is Stage.PUBLISHED:
            return self._found(mark, caption)
        if stage is Stage.IN_PROGRESS:
            said = "Instagram is still working on the picture; it is published when that is done."
            return Outcome(kind=OutcomeKind.WAITING, detail=said)
        raise RejectedError(f"the picture was not taken: {said}", service="instagram")

    def look(self, mark: Mark, caption: str) -> Outcome | None:
        """Say what became of an attempt, by its container; None where that does not tell."""
        container = mark.staged.get(_CONTAINER)
        if container is None:
            return Outcome(kind=OutcomeKind.FAILED)
        try:
            stage, _ = self._stage(container)
        except RejectedError:
            return None
        if stage is Stage.PUBLISHED:
            return self._found(mark, caption)
        return None if stage is Stage.IN_PROGRESS else Outcome(kind=OutcomeKind.FAILED)

    def _container(self, request: Request, mark: Mark) -> str:
        """Return a container that holds exactly what is asked for, made now or before.

        Raises:
            RejectedError: An earlier version of the post was published meanwhile.
            ServiceError: It could not be made.
        """
        content = sha256_of(canonical(request.body))
        known = mark.staged.get(_CONTAINER)
        stage = self._stage(known)[0] if known else Stage.EXPIRED
        # The owner may have edited the caption since that container was made.
        if known and mark.staged.get(_CONTENT) == content and stage not in _OVER:
            return known
        if stage is Stage.PUBLISHED:
            said = "an earlier version of this post is published already"
            raise RejectedError(said, service="instagram")
        made = id_of(self.graph.send(request), "instagram")
        mark.remember(_CONTAINER, made)
        mark.remember(_CONTENT, content)
        return made

    def _ready(self, container: str) -> tuple[Stage, str]:
        """Wait a little until a container can be published; return how far it is."""
        stage, said = self._stage(container)
        for _ in range(_LOOKS - 1):
            if stage is not Stage.IN_PROGRESS:
                break
            self.sleep(_PAUSE_S)
            stage, said = self._stage(container)
        return stage, said

    def _stage(self, container: str) -> tuple[Stage, str]:
        """Return how far a container is, and Instagram's own words about it."""
        query = {"fields": "status_code,status"}
        found = self.graph.read(container, query, patience_s=_PATIENCE_S)
        code = str(found.get("status_code", ""))
        # A stage that nobody knows yet is waited for like any other that is not the last.
        stage = Stage(code) if code in Stage else Stage.IN_PROGRESS
        return stage, str(found.get("status", ""))

    def _published(self, container: str) -> Outcome:
        media_id = id_of(self.graph.send(publishing(self.where, container)), "instagram")
        return Outcome(kind=OutcomeKind.DONE, remote_id=media_id, url=self._address_of(media_id))

    def _address_of(self, media_id: str) -> str:
        """Return where a post can be seen; "" where that cannot be found out."""
        try:
            query = {"fields": "permalink"}
            found = self.graph.read(media_id, query, patience_s=_PATIENCE_S)
        except ServiceError:
            return ""
        return str(found.get("permalink", ""))

    def _found(self, mark: Mark, caption: str) -> Outcome:
        """Return a published post as done, with its number and address if they can be found."""
        edge = f"{self.where.account_id}/media"
        try:
            rows, _ = listed(self.graph, edge, limit=25, after=None, fields=MEDIA)
        except ServiceError:
            rows = []
        # An attempt before this one may have published it.
        earlier = replace(mark, ago=mark.ago + _LIFETIME)
        wanted = Wanted(
            text=caption,
            text_field="caption",
            time_field="timestamp",
            since=SinceAttempt.of(earlier, self.graph.served_at),
        )
        found = found_since(rows, wanted)
        if found is None or found.kind is not OutcomeKind.DONE:
            return Outcome(kind=OutcomeKind.DONE)
        return found
