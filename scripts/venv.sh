# shellcheck shell=sh
# Sourced by the other scripts, from the top of the checkout, to make or complete .venv:
#
#   . scripts/venv.sh
#   use_venv NAME                   installs requirements/NAME.txt (pinned, with hashes) and this
#                                   checkout; $python is the interpreter, .venv/bin first on PATH
#   make_venv NAME [+checkout]      after that, puts what shares nothing with the others into
#                                   .venv/NAME; $own is that folder
#   use_node_tools                  after use_venv dev: redocly, spectral and prism on PATH, run by
#                                   the node of the Python requirements
#
# Only Python 3.11 or newer with venv and pip is assumed. What is already there is left alone, and
# scripts that start at once wait for each other.
#
# A script that was called with --help ends here, and prints the comment at its own head.

case "${1:-}" in
  -h | --help)
    sed -n '2,/^[^#]/{s/^#$//p; s/^# //p;}' "scripts/$(basename "$0")"
    exit 0
    ;;
esac

new_enough() { # PYTHON
  "$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
    [ -n "$candidate" ] || continue
    if new_enough "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  echo "talend-oauth needs Python 3.11 or newer with venv; name one in PYTHON=..." >&2
  exit 2
}

pip_install() { # FOLDER ARGUMENTS...
  folder=$1
  shift
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" || {
    echo "pip could not install into ${folder#"$PWD/"}; see its message above" >&2
    exit 2
  }
}

use_venv() {
  python=$PWD/.venv/bin/python
  new_enough "$python" || python=$(find_python) || exit 2
  "$python" scripts/install.py .venv "$1" +checkout || exit 2
  python=$PWD/.venv/bin/python
  PATH=$PWD/.venv/bin:$PATH
  export PATH
}

make_venv() {
  # shellcheck disable=SC2034  # for the script that called
  own=$PWD/.venv/$1
  "$python" scripts/install.py ".venv/$1" "$@" || exit 2
}

use_node_tools() {
  "$python" scripts/install.py --npm || exit 2
  PATH=$PWD/tools/node/node_modules/.bin:$PATH
  # No usage reports and no question after newer versions: the tools are pinned and run offline.
  REDOCLY_TELEMETRY=off
  REDOCLY_SUPPRESS_UPDATE_NOTICE=true
  export PATH REDOCLY_TELEMETRY REDOCLY_SUPPRESS_UPDATE_NOTICE
}
