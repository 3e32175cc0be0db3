/**
 * The package as it is published, for tests that use it as a stranger would.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** @typedef {{ tarball: string, files: string[], bytes: number }} Packed */

/**
 * @param {string} directory where the tarball goes
 * @returns {Packed}
 */
export function pack(directory) {
  const output = npm(['pack', '--json', '--silent', '--pack-destination', directory], '.');
  const [packed] = /** @type {{ filename: string, size: number, files: { path: string }[] }[]} */ (
    JSON.parse(output)
  );
  return {
    tarball: join(directory, packed.filename),
    files: packed.files.map(({ path }) => path),
    bytes: packed.size,
  };
}

/**
 * Installs a tarball into a project, without the network.
 *
 * @param {string} tarball
 * @param {string} project its folder, with a package.json
 */
export function installPacked(tarball, project) {
  npm(['install', '--offline', '--ignore-scripts', '--silent', tarball], project);
}

/**
 * @param {string[]} args
 * @param {string} cwd
 * @returns {string} what it printed
 */
export function npm(args, cwd) {
  const env = { ...process.env };
  delete env.MAKEFLAGS; // npm's prepack calls make again, which is not a child of the one that calls us
  delete env.MAKELEVEL;
  return execFileSync('npm', args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
