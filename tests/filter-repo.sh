#!/usr/bin/env bash
# What --purge-file says to type, typed, with git filter-repo from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-$PWD/target/installed/bin/npsso-audit}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check git-filter-repo
PATH="$work/venv/bin:$PATH"
export GIT_CONFIG_GLOBAL="$work/gitconfig"
git config --file "$GIT_CONFIG_GLOBAL" user.name 'Ada Example'
git config --file "$GIT_CONFIG_GLOBAL" user.email ada@example.com
git config --file "$GIT_CONFIG_GLOBAL" init.defaultBranch main
token() { python3 -c "import random, string; r = random.Random('$1'); print(''.join(r.choices(string.ascii_letters + string.digits, k=64)))"; }

# A server with the secrets in files, in messages, on two branches and behind a tag.
git init --quiet --bare "$work/server.git"
git clone --quiet "$work/server.git" "$work/project" 2> "$work/said"
cd "$work/project"
echo "NPSSO=$(token main)" > bot.env
git add bot.env
git commit --quiet -m "start with npsso=$(token message)"
git tag -a v1 -m "npsso=$(token tag)"
echo 'NPSSO=' > bot.env
git commit --quiet -am 'take it out'
git switch --quiet -c side
echo "pdccws_p=$(token side)" > side.env
git add side.env
git commit --quiet -m side
git push --quiet origin main side v1
git switch --quiet main

fail() { printf '%s\n' "$*"; cat "$work/said"; exit 1; }

code=0
"$program" --purge-file purge.txt . > /dev/null 2> "$work/said" || code=$?
[ "$code" = 2 ] && [ ! -e purge.txt ] || fail 'a purge file in the work tree'
code=0
"$program" --purge-file "$work/purge it.txt" . > /dev/null 2> "$work/said" || code=$?
[ "$code" = 1 ] || fail "exit code $code, not 1"
sed -n 's/^  //p' "$work/said" > "$work/recipe"
cat "$work/recipe"
sh -e "$work/recipe" > "$work/said" 2>&1 || fail 'what was printed does not work'
[ ! -e "$work/purge it.txt" ] || fail 'the purge file is still there'

# What nothing leads to any more is not sent.
git clone --quiet --no-local "$work/server.git" "$work/after" 2> /dev/null
"$program" "$work/after" > "$work/said" 2>&1 || fail 'the server still has a secret'
[ "$(git -C "$work/after" branch --remotes --list origin/main origin/side | wc -l)" = 2 ] || fail 'a branch is gone'
[ "$(git -C "$work/after" tag)" = v1 ] || fail 'the tag is gone'
echo 'the history is purged'
