/**
 * The page with an AudioWorklet.
 *
 * @module
 */
import { Heap } from 'qbwasm';
import { addSynth } from './synth-module.js';
import { Voice } from './voice.js';

const SAMPLES = 12_800;

/** What it finds. */
export const SOUND = Object.freeze({ isLoud: true, voices: 1 });

/** @returns {Promise<object>} */
export async function play() {
  const heap = Heap.create();
  const pool = heap.pool(Voice, { capacity: 16 });
  const context = new OfflineAudioContext(1, SAMPLES, 44_100);
  await addSynth(context);
  const synth = new AudioWorkletNode(context, 'synth', {
    numberOfInputs: 0,
    processorOptions: { heap: heap.descriptor, pool: pool.descriptor },
  });
  synth.connect(context.destination);
  const samples = (await context.startRendering()).getChannelData(0);
  return { isLoud: samples.some((sample) => sample > 0.9), voices: pool.inUse };
}
