#!/usr/bin/env bash
# Builds the self-hosted Temporal server, its SQL tool and their schema into the cache folder, once (about 10 minutes).
set -euo pipefail
SERVER_VERSION=1.32.1
CACHE="${MILLRACE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace}"
TARGET="$CACHE/temporal-server-$SERVER_VERSION"

if [ ! -x "$TARGET/temporal-sql-tool" ]; then
  echo "Building Temporal server $SERVER_VERSION, about 10 minutes on two cores"
  mkdir -p "$TARGET"
  GOBIN="$TARGET" go install -ldflags='-s -w' "go.temporal.io/server/cmd/server@v$SERVER_VERSION"
  cp -r --no-preserve=mode "$(go env GOMODCACHE)/go.temporal.io/server@v$SERVER_VERSION/schema/postgresql/v12" "$TARGET/schema"
  GOBIN="$TARGET" go install -ldflags='-s -w' "go.temporal.io/server/cmd/tools/sql@v$SERVER_VERSION"
  # Last, so that a build that was cut short is made again.
  mv "$TARGET/sql" "$TARGET/temporal-sql-tool"
fi
echo "$TARGET"
