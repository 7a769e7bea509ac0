"""The part of the pretend Graph that is about Instagram: containers, pictures, comments."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from utils.sandbox.graph_call import newest_first
from utils.sandbox.graph_errors import GraphError, say_missing, say_not_there
from utils.sandbox.graph_insights import MEDIA_METRICS, figure, metrics_of
from utils.sandbox.graph_state import ACCOUNT_ID, USERNAME, add_media, add_reply

if TYPE_CHECKING:
    from utils.sandbox.graph_call import Call
    from utils.sandbox.graph_state import GraphState, Row

#: How many posts an account may make in 24 hours (the guide's number).
QUOTA: Final = 100
_LIFETIME: Final = timedelta(hours=24)
_LONGEST: Final = 2_200
_MOST_HASHTAGS: Final = 5
_HASHTAG: Final = re.compile(r"(?<!\w)#\w+")
_NO_JPEG: Final = (".png", ".gif", ".webp", ".heic")
_COMMENT: Final = "id,text,timestamp"


def account(call: Call) -> Row:
    """Answer about the account itself."""
    row = {
        "id": ACCOUNT_ID,
        "username": USERNAME,
        "name": "Ada's Bakery",
        "followers_count": call.state.followers,
        "follows_count": 88,
        "media_count": len(call.state.media),
    }
    return call.chosen(row, "id")


def create(call: Call, *, looks: int) -> Row:
    """Make a container; `looks` is how often it is seen in progress.

    Raises:
        GraphError: The picture or the caption is not taken.
    """
    call.need("instagram_business_content_publish")
    call.only("image_url", "caption", "alt_text", "is_ai_generated")
    picture, caption = call.needed("image_url"), call.params.get("caption", "")
    if picture.lower().endswith(_NO_JPEG):
        raise GraphError(36001, "The image format is not supported.", subcode=2207005)
    if len(caption) > _LONGEST or len(_HASHTAG.findall(caption)) > _MOST_HASHTAGS:
        raise GraphError(36004, "The caption is too long.", subcode=2207010)
    id_ = f"1800{call.state.new_id()}"
    call.state.containers[id_] = {
        "id": id_,
        "image_url": picture,
        "caption": caption,
        "made_at": call.now.isoformat(),
        "looks": looks,
        "status_code": "FINISHED",
        "status": "Finished: Media has been uploaded and it is ready to be published.",
    }
    return {"id": id_}


def container(call: Call) -> Row:
    """Answer how far a container is."""
    row = call.state.containers[call.node]
    if row["looks"] > 0 and row["status_code"] == "FINISHED":
        row["looks"] -= 1
        waiting = {"status_code": "IN_PROGRESS", "status": "In Progress: Media is processed."}
        return call.chosen(row | waiting, "id")
    return call.chosen(row | _expired(call, row), "id")


def publish(call: Call) -> Row:
    """Publish a container, once.

    Raises:
        GraphError: It is not there, not ready, too old or one too many.
    """
    call.need("instagram_business_content_publish")
    call.only("creation_id")
    row = call.state.containers.get(call.needed("creation_id"))
    if row is None or row["status_code"] == "PUBLISHED":
        raise GraphError(24, "The requested resource does not exist", subcode=2207006)
    if _expired(call, row):
        raise GraphError(24, "The media could not be fetched.", subcode=2207008)
    if row["looks"] > 0 or row["status_code"] != "FINISHED":
        raise GraphError(9007, "Media ID is not available", subcode=2207027)
    if used(call.state, call.now) >= QUOTA:
        raise GraphError(9, "Application request limit reached", subcode=2207042, status=403)
    row |= {"status_code": "PUBLISHED", "status": "Published: Media has been published."}
    id_ = add_media(call.state, row["caption"], row["image_url"], call.now)
    payload = {name: row[name] for name in ("caption", "image_url")}
    call.note("instagram_media", id_, payload | {"container": row["id"]})
    return {"id": id_}


def limit(call: Call) -> Row:
    """Answer how much of the day's number of posts is used up."""
    row = {
        "id": ACCOUNT_ID,
        "quota_usage": used(call.state, call.now),
        "config": {"quota_total": QUOTA, "quota_duration": 86_400},
    }
    chosen = call.chosen(row, "quota_usage")
    del chosen["id"]
    return {"data": [chosen]}


def media(call: Call) -> Row:
    """List the pictures, newest first."""
    rows = newest_first(call.state.media.values(), "timestamp")
    return call.page_of([_with_count(call.state, row) for row in rows], "id")


def one(call: Call) -> Row:
    """Answer about a picture or a comment."""
    if call.node in call.state.media:
        return call.chosen(_with_count(call.state, call.state.media[call.node]), "id")
    return call.chosen(call.state.replies[call.node], _COMMENT)


def insights(call: Call) -> Row:
    """Give figures of one picture."""
    call.need("instagram_business_manage_insights")
    names = metrics_of(call, MEDIA_METRICS)
    return {
        "data": [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": figure(f"{call.node}{name}")}],
                "id": f"{call.node}/insights/{name}/lifetime",
            }
            for name in names
        ]
    }


def comments(call: Call) -> Row:
    """List the comments on a picture, or the answers to a comment, newest first."""
    rows = [row for row in call.state.replies.values() if row["parent"] == call.node]
    return call.page_of(newest_first(rows, "timestamp"), _COMMENT)


def reply(call: Call) -> Row:
    """Answer a comment."""
    call.need("instagram_business_manage_comments")
    call.only("message")
    if call.node not in call.state.replies:
        say_not_there(call.node)
    message = call.params.get("message")
    if not message:
        say_missing("message")
    id_ = add_reply(call.state, call.node, message, USERNAME, call.now)
    call.note("instagram_comment", id_, {"message": message, "parent": call.node})
    return {"id": id_}


def used(state: GraphState, now: datetime) -> int:
    """Return how many pictures were published by the API within 24 hours."""
    made = [
        datetime.fromisoformat(row["made_at"])
        for row in state.containers.values()
        if row["status_code"] == "PUBLISHED"
    ]
    return sum(1 for at in made if at > now - _LIFETIME)


def _expired(call: Call, row: Row) -> Row:
    """Return what is different about a container that waited too long; nothing otherwise."""
    is_old = call.now - datetime.fromisoformat(row["made_at"]) > _LIFETIME
    if is_old and row["status_code"] == "FINISHED":
        return {"status_code": "EXPIRED", "status": "Expired: The container was not published."}
    return {}


def _with_count(state: GraphState, row: Row) -> Row:
    own = [reply for reply in state.replies.values() if reply["parent"] == row["id"]]
    return row | {"comments_count": len(own)}
