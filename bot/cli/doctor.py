"""`rebuild-bot doctor`: whether everything is there that the configuration needs."""

from typing import Annotated, Final

import typer

from bot.cli.output import Format, Row, write_rows
from bot.cli.progress import shown
from bot.cli.session import Session
from bot.model.checkup import Checkup, Standing
from bot.model.exit_code import ExitCode
from bot.report.markdown import number_of
from bot.wiring.doctor import examine

_COLUMNS: Final = {"About": ("about",), "What": ("what",), "": ("verdict",), "Found": ("said",), "What to do": ("remedy",)}


def doctor(
    context: typer.Context,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> int:
    """Look at every connection, permission and place that the configuration needs, one line each. Nothing is written anywhere.

    Asked are GitHub (credential, permissions of the App one by one, hourly budget, clock), each registry that the configuration or a
    `docker login` names, each scanner's server, and what tells of holes; looked at are the configuration, git, the cache, the ledger,
    proxies, certificates, and the keys and policies by which signatures are judged.
    The exit code is 4 where something is wrong, or could not be found out.
    """
    session = Session.of(context)
    with shown(session.err) as progress:
        found = list(examine(session.settings, session.settings_file, progress=progress))
    write_rows(session.out, format_, map(_row, found), columns=_COLUMNS)
    wrong, unknown = (sum(one.standing is standing for one in found) for standing in (Standing.WRONG, Standing.UNKNOWN))
    session.err.print(f"{number_of(len(found), 'check')}: {wrong} wrong, {unknown} not known", markup=False)
    return ExitCode.SOME_FAILED if wrong or unknown else ExitCode.DONE


def _row(one: Checkup) -> Row:
    return {"about": one.about, "what": one.what, "verdict": one.standing.value, "said": one.said, "remedy": one.remedy or None}
