// Buttons that copy a trace, also in rows that come later; without a clipboard the text is only selected.
const show = () => document.querySelectorAll("[data-copy-text][hidden]").forEach((button) => (button.hidden = false));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-text]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copyText);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.lastChild.textContent = button.dataset.done;
  } catch {
    field.focus();
  }
});
document.addEventListener("htmx:afterSettle", show);
show();
