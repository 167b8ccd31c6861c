# shellcheck shell=sh
# Sourced by the other scripts, from the top of the checkout, to make or complete .venv:
#
#   . scripts/venv.sh
#   use_venv NAME                   installs requirements/NAME.txt (pinned, with hashes) and this
#                                   checkout; $python is the interpreter, .venv/bin first on PATH
#   make_venv NAME [with-checkout]  after that, puts tools that share nothing with the others into
#                                   .venv/NAME; $own is that folder
#
# Only Python 3.11 or newer with venv and pip is assumed. What is already there is left alone:
# a stamp holds the checksums of what was installed.
#
# A script that was called with --help ends here, and prints the comment at its own head.

case "${1:-}" in
  -h | --help)
    sed -n '2,/^[^#]/{s/^#$//p; s/^# //p;}' "scripts/$(basename "$0")"
    exit 0
    ;;
esac

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

pip_install() { # FOLDER ARGUMENTS...
  folder=$1
  shift
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" || {
    echo "pip could not install into ${folder#"$PWD/"}; see its message above" >&2
    exit 2
  }
}

install_once() { # FOLDER STAMP NAME [with-checkout]
  wanted=$(checksum "requirements/$3.txt")
  # What installs the checkout itself is part of it: a new dependency or entry point is a change.
  [ $# -lt 4 ] || wanted=$wanted-$(checksum pyproject.toml)
  if [ "$(cat "$2" 2>/dev/null)" != "$wanted" ]; then
    echo "installing requirements/$3.txt into ${1#"$PWD/"} (the first time takes a minute)" >&2
    pip_install "$1" --require-hashes --requirement requirements/pip.txt
    pip_install "$1" --require-hashes --requirement "requirements/$3.txt"
    [ $# -lt 4 ] || pip_install "$1" --no-deps --no-build-isolation --editable .
    echo "$wanted" >"$2"
  fi
}

use_venv() {
  python=$PWD/.venv/bin/python
  if ! "$python" -c '' 2>/dev/null; then
    base=$(find_python) || exit 2
    echo "making .venv with $("$base" --version)" >&2
    "$base" -m venv --clear .venv
  fi
  install_once "$PWD/.venv" ".venv/installed-$1" "$1" with-checkout
  PATH=$PWD/.venv/bin:$PATH
  export PATH
}

make_venv() {
  own=$PWD/.venv/$1
  "$own/bin/python" -c '' 2>/dev/null || "$python" -m venv --clear "$own"
  install_once "$own" "$own/installed" "$@"
}
