// The keyboard map of docs/how-to/keyboard.md: off inside inputs; every key has a visible control that it presses.
const PRESS = { e: '[data-edit]', n: '[data-new]', m: '[data-move]', z: '#toasts [data-undo]', l: '[data-log]' };
const ROWS = 'tr[data-row], li[data-row]';
let went = 0;

const typing = (event) => event.target.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]') || event.ctrlKey || event.metaKey || event.altKey;
const seen = (control) => control.getClientRects().length > 0;

function press(selector) {
  const control = [...document.querySelectorAll(selector)].find((one) => seen(one) || one.closest('.hide-sm'));
  if (!control) return false;
  if (control.matches('input, textarea')) control.focus(); else control.click();
  return true;
}

function current(rows) {
  const focused = document.activeElement?.closest?.(ROWS);
  const at = focused ? rows.indexOf(focused) : rows.findIndex((row) => row.classList.contains('is-current'));
  return at;
}

function step(by) {
  const rows = [...document.querySelectorAll(ROWS)].filter(seen);
  if (!rows.length) return press(by > 0 ? '[data-next]' : '[data-previous]');
  const row = rows[Math.min(Math.max(current(rows) + by, 0), rows.length - 1)];
  rows.forEach((other) => other.classList.toggle('is-current', other === row));
  row.scrollIntoView({ block: 'nearest' });
  (row.querySelector('a.name') || row.querySelector('a, button'))?.focus({ preventScroll: true });
  return true;
}

function pick() {
  const row = document.activeElement?.closest?.(ROWS) || document.querySelector('.is-current[data-row]');
  const box = row?.querySelector('input[name=pk], .so-check');
  box?.click();
  return Boolean(box);
}

function go(letter) {
  const place = document.querySelector(`#side [data-key="${CSS.escape(letter)}"]`);
  place?.click();
  return Boolean(place);
}

// "/" searches where one is: in the list, else everywhere.
function search() {
  const field = document.getElementById('table-q');
  if (field && seen(field)) { field.focus(); field.select(); } else document.dispatchEvent(new CustomEvent('so:palette'));
  return true;
}

function act(event) {
  const letter = event.key.toLowerCase();
  if (Date.now() - went < 1500) { went = 0; return go(letter); }
  if (letter === 'g') { went = Date.now(); return true; }
  if (letter === 'j') return step(1);
  if (letter === 'k') return step(-1);
  if (letter === 'x') return pick();
  if (event.key === '/') return search();
  if (event.key === '?') { document.getElementById('keys')?.showModal(); return true; }
  return PRESS[letter] ? press(PRESS[letter]) : false;
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && event.target.id === 'table-q') { event.target.blur(); return; }
  if (typing(event) || document.querySelector('dialog[open]:not(.so-drawer)')) return;
  if (act(event)) event.preventDefault();
});
if (!/Mac|iPhone|iPad/.test(navigator.platform)) {
  document.querySelectorAll('[data-mod]').forEach((key) => { key.textContent = 'Ctrl K'; });
  document.querySelectorAll('[data-mod-key]').forEach((key) => { key.textContent = 'Ctrl'; });
}
