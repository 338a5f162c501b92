# The two servers: found on PATH when new enough, else built at the pinned version. Sourced by scripts/setup.sh.

go_version() { go env GOVERSION | sed 's/^go//'; }

go_can_upgrade() { [ "$(go env GOTOOLCHAIN)" = auto ] && at_least "$(go_version)" 1.21; }

server_package() {
  case "$1" in
    temporal) echo "github.com/temporalio/cli/cmd/temporal" ;;
    versitygw) echo "github.com/versity/versitygw/cmd/versitygw" ;;
  esac
}

# The same rule as src/dev/toolchain.ts: a build from source names no version, so on PATH it does not count.
on_path_new_enough() {
  local found
  command -v "$1" >/dev/null || return 1
  found="$("$1" --version 2>&1 | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1 || true)"
  [ -n "$found" ] && at_least "$found" "$(pinned "$1")"
}

have_server() { [ -x "$CACHE/bin/$1-$(pinned "$1")" ] || on_path_new_enough "$1"; }

build_server() {
  local name="$1" version parts
  version="$(pinned "$name")"
  parts="$CACHE/build/$name"
  mkdir -p "$parts"
  echo "building $name $version"
  GOBIN="$parts" go install -ldflags='-s -w' "$(server_package "$name")@v$version"
  mv "$parts/$name" "$CACHE/bin/$name-$version"
}

# One after the other: each build uses all cores, and together they would need twice the memory.
build_servers() {
  local name
  export GOPATH="$CACHE/go" GOCACHE="$CACHE/go-build" GOFLAGS=-modcacherw
  for name in versitygw temporal; do
    have_server "$name" || build_server "$name"
  done
  # Three gigabytes that are not needed again.
  rm -rf "$CACHE/go" "$CACHE/go-build" "$CACHE/build"
}

test_server_pom() {
  cat <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>millrace</groupId><artifactId>test-server</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>$1</version></dependency>
  </dependencies>
</project>
POM
}
