/**
 * What a user's program does with the package: everything once, in any runtime and any browser. Only how a worker
 * starts differs, so it is given.
 *
 * @module
 */
import { buildImage, open, openRoot, pack, unpack, view } from 'qbwasm/image';
import { ByName, Cities, Node, Particle } from './structs.js';

/** @typedef {import('./entries.js').Names} Names */
/** @typedef {import('qbwasm').Heap} Heap */
/**
 * @typedef {object} Helper a worker that runs crew.js
 * @property {object} worker what `heap.watch` takes
 * @property {Promise<unknown>} answer
 * @property {() => unknown} terminate
 */
/** @typedef {(order: import('./crew.js').Order) => Helper} Start */
/** @typedef {(action: () => unknown) => string | null} CodeOf the code of the error, if there is one */

const WORKERS = 2;
const ROUNDS = 500;
const JOBS = 6;
const MAXIMUM_BYTES = 64 * 2 ** 20;
const REAPED_WITHIN_MS = 30_000;

/** What one agent finds. */
export const ALONE = Object.freeze({
  arena: [4950, 'CLOSED'],
  pool: ['STALE', 0],
  image: 710_000,
  packed: [true, 'ada'],
  channel: [true, true, false, -1],
  memoryPool: 255,
  owner: [1, 80],
  lock: 1,
});
/** What it finds together with workers. */
export const TOGETHER = Object.freeze({
  ...ALONE,
  answers: new Array(WORKERS).fill({ name: 'zähler', people: 710_000, tagged: true, sum: 640 }),
  reaped: 'by heap.watch',
  hits: WORKERS * ROUNDS,
  total: WORKERS,
  roots: 30,
  left: { chunks: 0, objects: WORKERS, orphans: 0, faults: 0 },
});
/** And where nothing can be shared. */
export const REFUSED = Object.freeze({ ...ALONE, refused: 'NOT_ISOLATED' });

/**
 * @param {Names} names
 * @param {Start} start
 */
export async function tour({ Heap, QbError }, start) {
  const heap = Heap.create({ maximum: MAXIMUM_BYTES });
  /** @type {CodeOf} */
  const codeOf = (action) => {
    try {
      action();
    } catch (error) {
      if (error instanceof QbError) return error.code;
      throw error;
    }
    return null;
  };
  const found = {
    arena: tryArena(heap, codeOf),
    pool: tryPool(heap, codeOf),
    image: await tryImage(heap),
    packed: tryPacked(),
    channel: tryChannel(heap),
    memoryPool: tryMemoryPool(heap),
    owner: tryOwner(heap),
    lock: heap.mutex().run(() => 1),
  };
  const refused = codeOf(() => heap.descriptor);
  if (refused !== null) return { ...found, refused };
  const together = await share(heap, start, codeOf);
  heap.close();
  return { ...found, ...together };
}

/** @param {Heap} heap @param {CodeOf} codeOf */
function tryArena(heap, codeOf) {
  /** @type {(Node | null)[]} */
  const kept = [];
  const sum = heap.arena(Node).run(() => {
    /** @type {Node | null} */
    let first = null;
    for (let i = 0; i < 100; i++) first = new Node({ value: i, next: first });
    kept.push(first);
    let total = 0;
    for (let node = /** @type {Node | null} */ (first); node !== null; node = node.next)
      total += node.value;
    return total;
  });
  return [sum, codeOf(() => kept[0]?.value)];
}

/** @param {Heap} heap @param {CodeOf} codeOf */
function tryPool(heap, codeOf) {
  const pool = heap.pool(Particle, { capacity: 1 });
  const particle = pool.acquire();
  const handle = pool.handle(particle);
  pool.release(particle);
  const found = [codeOf(() => pool.at(handle)), pool.inUse];
  pool.close();
  return found;
}

/** Built, and copied into the heap for all. @param {Heap} heap */
async function tryImage(heap) {
  const cities = [
    { name: 'Lima', people: 10_000_000 },
    { name: 'Oslo', people: 710_000 },
  ];
  const { buffer } = await buildImage(undefined, {
    cities: Cities.from(cities),
    byName: ByName.from(cities.map(({ name }, i) => [name, i])),
  });
  await open(buffer, { heap, root: 'cities' });
  return peopleOf(heap, 'Oslo');
}

