// The board: moving cards by mouse and by keyboard. A card moves at once; when the server refuses, it goes back and says why.
const board = () => document.getElementById('board');
const menu = () => document.getElementById('move-menu');
const ask = () => document.getElementById('move-ask');
const cardOf = (node) => node?.closest?.('.so-deal');
const columnOf = (stage) => board()?.querySelector(`.so-col[data-stage="${stage}"]`);
const token = () => JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken'];
let chosen = null; // the card the menu or the form is about
let dragged = null;

function put(card, stage) {
  const list = columnOf(stage)?.querySelector('.so-cards');
  const place = { list: card.parentNode, next: card.nextSibling };
  list?.prepend(card);
  card.querySelector('.so-deal-why')?.remove();
  return place;
}

function putBack(card, place) {
  const stands = document.getElementById(card.id);
  if (stands && place) place.list.insertBefore(stands, place.next?.parentNode === place.list ? place.next : null);
  stands?.classList.remove('is-moving');
}

function explain(card, html) {
  const stands = document.getElementById(card.id);
  stands?.querySelector('.so-deal-why')?.remove();
  stands?.insertAdjacentHTML('beforeend', html);
  stands?.querySelector('h3 a')?.focus();
}

async function send(card, data) {
  const query = board().dataset.query;
  const url = card.dataset.moveUrl + (query ? `?${query}` : '');
  const headers = { 'X-CSRFToken': token(), 'X-Requested-With': 'fetch' };
  return fetch(url, { method: 'POST', body: new URLSearchParams(data), headers, credentials: 'same-origin' });
}

// The card, the heads and the line below the title, each in place of what has its id.
function show(html) {
  const answer = new DOMParser().parseFromString(html, 'text/html');
  answer.querySelectorAll('[id^="deal-"], [id^="col-"][id$="-h"], #board-open, #board-weighted').forEach((part) => {
    const old = document.getElementById(part.id);
    if (!old) return;
    const fresh = document.adoptNode(part);
    old.replaceWith(fresh);
    window.htmx?.process(fresh);
  });
  const said = answer.querySelector('data');
  if (said) document.dispatchEvent(new CustomEvent('so:toast', { detail: { text: said.value, undo: said.dataset.undo } }));
}

function plainly(card) {
  const why = document.createElement('div');
  why.className = 'so-deal-why';
  why.setAttribute('role', 'alert');
  why.textContent = board().dataset.broken;
  explain(card, why.outerHTML);
}

async function move(card, stage, more = {}) {
  if (!card?.dataset.moveUrl || card.dataset.in === String(stage)) return;
  const isAnswer = 'asked' in more;
  const place = isAnswer ? null : put(card, stage);
  card.classList.add('is-moving');
  let answer = null;
  try {
    answer = await send(card, { stage, version: card.dataset.version, ...more });
  } catch { /* away: told below */ }
  const html = answer ? await answer.text() : '';
  const refused = answer?.headers.has('X-Refused');
  if (answer?.ok && !answer.redirected && !refused) {
    ask().close();
    if (isAnswer) put(card, stage);
    show(html);
    document.getElementById(card.id)?.querySelector('h3 a')?.focus();
    return;
  }
  putBack(card, place);
  card.classList.remove('is-moving');
  if (!refused) { ask().close(); plainly(card); return; }
  if (!html.includes('data-ask')) { ask().close(); explain(card, html); return; }
  chosen = card;
  ask().innerHTML = html;
  if (!ask().open) ask().showModal();
  (ask().querySelector('[aria-invalid=true]') || ask().querySelector('input:not([type=hidden]), select, textarea'))?.focus();
}

function openMenu(card) {
  if (!card?.dataset.moveUrl) return;
  chosen = card;
  menu().querySelector('[data-name]').textContent = card.dataset.name;
  menu().querySelectorAll('button[data-stage]').forEach((button) => { button.disabled = button.dataset.stage === card.dataset.in; });
  menu().showModal();
  menu().querySelector('button[data-stage]:not(:disabled)')?.focus();
}

// Arrow keys go from card to card; left and right to the neighbouring column, past empty ones.
function walk(card, key) {
  const near = (by) => [...card.parentNode.querySelectorAll('.so-deal')].indexOf(card) + by;
  const inColumn = (column, at) => { const cards = column.querySelectorAll('.so-deal'); return cards[Math.min(at, cards.length - 1)]; };
  if (key === 'ArrowDown' || key === 'ArrowUp') return card.parentNode.querySelectorAll('.so-deal')[near(key === 'ArrowDown' ? 1 : -1)];
  const columns = [...board().querySelectorAll('.so-col')];
  const step = key === 'ArrowRight' ? 1 : -1;
  for (let at = columns.indexOf(card.closest('.so-col')) + step; columns[at]; at += step) {
    const found = inColumn(columns[at], near(0));
    if (found) return found;
  }
  return null;
}

function onBoard(event) {
  if (!board() || document.querySelector('dialog[open]')) return;
  if (event.key === 'Escape') { cardOf(event.target)?.querySelector('[data-escape]')?.click(); return; }
  if (event.target.closest('input, textarea, select') || event.ctrlKey || event.metaKey || event.altKey) return;
  const card = cardOf(document.activeElement);
  if (event.key.toLowerCase() === 'm') {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (card) openMenu(card); else board().querySelector('.so-deal[data-move-url] h3 a')?.focus();
  } else if (event.key.startsWith('Arrow') && card) {
    event.preventDefault();
    walk(card, event.key)?.querySelector('h3 a')?.focus();
  }
}
document.addEventListener('keydown', onBoard, true);

document.addEventListener('click', (event) => {
  const opens = event.target.closest('[data-move-card]');
  if (opens && board()) { event.preventDefault(); openMenu(cardOf(opens)); return; }
  const stage = event.target.closest('#move-menu button[data-stage]')?.dataset.stage;
  if (stage) { menu().close(); move(chosen, stage); }
});

document.addEventListener('submit', (event) => {
  const form = event.target.closest('#move-ask form');
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const data = Object.fromEntries(new FormData(form));
  move(document.getElementById(chosen.id), data.stage, data);
}, true);

document.addEventListener('dragstart', (event) => {
  dragged = cardOf(event.target);
  if (!dragged?.dataset.moveUrl) { dragged = null; return; }
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData('text/plain', dragged.dataset.name);
  dragged.classList.add('is-moving');
});
document.addEventListener('dragover', (event) => {
  const column = dragged && event.target.closest?.('.so-col');
  board()?.querySelectorAll('.so-col.is-over').forEach((other) => other.classList.toggle('is-over', other === column));
  if (!column) return;
  event.preventDefault();
  column.classList.add('is-over');
});
document.addEventListener('drop', (event) => {
  const column = dragged && event.target.closest?.('.so-col');
  if (!column) return;
  event.preventDefault();
  move(dragged, column.dataset.stage);
});
document.addEventListener('dragend', () => {
  dragged?.classList.remove('is-moving');
  dragged = null;
  board()?.querySelectorAll('.so-col.is-over').forEach((column) => column.classList.remove('is-over'));
});
// A field that a card opened gets the focus.
document.addEventListener('htmx:afterSettle', (event) => {
  const card = cardOf(event.target) || event.target.closest?.('#board')?.querySelector('.so-deal.is-editing');
  card?.querySelector('.so-step [aria-invalid=true], .so-step input:not([type=hidden])')?.focus();
});
