/**
 * Particles in one shared pool, simulated by several workers and read in place by this thread; then the same
 * with plain objects that are posted after each frame.
 *
 *     node demo/node/particles.js [--particles N] [--workers N] [--seconds S] [--json]
 *
 * Half-way through the first run one worker is terminated in the middle of a frame. The others go on; its
 * particles are back in the pool as soon as its end is noticed, and a new worker acquires them.
 *
 * After the first frames both runs must have the same particles. Exit codes: 0; 1 they differ; 2 the command
 * line is no good.
 *
 * @module demo/particles
 */
import { availableParallelism } from 'node:os';
import { PerformanceObserver } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Heap } from '../../js/index.js';
import { Particle } from './lib/particle.js';
import { Simulator } from './lib/simulator.js';

/** @typedef {import('./lib/simulator.js').Reply} Reply */
/** @typedef {{ frames: number, milliseconds: number, gcMilliseconds: number, proof: number }} Run */

const COMPARED_FRAMES = 5;
const EXIT_DIFFERENT = 1;
const EXIT_USAGE = 2;

let gcMilliseconds = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMilliseconds += duration;
}).observe({ entryTypes: ['gc'] });

process.exitCode = await main();

/** @returns {Promise<number>} exit code */
async function main() {
  const options = readOptions();
  if (options === null) return EXIT_USAGE;
  const shared = await runShared(options);
  const posted = await runPosted(options);
  const isSame = Math.abs(shared.run.proof - posted.proof) < 1e-9 * Math.abs(posted.proof);
  const report = { ...options, shared: shared.run, lost: shared.lost, postMessage: posted, isSame };
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report));
  return isSame ? 0 : EXIT_DIFFERENT;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        particles: { type: 'string', default: '200000' },
        workers: { type: 'string', default: String(Math.max(2, availableParallelism())) },
        seconds: { type: 'string', default: '3' },
        json: { type: 'boolean', default: false },
      },
    });
    const [particles, workers, seconds] = [values.particles, values.workers, values.seconds].map(
      Number,
    );
    const isGood =
      Number.isInteger(workers) &&
      workers >= 1 &&
      workers <= 64 &&
      Number.isInteger(particles) &&
      particles >= workers &&
      particles <= 2_000_000 &&
      seconds > 0 &&
      seconds <= 60;
    if (isGood) return { particles, workers, seconds, json: values.json };
  } catch (error) {
    process.stderr.write(`particles: ${error instanceof Error ? error.message : error}\n`);
  }
  process.stderr.write(
    'Usage: node demo/node/particles.js [--particles 1..2000000] [--workers 1..64] [--seconds 0..60] [--json]\n',
  );
  return null;
}

/** @param {number} particles @param {number} workers @returns {{ first: number, count: number }[]} */
function sharesOf(particles, workers) {
  return Array.from({ length: workers }, (_, i) => {
    const first = Math.floor((particles * i) / workers);
    return { first, count: Math.floor((particles * (i + 1)) / workers) - first };
  });
}

/** @param {{ particles: number, workers: number, seconds: number }} options */
async function runShared({ particles, workers, seconds }) {
  const heap = Heap.create();
  const pool = heap.pool(Particle, { capacity: particles });
  const shares = sharesOf(particles, workers);
  const start = (/** @type {{ first: number, count: number }} */ share) => {
    const simulator = new Simulator({
      ...share,
      heap: heap.descriptor,
      pool: pool.descriptor,
    });
    heap.watch(simulator.worker);
    return simulator;
  };
  const team = shares.map(start);
  await Promise.all(team.map(({ ready }) => ready));
  const cursor = pool.cursor();
  const look = () => {
    let sum = 0;
    while (cursor.next()) sum += cursor.view.x + cursor.view.y;
    return sum;
  };
  const first = await runFrames(team, seconds / 2, look);

  // In the middle of a frame.
  const broken = Promise.all(team.map((simulator) => simulator.ask('step')));
  await team[0].worker.terminate();
  await broken;
  const lost = { particles: pool.stats.available, of: shares[0].count, taken: 0 };
  team[0] = start(shares[0]);
  await team[0].ready;
  lost.taken = lost.particles - pool.stats.available;

  const second = await runFrames(team, seconds / 2, look);
  const gc = first.gcMilliseconds + second.gcMilliseconds + (await endAll(team));
  pool.close();
  heap.close();
  const frames = first.frames + second.frames;
  const milliseconds = first.milliseconds + second.milliseconds;
  return { run: { frames, milliseconds, gcMilliseconds: gc, proof: first.proof }, lost };
}

