#!/usr/bin/env node
// DuckDB holds a libuv pool thread for a whole query; the default pool of 4 would starve file I/O.
process.env.UV_THREADPOOL_SIZE ??= '16';
// Node 20 is supported until the AWS SDK drops it; the pinned version works, and the notice would be on every command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
require('../dist/cli/main.js').main();
