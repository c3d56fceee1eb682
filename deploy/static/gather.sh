#!/usr/bin/env bash
# Gather the browser's scientific packages, for a build that is to be published. Needs the internet.
set -euo pipefail
cd "$(dirname "$0")/../.."

make site # makes the environment, and fetches the list that the packages are checked against
version=$(.venv/bin/python -c \
  'import json; print(json.load(open("package.json"))["dependencies"]["pyodide"])')
release=$(mktemp -d)
trap 'rm -rf "$release"' EXIT
curl --fail --silent --show-error --location --output "$release/pyodide.tar.bz2" \
  "https://github.com/pyodide/pyodide/releases/download/$version/pyodide-$version.tar.bz2"
tar -xjf "$release/pyodide.tar.bz2" -C "$release" --strip-components 1
.venv/bin/python deploy/static/collect.py "$release"
