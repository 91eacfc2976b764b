// A name that is clicked is written where the cursor stands.
"use strict";

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-insert]");
  const text = document.getElementById("where");
  if (!name || !text) return;
  event.preventDefault();
  text.closest("details").open = true;
  const at = text.selectionStart || text.value.length;
  const before = text.value.slice(0, at);
  const gap = before && !/[\s(]$/.test(before) ? " " : "";
  text.setRangeText(gap + name.dataset.insert, at, Math.max(at, text.selectionEnd), "end");
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
});
