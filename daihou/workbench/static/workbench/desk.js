// The moving parts of the frame: business date, unit of money, side panel, search, keys.
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

// ---- the chosen business date travels along every link of the product ----
function carried(address) {
  const { day, known } = document.body.dataset;
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) return url.href;
  if (day && !url.searchParams.has("day")) url.searchParams.set("day", day);
  if (day && known && !url.searchParams.has("known")) url.searchParams.set("known", known);
  return url.href;
}

function carryDay() {
  const { day, known } = document.body.dataset;
  if (!day) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && !link.hasAttribute("data-leave-day") && !link.getAttribute("href").startsWith("#")) {
      link.href = carried(link.href);
    }
  }, true);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "get") return;
    for (const [name, value] of Object.entries({ day, known })) {
      if (value && !form.elements[name]) {
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      }
    }
  }, true);
}

// ---- 元 / 万元, remembered ----
function showUnit() {
  const wan = document.documentElement.dataset.unit === "wan";
  for (const cell of $$("data.money")) {
    const fen = Number(cell.value);
    const amount = wan ? fen / 1e6 : fen / 100;
    cell.textContent = amount.toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 })
      .replace("-", "−");
  }
  for (const unit of $$(".money-unit")) unit.textContent = wan ? "万元" : "元";
  for (const button of $$("[data-unit-switch]")) button.textContent = wan ? "换成元" : "换成万元";
}

function switchUnit() {
  const root = document.documentElement;
  root.dataset.unit = root.dataset.unit === "wan" ? "yuan" : "wan";
  localStorage.setItem("unit", root.dataset.unit);
  showUnit();
}

// ---- side panel: the page behind keeps its place ----
async function openPanel(address, title) {
  const panel = $("#side-panel");
  const body = $(".panel-body", panel);
  $("h2", panel).textContent = title || "详情";
  body.textContent = "正在读取…";
  if (!panel.open) panel.showModal();
  try {
    const answer = await fetch(address, { headers: { "X-Panel": "1" } });
    if (answer.redirected && new URL(answer.url).pathname === "/login/") { location.reload(); return; }
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const part = page.querySelector("[data-panel-part]") || page.querySelector("main") || page.body;
    $("h2", panel).textContent = page.querySelector("main h1")?.textContent || title || "详情";
    body.replaceChildren(...part.childNodes);
    showUnit();
    document.dispatchEvent(new CustomEvent("desk:shown", { detail: body }));
  } catch {
    body.textContent = "没有读到内容:网络不通或服务已停。数据没有改动,请稍后再点一次。";
  }
}

function onClick(event) {
  const opener = event.target.closest("[data-panel]");
  if (opener && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openPanel(opener.dataset.panel || opener.href, opener.dataset.panelTitle);
    return;
  }
  const inline = event.target.closest("[data-dialog]");
  if (inline) { document.getElementById(inline.dataset.dialog).showModal(); return; }
  if (event.target.closest("[data-close]")) { event.target.closest("dialog").close(); return; }
  if (event.target.matches("dialog.panel, dialog.palette")) { event.target.close(); return; }
  if (event.target.closest("[data-unit-switch]")) { switchUnit(); return; }
  if (event.target.closest("[data-print]")) { window.print(); return; }
  const copier = event.target.closest("[data-copy]");
  if (copier) { copyText(copier); return; }
  const tab = event.target.closest("[data-tab]");
  if (tab) { showTab(tab); return; }
  for (const menu of $$("details.who[open]")) if (!menu.contains(event.target)) menu.open = false;
}

async function copyText(button) {
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.innerText);
  button.textContent = "已复制";
}

function showTab(tab) {
  for (const other of $$("[data-tab]", tab.parentElement)) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    document.getElementById(other.dataset.tab).hidden = !chosen;
  }
  history.replaceState(null, "", `#${tab.dataset.tab}`);
  document.dispatchEvent(new CustomEvent("desk:shown", { detail: document.getElementById(tab.dataset.tab) }));
}

