#!/bin/sh
# Makes the anchors' own environments below .benchmarks/, one per pinned requirements file; a finished one is left as it is.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
base=$(cd "$here/../.." && pwd)/.benchmarks
mkdir -p "$base"
for file in "$here"/requirements-*.txt; do
  name=$(basename "$file" .txt)
  name=${name#requirements-}
  if [ "$file" -ot "$base/$name/.installed" ]; then continue; fi
  rm -rf "${base:?}/$name"
  "${PYTHON:-python3}" -m venv "$base/$name"
  "$base/$name/bin/python" -m pip install --quiet --disable-pip-version-check -r "$file"
  "$base/$name/bin/python" -m pip freeze --disable-pip-version-check > "$base/$name/freeze.txt"
  touch "$base/$name/.installed"
  echo "$name: $(wc -l < "$base/$name/freeze.txt") packages in $base/$name"
done
