"""How an image runs, in the form that notes on updates have it."""

from bot.model.contents import Contents
from bot.model.notes import ImageFacts


def image_facts(contents: Contents) -> ImageFacts:
    """Of an image that was opened, what notes tell of its configuration."""
    runs = contents.configuration
    return ImageFacts(
        labels=dict(runs.labels),
        platforms=contents.platforms,
        user=runs.user,
        entrypoint=runs.entrypoint,
        command=runs.command,
        environment=runs.environment,
        exposed_ports=runs.exposed_ports,
        working_folder=runs.working_folder,
        volumes=runs.volumes,
        healthcheck=runs.healthcheck,
        stop_signal=runs.stop_signal,
    )
