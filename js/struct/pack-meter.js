/**
 * The bound on what one conversion or comparison reads.
 *
 * Layer: struct. State is per agent.
 *
 * @module struct/pack-meter
 */
import { QbError } from '../base/errors.js';

/** @typedef {import('./pack-session.js').Session} Session */

/**
 * What a conversion to plain values may still read. Bodies do not overlap and each is converted once, so there is
 * never more than the range has; foreign bytes that say otherwise end here and not after days.
 */
export const meter = {
  isOn: false,
  leftBytes: 0,
  /** Texts by session and body while a conversion runs, else null. @type {Map<Session, Map<number, string>> | null} */
  texts: null,
};

/**
 * Runs a conversion or comparison, which may not read more than so many bytes.
 *
 * @template R
 * @param {number} bytes
 * @param {() => R} run
 * @param {boolean} [remembers] whether each text is decoded once
 * @returns {R}
 */
export function metered(bytes, run, remembers = true) {
  const before = { ...meter };
  meter.isOn = true;
  meter.leftBytes = bytes;
  meter.texts = remembers ? new Map() : null;
  try {
    return run();
  } finally {
    Object.assign(meter, before);
  }
}

/** @param {number} bytes */
export function spend(bytes) {
  meter.leftBytes -= bytes;
  if (meter.leftBytes < 0) throw overlapError();
}

/** @returns {QbError} */
export function overlapError() {
  return new QbError(
    'CORRUPT',
    'packed bytes: they have more values in them than room, so bodies overlap. The bytes were damaged, or ' +
      'made to do harm.',
  );
}
