// A request of htmx that failed says so in words, above the page; what was typed stays. “Try again” repeats it.
const bar = () => document.getElementById('trouble');
const kinds = { 0: 'away', 401: 'signedOut', 403: 'refused', 404: 'gone', 502: 'away', 503: 'away', 504: 'away' };
let failed = null;

function show(event) {
  const box = bar();
  if (!box) return;
  const status = event.detail.xhr?.status ?? 0;
  const { elt, requestConfig } = event.detail;
  failed = { elt, verb: requestConfig.verb, path: requestConfig.path };
  box.querySelector('[data-text]').textContent = box.dataset[kinds[status] ?? 'broken'];
  box.querySelector('[data-again]').hidden = status === 403 || status === 404;
  box.hidden = false;
}

function again() {
  bar().hidden = true;
  if (!failed) return;
  const { elt, verb, path } = failed;
  if (elt instanceof HTMLFormElement) elt.requestSubmit();
  else if (elt.isConnected) htmx.ajax(verb.toUpperCase(), path, { source: elt });
  else location.reload();
}

for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) document.addEventListener(name, show);
document.addEventListener('htmx:afterSwap', () => { const box = bar(); if (box && failed) { box.hidden = true; failed = null; } });
document.addEventListener('click', (event) => {
  if (event.target.closest('#trouble [data-again]')) again();
  else if (event.target.closest('#trouble [data-hide]')) bar().hidden = true;
});
