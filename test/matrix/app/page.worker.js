/** The worker of the page. */
import { fromMessage } from 'qbwasm/worker';
import { work } from './crew.js';

const heap = fromMessage();

addEventListener('message', async ({ data }) => {
  if (data?.heap === undefined) return;
  postMessage(await work(await heap, data));
});
