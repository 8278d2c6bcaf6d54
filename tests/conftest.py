"""What holds for every test: nothing of the machine's environment, and no deadline for a busy machine."""

import os

import structlog
from hypothesis import settings

OURS = ("GITHUB_", "GH_", "RUNNER_", "ACTIONS_", "REBUILD_BOT_", "DOCKER_", "REGISTRY_AUTH", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
KEPT = frozenset({"REBUILD_BOT_TEST_POSTGRES"})

for name in [name for name in os.environ if name.startswith(OURS) and name not in KEPT]:
    del os.environ[name]

# In CI hypothesis takes a profile of its own, without a deadline and with the same examples each time.
if not os.environ.get("CI"):
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")

# What structlog does where nobody has set it up draws every traceback with the values of all variables: seconds for each.
structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, structlog.dev.ConsoleRenderer()])