/**
 * In any agent of the heap.
 *
 * @param {Heap} heap
 * @param {string} name
 */
export function peopleOf(heap, name) {
  const image = openRoot(heap, 'cities');
  const place = image.get('byName', ByName).get(name) ?? -1;
  return image.get('cities', Cities).at(place)?.people;
}

function tryPacked() {
  const bytes = pack({ name: 'ada', tags: new Set(['a', 'b']) });
  const { name } = /** @type {{ name: string }} */ (unpack(bytes));
  return [isTagged(bytes), name];
}

/** In place. @param {Uint8Array} bytes */
export function isTagged(bytes) {
  const tags = /** @type {import('qbwasm/image').PackedDict} */ (view(bytes)).get('tags');
  return /** @type {import('qbwasm/image').PackedSet} */ (tags).has('a');
}

/** @param {Heap} heap */
function tryChannel(heap) {
  const numbers = heap.channel({ capacity: 2, of: 'i32' });
  const found = [numbers.trySend(-1), numbers.trySend(-2), numbers.trySend(-3), numbers.receive()];
  numbers.close();
  return found;
}

/** @param {Heap} heap */
function tryMemoryPool(heap) {
  const pool = heap.memoryPool('bytes', { bytes: 2 ** 14 });
  pool.alloc(100, { type: 'DATA', id: 7 }).fill(255);
  const [first] = pool.get('DATA', 7).bytes();
  pool.destroy();
  return first;
}

/** @param {Heap} heap */
function tryOwner(heap) {
  const owner = heap.owner();
  const numbers = owner.realloc(owner.alloc(3, 8), 80);
  const found = [owner.size, owner.bytes(numbers).length];
  owner.dispose();
  return found;
}

/**
 * With workers, which are ended while they hold objects.
 *
 * @param {Heap} heap
 * @param {Start} start
 * @param {CodeOf} codeOf
 */
async function share(heap, start, codeOf) {
  const counter = new Particle({ x: 0, name: 'zähler' });
  heap.roots.set('counter', counter.address);
  const pool = heap.pool(Particle, { capacity: 16, sharing: 'shared' });
  const chunks = heap.memoryPool('chunks', { bytes: 2 ** 14 });
  const jobs = heap.channel({ capacity: JOBS, of: pool });
  const results = heap.channel({ capacity: JOBS, of: pool });
  const mutex = heap.mutex();
  const helpers = Array.from({ length: WORKERS }, (_, i) => {
    const number = i + 1;
    chunks.alloc(64, { type: 'DATA', id: number }).fill(10);
    const helper = start({
      heap: heap.descriptor,
      number,
      rounds: ROUNDS,
      pool: pool.descriptor,
      jobs: jobs.descriptor,
      results: results.descriptor,
      mutex: mutex.descriptor,
      packed: pack({ tags: new Set(['a']) }),
    });
    const refused = codeOf(() => heap.watch(helper.worker));
    return { ...helper, refused };
  });
  for (let i = 0; i < JOBS; i++) {
    const job = pool.acquire();
    job.x = i * i;
    await jobs.sendAsync(job);
  }
  jobs.close();
  let roots = 0;
  for (let i = 0; i < JOBS; i++) {
    const done = await results.receiveAsync();
    roots += done.x * 2;
    pool.release(done);
  }
  const answers = await Promise.all(helpers.map(({ answer }) => answer));
  const objects = pool.inUse; // each worker holds one, for ever
  await Promise.all(helpers.map(({ terminate }) => terminate()));
  // In Deno nothing proves that a worker has stopped, so there it is said by hand.
  const isByHand = helpers.every(({ refused }) => refused === 'UNSUPPORTED');
  if (isByHand) for (const { number, self } of heap.threads()) if (!self) heap.reap(number);
  const end = Date.now() + REAPED_WITHIN_MS;
  while (pool.inUse > 0 && Date.now() < end) await new Promise((r) => setTimeout(r, 20));
  const left = {
    chunks: chunks.size,
    objects,
    orphans: pool.inUse,
    faults: heap.check().length,
  };
  return {
    answers,
    reaped: isByHand ? 'by hand' : 'by heap.watch',
    hits: Particle.atomic.hits.load(counter),
    total: counter.x,
    roots,
    left,
  };
}
