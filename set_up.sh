#!/bin/sh
# set_up.sh FOLDER EXTRA...: make or mend a virtual environment that holds this project with these extras.
# Quick when nothing is to be done. Prints no package-index address: pip is kept to its errors.
set -eu
folder=$1
shift
extras=$(echo "$*" | tr ' ' ',')
stamp="$folder/.installed-$(echo "$extras" | tr ',' '-')"

works() { [ -x "$folder/bin/python" ] && "$folder/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# A stamp newer than pyproject.toml, written for this place: nothing to do.
if works && [ -f "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ] && [ "$(cat "$stamp")" = "$PWD" ]; then
    exit 0
fi

if ! works; then
    base=
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            base=$name
            break
        fi
    done
    if [ -z "$base" ]; then
        echo "Python 3.11 or later is needed. If it is installed under another name: make … PYTHON=/path/to/python" >&2
        exit 1
    fi
    "$base" -m venv --clear "$folder" || {
        echo "Could not make a virtual environment with $base. On Debian and Ubuntu: apt install python3-venv" >&2
        exit 1
    }
fi

echo "Setting up $folder, once (under a minute on a usual line)" >&2
if ! "$folder/bin/python" -m pip install -qq --editable ".[$extras]"; then
    echo "Installing failed. Is there a network, or a package index that pip is set up to use?" >&2
    exit 1
fi
printf '%s' "$PWD" >"$stamp"
