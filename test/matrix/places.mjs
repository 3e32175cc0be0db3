/**
 * Where the matrix works: the packed package, installed into an empty project outside of the repository together with
 * the application; and the tools that come from npm.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPacked, npm, pack } from '../support/pack.mjs';

/**
 * @typedef {object} Places
 * @property {string} folder where anything may be written
 * @property {string} project the application, with the package in node_modules
 */

const APPLICATION = fileURLToPath(new URL('app', import.meta.url));
/** Runtimes and bundlers; kept, since they are large. */
export const TOOLS = resolve('build/matrix');

/** Parcel reads the exports of packages only when it is told to. */
const MANIFEST = Object.freeze({
  name: 'user',
  private: true,
  type: 'module',
  '@parcel/resolver-default': { packageExports: true },
  alias: { './synth-module.js': './synth-module.parcel.js' },
});

/**
 * @param {string} folder
 * @returns {Places}
 */
export function makePlaces(folder) {
  const { tarball } = pack(folder);
  const project = join(folder, 'project');
  cpSync(APPLICATION, project, { recursive: true });
  writeFileSync(join(project, 'package.json'), `${JSON.stringify(MANIFEST)}\n`);
  installPacked(tarball, project);
  return { folder, project };
}

/** @param {string[]} packages installed if they are not there as they are named now */
export function installTools(packages) {
  mkdirSync(TOOLS, { recursive: true });
  const stamp = join(TOOLS, 'packages.json');
  const list = JSON.stringify(packages);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === list) return;
  writeFileSync(join(TOOLS, 'package.json'), '{"name":"matrix","private":true}\n');
  npm(['install', '--no-save', '--no-fund', '--no-audit', '--ignore-scripts', ...packages], TOOLS);
  writeFileSync(stamp, list);
}

/** @param {string} name of a package of the tools @returns {string} */
export function versionOf(name) {
  const manifest = readFileSync(join(TOOLS, 'node_modules', name, 'package.json'), 'utf8');
  return JSON.parse(manifest).version;
}
