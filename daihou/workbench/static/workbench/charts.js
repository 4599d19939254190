// Draws every chart of the page from the JSON beside it, in the colours of the stylesheet.
"use strict";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A colour written as "--grade-1" in a figure is looked up in the stylesheet, light or dark.
function painted(value) {
  if (typeof value === "string") return value.startsWith("--") ? colour(value) : value;
  if (Array.isArray(value)) return value.map(painted);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, painted(inner)]));
  }
  return value;
}

function house() {
  const axis = { gridcolor: colour("--line"), linecolor: colour("--line-2"), zerolinecolor: colour("--line-2"),
    automargin: true, tickfont: { size: 11 }, title: { font: { size: 11 } } };
  return { xaxis: axis, yaxis: axis };
}

function layoutOf(figure) {
  const layout = painted(figure.layout || {});
  const basis = house();
  for (const [name, given] of Object.entries({ xaxis: {}, yaxis: {}, ...layout })) {
    if (/^[xy]axis\d*$/.test(name)) layout[name] = { ...basis[name.slice(0, 5)], ...given };
  }
  return { margin: { l: 8, r: 12, t: 8, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: colour("--figures"), size: 12, color: colour("--ink-2") }, showlegend: false,
    hoverlabel: { bgcolor: colour("--surface"), font: { color: colour("--ink") } }, separators: ".,", dragmode: false, ...layout };
}

function draw(place) {
  if (place.offsetParent === null) return;  // hidden tab: drawn when shown, or its width would be 0
  const figure = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  Plotly.react(place, painted(figure.data), layoutOf(figure), { responsive: true, displayModeBar: false, locale: "zh-CN" });
  place.dataset.drawn = "1";
  if (figure.links) {
    place.removeAllListeners?.("plotly_click");
    place.on("plotly_click", (event) => {
      const point = event.points[0];
      const address = point.customdata || figure.links[point.pointNumber];
      if (address && figure.panel) openPanel(carried(address));
      else if (address) location.href = carried(address);
    });
  }
}

function drawAll(within = document) {
  for (const place of within.querySelectorAll("[data-chart]")) {
    if (place.dataset.drawn) Plotly.Plots.resize(place);
    else draw(place);
  }
}

async function savePicture(button) {
  const place = document.querySelector(`[data-chart="${button.dataset.picture}"]`);
  const address = await Plotly.toImage(place, { format: "png", width: 1200, height: 600, scale: 2 });
  const link = Object.assign(document.createElement("a"), { href: address, download: `${button.dataset.name}.png` });
  link.click();
}

document.addEventListener("DOMContentLoaded", () => {
  drawAll();
  document.addEventListener("desk:shown", (event) => drawAll(event.detail));
  document.addEventListener("desk:theme", () => {
    for (const place of document.querySelectorAll("[data-drawn]")) { delete place.dataset.drawn; draw(place); }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-picture]");
    if (button) savePicture(button);
  });
});
