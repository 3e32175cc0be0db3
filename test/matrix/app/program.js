/**
 * The application for all runtimes that have worker_threads. Prints what it found as one line of JSON.
 *
 *   node program.js [entry]       main, external or parts
 *
 * @module
 */
import { namesOf } from './entries.js';
import { start } from './threads.js';
import { tour } from './tour.js';

const names = await namesOf(process.argv[2]);
console.log(JSON.stringify(await tour(names, start)));
process.exit(0);
