# Sourced by the scripts: goes to the project's root and makes sure of .venv. Prints only if it works.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo -n "$@"; else return 1; fi
}

find_python() {
  for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null 2>&1 &&
      "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "Causeway needs Python 3.11 or newer; on Debian 12 or Ubuntu 24.04: apt-get install python3 python3-venv" >&2
  exit 1
}

# Debian keeps venv's pip in a package of its own.
make_venv() {
  "$1" -m venv .venv 2>/dev/null && return
  rm -rf .venv
  local package
  package="$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  echo "Installing $package, which python3 -m venv needs …"
  { as_root apt-get update -qq && as_root apt-get install -y -qq "$package" >/dev/null; } || true
  "$1" -m venv .venv || {
    echo "The environment cannot be made; as root: apt-get install $package" >&2
    exit 1
  }
}

ensure_environment() {
  local extras="$1" wanted
  wanted="$extras $(cksum <pyproject.toml) $PWD"
  if [ -x .venv/bin/causeway ] && [ "$(cat .venv/made-of 2>/dev/null)" = "$wanted" ]; then return; fi
  if [ -x .venv/bin/causeway ] && [ "$(cat .venv/made-of 2>/dev/null)" = "dev ${wanted#* }" ]; then return; fi
  echo "Making the environment in .venv (about half a minute, once) …"
  [ -x .venv/bin/python ] || make_venv "$(find_python)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -e ".[$extras]"
  echo "$wanted" >.venv/made-of
}
