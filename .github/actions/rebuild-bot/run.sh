#!/usr/bin/env bash
# Runs one command of the bot; what it prints goes to the log and to the step summary. The exit code is the bot's own.
# Reads COMMAND, ARGUMENTS (one a line), CONFIG, DRY_RUN, RUNNER_TEMP, GITHUB_STEP_SUMMARY.
set -euo pipefail

command=("$COMMAND")
case $COMMAND in
  run | report) [[ $DRY_RUN != true ]] || command+=(--dry-run) ;;
  check | find) ;;
  *)
    echo "::error::command: only run, report, check and find are known here; give one of them"
    exit 2
    ;;
esac
while IFS= read -r argument; do
  [[ -z $argument ]] || command+=("$argument")
done <<<"$ARGUMENTS"
[[ -z $CONFIG ]] || export REBUILD_BOT_CONFIG=$CONFIG

"$RUNNER_TEMP/rebuild-bot/bin/rebuild-bot" "${command[@]}" --format markdown | tee -a "$GITHUB_STEP_SUMMARY"
