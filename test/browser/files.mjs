/**
 * Which test files run in browsers: those that import nothing of Node but what test/browser/node stands for.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { FILES } from './not-here.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** What stands for the modules of Node that tests import. @type {Record<string, string>} */
export const ALIAS = {
  'node:timers/promises': here('node/timers.js'),
  'node:util': here('node/util.js'),
  'node:v8': here('node/v8.js'),
  'node:vm': here('node/vm.js'),
  'node:worker_threads': here('node/worker_threads.js'),
};
const TOOLS = ['esbuild'];

/**
 * The files and folders that are left out, with the reason.
 *
 * @returns {Promise<Map<string, string>>} by path from the root, folders with a slash at their end
 */
export async function filesLeftOut() {
  const left = new Map(Object.entries(FILES).map(([path, reason]) => [`test/${path}`, reason]));
  const isLeft = (/** @type {string} */ path) =>
    [...left.keys()].some((out) => path === out || (out.endsWith('/') && path.startsWith(out)));
  const paths = readdirSync(join(ROOT, 'test'), { recursive: true })
    .map((path) => `test/${path}`)
    .filter((path) => path.endsWith('.test.js') && !isLeft(path));
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: paths,
    bundle: true,
    write: false,
    outdir: 'build',
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  for (const { entryPoint, imports } of Object.values(metafile.outputs)) {
    const missing = imports
      .map(({ path }) => path)
      .filter((path) => TOOLS.includes(path) || (path.startsWith('node:') && !(path in ALIAS)));
    if (entryPoint !== undefined && missing.length > 0) {
      left.set(entryPoint, `it imports ${[...new Set(missing)].join(', ')}`);
    }
  }
  return left;
}
