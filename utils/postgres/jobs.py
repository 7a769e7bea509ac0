"""procrastinate, the task queue in PostgreSQL: who is to look at which service, and when.

A job only says that something may be due; whether it is, and who acts, the journal decides. So a
job that runs twice does nothing the second time, and one that is lost is offered again.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from utils.core.errors import JournalError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterator

#: The one kind of job: to look after a thing, such as a service's lane, by its name.
_TASK: Final = "look_after"
#: What is waited for beside the bell, in seconds.
_POLL_S: Final = 1.0
_LOOK_S: Final = 0.1
#: How often a worker tells the queue that it is alive, and after how long it counts as dead.
_BEAT_S: Final = 5.0
_DEAD_S: Final = 20.0
#: How long a job may take to finish once its worker is to stop, in seconds.
_FINISH_S: Final = 30.0
# Its lines about every job are the library's own business.
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)


def make_tables(url: str, schema: str) -> None:
    """Make procrastinate's tables in a business's schema, unless they are there.

    Raises:
        JournalError: The database could not be reached or written.
    """
    try:
        with psycopg.connect(url, options=_within(schema), connect_timeout=5) as db:
            # Two workers may start at once.
            sql = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
            db.execute(sql, (f"jobs {schema}",))
            row = db.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
            if row and row[0] is None:
                db.execute(procrastinate.schema.SchemaManager.get_schema().encode(), prepare=False)
    except psycopg.Error as error:
        raise JournalError(str(error).strip().partition("\n")[0]) from error


@contextmanager
def offering(url: str, schema: str) -> Iterator[Callable[[str, str], None]]:
    """Yield what offers a job: in which queue, and what is to be looked after.

    What stands in its queue already is not offered twice.

    Raises:
        JournalError: The database could not be reached or written.
    """
    connector = procrastinate.SyncPsycopgConnector(
        conninfo=url, kwargs={"options": _within(schema)}, min_size=1, max_size=2, timeout=5
    )
    app = procrastinate.App(connector=connector)

    def offer(queue: str, what: str) -> None:
        with suppress(AlreadyEnqueued):
            app.configure_task(_TASK, queue=queue, queueing_lock=f"{queue} {what}").defer(
                what=what
            )

    with _told(), app.open():
        yield offer


def work(
    url: str,
    schema: str,
    queues: Collection[str],
    look_after: Callable[[str], None],
    stopping: threading.Event,
) -> None:
    """Take jobs out of queues, one at a time, until stopped.

    Args:
        url: How to reach the server.
        schema: The business's own.
        queues: Which queues.
        look_after: Does one job. Whatever it raises ends that job; nothing is tried again by
            the queue, because the journal offers again what is still due.
        stopping: Ends it, after the job under way.

    Raises:
        JournalError: The connection was lost.
    """
    with _told():
        asyncio.run(_work(url, schema, queues, look_after, stopping))


async def _work(
    url: str,
    schema: str,
    queues: Collection[str],
    look_after: Callable[[str], None],
    stopping: threading.Event,
) -> None:
    connector = procrastinate.PsycopgConnector(
        conninfo=url, kwargs={"options": _within(schema)}, min_size=1, max_size=4, timeout=5
    )
    app = procrastinate.App(connector=connector)

    @app.task(name=_TASK, retry=False)
    def look_after_it(what: str) -> None:
        look_after(what)

    async with app.open_async():
        await _clear_away(app)
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=list(queues),
                concurrency=1,
                delete_jobs="always",
                install_signal_handlers=False,
                fetch_job_polling_interval=_POLL_S,
                update_heartbeat_interval=_BEAT_S,
                stalled_worker_timeout=_DEAD_S,
                shutdown_graceful_timeout=_FINISH_S,
            )
        )
        while not (stopping.is_set() or worker.done()):  # noqa: ASYNC110 - a signal sets it
            await asyncio.sleep(_LOOK_S)
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def _clear_away(app: procrastinate.App) -> None:
    """Remove jobs that a dead worker had begun; what is still due is offered anew."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_S):
        with suppress(ConnectorException):
            await app.job_manager.finish_job(
                job, status=procrastinate.jobs.Status.FAILED, delete_job=True
            )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (ConnectorException, psycopg.Error) as error:
        cause = error.__cause__ or error
        raise JournalError(str(cause).strip().partition("\n")[0]) from error


def _within(schema: str) -> str:
    return f"-c search_path={schema}"
