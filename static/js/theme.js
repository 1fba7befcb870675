// Before the first paint: the theme chosen last, else the system's.
(function () {
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search).get('theme');
  let kept = null;
  try { kept = localStorage.getItem('theme'); } catch { kept = null; }
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.bsTheme = asked || kept || (dark ? 'dark' : 'light');
  root.style.colorScheme = root.dataset.bsTheme;
  document.addEventListener('click', (event) => {
    if (!event.target.closest('[data-theme-toggle]')) return;
    root.dataset.bsTheme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
    root.style.colorScheme = root.dataset.bsTheme;
    try { localStorage.setItem('theme', root.dataset.bsTheme); } catch { /* private mode: for this page only */ }
    document.dispatchEvent(new CustomEvent('so:theme'));
  });
})();
