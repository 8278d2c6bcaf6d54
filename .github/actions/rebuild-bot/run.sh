#!/usr/bin/env bash
# Runs one command of the bot, whose exit code is the step's. `run`, `merge` and `report` write the step summary themselves; of `check`
# and `find` it is what they print.
# Reads COMMAND, ARGUMENTS (one a line), CONFIG, DRY_RUN, RUNNER_TEMP, GITHUB_STEP_SUMMARY.
set -euo pipefail

command=("$RUNNER_TEMP/rebuild-bot/bin/rebuild-bot" "$COMMAND")
case $COMMAND in
  run | report) [[ $DRY_RUN != true ]] || command+=(--dry-run) ;;
  check | find) command+=(--format markdown) ;;
  plan | merge) ;;
  *)
    echo "::error::command: only run, report, check, find, plan and merge are known here; give one of them"
    exit 2
    ;;
esac
while IFS= read -r argument; do
  [[ -z $argument ]] || command+=("$argument")
done <<<"$ARGUMENTS"
[[ -z $CONFIG ]] || export REBUILD_BOT_CONFIG=$CONFIG

# The bot takes the shell's place, for the runner tells that process alone of a cancelled job; what it prints goes through a second one,
# whose end the runner awaits, for it holds the step's output.
case $COMMAND in
  check | find) exec > >(exec tee -a "$GITHUB_STEP_SUMMARY") ;;
esac
exec "${command[@]}"
