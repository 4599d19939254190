// Watches a daily run: asks for the part of the page again until the run has ended.
"use strict";

const PAUSE = 1500; // milliseconds between two questions

async function ask(place) {
  const answer = await fetch(place.dataset.poll, { headers: { "X-Panel": "1" } });
  if (!answer.ok || answer.redirected) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceChildren(...page.body.childNodes);
  return place.querySelector("[data-still-waiting]") !== null;
}

async function watch(place) {
  for (;;) {
    await new Promise((resume) => setTimeout(resume, PAUSE));
    let waiting = true;
    try {
      waiting = await ask(place);
    } catch {
      place.dataset.lost = "1"; // the network is away: keep what is shown and ask again
    }
    if (!waiting) { location.reload(); return; }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-poll]")) {
    if (place.querySelector("[data-still-waiting]")) watch(place);
  }
});
