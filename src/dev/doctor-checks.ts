import { execFile } from 'node:child_process';
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { compareVersions, findVersion } from './compare-versions';
import { PROJECT_ROOT } from './stack-paths';
import { cacheDirectory, findOnPath, findTool, type ServerTool } from './toolchain';
import { VERSIONS } from './versions';

const run = promisify(execFile);

type Variables = Readonly<Record<string, string | undefined>>;

export interface DoctorCheck {
  readonly name: string;
  readonly ok: boolean;
  /** An optional thing that is missing is no failure. */
  readonly required: boolean;
  /** What was found, or what is missing. */
  readonly found: string;
  /** How to get it; empty when nothing has to be done. */
  readonly fix: string;
}

interface Wanted {
  readonly name: string;
  readonly required: boolean;
  readonly command: string;
  readonly args?: readonly string[];
  readonly lowest?: string;
  readonly fix: string;
}

/** Asks a command for its version. Some, like Java, answer on stderr. */
async function checkCommand(wanted: Wanted, variables: Variables): Promise<DoctorCheck> {
  const { name, required, lowest } = wanted;
  const file = await findOnPath(wanted.command, variables);
  if (!file) return { name, required, ok: false, found: 'not on PATH', fix: wanted.fix };
  const args = [...(wanted.args ?? ['--version'])];
  const output = await run(file, args, { timeout: 20_000 }).catch(() => undefined);
  const version = output && findVersion(output.stdout + output.stderr);
  const ok = version !== undefined && (lowest === undefined || compareVersions(version, lowest) >= 0);
  const needed = lowest ? `, ${lowest} or newer is needed` : '';
  const found = version ? `${version}${ok ? '' : needed}` : `${file} does not tell its version`;
  return { name, required, ok, found, fix: ok ? '' : wanted.fix };
}

async function checkServer(name: ServerTool, variables: Variables): Promise<DoctorCheck> {
  const tool = await findTool(name, variables);
  return tool
    ? { name, required: true, ok: true, found: `${tool.version} (${tool.source}: ${tool.file})`, fix: '' }
    : {
        name,
        required: true,
        ok: false,
        found: `neither ${VERSIONS[name]} or newer on PATH nor built in the cache`,
        fix: 'make setup (builds it once; needs Go)',
      };
}

async function checkFile(name: string, file: string, fix: string): Promise<DoctorCheck> {
  const ok = await access(path.join(PROJECT_ROOT, file)).then(
    () => true,
    () => false,
  );
  return { name, required: true, ok, found: ok ? file : `${file} is not there`, fix: ok ? '' : fix };
}

async function checkCache(variables: Variables): Promise<DoctorCheck> {
  const directory = cacheDirectory(variables);
  const name = 'cache folder';
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK);
    const { bavail, bsize } = await statfs(directory);
    const freeGigabytes = Math.floor((bavail * bsize) / 1e9);
    return { name, required: true, ok: true, found: `${directory} (${freeGigabytes} GB free)`, fix: '' };
  } catch {
    return {
      name,
      required: true,
      ok: false,
      found: `${directory} cannot be written`,
      fix: 'set MILLRACE_CACHE to a folder that can',
    };
  }
}

const commands = (goIsNeeded: boolean): readonly Wanted[] => [
  { name: 'Node.js', required: true, command: 'node', lowest: VERSIONS.node, fix: 'https://nodejs.org' },
  { name: 'npm', required: true, command: 'npm', fix: 'it comes with Node.js' },
  { name: 'git', required: true, command: 'git', fix: 'your package manager' },
  {
    name: 'Python',
    required: true,
    command: 'python3',
    lowest: VERSIONS.python,
    fix: 'https://www.python.org',
  },
  {
    name: 'Go',
    required: goIsNeeded,
    command: 'go',
    args: ['version'],
    lowest: VERSIONS.go,
    fix: 'https://go.dev/dl (only to build the servers)',
  },
  {
    name: 'Java',
    required: false,
    command: 'java',
    args: ['-version'],
    fix: 'any JDK from 11 on, with Maven, for the time-skipping tests',
  },
  {
    name: 'NVIDIA driver',
    required: false,
    command: 'nvidia-smi',
    fix: 'only for training on a GPU; without it training runs on the CPU',
  },
];

/** Everything that a local stack needs, in the order in which a person would get it. */
export async function runDoctorChecks(variables: Variables): Promise<readonly DoctorCheck[]> {
  const servers = await Promise.all([
    checkServer('temporal', variables),
    checkServer('versitygw', variables),
  ]);
  const goIsNeeded = servers.some(({ ok }) => !ok);
  return [
    ...(await Promise.all(commands(goIsNeeded).map((wanted) => checkCommand(wanted, variables)))),
    ...servers,
    await checkCache(variables),
    await checkFile('Python packages', 'trainer/.venv/bin/python', 'make setup'),
    await checkFile('build', 'dist/cli/main.js', 'make setup, or npm run build'),
  ];
}
