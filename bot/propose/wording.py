"""Titles, branches, commits and bodies by an organisation's own templates; what one of them can't give, the built-in one does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.model.fleet import App, Repo
from bot.model.notes import Notes
from bot.model.severity import Severity
from bot.model.update import Update
from bot.propose.drift import risk
from bot.propose.markdown import Markdown, escape
from bot.propose.naming import harmless, new_value, old_value, short_name
from bot.propose.takers import Takers
from bot.propose.titles import holes_in_words
from bot.settings import templates
from bot.settings.pull_requests import PullRequests
from bot.settings.templates import TemplateFaultError


@dataclass(slots=True, kw_only=True)
class Wording:
    """What is wanted, and the templates that did not give it."""

    settings: PullRequests
    faults: list[str] = field(default_factory=list)

    def title(self, built_in: str, variables: Mapping[str, object]) -> str:
        return self._filled("title", self.settings.title, built_in, variables, templates.line)

    def commit_message(self, built_in: str, variables: Mapping[str, object]) -> str:
        given = {**variables, "message": built_in.rstrip()}
        made = self._filled("commit message", self.settings.commit_message, built_in, given, templates.message)
        return made if made.endswith("\n") else f"{made}\n"

    def branch(self, app: str, topic: str) -> str:
        """What stands behind the prefix of the bot's branches."""
        return self._filled("branch", self.settings.branch, f"{app}/{topic}", {"app": app, "topic": topic}, templates.branch)

    def body(self, built_in: Markdown, summary: Markdown, variables: Mapping[str, object]) -> str:
        """The body around the built-in one, which stands alone where the template fails. Text of others is escaped as everywhere."""
        if self.settings.body is None:
            return built_in
        try:
            return templates.render(self.settings.body, {**variables, "body": built_in, "summary": summary}, finalize=escape) + "\n"
        except TemplateFaultError as error:
            self.note("body", error)
            return built_in

    def _filled(self, what: str, template: str | None, built_in: str, variables: Mapping[str, object], rule: Callable[[str], str]) -> str:
        if template is None:
            return built_in
        try:
            return rule(templates.render(template, variables))
        except TemplateFaultError as error:
            self.note(what, error)
            return built_in

    def note(self, what: str, error: object) -> None:
        """Remember, once, that the template of this was of no use."""
        fault = f"The template of the {what} in the bot's configuration is of no use here, so the built-in one was used: {error}"
        if fault not in self.faults:
            self.faults.append(fault)


def variables_of(
    takers: Takers, repo: Repo, explained: Sequence[tuple[Update, Notes | None]], *, group: str | None, title: str, prefix: str, today: date
) -> dict[str, object]:
    """What templates may name: plain words and numbers. Notes are None before the text is told; what they tell is then empty."""
    told = [(update, notes) for update, notes in explained if notes is not None]
    steps = [notes.step for _, notes in told if notes.step is not None]
    severity = max((step.holes.severity for step in steps if step.holes.is_known), key=lambda one: one.rank, default=Severity.UNKNOWN)
    return {
        "title": title,
        "prefix": prefix,
        "app": takers.name,
        "apps": [app.name for app in takers.apps],
        "repo": repo.full_name,
        "group": group or "",
        "stage": explained[0][0].stage,
        "kinds": sorted({update.kind.value for update, _ in explained}),
        "updates": [_update(update, takers.app_of(update)) for update, _ in explained],
        "closes": holes_in_words(steps),
        "severity": "" if severity is Severity.UNKNOWN else severity.value,
        "risk": risk(told, today).level if told else "",
    }


def _update(update: Update, app: App) -> dict[str, object]:
    return {
        "app": app.name,
        "name": short_name(update),
        "dependency": update.pin.dependency.name,
        "kind": update.kind.value,
        "old": harmless(old_value(update)),
        "new": harmless(new_value(update)),
        "file": str(update.pin.file),
        "line": update.pin.line,
        "role": str(update.pin.role),
    }
