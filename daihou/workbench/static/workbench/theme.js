// Before the first paint: light or dark, and whether the sidebar is folded, as the person left them.
(() => {
  const root = document.documentElement;
  const theme = localStorage.getItem("theme") || "auto";
  const dark = theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.classList.toggle("dark", dark);
  const folded = localStorage.getItem("sidebar");
  root.classList.toggle("folded", folded ? folded === "folded" : window.innerWidth < 1180);
  root.dataset.unit = localStorage.getItem("unit") || "yuan";
})();
