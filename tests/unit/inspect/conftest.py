from tests.registries import registry

__all__ = ["registry"]
