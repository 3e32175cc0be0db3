/** What is named. */
import {
  arenas,
  channels,
  inlineCore,
  locks,
  memoryPools,
  owners,
  pools,
  withParts,
} from 'qbwasm/parts';

inlineCore();
withParts(arenas, channels, locks, memoryPools, owners, pools);

export { Heap, QbError } from 'qbwasm/parts';
