// Days to tap beside a date field (data-days: pairs of words and day), so that a close date takes no typing.
function offer(input) {
  if (input.dataset.offered) return;
  input.dataset.offered = '1';
  const row = Object.assign(document.createElement('div'), { className: 'so-days' });
  for (const [words, day] of JSON.parse(input.dataset.days)) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'btn btn-sm', textContent: words });
    button.setAttribute('aria-label', `${input.labels?.[0]?.firstChild?.textContent.trim() ?? ''}: ${words}`);
    button.addEventListener('click', () => {
      input.value = day;
      input.dispatchEvent(new Event('input', { bubbles: true }));
      input.dispatchEvent(new Event('change', { bubbles: true }));
    });
    row.append(button);
  }
  input.after(row);
}

const all = () => document.querySelectorAll('input[data-days]').forEach(offer);
document.addEventListener('htmx:afterSettle', all);
all();
