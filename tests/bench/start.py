"""What a call costs before it does anything: `python -m tests.bench.start` prints a table of seconds and memory, the best of five."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CALLS = (["--version"], ["--help"], ["find"], ["check"])
REPEATS = 5


def measured(arguments: list[str], folder: Path) -> tuple[float, int]:
    """Seconds, and the largest resident size in KiB of any call until now."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bot", *arguments], cwd=folder, capture_output=True, check=False)
    return time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(5):
            (folder / f"{number}.Dockerfile").write_text(f"FROM scratch\nLABEL number={number}\n", encoding="utf-8")
        sys.stdout.write("| call | seconds | MiB |\n|---|---:|---:|\n")
        for arguments in CALLS:
            costs = [measured(arguments, folder) for _ in range(REPEATS)]
            sys.stdout.write(f"| {' '.join(arguments)} | {min(seconds for seconds, _ in costs):.2f} | {costs[-1][1] / 1024:.0f} |\n")


if __name__ == "__main__":
    main()
