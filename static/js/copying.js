// A button that copies what a field holds; without a clipboard the field is only selected.
const field = document.querySelector("[data-copy-from]");
const button = document.querySelector("[data-copy]");

if (field && button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.lastChild.textContent = button.dataset.done || "Copied";
    } catch {
      field.focus();
    }
  });
  field.addEventListener("focus", () => field.select());
}
