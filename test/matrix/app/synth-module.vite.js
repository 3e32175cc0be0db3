/** Vite bundles a worklet when it is told that it is like a worker. */
// @ts-expect-error: an address that Vite alone understands
import synth from './synth.js?worker&url';

/** @param {BaseAudioContext} context */
export function addSynth(context) {
  return context.audioWorklet.addModule(synth);
}
