/** Everything, the core inside. */
export { Heap, QbError } from 'qbwasm';
