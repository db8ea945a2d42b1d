/* Charts take over from the server's SVG once their library has loaded. Colours come from the tokens; tooltips are drawn, not styled HTML (CSP). */
(() => {
  const tok = n => getComputedStyle(document.documentElement).getPropertyValue(n).trim();
  const zh = document.documentElement.lang.startsWith('zh');
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  const day = t => { const x = new Date((t + 28800) * 1e3); return zh ? `${x.getUTCMonth() + 1}月${x.getUTCDate()}日` : `${x.getUTCDate()} ${months[x.getUTCMonth()]}`; };
  const hour = t => { const x = new Date((t + 28800) * 1e3); return `${String(x.getUTCHours()).padStart(2, '0')}:00`; };
  const live = [];
  const kinds = {
    /* data: [seconds, series, series…]; missing figures are null and stay gaps */
    lines(el, d) {
      const h = el.offsetHeight, font = '11px ' + tok('--sans'), all = d.slice(1).flat().filter(v => v !== null);
      const lo = el.dataset.zero !== undefined ? 0 : Math.min(...all), hi = Math.max(...all), pad = (hi - lo || 1) * .08;
      const near = d[0][d[0].length - 1] - d[0][0] < 172800;
      const u = new uPlot({
        width: el.clientWidth, height: h, padding: [10, 20, 0, 0], legend: {show: false}, cursor: {points: {size: 7}, y: false, drag: {x: true, y: false}},
        tzDate: ts => uPlot.tzDate(new Date(ts * 1e3), 'Asia/Shanghai'),
        axes: [{stroke: tok('--text-3'), font, grid: {show: false}, ticks: {stroke: tok('--line'), size: 4}, values: (_, v) => v.map(near ? hour : day), space: 80},
               {stroke: tok('--text-3'), font, size: 40, grid: {stroke: tok('--line'), width: 1}, ticks: {show: false}}],
        series: [{}, ...d.slice(1).map((_, i) => ({stroke: tok('--s' + (i + 1)), width: 2, points: {show: false}, dash: i > 2 ? [5, 3] : undefined, paths: el.dataset.step !== undefined ? uPlot.paths.stepped({align: 1}) : undefined}))],
        scales: {y: {range: () => [el.dataset.zero !== undefined ? 0 : lo - pad, hi + pad]}},
      }, d, document.createElement('div'));
      el.replaceChildren(u.root);
      const f = () => u.setSize({width: el.clientWidth, height: h}); addEventListener('resize', f);
      return () => { removeEventListener('resize', f); u.destroy(); };
    },
    /* data: [seconds, open, high, low, close, volume]; data-every seconds a step. A body that rose is hollow, one that fell is filled. */
    candles(el, d) {
      const h = el.offsetHeight, font = '11px ' + tok('--sans'), half = el.dataset.every / 2;
      const lows = d[3].filter(v => v !== null), highs = d[2].filter(v => v !== null);
      const lo = Math.min(...lows), hi = Math.max(...highs), span = hi - lo || hi * .02 || 1, most = Math.max(...d[5], 1);
      const near = d[0][d[0].length - 1] - d[0][0] < 172800;
      const draw = u => {
        const c = u.ctx, at = (v, s) => u.valToPos(v, s, true), w = Math.max(2, (at(half * 2, 'x') - at(0, 'x')) * .6), px = devicePixelRatio || 1;
        c.save(); c.lineWidth = 1.5 * px;
        for (let i = 0; i < d[0].length; i++) {
          if (d[1][i] === null) continue;
          const x = at(d[0][i], 'x'), rose = d[4][i] >= d[1][i], a = at(Math.max(d[1][i], d[4][i]), 'y'), b = at(Math.min(d[1][i], d[4][i]), 'y'), floor = at(0, 'v'), tip = at(d[5][i], 'v');
          c.fillStyle = tok('--q2'); c.fillRect(x - w / 2, tip, w, floor - tip);
          c.strokeStyle = tok(rose ? '--up' : '--down'); c.fillStyle = rose ? tok('--surface') : tok('--down');
          c.beginPath(); c.moveTo(x, at(d[2][i], 'y')); c.lineTo(x, at(d[3][i], 'y')); c.stroke();
          c.fillRect(x - w / 2, a, w, Math.max(px, b - a)); c.strokeRect(x - w / 2, a, w, Math.max(px, b - a));
        }
        c.restore();
      };
      const none = {paths: () => null, points: {show: false}};
      const u = new uPlot({
        width: el.clientWidth, height: h, padding: [10, 20, 0, 0], legend: {show: false}, cursor: {points: {show: false}, y: false, drag: {x: true, y: false}},
        tzDate: ts => uPlot.tzDate(new Date(ts * 1e3), 'Asia/Shanghai'),
        axes: [{stroke: tok('--text-3'), font, grid: {show: false}, ticks: {stroke: tok('--line'), size: 4}, values: (_, v) => v.map(near ? hour : day), space: 80},
               {stroke: tok('--text-3'), font, size: 48, grid: {stroke: tok('--line'), width: 1}, ticks: {show: false}, filter: (_, v) => v.map(y => y < lo - span * .1 ? null : y), values: (_, v) => v.map(y => y === null ? '' : y.toFixed(2))}],
        series: [{}, none, none, none, none, {...none, scale: 'v'}],
        scales: {x: {range: (_, a, b) => [a - half, b + half]}, y: {range: () => [lo - span * .4, hi + span * .08]}, v: {range: () => [0, most * 5]}},
        hooks: {draw: [draw]},
      }, d, document.createElement('div'));
      el.replaceChildren(u.root);
      const f = () => u.setSize({width: el.clientWidth, height: h}); addEventListener('resize', f);
      return () => { removeEventListener('resize', f); u.destroy(); };
    },
    /* data: [[x, y]…] in percent; data-x, data-y axis titles, data-x-lim, data-y-lim thresholds, data-l their word */
    scatter(el, d) {
      const box = document.createElement('div'), h = Math.max(300, el.offsetHeight); el.replaceChildren(box); box.style.height = h + 'px';
      const c = echarts.init(box, null, {renderer: 'canvas'});
      const ax = (name, gap) => ({name, nameLocation: 'middle', nameGap: gap, nameTextStyle: {color: tok('--text-2'), fontSize: 12}, min: 0, max: 100, interval: 25, axisLine: {show: false}, axisTick: {show: false}, axisLabel: {color: tok('--text-3'), fontSize: 11}, splitLine: {lineStyle: {color: tok('--line')}}});
      const lim = (at, key, position) => at ? [{[key]: +at, label: {show: true, color: tok('--text'), fontSize: 11, position, formatter: `${el.dataset.l} ${at} %`}}] : [];
      c.setOption({animation: false, textStyle: {fontFamily: tok('--sans')}, grid: {left: 48, right: 16, top: 24, bottom: 44}, xAxis: ax(el.dataset.x, 26), yAxis: ax(el.dataset.y, 32),
        tooltip: {renderMode: 'richText', backgroundColor: tok('--surface'), borderColor: tok('--line'), textStyle: {color: tok('--text'), fontSize: 12}, formatter: p => `${el.dataset.x} ${p.value[0]}\n${el.dataset.y} ${p.value[1]}`},
        series: [{type: 'scatter', progressive: 0, symbolSize: 3, itemStyle: {color: tok('--s1'), opacity: .3}, data: d,
          markLine: {silent: true, symbol: 'none', label: {show: false}, lineStyle: {color: tok('--text'), type: 'dashed', width: 1}, data: [...lim(el.dataset.xLim, 'xAxis', 'end'), ...lim(el.dataset.yLim, 'yAxis', 'insideEndTop'), [{coord: [0, 0], symbol: 'none', lineStyle: {color: tok('--text-3'), type: 'solid', width: 1}}, {coord: [100, 100], symbol: 'none'}]]}}]});
      const f = () => c.resize(); addEventListener('resize', f);
      return () => { removeEventListener('resize', f); c.dispose(); };
    },
  };
  const load = async src => src.startsWith('#') ? JSON.parse(document.querySelector(src).textContent) : (await fetch(src)).json();
  const draw = async el => { const d = await load(el.dataset.src); if (!d.length || !d[0].length) return; live.push([el, d, kinds[el.dataset.chart](el, d)]); el.dataset.ready = ''; };
  document.querySelectorAll('[data-chart]').forEach(draw);
  document.addEventListener('themechange', () => { for (const r of live) { r[2](); r[2] = kinds[r[0].dataset.chart](r[0], r[1]); } });
})();
