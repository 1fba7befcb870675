// Ctrl K: records from the search page, and the places of the side bar. Arrows move the focus, Enter opens.
const dialog = document.getElementById('palette');
const input = dialog?.querySelector('input');
const hits = document.getElementById('palette-hits');
const places = document.getElementById('palette-places');

function open() {
  if (!dialog || dialog.open) return;
  document.querySelectorAll('details.so-menu-pop[open]').forEach((menu) => { menu.open = false; });
  dialog.showModal();
  input.select();
  refresh();
}

const links = () => [...dialog.querySelectorAll('.so-hits a')];

function matches(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return [...document.querySelectorAll('#side .so-nav')].filter((place) => {
    const name = place.querySelector('.lbl').textContent.toLowerCase();
    return words.every((word) => name.includes(word));
  });
}

function showPlaces() {
  places.replaceChildren();
  const found = matches(input.value).slice(0, input.value ? 5 : 20);
  if (!found.length) return;
  const head = document.createElement('h2');
  head.textContent = places.dataset.label;
  places.append(head, ...found.map(asHit));
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
  const words = input.value.trim().split(/\s+/).filter((word) => word.length > 1).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (!words.length) return;
  const pattern = new RegExp(`(${words.join('|')})`, 'ig');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (walker.currentNode.parentElement.closest('a') && pattern.test(walker.currentNode.data)) texts.push(walker.currentNode);
  texts.forEach((text) => {
    const parts = text.data.split(pattern).map((part, index) => (index % 2 ? Object.assign(document.createElement('mark'), { textContent: part }) : part));
    text.replaceWith(...parts);
  });
}

function refresh() {
  showPlaces();
  mark(places);
  links().forEach((link, index) => link.classList.toggle('is-first', index === 0));
}

function move(by) {
  const all = links();
  const at = all.indexOf(document.activeElement);
  const to = at + by;
  if (to < 0) input.focus(); else all[Math.min(to, all.length - 1)]?.focus();
}

document.addEventListener('click', (event) => { if (event.target.closest('[data-palette]')) { event.preventDefault(); open(); } });
document.addEventListener('keydown', (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); open(); }
  else if (event.key === '/' && !event.target.closest('input, textarea, select, [contenteditable]')) { event.preventDefault(); open(); }
});
dialog?.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') { event.preventDefault(); move(event.key === 'ArrowDown' ? (document.activeElement === input && links().length > 1 ? 2 : 1) : -1); }
  else if (event.key === 'Enter' && event.target === input && links().length) {
    event.preventDefault();
    if (event.metaKey || event.ctrlKey) globalThis.open(links()[0].href); else links()[0].click();
  } else if (event.key.length === 1 && event.target !== input && !event.metaKey && !event.ctrlKey) input.focus();
});
input?.addEventListener('input', () => { if (input.value.trim().length < 2) hits.replaceChildren(); refresh(); });
hits?.addEventListener('htmx:afterSwap', () => { mark(hits); refresh(); });
