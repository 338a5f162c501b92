#!/usr/bin/env node
// DuckDB holds a libuv pool thread for a whole query; the default pool of 4 would starve file I/O.
process.env.UV_THREADPOOL_SIZE ??= '16';
require('../dist/cli/main.js').main();
