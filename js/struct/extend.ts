/**
 * What this layer gives to Heap, for TypeScript: heap.js must not know this layer.
 */
import type { Schemas } from './schemas.js';

/** The property itself. */
export interface HeapSchemas {
  /**
   * The struct types that the heap stores.
   *
   * @throws QbError `CLOSED`
   */
  readonly schemas: Schemas;
}

declare module '../heap/heap.js' {
  interface Heap extends HeapSchemas {}
}
