/**
 * Attaches a heap inside of an AudioWorklet, renders, and posts what came of it to the server that test/browser/run.mjs
 * is.
 *
 * @module
 */
import { Heap } from '../../js/index.js';
import { Meter, PHASE_QUANTA, PHASES, VOICES, Voice } from './voice.js';

const QUANTUM = 128;

const report = (/** @type {object} */ result) =>
  fetch('/result', { method: 'POST', body: JSON.stringify(result) });

addEventListener('error', (event) => report({ error: event.message }));
addEventListener('unhandledrejection', (event) => report({ error: String(event.reason) }));

const heap = Heap.create();
const pool = heap.pool(Voice, { capacity: VOICES });
const meter = new Meter({ level: 1 });
const context = new OfflineAudioContext(1, PHASES.length * PHASE_QUANTA * QUANTUM, 44_100);
await context.audioWorklet.addModule(new URL('audio.processor.js', import.meta.url));
const node = new AudioWorkletNode(context, 'voices', {
  numberOfInputs: 0,
  processorOptions: { heap: heap.descriptor, pool: pool.descriptor, meter: meter.address },
});
node.onprocessorerror = () => report({ error: 'the processor threw' });
node.connect(context.destination);
const sound = (await context.startRendering()).getChannelData(0);
const attached = heap.threads().length;
const told = await new Promise((resolve) => {
  node.port.onmessage = ({ data }) => resolve(data);
  node.port.postMessage('end');
});
await report({
  ...told,
  quanta: meter.quanta,
  acquired: meter.acquired,
  sound: PHASES.map((_, phase) => sound[phase * PHASE_QUANTA * QUANTUM]),
  attached,
  inUse: pool.inUse,
  threads: heap.threads().length,
  faults: heap.check(),
});
