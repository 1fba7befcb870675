// The frame of every page: drawer on phones, palette, menus, toasts, keys, tables.
const $ = (selector, root = document) => root.querySelector(selector);
const palette = () => $('#palette');
let before = null;

function openPalette() {
  const dialog = palette();
  if (!dialog || dialog.open) return;
  before = document.activeElement;
  dialog.showModal();
  $('input', dialog).focus();
}

function typing(event) {
  return event.target.closest('input, textarea, select, [contenteditable]') || event.ctrlKey || event.metaKey || event.altKey;
}

const places = { d: '/dashboard/', o: '/opportunities/', a: '/accounts/', l: '/leads/', i: '/imports/', q: '/data-quality/' };
let went = 0;

document.addEventListener('keydown', (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); openPalette(); return; }
  if (typing(event)) return;
  if (event.key === '/') { event.preventDefault(); openPalette(); return; }
  if (event.key === 'g') { went = Date.now(); return; }
  if (Date.now() - went < 1200 && places[event.key]) { location.href = places[event.key]; return; }
  if (event.key === 'n') { const link = $('[data-new]'); if (link) link.click(); }
  if (event.key === 'e') { const link = $('[data-edit]'); if (link) link.click(); }
  if (event.key === 'Escape') document.querySelectorAll('details.so-menu-pop[open]').forEach((menu) => { menu.open = false; $('summary', menu).focus(); });
});

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-palette]')) { event.preventDefault(); openPalette(); }
  if (event.target.closest('[data-menu]')) document.body.classList.toggle('nav-open');
  else if (!event.target.closest('.so-side')) document.body.classList.remove('nav-open');
  document.querySelectorAll('details.so-menu-pop[open]').forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  const table = event.target.closest('[data-chart-table]');
  if (table) { const body = document.getElementById(table.dataset.chartTable); body.hidden = !body.hidden; table.setAttribute('aria-expanded', String(!body.hidden)); }
  if (event.target === palette()) palette().close();
});

document.addEventListener('close', () => before && before.focus(), true);

function selection(form) {
  const boxes = [...form.querySelectorAll('input[name=pk]')];
  const chosen = boxes.filter((box) => box.checked);
  boxes.forEach((box) => box.closest('tr').classList.toggle('is-selected', box.checked));
  const bar = $('.so-bulk', form);
  if (!bar) return;
  bar.hidden = !chosen.length;
  $('[data-selected]', bar).textContent = `${chosen.length} selected`;
}

document.addEventListener('change', (event) => {
  const form = event.target.closest('form[data-table]');
  if (event.target.matches('[data-all]')) form.querySelectorAll('input[name=pk]').forEach((box) => { box.checked = event.target.checked; });
  if (form) selection(form);
  if (event.target.matches('[data-submit]')) event.target.form.requestSubmit();
});

function toasts() {
  document.querySelectorAll('[data-toast]').forEach((toast) => setTimeout(() => toast.remove(), 8000));
}

document.addEventListener('DOMContentLoaded', toasts);
document.addEventListener('htmx:afterSwap', toasts);
toasts();
