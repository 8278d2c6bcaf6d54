"""Where reports are announced."""

from bot.clients.webhook import Webhook
from bot.model.failure import Failure
from bot.pipeline.announce import announced
from bot.pipeline.dashboard import board_of
from bot.pipeline.report import Report
from bot.settings import Settings


def announce(settings: Settings, report: Report, *, issue_url: str | None) -> Failure | None:
    """Tell the chat whose webhook the environment names; None: it was told, or there is none."""
    url = settings.secrets.webhook_url
    if url is None:
        return None
    return announced(board_of(report), Webhook(url), issue_url=issue_url or "", dashboard_url=settings.report.dashboard_url or "")
