// Suggestions under the search field: arrows move among them, Escape puts them away. Without it the field searches on Enter.
"use strict";

const field = document.getElementById("search");
const suggested = document.getElementById("found");
const offered = () => [...suggested.querySelectorAll("a")];

function away() { suggested.replaceChildren(); }

field?.form.addEventListener("keydown", (event) => {
  const all = offered();
  if (event.key === "Escape" && all.length) { away(); field.focus(); event.preventDefault(); return; }
  if (!all.length || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  (at < 0 ? field : all[Math.min(at, all.length - 1)]).focus();
  event.preventDefault();
});
field?.addEventListener("input", () => { if (!field.value.trim()) away(); });
document.addEventListener("focusin", (event) => { if (field && !field.form.contains(event.target)) away(); });
document.addEventListener("click", (event) => { if (field && !field.form.contains(event.target)) away(); });
