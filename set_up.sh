#!/bin/sh
# set_up.sh FOLDER [EXTRA...]: make or mend a virtual environment that holds this project with these extras.
# Quick when nothing is to be done. Prints no package-index address: pip is kept to its errors.
set -eu
folder=$1
shift
parts="base $*"

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

works() {
    [ -x "$folder/bin/python" ] && recent "$folder/bin/python" &&
        "$folder/bin/python" -c 'import sys, importlib.util as u; sys.exit(u.find_spec("pip") is None)' 2>/dev/null
}

# A stamp for each part, newer than pyproject.toml and written for this place: nothing to do.
ready() {
    for part in $parts; do
        stamp="$folder/.has-$part"
        [ -f "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ] && [ "$(cat "$stamp")" = "$PWD" ] || return 1
    done
}

if works; then
    if ready; then exit 0; fi
else
    base=
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && recent "$name"; then
            base=$name
            break
        fi
    done
    if [ -z "$base" ]; then
        echo "Python 3.11 or later is needed. If it is there under another name, say so: make run PYTHON=its-name" >&2
        exit 1
    fi
    if ! "$base" -m venv --clear "$folder"; then
        echo "Could not make a virtual environment with $base. On Debian and Ubuntu: apt install python3-venv" >&2
        exit 1
    fi
fi

echo "Setting up $folder, once (about a minute)" >&2
extras=$(echo "$*" | tr ' ' ',')
if ! "$folder/bin/python" -m pip install -qq --editable ".${extras:+[$extras]}"; then
    echo "Installing failed. Is there a network, or a package index that pip is set up to use?" >&2
    exit 1
fi
for part in $parts; do printf '%s' "$PWD" >"$folder/.has-$part"; done
