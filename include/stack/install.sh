#!/usr/bin/env bash
# Makes .venv from the hashed locks with any Python from 3.11 to 3.13; .venv/installed is written last.
set -euo pipefail
cd "$(dirname "$0")/../.."

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    local name
    for name in "${PYTHON3:-python3}" python3.13 python3.12 python3.11 python; do
        if fits "$name"; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    cat >&2 <<'SAY'
Nightshift needs Python 3.11, 3.12 or 3.13, and none is on the PATH. For example:
  Debian, Ubuntu   apt install python3 python3-venv
  macOS            brew install python@3.13
  anything         uv python install 3.13 && make night PYTHON3="$(uv python find 3.13)"
SAY
    return 1
}

# Debian ships python3 without ensurepip unless python3-venv is installed: then borrow pip or virtualenv.
make_venv() {
    local python=$1
    "$python" -m venv --clear .venv >/dev/null 2>&1 && return
    "$python" -m venv --clear --without-pip .venv >/dev/null 2>&1 &&
        "$python" -m pip --python .venv/bin/python install --quiet pip >/dev/null 2>&1 && return
    "$python" -m virtualenv --quiet .venv >/dev/null 2>&1 && return
    echo "$python cannot make a virtual environment: install its venv package (apt install python3-venv)" >&2
    return 1
}

if ! { fits .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
    python=$(find_python)
    echo "Making .venv with $python"
    make_venv "$python"
fi

# uv knows neither pip's settings (a mirror, a proxy's certificate) nor, unasked, the system's certificates.
install_locked() {
    local locks=(--require-hashes -r requirements.txt -r requirements-dev.txt) log=.venv/install.log
    VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --system-certs "${locks[@]}" 2>"$log" && return
    VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet "${locks[@]}" 2>>"$log" && return
    cat "$log" >&2
    echo "uv could not install; pip tries, with your pip settings (this takes minutes)" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "${locks[@]}"
}

echo "Installing the locked packages"
started=$SECONDS
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
install_locked
echo "Installed in $((SECONDS - started)) s"
touch .venv/installed
