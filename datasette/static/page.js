// What a script adds to pages that are whole without it: each citation gets a button that copies it.
"use strict";

function copyText(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent.trim());
  // Without TLS a browser has no clipboard for us; what is selected it copies all the same.
  getSelection().selectAllChildren(element);
  return document.execCommand("copy") ? Promise.resolve() : Promise.reject(new Error("not copied"));
}

for (const cited of document.querySelectorAll(".cite[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = cited.dataset.copy;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", () =>
    copyText(cited).then(
      () => { button.textContent = cited.dataset.copied; },
      () => getSelection().selectAllChildren(cited),
    ));
  cited.after(button);
}
