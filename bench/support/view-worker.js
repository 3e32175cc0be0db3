/**
 * Reads what the main thread hands over, and answers with the sum.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Pool, struct, t } from '../../js/index.js';
import { attach } from '../../js/worker.js';

class Item extends struct('BenchItem', { x: t.f64, y: t.f64, id: t.i32 }) {}

const heap = attach(workerData.heap);
const pool = Pool.attach(heap, workerData.pool, { type: Item });
const { x: getX, y: getY, id: getId } = Item.get;
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

/** @param {{ x: number, y: number, id: number }[]} objects */
function sumOfObjects(objects) {
  let sum = 0;
  for (const { x, y, id } of objects) sum += x + y + id;
  return sum;
}

/** @param {number} list @param {number} count */
function sumOfAddresses(list, count) {
  const bytes = heap.bytes(list, 4 * count);
  const addresses = new Uint32Array(bytes.buffer, list, count);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const address = addresses[i];
    sum += getX(address) + getY(address) + getId(address);
  }
  return sum;
}

function sumOfCursor() {
  const cursor = pool.cursor();
  const { view } = cursor;
  let sum = 0;
  while (cursor.next()) sum += view.x + view.y + view.id;
  return sum;
}

port.on('message', (message) => {
  if (message.way === 'end') {
    heap.detach();
    port.close();
  } else if (message.way === 'objects') port.postMessage(sumOfObjects(message.objects));
  else if (message.way === 'cursor') port.postMessage(sumOfCursor());
  else port.postMessage(sumOfAddresses(message.list, message.count));
});
port.postMessage('ready');
