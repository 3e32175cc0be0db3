/**
 * Completes package-lock.json with the optional packages of other platforms.
 *
 *   npm install --package-lock-only && node c/tools/lock.mjs
 *
 * A registry mirror that keeps Linux packages alone makes `npm install` leave the others out of the
 * lock, and `npm ci` then refuses the lock everywhere. Their names and versions stand in the
 * optionalDependencies of the packages that are there; their platform stands in their names.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';

const PATH = 'package-lock.json';
const SYSTEMS = 'aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32'.split(
  '|',
);
const PROCESSORS = 'arm|arm64|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64'.split('|');

/** @typedef {{optionalDependencies?: Record<string, string>, dev?: boolean}} Entry */

const lock = /** @type {{packages: Record<string, Entry>}} */ (
  JSON.parse(readFileSync(PATH, 'utf8'))
);
let added = 0;
for (const { optionalDependencies = {}, dev } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const path = `node_modules/${name}`;
    if (!(path in lock.packages)) {
      lock.packages[path] = { ...describe(name, version), ...(dev === true && { dev }) };
      added++;
    }
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(PATH, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${PATH}: added ${added} packages of other platforms`);

/**
 * @param {string} name
 * @param {string} range
 */
function describe(name, range) {
  const words = name.split(/[-/]/);
  const os = name === 'fsevents' ? ['darwin'] : words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  if (os.length !== 1) {
    throw new Error(`cannot tell the platform of ${name} by its name: add it to ${PATH} by hand`);
  }
  return {
    version: range.replace(/^[~^]/, ''),
    ...(cpu.length > 0 && { cpu }),
    optional: true,
    os,
  };
}
