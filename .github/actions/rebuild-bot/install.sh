#!/usr/bin/env bash
# Installs the bot that this action came with into a virtual environment of its own, from locked dependencies with hashes.
# Reads PYTHON (an interpreter) and RUNNER_TEMP.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
bin="$RUNNER_TEMP/rebuild-bot/bin"
"$PYTHON" -m venv --clear "$RUNNER_TEMP/rebuild-bot"
"$bin/python" -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes -r "$source_dir/config/requirements.lock"
"$bin/python" -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation "$source_dir"
"$bin/rebuild-bot" --version
