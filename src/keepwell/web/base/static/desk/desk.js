// Keys, dialogs and passing messages. Every page works without it; with it hands stay on the keyboard.
"use strict";

const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);
const typing = (at) => at.matches("input, textarea, select, [contenteditable]");
let here = null;

function go(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(here);
  select(all[Math.max(0, Math.min(all.length - 1, at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step))]);
}

function select(row) {
  here?.classList.remove("here");
  here = row;
  if (!row) return;
  row.classList.add("here");
  const target = row.querySelector("[data-open-row]") ?? row;
  target.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function press(key, within) {
  const buttons = [...(within?.querySelectorAll(`[data-key="${CSS.escape(key)}"]`) ?? [])];
  const button = buttons.find((one) => within !== document || !one.closest("[data-row]")); // a row's key is of the row one stands on
  button?.click();
  return Boolean(button);
}

function say(text) {
  const toast = Object.assign(document.createElement("div"), { className: "toast", textContent: text });
  document.getElementById("toasts")?.append(toast);
  settle();
}

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  const { key } = event;
  if (key === "j" || key === "k") go(key === "j" ? 1 : -1);
  else if (key === "/") document.querySelector("[data-search]")?.focus();
  else if (key === "?") document.getElementById("keys")?.showModal();
  else if (press(key, here) || press(key, document)) { /* done by the button */ }
  else if (key === "u") say(document.getElementById("toasts")?.dataset.none);
  else return;
  event.preventDefault();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row && row !== here) { here?.classList.remove("here"); here = row; row.classList.add("here"); }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog) return;
    event.preventDefault();
    for (const [name, value] of Object.entries(opener.dataset)) {
      if (!name.startsWith("set")) continue;
      const wanted = name.slice(3).toLowerCase();
      for (const field of dialog.querySelectorAll("[name], [data-show]")) {
        if (field.name?.toLowerCase() === wanted) field.value = value;
        if (field.dataset.show === wanted) field.textContent = value;
      }
    }
    dialog.opener = opener;
    dialog.showModal();
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  if (event.target.matches("dialog")) event.target.close();
});

document.addEventListener("close", (event) => event.target.opener?.focus?.(), true);

function settle() {
  for (const toast of document.querySelectorAll(".toast:not([data-seen])")) {
    toast.dataset.seen = "";
    setTimeout(() => toast.remove(), 10000);
  }
}

// A row that was settled gives way to the next one, so that the day can be worked through without the mouse.
let leaving = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const row = event.detail.requestConfig.elt.closest?.("dialog[open]")?.opener?.closest("[data-row]");
  if (!row || event.detail.isError) return;
  const all = rows();
  const at = all.indexOf(row);
  leaving = { row, next: all[at + 1] ?? all[at - 1], part: row.closest("section") };
});

function lessBy(part) {
  for (const count of part?.querySelectorAll("[data-count]") ?? []) {
    const n = Number(count.dataset.count) - 1;
    count.dataset.count = n;
    count.textContent = n.toLocaleString(document.documentElement.lang);
    if (n <= 0) part.hidden = true;
  }
  for (const link of part?.querySelectorAll("[data-after]") ?? []) {
    const url = new URL(link.href);
    url.searchParams.set("after", Math.max(0, Number(url.searchParams.get("after")) - 1));
    link.href = url;
  }
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  const dialog = event.detail.elt.closest?.("dialog[open]");
  if (dialog) {
    dialog.opener = null;
    dialog.close();
    event.detail.elt.reset?.();
  }
  if (leaving && !leaving.row.isConnected) {
    const { row, next, part } = leaving;
    lessBy(part);
    for (const form of document.querySelectorAll(".toast form")) form.dataset.back = row.id;
    setTimeout(() => (next?.isConnected ? select(next) : document.getElementById("main")?.focus()));
  }
  leaving = null;
  settle();
});

// Whoever undoes it finds the row again where they left it.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.back) sessionStorage.setItem("back", event.target.dataset.back);
});
const back = document.getElementById(sessionStorage.getItem("back") ?? "");
sessionStorage.removeItem("back");
if (back) addEventListener("load", () => setTimeout(() => select(back), 50));

document.addEventListener("htmx:afterSettle", (event) => {
  if (here && !here.isConnected) here = null;
  settle();
  event.target.querySelector?.("[autofocus]")?.focus();
});
document.addEventListener("change", (event) => { if (event.target.closest("[data-auto]")) event.target.form.requestSubmit(); });
document.addEventListener("htmx:responseError", (event) => {
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").querySelector("main");
  const told = [...(page?.querySelectorAll("h1, p:not(.actions)") ?? [])].map((each) => each.textContent.trim().replace(/\s+/g, " ")).filter(Boolean);
  say(told.slice(0, 3).join(" · ") || event.detail.xhr.statusText);
});
settle();

// What is chosen in a row of rooms or tabs that is wider than the screen is in sight.
for (const chosen of document.querySelectorAll(".rail [aria-current], .tabs [aria-current]")) {
  const row = chosen.closest("ul, nav");
  if (row && row.scrollWidth > row.clientWidth) row.scrollLeft = chosen.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
}

// Whoever was signed out while filling a form finds it filled after signing in again.
const draft = `draft:${location.pathname}${location.search}`;
const kept = sessionStorage.getItem(draft);
sessionStorage.removeItem(draft);
if (kept && new URL(document.referrer || location.href).pathname.startsWith("/sign-in/")) {
  for (const [name, value] of JSON.parse(kept)) {
    for (const field of document.querySelectorAll("main form [name]")) {
      if (field.name !== name) continue;
      if (field.matches("[type=checkbox], [type=radio]")) field.checked = field.checked || field.value === value;
      else field.value = value;
    }
  }
}
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || !event.target.closest("main") || event.target.querySelector("[type=password], [type=file]")) return;
  const said = [...new FormData(event.target)].filter(([name]) => name !== "csrfmiddlewaretoken");
  sessionStorage.setItem(draft, JSON.stringify(said));
});
