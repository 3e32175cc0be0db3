/**
 * Where the words of the churn test stand, counted from the board's address. See churn.worker.js.
 *
 * @module
 */
export const BOARD = Object.freeze({
  ACKS: 1,
  OPERATIONS: 7,
  GIFTS: 8,
  GIFT_COUNT: 1000,
  BYTES: (8 + 1000) * 4,
});
