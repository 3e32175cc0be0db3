/**
 * Four numbers a particle in a private array: what the swarm uses when its state goes by messages.
 *
 * @module demo/web/swarm/array-access
 */

/**
 * @param {Float32Array} array
 * @returns {import('./flock.js').Access}
 */
export function arrayAccess(array) {
  return {
    get: {
      x: (place) => array[place],
      y: (place) => array[place + 1],
      vx: (place) => array[place + 2],
      vy: (place) => array[place + 3],
    },
    set: {
      x: (place, value) => {
        array[place] = value;
      },
      y: (place, value) => {
        array[place + 1] = value;
      },
      vx: (place, value) => {
        array[place + 2] = value;
      },
      vy: (place, value) => {
        array[place + 3] = value;
      },
    },
  };
}