function restoreTab() {
  const name = location.hash.slice(1);
  const tab = name && $$("[data-tab]").find((one) => one.dataset.tab === name);
  if (tab) showTab(tab);
}

// ---- search: Ctrl+K ----
let searchTimer = 0;
let searchTurn = 0;

function openPalette() {
  const palette = $("#palette");
  if (!palette) return;
  if (!palette.open) palette.showModal();
  $("input", palette).select();
  search("");
}

async function search(words) {
  const turn = ++searchTurn;
  const palette = $("#palette");
  const answer = await fetch(`${palette.dataset.address}?q=${encodeURIComponent(words)}`, { headers: { "X-Panel": "1" } });
  const text = await answer.text();
  if (turn !== searchTurn) return;
  const part = new DOMParser().parseFromString(text, "text/html").querySelector(".results");
  if (part) $(".results", palette).replaceWith(part);
  markResult(0);
}

function markResult(step) {
  const results = $$("#palette .results a");
  if (!results.length) return;
  const now = results.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = Math.min(Math.max(now + step, 0), results.length - 1);
  results.forEach((one, place) => one.setAttribute("aria-selected", String(place === next)));
  results[next].scrollIntoView({ block: "nearest" });
}

function onPaletteKey(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    markResult(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    $('#palette .results a[aria-selected="true"]')?.click();
  }
}

// ---- keys of a queue: j/k move, Enter opens, e handles, d defers, ? shows the keys ----
function moveRow(step) {
  const rows = $$("table[data-queue] > tbody > tr");
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = Math.min(Math.max(now + step, 0), rows.length - 1);
  rows.forEach((row, place) => row.setAttribute("aria-selected", String(place === next)));
  rows[next].scrollIntoView({ block: "nearest" });
}

function actOnRow(name) {
  const row = $('table[data-queue] > tbody > tr[aria-selected="true"]');
  const target = row && $(name === "open" ? "[data-open], a" : `[data-act="${name}"]`, row);
  target?.click();
}

function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
  const keys = { j: () => moveRow(1), k: () => moveRow(-1), Enter: () => actOnRow("open"), e: () => actOnRow("handle"),
    d: () => actOnRow("defer"), "/": openPalette, "?": () => $("#keys")?.showModal() };
  const act = keys[event.key];
  if (!act || (event.key === "Enter" && event.target.closest("a, button"))) return;
  event.preventDefault();
  act();
}

function onChange(event) {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
}

function switchTheme() {
  const dark = !document.documentElement.classList.contains("dark");
  document.documentElement.classList.toggle("dark", dark);
  localStorage.setItem("theme", dark ? "dark" : "light");
  document.dispatchEvent(new CustomEvent("desk:theme"));
}

// On a phone the menu lies over the page and is open only until a desk is chosen.
function foldSidebar() {
  if (matchMedia("(max-width: 700px)").matches) {
    document.documentElement.classList.toggle("menu-open");
    return;
  }
  const folded = document.documentElement.classList.toggle("folded");
  localStorage.setItem("sidebar", folded ? "folded" : "open");
  window.dispatchEvent(new Event("resize"));
}

document.addEventListener("DOMContentLoaded", () => {
  carryDay();
  showUnit();
  restoreTab();
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onChange);
  $("[data-theme-switch]")?.addEventListener("click", switchTheme);
  for (const folder of $$("[data-fold]")) folder.addEventListener("click", foldSidebar);
  $(".sidebar [aria-current]")?.scrollIntoView({ block: "nearest" });
  $("[data-search]")?.addEventListener("click", openPalette);
  const box = $("#palette input");
  box?.addEventListener("keydown", onPaletteKey);
  box?.addEventListener("input", () => {
    clearTimeout(searchTimer);
    searchTimer = setTimeout(() => search(box.value.trim()), 180);
  });
});
