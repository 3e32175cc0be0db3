/** What the page and its AudioWorklet share. */
import { struct, t } from '../../js/index.js';

export class Voice extends struct('Voice', { phase: t.u32, gain: t.i32 }) {}

export class Meter extends struct('Meter', { level: t.i32, quanta: t.u32, acquired: t.u32 }) {}

/** Acquired and released in each render quantum. */
export const VOICES = 64;

/** One after the other, each of so many render quanta. While it warms up, code is compiled and views are made. */
export const PHASES = Object.freeze(['warm up', 'silence', 'pool', 'garbage']);
export const PHASE_QUANTA = 8000;
