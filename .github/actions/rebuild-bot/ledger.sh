#!/usr/bin/env bash
# Keeps the SQLite ledger between runs: `ledger.sh fetch` before, `ledger.sh save` after.
#
# The ledger's branch has no history in common with any other and always exactly one commit with exactly one file, so that
# the repo does not grow with each run. The push is conditional on the commit that was fetched (`--force-with-lease`): of two
# runs at once the later one fails instead of wiping out what the earlier one saw. No work tree is touched.
#
# Reads LEDGER_BRANCH, LEDGER_TOKEN, RUNNER_TEMP, GITHUB_ENV, GITHUB_SERVER_URL, GITHUB_REPOSITORY.
set -euo pipefail

git_dir="$RUNNER_TEMP/rebuild-bot-ledger.git"
ledger="$RUNNER_TEMP/ledger.sqlite3"
remote="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"
branch="refs/heads/$LEDGER_BRANCH"

export GIT_DIR="$git_dir" GIT_TERMINAL_PROMPT=0
# In the environment and not among the arguments, where every process of the machine could read it.
credentials=$(printf 'x-access-token:%s' "$LEDGER_TOKEN" | base64 --wrap=0)
echo "::add-mask::$credentials"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" GIT_CONFIG_VALUE_0="Authorization: basic $credentials"

fetch() {
  git check-ref-format "$branch"
  git init --quiet --bare "$git_dir"
  # Only an answer without the branch means that there is none; a remote that can't be reached ends the step.
  listed=$(git ls-remote "$remote" "$branch")
  if [[ -n $listed ]]; then
    git fetch --quiet --depth=1 "$remote" "$branch"
    git rev-parse --verify FETCH_HEAD >"$git_dir/fetched"
    git cat-file blob FETCH_HEAD:ledger.sqlite3 >"$ledger"
    echo "ledger: $(stat --format=%s "$ledger") bytes from $LEDGER_BRANCH"
  else
    : >"$git_dir/fetched"
    echo "ledger: none yet on $LEDGER_BRANCH, so this run begins one"
  fi
  echo "REBUILD_BOT_LEDGER_URL=sqlite:///$ledger" >>"$GITHUB_ENV"
}

save() {
  if [[ ! -s $ledger ]]; then
    echo "ledger: the run wrote none, so there is nothing to save"
    return
  fi
  # Moves what a run that broke off may have left in the write-ahead log into the file, and refuses a damaged file.
  "$RUNNER_TEMP/rebuild-bot/bin/python" - "$ledger" <<'PYTHON'
import sqlite3, sys

database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
verdict = database.execute("PRAGMA quick_check").fetchone()[0]
if verdict != "ok":
    sys.exit(f"ledger: not saved, the file is damaged ({verdict}); the branch still holds the last good one")
PYTHON
  blob=$(git hash-object -w "$ledger")
  tree=$(printf '100644 blob %s\tledger.sqlite3\n' "$blob" | git mktree)
  fetched=$(<"$git_dir/fetched")
  if [[ -n $fetched && $(git rev-parse "$fetched^{tree}") == "$tree" ]]; then
    echo "ledger: unchanged"
    return
  fi
  commit=$(git -c user.name=rebuild-bot -c user.email=rebuild-bot@users.noreply.github.com commit-tree -m "Ledger after run ${GITHUB_RUN_ID:-by hand}" "$tree")
  git push --quiet --force-with-lease="$branch:$fetched" "$remote" "$commit:$branch"
  echo "ledger: $(stat --format=%s "$ledger") bytes to $LEDGER_BRANCH"
}

case ${1:-} in
  fetch) fetch ;;
  save) save ;;
  *)
    echo "usage: ledger.sh fetch|save" >&2
    exit 2
    ;;
esac
