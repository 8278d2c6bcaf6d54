#!/usr/bin/env bash
# Uploads the SARIF files that `report --out` wrote to code scanning, each to the repo and commit that it is of.
# upload-sarif.sh DATA: the dashboard's folder `data`. Reads GH_TOKEN; needs gh and jq. One refusal stops no other; it ends with 4 then.
set -euo pipefail

data=$1
most=${MOST_UPLOADS:-900} # GitHub takes 1,000 an hour from an installation (Docs, "Rate limits for the REST API", code scanning)
sent=0 refused=0
total=$(jq length "$data/sarif/uploads.json")
while IFS=$'\t' read -r repo commit ref file; do
  [[ $sent -lt $most ]] || break
  sent=$((sent + 1))
  packed=$(mktemp)
  gzip --stdout "$data/$file" | base64 --wrap=0 >"$packed"
  if ! jq --null-input --arg commit "$commit" --arg ref "$ref" --rawfile sarif "$packed" \
    '{commit_sha: $commit, ref: $ref, sarif: $sarif, tool_name: "rebuild-bot"}' |
    gh api --method POST "repos/$repo/code-scanning/sarifs" --input - --silent; then
    refused=$((refused + 1))
    echo "::warning::$repo: code scanning did not take the alerts; check that it is on there, and the App's permission for it"
  fi
  rm -f "$packed"
done < <(jq --raw-output '.[] | [.repo, .commit_sha, .ref, .file] | @tsv' "$data/sarif/uploads.json")
echo "code scanning: $((sent - refused)) of $total repos"
[[ $sent -eq $total ]] || echo "::warning::$((total - sent)) repos are left for another hour: GitHub takes 1,000 uploads in one"
[[ $refused -eq 0 ]] || exit 4
