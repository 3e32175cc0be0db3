/** What a worker can do. */
import { capabilities } from '../../js/index.js';
import { reallyCan } from './really.js';

postMessage({ says: capabilities(), really: await reallyCan() });
