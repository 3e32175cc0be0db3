/** The program as CommonJS: `require()` of all that the package has. Prints what it found as one line of JSON. */
const names = require('qbwasm');
const entries = ['external', 'image', 'parts', 'worker'].map((name) => require(`qbwasm/${name}`));
const { start } = require('./threads.js');
const { tour } = require('./tour.js');

if (entries.some((entry) => Object.keys(entry).length === 0)) throw new Error('an entry is empty');
tour(names, start).then((found) => {
  console.log(JSON.stringify(found));
  process.exit(0);
});
