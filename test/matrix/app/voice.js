/** What the page and its AudioWorklet share. */
import { struct, t } from 'qbwasm';

export class Voice extends struct('Voice', { phase: t.f64, step: t.f64 }) {}
