// The frame: side bar as a drawer, menus on <details>, definitions of figures, dialogs, busy forms.
const narrow = matchMedia('(max-width: 991px)');
const side = () => document.getElementById('side');
let opener = null;

function setDrawer(open) {
  const bar = side();
  if (!bar) return;
  document.body.classList.toggle('nav-open', open);
  document.querySelector('.so-main').inert = open;
  document.querySelector('[data-menu]')?.setAttribute('aria-expanded', String(open));
  document.getElementById('side-scrim')?.toggleAttribute('hidden', !open);
  if (open) {
    opener = document.activeElement;
    bar.querySelector('a').focus();
  } else if (opener) {
    opener.focus();
    opener = null;
  }
}

const drawerOpen = () => document.body.classList.contains('nav-open');
narrow.addEventListener('change', () => { if (!narrow.matches && drawerOpen()) setDrawer(false); });

function closeMenus(except) {
  document.querySelectorAll('details.so-menu-pop[open]').forEach((menu) => { if (!menu.contains(except)) menu.open = false; });
}

function shutTips(except) {
  document.querySelectorAll('.so-tip.open').forEach((tip) => { if (tip !== except) tip.classList.remove('open'); });
}

document.addEventListener('click', (event) => {
  const target = event.target;
  if (target.closest('[data-menu]')) { event.preventDefault(); setDrawer(!drawerOpen()); }
  else if (target.closest('#side-scrim') || (drawerOpen() && target.closest('#side a'))) setDrawer(false);
  closeMenus(target);
  const tip = target.closest('.so-tip');
  shutTips(tip);
  if (tip) { event.preventDefault(); tip.classList.toggle('open'); }
  const shows = target.closest('[data-dialog]');
  if (shows) { event.preventDefault(); document.getElementById(shows.dataset.dialog)?.showModal(); }
  if (target.closest('[data-print]')) { closeMenus(); print(); }
  if (target.closest('[data-close]')) target.closest('dialog')?.close();
  if (target instanceof HTMLDialogElement && target.open) target.close(); // a click on the backdrop
});

// An open menu closes when the focus leaves it.
document.addEventListener('focusin', (event) => closeMenus(event.target));

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const menu = document.querySelector('details.so-menu-pop[open]');
  if (menu) { menu.open = false; menu.querySelector('summary').focus(); return; }
  if (drawerOpen()) { setDrawer(false); return; }
  document.querySelectorAll('.so-tip').forEach((tip) => { tip.classList.remove('open'); tip.classList.add('shut'); });
});
for (const name of ['pointerout', 'focusout']) {
  document.addEventListener(name, (event) => event.target.closest?.('.so-tip')?.classList.remove('shut'));
}

// Focus goes back to what opened a dialog: the browser does that for showModal(), also after Esc.
document.addEventListener('change', (event) => {
  if (event.target.matches('[data-submit]')) event.target.form.requestSubmit();
});

// A second click sends nothing twice.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post' || form.dataset.sent) { if (form.dataset.sent) event.preventDefault(); return; }
  form.dataset.sent = '1';
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach((form) => { delete form.dataset.sent; }));

// After htmx put a record into the drawer, open it; when it closes, the address is the list's again.
document.addEventListener('htmx:afterSwap', (event) => {
  const drawer = event.target; // not a part of it that comes late, while it closes
  if (drawer.matches?.('dialog.so-drawer') && !drawer.open) drawer.showModal();
});
