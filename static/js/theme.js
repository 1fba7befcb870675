// Blocking and small, so that the first paint has the right colours: light, dark, or what the system says ("auto").
(function () {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const asked = new URLSearchParams(location.search).get('theme');
  let choice = 'auto';
  try { choice = localStorage.getItem('so-theme') || 'auto'; } catch { /* private mode: the system decides */ }
  if (['light', 'dark'].includes(asked)) choice = asked;

  function apply() {
    root.dataset.theme = choice;
    root.dataset.bsTheme = choice === 'auto' ? (system.matches ? 'dark' : 'light') : choice;
    document.querySelectorAll('[data-theme-set]').forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.themeSet === choice)));
    document.dispatchEvent(new CustomEvent('so:theme'));
  }

  function choose(next) {
    choice = next;
    try { localStorage.setItem('so-theme', choice); } catch { /* for this page only */ }
    apply();
  }

  apply();
  system.addEventListener('change', apply);
  document.addEventListener('DOMContentLoaded', apply);
  document.addEventListener('click', (event) => {
    const set = event.target.closest('[data-theme-set]');
    if (set) choose(set.dataset.themeSet);
    else if (event.target.closest('[data-theme-toggle]')) choose(root.dataset.bsTheme === 'dark' ? 'light' : 'dark');
  });
})();
