/** Everything, the core as a file. */
export { Heap, load, QbError } from 'qbwasm/external';
