"""The GitOps rebuild bot: watches releases, finds pins, proposes pull requests, tracks them until the fix runs."""

__version__ = "0.1.0"
