"""The weekly reports: made from the facts of a week, written beside their sources, once each.

The page has a fixed name, so that one which is made again replaces itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from utils.audit_generator import audit_name, audit_page
from utils.ceo_briefing_generator import briefing_page
from utils.core.canonical import item_id, sha256_of
from utils.core.lifecycle import Folder
from utils.core.model import Entry, Item, ItemType, Source
from utils.core.notes import render
from utils.report.audit_facts import FactGatherer
from utils.report.page_templates import PageTemplates
from utils.report.reminders import Reminders
from utils.report.schedule import Report
from utils.words.briefing import BriefingWords

if TYPE_CHECKING:
    from utils.assembly.ground import Ground
    from utils.report.page_parts import Page
    from utils.report.week_facts import Contradiction
    from utils.times.weeks import Week

_FOLDERS: Final = {Report.AUDIT: Folder.AUDITS, Report.BRIEFING: Folder.BRIEFINGS}


@dataclass(frozen=True)
class Made:
    """A report that was written."""

    folder: Folder
    #: The note's file name.
    name: str
    #: Whether a section had to stop.
    partial: bool


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Makes audits and briefings.

    Args:
        ground: The home.
    """

    ground: Ground

    def make(self, report: Report, week: Week, *, late: timedelta = timedelta(0)) -> Made:
        """Make a report and write it with everything that belongs to it.

        Args:
            report: Which one.
            week: About which week.
            late: How much later than planned this is.

        Raises:
            EmployeeError: The journal or the vault does not let it be made.
            OSError: The disk did not take it.
        """
        facts = FactGatherer(ground=self.ground).facts(week, late=late)
        for doubt in facts.contradictions:
            self._ask(week, doubt)
        if report is Report.AUDIT:
            if facts.now < week.later(2).ends_at(facts.zone):
                # An audit of long ago asks nobody for money.
                Reminders(ground=self.ground).propose(facts)
            page = audit_page(facts)
        else:
            finance = self.ground.settings.briefing_finance
            page = briefing_page(facts, finance=finance)
        self._write(report, page, audit=audit_name(facts))
        made = Made(_FOLDERS[report], f"{page.name}.md", facts.partial)
        self._record(report, week, made)
        if report is Report.BRIEFING:
            BriefingWords(ground=self.ground).put_on(week)
        return made

    def _write(self, report: Report, page: Page, *, audit: str) -> None:
        """Write pictures and sources first, so that the note never points at nothing."""
        folder, vault = _FOLDERS[report], self.ground.vault
        for part in page.sections:
            if part.chart:
                vault.write(folder, part.chart.name, part.chart.svg)
        sources = json.dumps(page.as_json(), ensure_ascii=False, indent=1, sort_keys=True)
        vault.write(folder, f"{page.name}.json", f"{sources}\n")
        values = {
            "page": page,
            "sidecar": f"{page.name}.json",
            "audit": audit,
            "questions": str(Folder.NEEDS_ACTION),
        }
        text, notice = PageTemplates(vault).filled(f"{report}.md", values)
        if notice:
            self._tell_broken_template(report, notice)
        vault.write(folder, f"{page.name}.md", render(page.front, text))

    def _tell_broken_template(self, report: Report, why: str) -> None:
        title = f"Your template for the {report} was not used"
        text = f"{Folder.TEMPLATES}/{report}.md does not work: {why}. The built-in one was used."
        self.ground.alerts().raise_(f"template {report} {sha256_of(why)}", title, text)

    def _ask(self, week: Week, doubt: Contradiction) -> None:
        """Ask the owner what is true, once for each contradiction."""
        item = Item(
            id=item_id(f"{week} {doubt.section} {doubt.sentence}"),
            type=ItemType.CLARIFICATION,
            source=Source.EMPLOYEE,
            received_at=self.ground.clock(),
            subject=f"{doubt.section} of {week} contradicts itself",
            question=f"{doubt.sentence} What is true?",
            body="\n".join(doubt.seen),
            priority="high",
        )
        self.ground.alerts().put(item, actor="reports")

    def _record(self, report: Report, week: Week, made: Made) -> None:
        entry = Entry(
            action=f"report.{report}",
            actor="reports",
            parameters={"week": str(week), "note": f"{made.folder}/{made.name}"},
            result="partial" if made.partial else "done",
        )
        self.ground.journal.record(entry)
