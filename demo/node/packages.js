/**
 * Debian's packages as an image that all workers share: an array, a map by name, a multi-map by section and one from
 * a package to those that depend on it.
 *
 *     node demo/node/packages.js [status or Packages file] [--workers N] [--json]
 *
 * Without a file it takes the package database of this machine, or a small sample where there is none. The same is
 * done with JSON and a Map in each worker, and all answers are compared. For the 60 000 packages of an archive:
 *
 *     /usr/lib/apt/apt-helper cat-file /var/lib/apt/lists/*_main_binary-*_Packages* > Packages
 *
 * Exit codes: 0; 1 the answers differ; 2 the command line or file is no good.
 *
 * @module demo/packages
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { open } from '../../js/image/index.js';
import { measureResidence, startTeam } from './lib/catalogue-team.js';
import { buildPackages, imageCatalogue, mapCatalogue, readPackages } from './lib/package.js';

/** @typedef {import('./lib/catalogue-team.js').Files} Files */
/** @typedef {import('./lib/package.js').PlainPackage} PlainPackage */

const EXIT_DIFFERENT = 1;
const EXIT_USAGE = 2;
const MIB = 2 ** 20;
const STATUS = '/var/lib/dpkg/status';
const SAMPLE = fileURLToPath(new URL('./data/Packages.sample', import.meta.url));
const OPENED_TIMES = 5;
const QUERIES_MIN = 200_000;
const WORKER_COUNTS = [1, 4, 8];

process.exitCode = await main();

/** @returns {Promise<number>} exit code */
async function main() {
  const options = readOptions();
  if (options === null) return EXIT_USAGE;
  let packages;
  try {
    packages = readPackages(textOf(options.path));
  } catch (error) {
    process.stderr.write(`packages: ${error instanceof Error ? error.message : error}\n`);
    return EXIT_USAGE;
  }
  if (packages.length === 0) {
    process.stderr.write(
      `packages: ${options.path} has no packages; give a status or Packages file\n`,
    );
    return EXIT_USAGE;
  }
  const folder = await mkdtemp(join(tmpdir(), 'qbwasm-packages-'));
  try {
    const files = { image: join(folder, 'packages.qbi'), json: join(folder, 'packages.json') };
    const report = { path: options.path, ...(await run(packages, files, options.workers)) };
    process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : format(report));
    return report.isSame ? 0 : EXIT_DIFFERENT;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {string} path */
function textOf(path) {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        workers: { type: 'string', default: '2' },
        json: { type: 'boolean', default: false },
      },
    });
    const workers = Number(values.workers);
    if (Number.isInteger(workers) && workers >= 1 && workers <= 64 && positionals.length <= 1) {
      const path = positionals[0] ?? (existsSync(STATUS) ? STATUS : SAMPLE);
      return { path, workers, json: values.json };
    }
  } catch (error) {
    process.stderr.write(`packages: ${error instanceof Error ? error.message : error}\n`);
  }
  process.stderr.write(
    'Usage: node demo/node/packages.js [status or Packages file, also .gz] [--workers 1..64] [--json]\n',
  );
  return null;
}

/**
 * @param {PlainPackage[]} packages
 * @param {Files} files
 * @param {number} workers
 */
async function run(packages, files, workers) {
  const start = performance.now();
  await buildPackages(packages, files.image);
  const build = performance.now() - start;
  await writeFile(files.json, JSON.stringify(packages));
  const names = packages.map(({ name }) => name);
  const opened = await timeOpening(files);
  const image = await ask('image', files, names, workers);
  const maps = await ask('maps', files, names, workers);
  const residence = [];
  for (const count of WORKER_COUNTS) {
    residence.push({
      workers: count,
      image: await measureResidence('image', count, files),
      maps: await measureResidence('maps', count, files),
      nothing: await measureResidence('nothing', count, files),
    });
  }
  return {
    packages: packages.length,
    dependencies: packages.reduce((sum, { depends }) => sum + depends.length, 0),
    milliseconds: { build, ...opened },
    bytes: { image: statSync(files.image).size, json: statSync(files.json).size },
    workers,
    lookupsPerSecond: { image: image.rate, maps: maps.rate },
    residence,
    popular: await mostNeeded(files.image, names),
    isSame: image.proof === maps.proof && (await areEqual(packages, files.image)),
  };
}

/**
 * From the path to the first answer.
 *
 * @param {Files} files
 * @returns {Promise<{ openImage: number, openJson: number }>} medians
 */
