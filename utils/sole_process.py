"""Being the only process of a home that performs, makes reports or serves the desk."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from utils.core.errors import AlreadyRunningError
from utils.core.lifecycle import Folder
from utils.status.live import REPORTER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from utils.settings import Settings

#: For how long a lock may be looked at by others, and how often it is tried meanwhile, in seconds.
_LOOKED_AT_S: Final = 0.3
_AGAIN_S: Final = 0.02


@contextmanager
def sole_executor(settings: Settings) -> Iterator[None]:
    """Be the only process of a home that performs, for the length of a ``with`` block.

    Raises:
        AlreadyRunningError: Another process holds the lock.
    """
    with _sole(settings, settings.executor_lock, Folder.APPROVED):
        yield


@contextmanager
def sole_reporter(settings: Settings) -> Iterator[None]:
    """Be the only process of a home that makes reports by the clock; see ``sole_executor``.

    Raises:
        AlreadyRunningError: Another process holds the lock.
    """
    with _sole(settings, settings.state_dir / REPORTER, Folder.AUDITS):
        yield


@contextmanager
def sole_desk(settings: Settings) -> Iterator[None]:
    """Be the only process of a home that serves the desk; see ``sole_executor``.

    Raises:
        AlreadyRunningError: Another process holds the lock.
    """
    with _sole(settings, settings.state_dir / "desk.lock", Folder.NEEDS_ACTION):
        yield


@contextmanager
def _sole(settings: Settings, lock: Path, folder: Folder) -> Iterator[None]:
    """Hold a lock of the home, and a folder of its vault: two homes may share one vault."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    held = [os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)]
    try:
        place = settings.vault_dir / folder
        if place.is_dir():
            held.append(os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        for descriptor in held:
            _lock(descriptor, settings)
        os.ftruncate(held[0], 0)
        os.write(held[0], b"%d\n" % os.getpid())
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)


def _lock(descriptor: int, settings: Settings) -> None:
    try:
        _take(descriptor)
    except BlockingIOError as error:
        raise AlreadyRunningError(str(settings.home)) from error
    except OSError as error:
        # Drives over a network may not know locks of folders; the home's own lock is local.
        if error.errno not in {errno.ENOTSUP, errno.EBADF, errno.EINVAL, errno.ENOLCK}:
            raise


def _take(descriptor: int) -> None:
    """Take a lock; `status` and `doctor` hold it for a moment when they look whether it is free.

    Raises:
        BlockingIOError: It is held for longer.
        OSError: There are no locks.
    """
    latest = monotonic() + _LOOKED_AT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() >= latest:
                raise
            sleep(_AGAIN_S)
        else:
            return
