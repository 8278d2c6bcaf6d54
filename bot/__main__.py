"""`rebuild-bot` and `python -m bot`."""


def main() -> None:
    raise SystemExit(2)
