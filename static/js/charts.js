// Draws Plotly figures given as data. Colours are roles ("$accent"), resolved from the style sheet at draw time.
const ROLES = {
  accent: '--so-c-accent', band: '--so-c-band', counter: '--so-c-counter', ink: '--so-c-ink', grey1: '--so-c-grey-1',
  grey2: '--so-c-grey-2', grey3: '--so-c-grey-3', grid: '--so-c-grid', text: '--so-text', text2: '--so-text-2',
  text3: '--so-text-3', surface: '--so-surface', raised: '--so-raised', line: '--so-line-strong',
  cat1: '--so-cat-1', cat2: '--so-cat-2', cat3: '--so-cat-3', cat4: '--so-cat-4',
};

function palette() {
  const probe = document.body.appendChild(document.createElement('i'));
  const colours = {};
  for (const role in ROLES) {
    probe.style.color = `var(${ROLES[role]})`;
    colours[role] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colours;
}

function resolve(value, colours) {
  if (typeof value === 'string') {
    if (value[0] === '$' && colours[value.slice(1)]) return colours[value.slice(1)];
    return value.replace(/\{\$(\w+)\}/g, (all, role) => colours[role] || all);
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, colours));
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, colours)]));
  return value;
}

function template(p) {
  const axis = {
    gridcolor: p.grid, linecolor: p.line, zeroline: false, ticks: '', automargin: true, fixedrange: true,
    tickfont: { size: 11, color: p.text3 }, title: { font: { size: 11, color: p.text3 } },
  };
  return { layout: {
    font: { family: '"Inter Variable", Inter, system-ui, sans-serif', size: 12, color: p.text2 },
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', colorway: [p.accent, p.grey1, p.counter, p.grey2],
    margin: { l: 8, r: 8, t: 8, b: 8, pad: 4 }, showlegend: false, bargap: 0.32, barcornerradius: 2, hovermode: 'x unified',
    hoverlabel: { bgcolor: p.raised, bordercolor: p.line, font: { size: 12, color: p.text } },
    xaxis: { ...axis, showgrid: false }, yaxis: { ...axis, showgrid: true, nticks: 5 },
  } };
}

function drawOne(block, colours, house) {
  const place = document.getElementById(block.dataset.for);
  if (!place || place.hidden || !window.Plotly) return;
  const figure = resolve(JSON.parse(block.textContent), colours);
  const width = place.clientWidth;
  const narrow = width < 480 ? figure.narrow : null;
  const layout = { ...figure.layout, ...narrow, template: house, height: place.clientHeight, width };
  window.Plotly.react(place, figure.data, layout, { displayModeBar: false, responsive: false, locale: 'en-US' });
}

function draw(root) {
  const colours = palette();
  const house = template(colours);
  const blocks = root.matches?.('script[data-for]') ? [root] : root.querySelectorAll('script[data-for]');
  blocks.forEach((block) => drawOne(block, colours, house));
}

const all = () => draw(document);
(document.fonts ? document.fonts.ready : Promise.resolve()).then(all);
document.addEventListener('htmx:afterSwap', (event) => draw(event.target.parentElement || document));
document.addEventListener('so:theme', all);

// The table button swaps the drawing for its data.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-chart-table]');
  if (!button) return;
  const chart = document.getElementById(button.dataset.chartTable);
  const table = document.getElementById(`${button.dataset.chartTable}-data`);
  if (!chart || !table) return;
  chart.hidden = !chart.hidden;
  table.hidden = !chart.hidden;
  button.setAttribute('aria-pressed', String(chart.hidden));
  if (!chart.hidden) all();
});

let resized = 0;
addEventListener('resize', () => { clearTimeout(resized); resized = setTimeout(all, 150); });
addEventListener('beforeprint', all);
