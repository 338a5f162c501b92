type Variables = Readonly<Record<string, string | undefined>>;

// Everything else is left out on purpose: an AWS profile, a session token or a Temporal address of the user's shell
// would point a part of the local stack at something real.
const PASSED_ON = new Set([
  ...['PATH', 'HOME', 'USER', 'LANG', 'TZ', 'TMPDIR', 'SHELL', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'],
  ...['MILLRACE_MEMORY_LIMIT_MB', 'MILLRACE_THREADS', 'MILLRACE_FAULTS', 'NVIDIA_VISIBLE_DEVICES'],
  ...['MILLRACE_TRANSFORM_SPLIT_BYTES', 'MILLRACE_TRANSFORM_PARALLEL', 'MILLRACE_MAX_TRAININGS'],
  ...['MILLRACE_CODEC_KEYS', 'MILLRACE_CODEC_KEYS_FILE', 'NODE_OPTIONS'],
]);
const PASSED_ON_PREFIXES = ['LC_', 'CUDA_', 'MILLRACE_NOTIFY_'];

/** What a process of the stack takes over from the environment of `millrace up`. */
export function inheritedVariables(variables: Variables): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables))
    if (value !== undefined && (PASSED_ON.has(name) || PASSED_ON_PREFIXES.some((p) => name.startsWith(p))))
      kept[name] = value;
  return kept;
}
