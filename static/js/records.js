// "Log activity" (and the key L) goes to the one line of the timeline, also while that is still being loaded.
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-log]');
  if (!link) return;
  const line = document.getElementById('log-line');
  if (line) {
    event.preventDefault();
    line.scrollIntoView({ block: 'center' });
    line.focus({ preventScroll: true });
  } else {
    document.addEventListener('htmx:load', () => document.getElementById('log-line')?.focus(), { once: true });
  }
});
// A kind chosen by its icon goes on with the line.
document.addEventListener('change', (event) => {
  const kinds = event.target.closest('.so-kinds');
  if (kinds) kinds.closest('form').querySelector('[name=line]')?.focus();
});
