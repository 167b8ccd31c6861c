# Sourced by the other scripts, from the top of the checkout: make or complete .venv.
#
#   . scripts/venv.sh NAME   installs requirements/NAME.txt (pinned, with hashes) and this checkout
#
# Afterwards $python is the interpreter in .venv, and .venv/bin is first on PATH.
# Only Python 3.11 or newer with venv and pip is assumed. What is already there is left alone:
# a stamp holds the checksum of the requirement file that was installed.

set_name=$1

find_python() {
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  echo "talend-oauth needs Python 3.11 or newer with venv; name one in PYTHON=..." >&2
  exit 2
}

checksum() { "$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }

python=$PWD/.venv/bin/python
if ! "$python" -c '' 2>/dev/null; then
  base=$(find_python)
  echo "making .venv with $("$base" --version)" >&2
  "$base" -m venv --clear .venv
fi

# What installs the checkout itself is part of it: a new dependency or entry point counts as a change.
wanted=$(checksum "requirements/$set_name.txt")-$(checksum pyproject.toml)
stamp=.venv/installed-$set_name
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  echo "installing requirements/$set_name.txt into .venv (the first time takes a minute)" >&2
  "$python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    --requirement "requirements/$set_name.txt"
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  echo "$wanted" >"$stamp"
fi

PATH=$PWD/.venv/bin:$PATH
export PATH
