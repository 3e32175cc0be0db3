/**
 * Where in the user's program a call came from, for messages and for heap.leaks().
 *
 * Layer: base. Any thread.
 *
 * @module base/call-site
 */

const SELF = 'base/call-site.js';
const URL_HERE = String(import.meta.url).replace(/[?#].*$/, '');
/** What all modules of this library begin with; in a bundle the bundle itself. Frames may leave `file://` out. */
const LIBRARY = (URL_HERE.endsWith(SELF) ? URL_HERE.slice(0, -SELF.length) : URL_HERE).replace(
  /^file:\/\//,
  '',
);

/** Every frame names a line; the header of the stack and frames of the engine do not. */
const FRAME = /:\d/;
/** Setting a string of a new struct is deeper in the library than the 10 frames that V8 shows by default. */
const FRAMES_MAX = 64;
/** A constructor, as V8 says it. */
const CONSTRUCTOR = 'at new ';

/**
 * The lines of the stack outside of this library, innermost first.
 *
 * @param {Function} method of this library that is on the stack: what stands above it is left out, where the engine can
 * @returns {{ frames: string[], isWhole: boolean }} `isWhole`: library and program are one bundle, so these are all lines
 */
export function framesOutside(method) {
  const holder = { stack: '' };
  const { stackTraceLimit } = Error;
  Reflect.set(Error, 'stackTraceLimit', FRAMES_MAX); // says false where Error is frozen
  if (typeof Error.captureStackTrace === 'function') Error.captureStackTrace(holder, method);
  // JavaScriptCore drops the frames of tail calls, perhaps the method's: then it leaves out all.
  if (!FRAME.test(holder.stack)) holder.stack = new Error().stack ?? '';
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  const lines = holder.stack.split('\n').filter((line) => FRAME.test(line));
  const frames = lines.map((line) => asInV8(line.trim()));
  let first = frames.findIndex((frame) => !frame.includes(LIBRARY));
  // The constructor of a user's struct, called by `new`, calls the library's: the place is where the `new` stands.
  if (first > 0 && [first - 1, first].every((i) => frames[i].startsWith(CONSTRUCTOR))) first++;
  if (first >= 0) return { frames: frames.slice(first), isWhole: false };
  return { frames: frames.length > 0 ? frames : ['at an unknown place'], isWhole: true };
}

/**
 * @param {Function} method see {@link framesOutside}
 * @returns {string} `at f (file:line:column)` or the like
 */
export function placeOutside(method) {
  return framesOutside(method).frames[0];
}

/**
 * @param {string} frame `at f (url:line:column)`, or `f@url:line:column` as Firefox and WebKit have it
 * @returns {string} the former
 */
function asInV8(frame) {
  if (frame.startsWith('at ')) return frame;
  const end = frame.indexOf('@');
  return end > 0
    ? `at ${frame.slice(0, end)} (${frame.slice(end + 1)})`
    : `at ${frame.slice(end + 1)}`;
}