async function timeOpening({ image, json }) {
  /** @type {number[][]} */
  const times = [[], []];
  for (let i = 0; i < OPENED_TIMES; i++) {
    let start = performance.now();
    imageCatalogue(await open(image)).find('libc6');
    times[0].push(performance.now() - start);
    start = performance.now();
    mapCatalogue(JSON.parse(await readFile(json, 'utf8'))).find('libc6');
    times[1].push(performance.now() - start);
  }
  const [openImage, openJson] = times.map((all) => all.sort((a, b) => a - b)[OPENED_TIMES >> 1]);
  return { openImage, openJson };
}

/**
 * @param {'image' | 'maps'} kind
 * @param {Files} files
 * @param {string[]} names
 * @param {number} workers
 */
async function ask(kind, files, names, workers) {
  const team = await startTeam(kind, workers, files);
  try {
    const rounds = Math.ceil(QUERIES_MIN / names.length);
    await team.ask(names, rounds); // the engine compiles
    const answers = await team.ask(names, rounds);
    const rate = answers.reduce(
      (sum, { lookups, milliseconds }) => sum + lookups / milliseconds,
      0,
    );
    return { rate: rate * 1000, proof: answers.reduce((sum, { proof }) => sum + proof, 0) };
  } finally {
    await team.end();
  }
}

/** @param {string} path @param {string[]} names */
async function mostNeeded(path, names) {
  const catalogue = imageCatalogue(await open(path));
  return names
    .map((name) => ({ name, dependants: catalogue.dependantCount(name) }))
    .sort((a, b) => b.dependants - a.dependants)
    .slice(0, 5);
}

/**
 * Every package, its section and its dependencies, one by one.
 *
 * @param {PlainPackage[]} packages
 * @param {string} path
 */
async function areEqual(packages, path) {
  const stored = imageCatalogue(await open(path));
  const plain = mapCatalogue(packages);
  return packages.every(({ name, version, section }, place) => {
    const same = (/** @type {ArrayLike<number>} */ a, /** @type {ArrayLike<number>} */ b) =>
      String(Array.from(a)) === String(Array.from(b));
    return (
      stored.find(name)?.version === version &&
      stored.nameAt(place) === name &&
      same(stored.dependants(name), plain.dependants(name)) &&
      same(stored.inSection(section), plain.inSection(section))
    );
  });
}

/** @param {{ path: string } & Awaited<ReturnType<typeof run>>} report */
function format(report) {
  const { milliseconds: ms, bytes, lookupsPerSecond: rate } = report;
  const number = (/** @type {number} */ value) => Math.round(value).toLocaleString('en-US');
  const size = (/** @type {number} */ value) => `${(value / MIB).toFixed(1)} MiB`;
  const row = (/** @type {string[]} */ ...cells) =>
    `  ${cells[0].padEnd(34)}${cells
      .slice(1)
      .map((cell) => cell.padStart(13))
      .join('')}\n`;
  const ratio = (/** @type {number} */ a, /** @type {number} */ b) => `${(a / b).toFixed(1)}x`;
  return (
    `\n${number(report.packages)} packages with ${number(report.dependencies)} dependencies from ${report.path}\n` +
    `most needed: ${report.popular.map(({ name, dependants }) => `${name} (${number(dependants)})`).join(', ')}\n\n` +
    row('', 'one image', 'JSON + Maps', '') +
    row('built', `${ms.build.toFixed(0)} ms`, '', '') +
    row('size of the file', size(bytes.image), size(bytes.json), ratio(bytes.json, bytes.image)) +
    row(
      'opened, first answer',
      `${ms.openImage.toFixed(2)} ms`,
      `${ms.openJson.toFixed(2)} ms`,
      ratio(ms.openJson, ms.openImage),
    ) +
    row(
      `lookups/s, ${report.workers} workers`,
      number(rate.image),
      number(rate.maps),
      ratio(rate.image, rate.maps),
    ) +
    report.residence
      .map(({ workers, image, maps, nothing }) => {
        const who = `${workers} worker${workers === 1 ? '' : 's'}`;
        return (
          row(`resident, ${who}`, size(image), size(maps), ratio(maps, image)) +
          row('  more than bare workers', size(image - nothing), size(maps - nothing))
        );
      })
      .join('') +
    `\n  All answers ${report.isSame ? 'are the same' : 'DIFFER'}; the image has three indexes in it, the JSON none.\n\n`
  );
}
