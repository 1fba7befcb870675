// One toast at a time, 8 seconds, longer while pointed at or focused. Server messages, and the event so:toast
// ({text, undo}) that a response may send in its HX-Trigger header. Undo is a form, or a POST to the address given.
const SECONDS = 8;
const waiting = [];
let shown = null;
let timer = 0;

const region = () => document.querySelector('dialog.so-drawer[open] [data-toasts]') || document.getElementById('toasts');

function leave() {
  shown?.remove();
  shown = null;
  next();
}

function arm() {
  clearTimeout(timer);
  timer = setTimeout(leave, SECONDS * 1000);
}

function next() {
  if (shown || !waiting.length) return;
  shown = waiting.shift();
  shown.hidden = false;
  region().append(shown);
  arm();
}

function build({ text, undo }) {
  const toast = document.getElementById('toast-shape').content.firstElementChild.cloneNode(true);
  toast.querySelector('[data-text]').textContent = text;
  const form = toast.querySelector('form');
  if (undo) form.action = undo; else form.remove();
  return toast;
}

function collect() {
  document.querySelectorAll('[data-toast]:not([data-seen])').forEach((toast) => {
    toast.dataset.seen = '1';
    toast.hidden = true;
    waiting.push(toast);
  });
  next();
}

document.addEventListener('so:toast', (event) => { waiting.push(build(event.detail)); next(); });
document.addEventListener('click', (event) => { if (event.target.closest('[data-toast-close]')) { clearTimeout(timer); leave(); } });
for (const name of ['pointerover', 'focusin']) document.addEventListener(name, (event) => { if (shown?.contains(event.target)) clearTimeout(timer); });
for (const name of ['pointerout', 'focusout']) document.addEventListener(name, (event) => { if (shown?.contains(event.target)) arm(); });
document.addEventListener('htmx:afterSwap', collect);
collect();
