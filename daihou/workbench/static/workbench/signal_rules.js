// The editor of a rule: a click on an indicator writes its code where the cursor last stood.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const conditions = [...document.querySelectorAll("textarea.condition")];
  let last = conditions[0];
  for (const one of conditions) one.addEventListener("focus", () => { last = one; });
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", () => {
      last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
      last.focus();
    });
  }
});
