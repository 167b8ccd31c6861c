# Sourced by the other scripts, from the top of the checkout, to make or complete .venv:
#
#   . scripts/venv.sh
#   use_venv NAME    installs requirements/NAME.txt (pinned, with hashes) and this checkout
#
# Afterwards $python is the interpreter in .venv, and .venv/bin is first on PATH.
# Only Python 3.11 or newer with venv and pip is assumed. What is already there is left alone:
# a stamp holds the checksum of the requirement file that was installed.

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

checksum() {
  "$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"
}

pip_install() {
  "$python" -m pip install --quiet --disable-pip-version-check "$@" || {
    echo "pip could not install into .venv; see its message above" >&2
    exit 2
  }
}

use_venv() {
  python=$PWD/.venv/bin/python
  if ! "$python" -c '' 2>/dev/null; then
    base=$(find_python) || exit 2
    echo "making .venv with $("$base" --version)" >&2
    "$base" -m venv --clear .venv
  fi
  # What installs the checkout itself is part of it: a new dependency or entry point is a change.
  wanted=$(checksum "requirements/$1.txt")-$(checksum pyproject.toml)
  stamp=.venv/installed-$1
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "installing requirements/$1.txt into .venv (the first time takes a minute)" >&2
    pip_install --require-hashes --requirement requirements/pip.txt
    pip_install --require-hashes --requirement "requirements/$1.txt"
    pip_install --no-deps --no-build-isolation --editable .
    echo "$wanted" >"$stamp"
  fi
  PATH=$PWD/.venv/bin:$PATH
  export PATH
}
