// Rows of a form: one more from the template that stands beside them. Without script the link offers empty rows.
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-add-row]');
  const rows = link?.closest('[data-rows]');
  if (!rows) return;
  event.preventDefault();
  const total = rows.querySelector(`[name="${rows.dataset.rows}-TOTAL_FORMS"]`);
  const shape = rows.querySelector('template');
  const row = document.createElement('template');
  row.innerHTML = shape.innerHTML.replaceAll('__prefix__', total.value);
  shape.before(row.content);
  total.value = Number(total.value) + 1;
  shape.previousElementSibling.querySelector('select, input:not([type=hidden])')?.focus();
});
