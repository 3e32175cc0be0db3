/** node:util. A test that prints as Node does is skipped. */
import { needsNode } from './skip.js';

export const inspect = () => needsNode('inspect of node:util');
