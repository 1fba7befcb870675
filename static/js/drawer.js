// A record in a drawer beside its list: links with data-drawer open it, the address follows, Esc closes it, J and K go on.
const drawer = () => document.getElementById('drawer');
const links = () => [...document.querySelectorAll('a[data-drawer]')].filter((link) => !link.closest('dialog'));
const now = () => drawer()?.querySelector('[data-drawer-url]');
const typing = (event) => event.target.closest('input:not([type=checkbox], [type=radio]), textarea, select') || event.ctrlKey || event.metaKey || event.altKey;
let home = ''; // the address of the list behind
let changed = false;
let leaving = false;

const show = (href) => window.htmx.ajax('GET', href, { target: '#drawer', swap: 'innerHTML' });
const at = () => links().findIndex((link) => link.dataset.record === now()?.dataset.deal);

function step(by) {
  const next = links()[at() + by];
  if (next && at() >= 0) show(next.getAttribute('href'));
}

// What the drawer shows says which address is its own, and whether something was saved.
function settle() {
  const box = drawer();
  const head = now();
  if (!head) return;
  if (!home) { home = location.href; changed = false; history.pushState(null, '', head.dataset.drawerUrl); }
  else history.replaceState(null, '', head.dataset.drawerUrl);
  changed ||= 'changed' in head.dataset;
  const here = at();
  box.querySelectorAll('[data-drawer-step]').forEach((button) => { button.disabled = here < 0 || !links()[here + Number(button.dataset.drawerStep)]; });
  links().forEach((link) => link.closest('.so-deal, tr')?.toggleAttribute('data-open', link.dataset.record === head.dataset.deal));
}

// The list behind is asked for anew where a record changed; the focus goes back to the record's link.
async function close() {
  const record = now()?.dataset.deal;
  const back = home;
  const behind = document.getElementById('board') || document.getElementById('list');
  if (!leaving) history.replaceState(null, '', back);
  home = '';
  leaving = false;
  drawer().replaceChildren();
  document.querySelectorAll('[data-open]').forEach((row) => row.removeAttribute('data-open'));
  if (changed && behind) await window.htmx.ajax('GET', back, { target: `#${behind.id}`, select: `#${behind.id}`, swap: 'outerHTML' });
  links().find((link) => link.dataset.record === record)?.focus();
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-drawer]');
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
  if (link && drawer() && plain) { event.preventDefault(); show(link.getAttribute('href')); return; }
  const by = event.target.closest('[data-drawer-step]');
  if (by) step(Number(by.dataset.drawerStep));
  const focus = event.target.closest('[data-focus]');
  if (focus) document.querySelector(focus.dataset.focus)?.focus();
});

document.addEventListener('htmx:afterSwap', (event) => {
  if (event.target !== drawer()) return;
  settle();
  if (!drawer().contains(document.activeElement)) document.getElementById('drawer-title')?.focus();
});
document.addEventListener('close', (event) => { if (event.target === drawer() && home) close(); }, true);
addEventListener('popstate', (event) => {
  const box = drawer();
  if (!box || event.state?.htmx) return;
  if (box.open && location.href === home) { leaving = true; box.close(); return; }
  const link = links().find((one) => one.href === location.href);
  if (link) show(link.getAttribute('href'));
});

document.addEventListener('keydown', (event) => {
  if (typing(event)) return;
  const letter = event.key.toLowerCase();
  const open = drawer()?.open;
  const stages = (open ? drawer() : document).querySelector('.so-stage [aria-current] ~ li button, .so-stage li button');
  if (letter === 'm' && stages && (open || !document.querySelector('dialog[open]'))) stages.focus();
  else if (open && (letter === 'j' || letter === 'k')) step(letter === 'j' ? 1 : -1);
  else if (open && letter === 'z') drawer().querySelector('[data-undo]')?.click();
  else if (open && letter === 'e') drawer().querySelector('#details input:not([type=hidden])')?.focus();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
