import sys
from pathlib import Path

# The tests are no package; what they share stands beside them.
sys.path.insert(0, str(Path(__file__).parent))
