// A field that names one of many records: matches appear in the browser's own list as one types (data-options: address).
const waiting = new WeakMap();

function listOf(input) {
  if (input.list) return input.list;
  const list = Object.assign(document.createElement('datalist'), { id: `${input.id}-options` });
  input.after(list);
  input.setAttribute('list', list.id);
  return list;
}

async function fill(input) {
  const answer = await fetch(`${input.dataset.options}?q=${encodeURIComponent(input.value.trim())}`, { headers: { Accept: 'application/json' } });
  if (!answer.ok) return;
  const { options } = await answer.json();
  listOf(input).replaceChildren(...options.map((value) => Object.assign(document.createElement('option'), { value })));
}

document.addEventListener('input', (event) => {
  const input = event.target;
  if (!input.dataset?.options || / · \S+-\d+$/.test(input.value)) return;
  clearTimeout(waiting.get(input));
  waiting.set(input, setTimeout(() => fill(input), 150));
});
document.addEventListener('focusin', (event) => { if (event.target.dataset?.options && !event.target.list) fill(event.target); });