/** @param {{ particles: number, workers: number, seconds: number }} options @returns {Promise<Run>} */
async function runPosted({ particles, workers, seconds }) {
  const team = sharesOf(particles, workers).map((share) => new Simulator(share));
  await Promise.all(team.map(({ ready }) => ready));
  const run = await runFrames(team, seconds, (replies) => {
    let sum = 0;
    for (const { state = [] } of replies) for (const { x, y } of state) sum += x + y;
    return sum;
  });
  return { ...run, gcMilliseconds: run.gcMilliseconds + (await endAll(team)) };
}

/**
 * @param {Simulator[]} team
 * @param {number} seconds
 * @param {(replies: Reply[]) => number} look reads all particles
 * @returns {Promise<Run>}
 */
async function runFrames(team, seconds, look) {
  gcMilliseconds = 0;
  const start = performance.now();
  const end = start + seconds * 1000;
  let frames = 0;
  let proof = 0;
  while (performance.now() < end || frames < COMPARED_FRAMES) {
    const replies = await Promise.all(team.map((simulator) => simulator.ask('step')));
    const sum = look(replies.filter((reply) => reply !== null));
    if (++frames === COMPARED_FRAMES) proof = sum;
  }
  const milliseconds = performance.now() - start;
  await new Promise((resolve) => setTimeout(resolve, 20)); // the observer is told a little later
  return { frames, milliseconds, gcMilliseconds, proof };
}

/** @param {Simulator[]} team @returns {Promise<number>} ms of garbage collection in all of them */
async function endAll(team) {
  const replies = await Promise.all(team.map((simulator) => simulator.ask('end')));
  await Promise.all(team.map(({ worker }) => worker.terminate()));
  return replies.reduce((sum, reply) => sum + (reply?.gcMilliseconds ?? 0), 0);
}

/**
 * @param {{ particles: number, workers: number, shared: Run, postMessage: Run, lost: { particles: number, of: number,
 *   taken: number }, isSame: boolean }} report
 */
function formatReport({ particles, workers, shared, postMessage, lost, isSame }) {
  const rate = (/** @type {Run} */ run) => (run.frames * 1000) / run.milliseconds;
  const line = (/** @type {string} */ name, /** @type {Run} */ run) =>
    `  ${name.padEnd(14)}${String(run.frames).padStart(7)}${rate(run).toFixed(1).padStart(11)}` +
    `${run.gcMilliseconds.toFixed(1).padStart(9)}${((100 * run.gcMilliseconds) / run.milliseconds).toFixed(1).padStart(8)} %\n`;
  return (
    `\n${particles.toLocaleString('en')} particles, ${workers} workers\n\n` +
    `  ${''.padEnd(14)} frames   frames/s    gc ms   of time\n` +
    line('shared pool', shared) +
    line('postMessage', postMessage) +
    `\n  ${(rate(shared) / rate(postMessage)).toFixed(1)} times the frames; after ${COMPARED_FRAMES} of them the particles are ` +
    `${isSame ? 'the same' : 'NOT THE SAME'} in both.\n` +
    `  One worker was terminated in the middle of a frame: ${lost.particles.toLocaleString('en')} of its ` +
    `${lost.of.toLocaleString('en')} particles\n  were back in the pool, and a new worker took ${lost.taken.toLocaleString('en')}.\n\n`
  );
}
