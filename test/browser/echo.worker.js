/** Writes into what it is sent. */
addEventListener('message', ({ data }) => {
  data[0] = 7;
  postMessage('written');
});
