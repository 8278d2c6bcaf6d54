"""`python -m tests.pictures FOLDER`: one HTML page and three pictures (light, dark, phone) of each shape."""

import sys
from pathlib import Path

from tests.pictures.taking import take

if __name__ == "__main__":
    for path in take(Path(sys.argv[1])):
        sys.stdout.write(f"{path}\n")
