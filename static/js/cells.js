// Cells of a list edited in place: click or Enter edits, Tab commits and moves right, Enter commits, Esc restores.
const token = () => JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken'];
const headers = () => ({ 'X-CSRFToken': token(), 'X-Requested-With': 'fetch' });
const fields = (cell) => [...cell.querySelectorAll('input[name], select[name], textarea[name]')];
const cellsOf = (row) => [...row.querySelectorAll('td[data-cell]')];
const linkOf = (cell) => cell?.querySelector('a.so-cell');
const before = new WeakMap(); // what a cell showed before it was edited, and what its fields held
let busy = false;
let early = null; // what was typed while a cell was still opening

const values = (cell) => new URLSearchParams(fields(cell).map((field) => [field.name, field.value])).toString();

function tell(cell, key) {
  const place = cell.closest('#list')?.querySelector('[data-saved]');
  if (!place) return;
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: 'short' }).format(new Date());
  place.textContent = place.dataset[key].replace('%', time);
  place.classList.toggle('bad', key === 'broken');
}

function fill(cell, html) {
  const shape = document.createElement('template');
  shape.innerHTML = html;
  cell.replaceChildren(shape.content);
  const field = cell.querySelector('[aria-invalid=true]') || fields(cell).find((one) => one.type !== 'hidden');
  field?.focus();
  field?.select?.();
}

async function open(cell) {
  const url = linkOf(cell)?.href;
  if (!url || busy) return;
  busy = true;
  early = '';
  try {
    const answer = await fetch(url + location.search, { headers: headers() });
    if (!answer.ok || answer.redirected) { location.assign(url); return; }
    const nodes = [...cell.childNodes];
    fill(cell, await answer.text());
    before.set(cell, { nodes, url, values: values(cell) });
    cell.classList.add('is-editing');
    const field = fields(cell).find((one) => one.type !== 'hidden' && one.matches('input'));
    if (early && field) field.value = early;
  } finally { busy = false; early = null; }
}

function restore(cell) {
  cell.replaceChildren(...before.get(cell).nodes);
  cell.classList.remove('is-editing');
  before.delete(cell);
  linkOf(cell)?.focus();
}

// Saves what changed; by: how many cells further the focus goes.
async function commit(cell, by = 0) {
  const was = before.get(cell);
  if (!was || busy) return;
  const row = cell.closest('tr');
  const at = cellsOf(row).indexOf(cell);
  const sent = values(cell);
  if (sent === was.values) { restore(cell); if (by) linkOf(cellsOf(row)[at + by])?.focus(); return; }
  busy = true;
  let answer = null;
  try { answer = await fetch(was.url + location.search, { method: 'POST', headers: headers(), body: new URLSearchParams(sent) }); } catch { /* told below */ }
  const html = answer ? await answer.text() : '';
  busy = false;
  if (answer?.headers.has('X-Refused')) { fill(cell, html); was.values = ''; return; }
  if (!answer?.ok || answer.redirected) { restore(cell); tell(cell, 'broken'); return; }
  const fresh = new DOMParser().parseFromString(html, 'text/html').querySelector('tr');
  tell(cell, 'saved');
  if (!fresh) { row.remove(); return; }
  const next = document.adoptNode(fresh);
  const ticked = row.querySelector('input[name=pk]')?.checked;
  row.replaceWith(next);
  if (ticked) { const box = next.querySelector('input[name=pk]'); box.checked = true; box.dispatchEvent(new Event('change', { bubbles: true })); }
  linkOf(cellsOf(next)[at + by] ?? cellsOf(next)[at])?.focus();
}

function walk(cell, key) {
  const row = cell.closest('tr');
  const at = cellsOf(row).indexOf(cell);
  if (key === 'ArrowLeft' || key === 'ArrowRight') return cellsOf(row)[at + (key === 'ArrowRight' ? 1 : -1)];
  const other = key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
  return other && cellsOf(other)[at];
}

function inCell(event, cell) {
  if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); restore(cell); }
  else if (event.key === 'Enter') { event.preventDefault(); commit(cell); }
  else if (event.key === 'Tab') {
    const own = fields(cell).filter((field) => field.type !== 'hidden');
    const edge = own.indexOf(event.target) === (event.shiftKey ? 0 : own.length - 1);
    if (edge) { event.preventDefault(); commit(cell, event.shiftKey ? -1 : 1); }
  }
}

document.addEventListener('keydown', (event) => {
  if (early !== null && event.key.length === 1 && !event.ctrlKey && !event.metaKey) { event.preventDefault(); event.stopImmediatePropagation(); early += event.key; return; }
  const cell = event.target.closest?.('td[data-cell]');
  if (cell?.classList.contains('is-editing')) { inCell(event, cell); return; }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isE = event.key.toLowerCase() === 'e' && !event.target.closest('input, select, textarea, dialog');
  if (cell && (event.key === 'Enter' || isE)) { event.preventDefault(); event.stopImmediatePropagation(); open(cell); }
  else if (cell && event.key.startsWith('Arrow')) { event.preventDefault(); linkOf(walk(cell, event.key))?.focus(); }
  else if (isE) {
    const row = event.target.closest('tr[data-row]') || document.querySelector('tr.is-current');
    if (row && cellsOf(row)[0]) { event.preventDefault(); event.stopImmediatePropagation(); linkOf(cellsOf(row)[0]).focus(); }
  }
}, true);

document.addEventListener('click', (event) => {
  const link = event.target.closest('a.so-cell');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link.closest('td'));
});
document.addEventListener('change', (event) => {
  const cell = event.target.closest('td.is-editing');
  if (cell && event.target.matches('select') && fields(cell).filter((field) => field.type !== 'hidden').length === 1) commit(cell);
});
document.addEventListener('focusout', (event) => {
  const cell = event.target.closest?.('td.is-editing');
  if (cell && event.relatedTarget && !cell.contains(event.relatedTarget)) commit(cell);
});
