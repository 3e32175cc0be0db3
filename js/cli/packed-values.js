/**
 * A file of packed values: one, or several one behind the other.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/packed-values
 */
import { openHead } from '../struct/pack.js';
import { HEAD, MAGIC } from '../struct/pack-format.js';
import { badError } from './errors.js';

/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('./files.js').PackedFile} PackedFile */

/**
 * @param {PackedFile} file
 * @returns {Generator<{ session: Session, root: number }, void>} of each its session and the body of its root, 0 for undefined
 * @throws {import('./errors.js').CliError} for bytes behind the last one that are none
 */
export function* sessionsOf({ name, bytes }) {
  const heads = new DataView(bytes.buffer, 0, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.length - at;
    const isHead = rest >= HEAD.BYTES && heads.getUint16(at + HEAD.MAGIC, true) === MAGIC;
    if (!isHead) {
      throw badError(name, `the ${rest} bytes from offset ${at} on are no packed value`);
    }
    const session = openHead({ buffer: bytes.buffer, base: at, end: bytes.length }, false);
    yield { session, root: session.follow(at + HEAD.ROOT) };
    at = session.end;
  }
}
