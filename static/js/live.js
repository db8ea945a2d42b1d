/* The book and the tape follow the numbered increments; without script the page is complete and is read again. */
(() => {
  const facts = document.body.dataset.events;
  let source = null, seen = 0;
  const thousands = n => n.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const yuan = micros => { const [a, b] = (micros / 1e6).toFixed(2).split('.'); return thousands(a) + '.' + b; };
  const short = gflops => { const p = gflops / 1e6; return p >= 10 ? thousands(String(Math.round(p))) : gflops > 0 && p < .1 ? '< 0.1' : p.toFixed(1); };
  const clock = at => new Date(at).toLocaleTimeString('en-GB', {timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit'});
  const start = card => {
    const live = JSON.parse(document.querySelector(card.dataset.book).textContent), levels = {BUY: new Map(), SELL: new Map()};
    for (const [side, price, quantity] of live.levels) levels[side].set(price, quantity);
    const say = quantity => live.compute ? short(quantity) : thousands(String(quantity));
    /* the best prices of a side, put together in the steps that the server chose */
    const rows = side => {
      const buy = side === 'BUY', step = live.steps[side], totals = new Map();
      for (const [price, quantity] of [...levels[side]].sort((a, b) => buy ? b[0] - a[0] : a[0] - b[0])) {
        const bucket = (buy ? Math.floor(price / step) : Math.ceil(price / step)) * step;
        totals.set(bucket, (totals.get(bucket) || 0) + quantity);
      }
      return [...totals].slice(0, live.rungs);
    };
    const el = (name, attributes, ...children) => { const e = document.createElement(name); for (const k in attributes) e.setAttribute(k, attributes[k]); e.append(...children); return e; };
    const bar = (from, share) => {
      const make = (name, a) => { const e = document.createElementNS('http://www.w3.org/2000/svg', name); for (const k in a) e.setAttribute(k, a[k]); return e; };
      const s = make('svg', {class: 'depthbar', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true'});
      s.append(make('rect', {x: from, width: share, height: 10}));
      return s;
    };
    const draw = side => {
      const buy = side === 'BUY', body = card.querySelector(`.ladder .${buy ? 'b' : 's'} tbody`), found = rows(side);
      const most = Math.max(1, ...found.map(row => row[1]));
      const before = new Map([...body.rows].map(row => [row.textContent, 1]));
      body.replaceChildren(...found.map(([price, quantity]) => {
        const share = Math.floor(quantity * 100 / most);
        const size = el('td', {}, bar(buy ? 100 - share : 0, share), el('span', {}, say(quantity)));
        const cost = el('td', {}, el('span', {class: (buy ? 'buy' : 'sell') + ' strong'}, yuan(price)));
        const row = el('tr', {}, ...(buy ? [size, cost] : [cost, size]));
        if (!before.has(row.textContent)) row.className = 'flash';
        return row;
      }));
      if (!found.length) body.append(el('tr', {}, el('td', {class: 'muted'}, '–'), el('td', {class: 'muted'}, '–')));
    };
    const print = trade => {
      const row = document.querySelector('#tape-row').content.firstElementChild.cloneNode(true), body = document.querySelector('#tape tbody');
      row.cells[0].textContent = clock(trade.traded_at);
      row.cells[1].firstChild.textContent = yuan(live.compute ? trade.price_micros_per_pflops_hour : trade.price_micros);
      row.cells[2].firstChild.textContent = thousands(String(trade.devices));
      row.cells[3].textContent = live.places[trade.zone] || trade.zone;
      row.className = 'flash';
      body.prepend(row);
      while (body.rows.length > live.tape) body.lastElementChild.remove();
      document.querySelector('#tape').hidden = false;
      document.querySelector('#tape-none')?.remove();
    };
    const apply = increment => {
      const touched = new Set();
      for (const run of increment.changes) {
        const first = Date.parse(run.starts_at) / 36e5;
        if (live.hour < first || live.hour >= first + run.hours) continue;
        const side = levels[run.side], left = (side.get(run.price_micros) || 0) + run.quantity;
        left ? side.set(run.price_micros, left) : side.delete(run.price_micros);
        touched.add(run.side);
      }
      touched.forEach(draw);
      if (increment.trade) print(increment.trade);
    };
    seen = live.number;
    return {live, apply};
  };
  const card = document.querySelector('[data-book]');
  if (!facts || !card) return;
  let book = start(card);
  /* too far behind: take the page's own book again */
  const again = async () => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
    const fresh = page.querySelector('[data-book]');
    if (!fresh) return;
    card.replaceChildren(...fresh.childNodes);
    book = start(card);
    close(); listen();
  };
  const close = () => { source?.close(); source = null; };
  const listen = () => {
    if (document.hidden) return close();
    if (source) return;
    source = new EventSource(`${facts}?product=${encodeURIComponent(book.live.product)}&after=${seen}`);
    source.addEventListener('increment', e => {
      const increment = JSON.parse(e.data);
      if (increment.number <= seen) return;
      seen = increment.number;
      book.apply(increment);
      card.dataset.number = seen;
    });
    source.addEventListener('reset', again);
  };
  document.addEventListener('visibilitychange', listen);
  listen();
})();
