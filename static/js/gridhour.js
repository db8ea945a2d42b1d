/* Everything here is a convenience: each page is complete without it. No eval, no inline handlers, no style attributes. */
(() => {
  for (const b of document.querySelectorAll('[data-nojs]')) b.hidden = true;
  /* one open menu at a time; Escape and a click elsewhere close it */
  const menus = () => document.querySelectorAll('details.pop[open], details.menu[open]');
  document.addEventListener('click', e => { for (const m of menus()) if (!m.contains(e.target)) m.open = false; });
  document.addEventListener('keydown', e => {
    if (e.key !== 'Escape') return;
    for (const m of menus()) { m.open = false; m.querySelector('summary').focus(); }
  });
  /* ⌘K or Ctrl-K: search */
  document.addEventListener('keydown', e => {
    const find = document.querySelector('a[data-find]');
    if (find && (e.metaKey || e.ctrlKey) && e.key.toLowerCase() === 'k') { e.preventDefault(); find.click(); }
  });
  /* a form that goes by itself when an answer changes (links remain links) */
  document.addEventListener('change', e => { if (e.target.matches('[data-go]')) e.target.form.requestSubmit(); });
  /* a button that moves money goes once */
  document.addEventListener('submit', e => {
    const b = e.submitter;
    if (e.defaultPrevented || !b || e.target.method !== 'post') return;
    setTimeout(() => { b.setAttribute('aria-disabled', 'true'); b.classList.add('htmx-request'); });
  });
  document.addEventListener('click', e => { if (e.target.closest('button[aria-disabled=true]')) e.preventDefault(); });
  addEventListener('pageshow', () => { for (const b of document.querySelectorAll('button.htmx-request[aria-disabled]')) { b.removeAttribute('aria-disabled'); b.classList.remove('htmx-request'); } });
  /* copy what was shown once */
  for (const b of document.querySelectorAll('[data-copy]')) {
    b.hidden = false;
    b.addEventListener('click', async () => { await navigator.clipboard.writeText(document.querySelector(b.dataset.copy).textContent.trim()); b.textContent = b.dataset.done || '✓'; });
  }
  /* facts from the market: parts that live on them ask for themselves again (hx-trigger="live:traded from:body") */
  const facts = document.body.dataset.events, parts = document.querySelectorAll('[data-live]');
  if (facts && parts.length) {
    const words = new Set([...parts].flatMap(p => p.dataset.live.split(' ')));
    let source = null;
    const listen = () => {
      if (document.hidden) { source?.close(); source = null; return; }
      if (source) return;
      source = new EventSource(facts);
      for (const word of words) source.addEventListener(word, () => document.body.dispatchEvent(new Event('live:' + word)));
    };
    document.addEventListener('visibilitychange', listen);
    listen();
  }
  /* a preview that came back keeps the reader's place: busy while it is computed */
  const busy = (on) => e => { const t = e.detail?.ctx?.target || e.target; t?.toggleAttribute?.('data-busy', on); if (on) t?.setAttribute?.('aria-busy', 'true'); else t?.removeAttribute?.('aria-busy'); };
  document.addEventListener('htmx:before:request', busy(true));
  document.addEventListener('htmx:finally:request', busy(false));
})();
