// What can be copied is copied by a button; without it the text can be selected by hand.
"use strict";

function offer() {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = !navigator.clipboard;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.classList.add("kept");
});
document.addEventListener("htmx:afterSettle", offer);
offer();
