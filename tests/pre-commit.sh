#!/usr/bin/env bash
# The hooks as the pre-commit framework from PyPI runs them, out of a clone of
# this repository, as in a project of somebody's own.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pre-commit
framework="$work/venv/bin/pre-commit"
export PRE_COMMIT_HOME="$work/home"
# What was built already need not be built again.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/target}"
export GIT_CONFIG_GLOBAL="$work/gitconfig"
git config --file "$GIT_CONFIG_GLOBAL" user.name 'Ada Example'
git config --file "$GIT_CONFIG_GLOBAL" user.email ada@example.com
git config --file "$GIT_CONFIG_GLOBAL" safe.directory '*'

git clone --quiet "$here" "$work/hooks"
project="$work/project"
git init --quiet -b main "$project"
cd "$project"
cat > .pre-commit-config.yaml <<EOF
default_install_hook_types: [pre-commit, commit-msg, pre-push]
repos:
  - repo: file://$work/hooks
    rev: $(git -C "$work/hooks" rev-parse HEAD)
    hooks:
      - id: npsso-audit
      - id: npsso-audit-commit-msg
      - id: npsso-audit-pre-push
EOF
"$framework" install

passed=0
failed=0
check() { # NAME EXPECTED-CODE COMMAND...
    local name=$1 expected=$2 code=0
    shift 2
    "$@" > "$work/said" 2>&1 || code=$?
    if [ "$code" = "$expected" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s: exit code %s, not %s\n' "$name" "$code" "$expected"
        cat "$work/said"
    fi
}
says() { # NAME TEXT: what the last command said
    if grep -qF -- "$2" "$work/said"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        printf '%s: `%s` is not in\n' "$1" "$2"
        cat "$work/said"
    fi
}
# The same letters in each run; a token must not look like a pattern.
token() { python3 -c "import random, string; r = random.Random('$1'); print(''.join(r.choices(string.ascii_letters + string.digits, k=64)))"; }

git add .pre-commit-config.yaml
check 'a clean commit' 0 git commit -m start
echo "NPSSO=$(token staged)" > bot.env
git add bot.env
check 'a staged secret' 1 git commit -m 'add bot'
says 'a staged secret' 'bot.env:1:7'
echo 'NPSSO=' > bot.env
check 'a staged secret that the file lost' 1 git commit -m 'add bot'
git add bot.env
check 'a secret in the message' 1 git commit -m "npsso=$(token message)"
check 'a clean commit of the same' 0 git commit -m 'add bot'
echo "NPSSO=$(token pushed)" > bot.env
git commit --quiet --no-verify -am 'change bot'
git init --quiet --bare "$work/server.git"
git remote add origin "$work/server.git"
check 'a first push' 1 git push origin main
says 'a first push' 'bot.env:1:7'
check 'a push of what is clean' 0 git push origin main~1:refs/heads/main
check 'a second push' 1 git push origin main
check 'a run on all files' 1 "$framework" run --all-files
says 'a run on all files' 'bot.env:1:7'
check 'a run on a clean file' 0 "$framework" run --files .pre-commit-config.yaml
check 'a range' 1 "$framework" run --hook-stage pre-push --from-ref main~1 --to-ref main

# What the framework is told to leave out is left out, also when that is everything.
git reset --quiet --hard main~1
cp .pre-commit-config.yaml ../config
echo "NPSSO=$(token fixture)" > fixture.env
git add fixture.env
check 'a staged file' 1 "$framework" run npsso-audit
for choice in 'exclude: ^fixture' 'files: \.py$' 'exclude_types: [text]'; do
    sed "s/- id: npsso-audit\$/&\n        $choice/" ../config > .pre-commit-config.yaml
    git commit --quiet --no-verify -m config .pre-commit-config.yaml
    check "no file with $choice" 0 git commit -m "$choice"
    says "no file with $choice" 'no files to check'
    git reset --quiet --soft HEAD~2
done
echo "exclude: ^fixture" | cat - ../config > .pre-commit-config.yaml
git add .pre-commit-config.yaml
check 'the rest of the files' 0 git commit -m 'leave out the fixture'
says 'the rest of the files' 'Passed'
for file in bot2.env -bot.env '[b]ot.env' ':!bot.env'; do
    echo "NPSSO=$(token "$file")" > "./$file"
    git --literal-pathspecs add -- "./$file"
    check "$file beside the fixture" 1 "$framework" run npsso-audit
    says "$file beside the fixture" "$file:1:7"
    git --literal-pathspecs rm --quiet --force -- "./$file"
done
check 'a push with the fixture' 1 git push origin main
says 'a push with the fixture' 'fixture.env:1:7'
sed "s/- id: npsso-audit-pre-push\$/&\n        args: [':!fixture.env']/" ../config > .pre-commit-config.yaml
git commit --quiet --no-verify -m config .pre-commit-config.yaml
check 'a push without the fixture' 0 git push origin main
ln -s "npsso=$(token link)" link
git add link
check 'a secret that a link leads to' 1 "$framework" run npsso-audit
git rm --quiet --force link

printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
