// List pages: choosing rows and the bulk bar, a click on a row opens its record, a select that sends its form.
function choose(form) {
  const boxes = [...form.querySelectorAll('input[name=pk]')];
  const chosen = boxes.filter((box) => box.checked);
  boxes.forEach((box) => box.closest('tr').classList.toggle('is-selected', box.checked));
  form.querySelectorAll('[data-all]').forEach((all) => {
    all.checked = chosen.length === boxes.length && boxes.length > 0;
    all.indeterminate = chosen.length > 0 && !all.checked;
  });
  const bar = form.querySelector('.so-bulk');
  if (!bar) return;
  bar.hidden = !chosen.length;
  const count = bar.querySelector('[data-selected]');
  count.textContent = count.dataset.selected.replace('%', chosen.length.toLocaleString(document.documentElement.lang));
  total(bar.querySelector('[data-sum]'), chosen);
}

function total(place, chosen) {
  if (!place) return;
  const known = chosen.map((box) => box.closest('tr').dataset).filter((row) => row.amount);
  const currencies = new Set(known.map((row) => row.currency));
  place.textContent = known.length && currencies.size === 1 ? sum(known, [...currencies][0]) : '';
}

// Cents as integers: sums of stored values, never of rounded or floating ones.
function sum(rows, currency) {
  const cents = rows.reduce((all, row) => { const [whole, part = ''] = row.amount.split('.'); return all + BigInt(whole + part.padEnd(2, '0').slice(0, 2)); }, 0n);
  return new Intl.NumberFormat(document.documentElement.lang, { style: 'currency', currency, maximumFractionDigits: 0 }).format(cents / 100n);
}

document.addEventListener('change', (event) => {
  const form = event.target.closest('form[data-table]');
  if (!form) return;
  if (event.target.matches('[data-all]')) form.querySelectorAll('input[name=pk]').forEach((box) => { box.checked = event.target.checked; });
  choose(form);
});

document.addEventListener('click', (event) => {
  const row = event.target.closest('tr[data-row]');
  if (!row || event.target.closest('a, button, input, select, label, summary, details, .pick') || String(getSelection())) return;
  const link = row.querySelector('a.name');
  if (!link) return;
  if (event.ctrlKey || event.metaKey) open(link.href); else link.click();
});

const all = () => document.querySelectorAll('form[data-table]').forEach(choose);
document.addEventListener('htmx:afterSettle', all);
addEventListener('pageshow', all); // the browser keeps ticks when it goes back

// Columns are put in order on the spot; without script the buttons send the form.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-up], [data-down]');
  const row = button?.closest('.so-column');
  if (!row) return;
  event.preventDefault();
  const other = button.hasAttribute('data-up') ? row.previousElementSibling : row.nextElementSibling;
  if (!other?.matches('.so-column')) return;
  if (button.hasAttribute('data-up')) other.before(row); else other.after(row);
  button.focus();
});
