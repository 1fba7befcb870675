// The keyboard map of docs: off inside inputs; every key has a visible control that it presses.
const PRESS = { e: '[data-edit]', n: '[data-new]', m: '[data-move]', z: '#toasts [data-undo]' };
let went = 0;

const typing = (event) => event.target.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]') || event.ctrlKey || event.metaKey || event.altKey;
const press = (selector) => { const control = document.querySelector(selector); control?.click(); return Boolean(control); };

function step(by) {
  const rows = [...document.querySelectorAll('tr[data-row]')];
  if (!rows.length) return press(by > 0 ? '[data-next]' : '[data-previous]');
  const at = rows.findIndex((row) => row.classList.contains('is-current'));
  const row = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  rows.forEach((other) => other.classList.toggle('is-current', other === row));
  row.scrollIntoView({ block: 'nearest' });
  (row.querySelector('a.name') || row.querySelector('a'))?.focus({ preventScroll: true });
  return true;
}

function pick() {
  const row = document.activeElement?.closest?.('tr[data-row]') || document.querySelector('tr.is-current');
  row?.querySelector('input[name=pk]')?.click();
  return Boolean(row);
}

function go(letter) {
  const place = document.querySelector(`#side [data-key="${CSS.escape(letter)}"]`);
  place?.click();
  return Boolean(place);
}

function act(event) {
  const letter = event.key.toLowerCase();
  if (Date.now() - went < 1500) { went = 0; return go(letter); }
  if (letter === 'g') { went = Date.now(); return true; }
  if (letter === 'j') return step(1);
  if (letter === 'k') return step(-1);
  if (letter === 'x') return pick();
  if (event.key === '?') { document.getElementById('keys')?.showModal(); return true; }
  return PRESS[letter] ? press(PRESS[letter]) : false;
}

document.addEventListener('keydown', (event) => {
  if (typing(event) || document.querySelector('dialog[open]:not(.so-drawer)')) return;
  if (act(event)) event.preventDefault();
});
if (!/Mac|iPhone|iPad/.test(navigator.platform)) document.querySelectorAll('[data-mod]').forEach((key) => { key.textContent = 'Ctrl K'; });
