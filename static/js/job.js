/* A job's output grows as the job writes it; without script the page is complete and is read again. */
(() => {
  const output = document.querySelector('#output[data-stream]');
  if (!output) return;
  const log = output.querySelector('.log');
  let fresh = log.textContent === '…';
  const source = new EventSource(output.dataset.stream);
  source.addEventListener('piece', e => {
    const below = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    if (fresh) { log.textContent = ''; fresh = false; }
    log.append(JSON.parse(e.data).text);
    if (below) log.scrollTop = log.scrollHeight;
  });
  /* the state, the code and the files are the page's */
  source.addEventListener('end', () => { source.close(); location.reload(); });
})();
