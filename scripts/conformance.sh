#!/usr/bin/env bash
# Reads our tables with Spark, DuckDB's delta extension and deltalake. Not part of `make test`: it fetches about 700 MB
# once (PyPI and Maven) and needs Java 17. Everything lands under .millrace/conformance.
set -euo pipefail
cd "$(dirname "$0")/.."

home="${MILLRACE_CONFORMANCE_HOME:-$PWD/.millrace/conformance}"
mkdir -p "$home/jars"
if [ ! -x "$home/venv/bin/python" ]; then python3 -m venv "$home/venv"; fi
"$home/venv/bin/pip" install --quiet --requirement test/conformance/requirements.txt
for artifact in io.delta:delta-spark_2.13:4.0.0 io.delta:delta-storage:4.0.0 org.antlr:antlr4-runtime:4.13.1; do
  name="$(echo "$artifact" | cut -d: -f2)"
  ls "$home"/jars/"$name"-*.jar >/dev/null 2>&1 ||
    mvn --quiet dependency:copy -Dartifact="$artifact" -DoutputDirectory="$home/jars"
done
MILLRACE_CONFORMANCE_HOME="$home" exec npx jest --selectProjects conformance --runInBand
