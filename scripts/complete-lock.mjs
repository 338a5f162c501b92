// complete-lock.mjs [FILE]: adds the entries that npm leaves out of package-lock.json when the registry in use does not
// serve the binaries of other platforms. Without them `npm ci` refuses the lock file, on every platform.
// Run it after `npm install` has changed the lock file; running it again changes nothing.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const { packages } = lock;

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'];

/** What a package named like `@swc/core-linux-arm-gnueabihf` is for. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const find = (known) => known.filter((word) => words.includes(word));
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : ['glibc'];
  const os = find(SYSTEMS);
  return { os, cpu: find(PROCESSORS), ...(os.includes('linux') ? { libc } : {}) };
}

/** Whether an entry that `owner` can see has this name; packages are looked up from the inside out. */
function isLocked(owner, name) {
  for (let folder = owner; ;) {
    if (packages[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return true;
    if (folder === '') return false;
    const cut = folder.lastIndexOf('node_modules/', folder.length - 1);
    folder = folder.slice(0, Math.max(0, cut - 1));
  }
}

let added = 0;
for (const [owner, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(owner, name)) continue;
    const platform = platformOf(name);
    if (!/^\d+\.\d+\.\d+/.test(version) || platform.os.length !== 1 || platform.cpu.length !== 1) {
      process.stderr.write(`Left alone: ${name}@${version} is not the binary of one platform\n`);
      continue;
    }
    packages[`node_modules/${name}`] = {
      version,
      cpu: platform.cpu,
      ...(entry.dev ? { dev: true } : {}),
      ...(platform.libc ? { libc: platform.libc } : {}),
      optional: true,
      os: platform.os,
    };
    added += 1;
  }
}

const order = ([left], [right]) => (left < right ? -1 : 1);
lock.packages = Object.fromEntries(Object.entries(packages).sort(order));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} entries added to ${file}\n`);
