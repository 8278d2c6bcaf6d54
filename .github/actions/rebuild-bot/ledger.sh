#!/usr/bin/env bash
# Keeps the SQLite ledger between runs: `ledger.sh fetch` before, `ledger.sh save` after.
#
# The ledger's branch has no history in common with any other and always exactly one commit with exactly one file, so that
# the repo does not grow with each run. The push is conditional on the commit that was fetched (`--force-with-lease`), and moves
# the branch in one step: whoever is killed leaves the old ledger or the new one. Of two runs at once the later one takes what the
# earlier one saw into its own ledger and pushes again. No work tree is touched.
#
# Reads LEDGER_BRANCH, LEDGER_TOKEN, RUNNER_TEMP, GITHUB_ENV, GITHUB_SERVER_URL, GITHUB_REPOSITORY.
set -euo pipefail

git_dir="$RUNNER_TEMP/rebuild-bot-ledger.git"
ledger="$RUNNER_TEMP/ledger.sqlite3"
theirs="$RUNNER_TEMP/ledger-of-another-run.sqlite3"
bin="$RUNNER_TEMP/rebuild-bot/bin"
remote="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"
branch="refs/heads/$LEDGER_BRANCH"
tries=5

export GIT_DIR="$git_dir" GIT_TERMINAL_PROMPT=0
# In the environment and not among the arguments, where every process of the machine could read it.
credentials=$(printf 'x-access-token:%s' "$LEDGER_TOKEN" | base64 --wrap=0)
echo "::add-mask::$credentials"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" GIT_CONFIG_VALUE_0="Authorization: basic $credentials"

# The commit that the branch is at; nothing: there is no branch. A remote that can't be reached ends the step.
tip() {
  local listed
  listed=$(git ls-remote "$remote" "$branch") || return
  printf '%s' "${listed%%[[:space:]]*}"
}

# Writes the ledger that is on the branch to a file, and remembers which commit it is of.
take() {
  git fetch --quiet --depth=1 "$remote" "$branch"
  git rev-parse --verify FETCH_HEAD >"$git_dir/fetched"
  if ! git cat-file blob FETCH_HEAD:ledger.sqlite3 >"$1.part"; then
    echo "::error::ledger: $LEDGER_BRANCH holds no ledger.sqlite3, so it is another branch: name the ledger's in ledger-branch. Nothing was written."
    return 1
  fi
  mv "$1.part" "$1"
}

# Moves what a run that broke off may have left in the write-ahead log into the file. Fails where it is damaged.
settle() {
  "$bin/python" - "$1" <<'PYTHON'
import sqlite3, sys

try:
    database = sqlite3.connect(sys.argv[1])
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict == "ok" and not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        verdict = "it is empty"
except sqlite3.Error as error:
    verdict = str(error)
if verdict != "ok":
    print(f"ledger: damaged ({verdict.splitlines()[0]})")
    sys.exit(1)
PYTHON
}

fetch() {
  git check-ref-format "$branch"
  git init --quiet --bare "$git_dir"
  local now
  now=$(tip)
  if [[ -n $now ]]; then
    take "$ledger"
    if ! settle "$ledger"; then
      echo "::error::ledger: the file on $LEDGER_BRANCH is damaged, so nothing is run that would write over it. Put a good ledger.sqlite3 in its place (of a clone or a backup), or delete the branch to begin anew without what it knew."
      return 1
    fi
    echo "ledger: $(stat --format=%s "$ledger") bytes from $LEDGER_BRANCH"
  else
    : >"$git_dir/fetched"
    echo "::notice::ledger: none yet on $LEDGER_BRANCH, so this run begins one. If there was one, the branch is lost: when releases were first seen (what is there now counts as known before), which images were in use on past days, and since when apps are behind begin anew. Pins, pull requests and what is inside images are read again by this run."
  fi
  echo "REBUILD_BOT_LEDGER_URL=sqlite:///$ledger" >>"$GITHUB_ENV"
}

save() {
  if [[ ! -s $ledger ]]; then
    echo "ledger: the run wrote none, so there is nothing to save"
    return
  fi
  local try now fetched tree commit
  for ((try = 1; try <= tries; try++)); do
    if ! settle "$ledger"; then
      echo "::error::ledger: not saved; $LEDGER_BRANCH still holds the last good one. Run again."
      return 1
    fi
    # Each of these ends the step where it fails: a push without a commit would delete the branch.
    fetched=$(<"$git_dir/fetched")
    tree=$(git hash-object -w "$ledger" | sed 's/.*/100644 blob &\tledger.sqlite3/' | git mktree)
    if [[ -n $fetched && $(git rev-parse "$fetched^{tree}") == "$tree" ]]; then
      echo "ledger: unchanged"
      return
    fi
    commit=$(git -c user.name=rebuild-bot -c user.email=rebuild-bot@users.noreply.github.com commit-tree -m "Ledger after run ${GITHUB_RUN_ID:-by hand}" "$tree")
    # A push that came through though its answer was lost is done.
    if git push --quiet --force-with-lease="$branch:$fetched" "$remote" "${commit:?}:$branch" || [[ $(tip) == "$commit" ]]; then
      echo "ledger: $(stat --format=%s "$ledger") bytes to $LEDGER_BRANCH"
      return
    fi
    now=$(tip)
    if [[ $now == "$fetched" ]]; then
      echo "::error::ledger: not saved, though no other run came between (git says why above). $LEDGER_BRANCH is as it was. Check that ledger-token may write to this repo, then run again."
      return 1
    fi
    join "$now"
  done
  echo "::error::ledger: not saved: another run came between $tries times. $LEDGER_BRANCH holds what those saw. Let one run at a time write to it (concurrency), and run again."
  return 1
}

# Takes what another run saved meanwhile into the ledger of this one.
join() {
  if [[ -z $1 ]]; then
    echo "ledger: $LEDGER_BRANCH was deleted meanwhile, so it is made anew with what this run knows"
    : >"$git_dir/fetched"
    return
  fi
  echo "ledger: another run saved its own meanwhile, so the two become one"
  take "$theirs"
  "$bin/rebuild-bot" ledger merge "$theirs" --ledger "$ledger"
}

case ${1:-} in
  fetch) fetch ;;
  save) save ;;
  *)
    echo "usage: ledger.sh fetch|save" >&2
    exit 2
    ;;
esac
