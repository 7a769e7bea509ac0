"""The errors of the employee: each says what happened in the owner's words and what to do.

The first line of a class's docstring *is* its message, so every class needs one of its own.
The engine asks three questions only: is it transient, whose is it to fix (the branch of the
tree says), and may it have happened.
"""

from __future__ import annotations

import inspect
from typing import ClassVar, Final


class EmployeeError(Exception):
    """Something went wrong that has no better name yet."""

    #: What the owner can do about it, one sentence.
    hint: ClassVar[str] = "Read today's log; its last entry says what was tried."
    #: Whether the same call may succeed later without anybody doing anything.
    transient: ClassVar[bool] = False
    #: Whether the effect may have taken place although we have no answer.
    may_have_happened: ClassVar[bool] = False

    def __init__(self, detail: str = "") -> None:
        sentence = inspect.cleandoc(type(self).__doc__ or "").partition("\n")[0]
        self.detail = detail
        super().__init__(f"{sentence} ({detail})" if detail else sentence)


class ConfigurationError(EmployeeError):
    """A setting is missing or wrong."""

    hint = "Run `uv run orchestrator.py doctor`; it names the setting and how to mend it."


class JournalError(EmployeeError):
    """The journal could not be written safely, so everything stopped."""

    hint = "Check that the disk has room and is healthy, then start again."


class DiskError(EmployeeError):
    """The disk failed while something was written, so everything stopped at once."""

    hint = "Check the disk, then start again; what counts is read from it anew."


class UnreadableRowError(JournalError):
    """What the journal holds of one thing cannot be read, so that one is left alone."""

    hint = "Everything else goes on. Ask for it again, or bring the journal back from a copy."


class NewerJournalError(JournalError):
    """The journal was written by a newer version of this program, so it was left untouched."""

    hint = "Install the newer version again, or point EMPLOYEE_HOME to another folder."


class NoRoomError(EmployeeError):
    """The disk is nearly full, so nothing new is taken in."""

    hint = "Make room on the disk; the work goes on by itself."
    transient = True


class StoppedError(EmployeeError):
    """Everything is stopped, so the next step was not taken."""

    hint = "Run `uv run orchestrator.py resume`; what is approved goes on from there."
    transient = True


class AlreadyRunningError(EmployeeError):
    """The employee is already running for this folder."""

    hint = "Use the one that runs, or stop it first."


class JailMissingError(EmployeeError):
    """The jail for Claude Code cannot be set up on this machine."""

    hint = "Install it with `sudo apt install bubblewrap socat`, then try again."


class ClaudeMissingError(EmployeeError):
    """Claude Code is not installed."""

    hint = "Install it with `npm install -g @anthropic-ai/claude-code`, then try again."


class VaultMissingError(EmployeeError):
    """The vault is not there, so nothing in it was taken as withdrawn."""

    hint = "Mount or restore the folder AI_Employee, then start again."


class NoHomeError(EmployeeError):
    """Nothing is set up here yet."""

    hint = "Run `uv run orchestrator.py init`: it asks four questions and sets everything up."


class DeskClosedError(EmployeeError):
    """The employee is not running, so nothing can be asked of it from here."""

    hint = "Have the owner start it with `uv run orchestrator.py`, then try again."


class DeskSilentError(EmployeeError):
    """The desk gave no whole answer."""

    hint = "Look into Pending_Approval before you ask again: it may have been taken in."


class DeskFailedError(EmployeeError):
    """The desk could not answer this."""

    hint = "Try again later; if it stays, the owner finds more in the program's own messages."


class UnknownServiceError(EmployeeError):
    """There is no service of that name."""

    hint = "Run `uv run orchestrator.py connect` with one of them."


class UnknownOperationError(EmployeeError):
    """There is no operation of that name."""

    hint = "Use one of the tools that the service lists."


class NewerVaultError(EmployeeError):
    """The vault was laid out by a newer version of this program, so it was left untouched."""

    hint = "Install the newer version again, or point EMPLOYEE_HOME to another folder."


class InvalidValueError(EmployeeError):
    """A value does not fit."""

    hint = "Correct the value that is named and try again."


class NoAnswerError(InvalidValueError):
    """A question got no answer, so nothing was written."""

    hint = "Run it again and answer there; for `init`, `--yes` takes what is proposed."


class NoteError(EmployeeError):
    """A note cannot be read as it stands."""

    hint = "Nothing was run. Mend the note or ask for it again."

    def __init__(self, detail: str = "", *, path: str = "") -> None:
        #: The note's path inside the vault, or "" where it has none yet.
        self.path = path
        super().__init__(f"{path}: {detail}" if path and detail else detail or path)


class ApprovalError(EmployeeError):
    """The approval cannot be used."""

    hint = "Look at the note; it says why and what can be done."

    def __init__(self, detail: str = "", *, proposal_id: str = "") -> None:
        #: The Proposal that this is about, or "".
        self.proposal_id = proposal_id
        super().__init__(f"{proposal_id}: {detail}" if proposal_id and detail else detail)


class UnknownProposalError(ApprovalError):
    """There is no Proposal of that number."""

    hint = "The number stands in the note's name and in its first line; it begins with p-."


class RefusedError(ApprovalError):
    """A rule forbids this."""

    hint = "Change what is asked for, or the owner's settings if the rule is not what you want."

    def __init__(self, detail: str = "", *, proposal_id: str = "", rule: str = "") -> None:
        #: The policy rule's name.
        self.rule = rule
        super().__init__(detail, proposal_id=proposal_id)


class ServiceError(EmployeeError):
    """A service did not do what was asked."""

    hint = "Look at the service; the log says what it answered."

    def __init__(self, detail: str = "", *, service: str = "") -> None:
        #: The service's name, such as ``odoo``.
        self.service = service
        super().__init__(f"{service}: {detail}" if service and detail else detail or service)


class AuthenticationError(ServiceError):
    """The service does not accept our credentials any more."""

    hint = "Run `uv run orchestrator.py connect` for this service to sign in again."


class RejectedError(ServiceError):
    """The service said no to what was asked."""

    hint = "Correct what the service names, then ask again."


#: The longest that a service may make us wait, in seconds (design: an hour).
LONGEST_WAIT_S: Final = 3600.0


class RateLimitedError(ServiceError):
    """The service asks us to come back later; nothing was done."""

    hint = "Nothing to do: it is tried again by itself when the time is over."
    transient = True

    def __init__(
        self, detail: str = "", *, service: str = "", retry_after_s: float | None = None
    ) -> None:
        #: How long the service asked us to wait, in seconds from 0 to an hour, or None where it
        #: did not say; nonsense makes us slower and never faster.
        self.retry_after_s = retry_after_s
        if retry_after_s is not None and not 0 <= retry_after_s <= LONGEST_WAIT_S:
            self.retry_after_s = LONGEST_WAIT_S
        super().__init__(detail, service=service)


class UnreachableError(ServiceError):
    """The service cannot be reached; the request certainly never left."""

    hint = "Check the connection; what is approved waits and goes out once."
    transient = True


class RestingError(UnreachableError):
    """The service is not available just now, so it was not asked and nothing was sent."""

    hint = "Nothing to do: it is tried again by itself, and what is approved goes out then."


class OutcomeUnknownError(ServiceError):
    """The request left, but no answer that can be trusted came back."""

    hint = "Nothing is sent again. The service is looked at later, and if it cannot tell, you."
    may_have_happened = True


def may_repeat(error: ServiceError, *, is_read: bool) -> bool:
    """Return whether trying again is both useful and harmless: only ever for a read."""
    return is_read and (error.transient or error.may_have_happened)
