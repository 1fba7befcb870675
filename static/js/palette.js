// Ctrl K: records from the search page, what can be done, and the places of the side bar. Arrows move the focus, Enter opens.
const dialog = document.getElementById('palette');
const input = dialog?.querySelector('input');
const hits = document.getElementById('palette-hits');
const commands = document.getElementById('palette-commands');
const places = document.getElementById('palette-places');
const offers = document.getElementById('palette-offers');

function open(text) {
  if (!dialog || dialog.open) return;
  document.querySelectorAll('details.so-menu-pop[open]').forEach((menu) => { menu.open = false; });
  dialog.showModal();
  if (text !== undefined) input.value = text;
  input.select();
  refresh();
  htmx.trigger(input, 'so:open'); // what was opened lately, or the matches of what stands there
}

const links = () => [...dialog.querySelectorAll('.so-hits a')];
const asked = () => input.value.replace(/^>/, '').trim().toLowerCase().split(/\s+/).filter(Boolean);
const commandsOnly = () => input.value.startsWith('>');
const fits = (name, words) => words.every((word) => name.toLowerCase().includes(word));

function show(list, found) {
  list.replaceChildren();
  if (!found.length) return;
  list.append(Object.assign(document.createElement('h2'), { textContent: list.dataset.label }), ...found);
}

function placesFor(words) {
  if (commandsOnly()) return [];
  const all = [...document.querySelectorAll('#side .so-nav')].filter((place) => fits(place.querySelector('.lbl').textContent, words));
  return all.slice(0, words.length ? 5 : 20).map(asHit);
}

function commandsFor(words) {
  if (!words.length && !commandsOnly()) return [];
  const all = [...offers.content.cloneNode(true).children].filter((offer) => fits(offer.textContent, words));
  return all.slice(0, commandsOnly() ? 20 : 4);
}

function asHit(place) {
  const hit = document.createElement('a');
  hit.href = place.href;
  const name = document.createElement('span');
  name.textContent = place.querySelector('.lbl').textContent;
  hit.append(place.querySelector('.icon').cloneNode(true), name);
  if (place.dataset.key) {
    const keys = document.createElement('span');
    for (const letter of ['g', place.dataset.key]) keys.append(Object.assign(document.createElement('kbd'), { textContent: letter.toUpperCase() }), ' ');
    hit.append(keys);
  }
  return hit;
}

function mark(root) {
  const words = asked().filter((word) => word.length > 1).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (!words.length) return;
  const pattern = new RegExp(`(${words.join('|')})`, 'ig');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (walker.currentNode.parentElement.closest('a') && !walker.currentNode.parentElement.closest('mark, kbd') && walker.currentNode.data.match(pattern)) texts.push(walker.currentNode);
  texts.forEach((text) => {
    const parts = text.data.split(pattern).map((part, index) => (index % 2 ? Object.assign(document.createElement('mark'), { textContent: part }) : part));
    text.replaceWith(...parts);
  });
}

function refresh() {
  const words = asked();
  show(commands, commandsFor(words));
  show(places, placesFor(words));
  mark(commands);
  mark(places);
  links().forEach((link, index) => link.classList.toggle('is-first', index === 0));
}

function move(by) {
  const all = links();
  const to = all.indexOf(document.activeElement) + by;
  if (to < 0) input.focus(); else all[Math.min(to, all.length - 1)]?.focus();
}

function follow(link, elsewhere) {
  if (elsewhere) globalThis.open(link.href); else link.click();
}

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-palette]')) { event.preventDefault(); open(); return; }
  const offer = event.target.closest('#palette [data-presses]');
  if (!offer) return;
  event.preventDefault();
  dialog.close();
  document.querySelector(offer.dataset.presses)?.click();
});
document.addEventListener('keydown', (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); open(); }
});
document.addEventListener('so:palette', () => open());
dialog?.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') { event.preventDefault(); dialog.close(); } // a search field would only be emptied by it
  else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') { event.preventDefault(); move(event.key === 'ArrowDown' ? (document.activeElement === input && links().length > 1 ? 2 : 1) : -1); }
  else if (event.key === 'Enter' && event.target === input && links().length) { event.preventDefault(); follow(links()[0], event.metaKey || event.ctrlKey); }
  else if (event.key.length === 1 && event.target !== input && !event.metaKey && !event.ctrlKey) input.focus();
});
dialog?.addEventListener('close', () => { hits.replaceChildren(); });
input?.addEventListener('input', () => { if (commandsOnly()) hits.replaceChildren(); refresh(); });
hits?.addEventListener('htmx:afterSwap', () => { mark(hits); refresh(); });
