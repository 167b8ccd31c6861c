# Sourced after scripts/venv.sh and `use_venv`: tools that look at releases and workflows only.
#
#   . scripts/release-tools.sh
#   use_release_tools    puts them on PATH, in an environment of their own

use_release_tools() {
  tools=$PWD/.venv/release
  "$tools/bin/python" -c '' 2>/dev/null || "$python" -m venv --clear "$tools"
  wanted=$(checksum requirements/release.txt)
  if [ "$(cat "$tools/installed" 2>/dev/null)" != "$wanted" ]; then
    echo "installing requirements/release.txt into .venv/release" >&2
    python=$tools/bin/python pip_install --require-hashes --requirement requirements/pip.txt
    python=$tools/bin/python pip_install --require-hashes --requirement requirements/release.txt
    echo "$wanted" >"$tools/installed"
  fi
  PATH=$tools/bin:$PATH
  export PATH
}
