// Pages that tell of what runs are shown anew every few seconds, when that is wanted; everything works without it.
"use strict";
(() => {
  const label = document.getElementById("live");
  const box = document.getElementById("live-switch");
  const isForm = document.querySelector("#message-form, main textarea");
  if (!label || isForm) return;
  label.hidden = false;
  box.checked = localStorage.getItem("live") === "yes";
  box.addEventListener("change", () => localStorage.setItem("live", box.checked ? "yes" : "no"));
  setInterval(async () => {
    const busy = document.activeElement && document.activeElement.closest("form");
    if (!box.checked || document.hidden || busy) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      if (fresh) document.querySelector("main").replaceWith(fresh);
    } catch { /* the console has stopped: what is shown stays */ }
  }, 2000);
})();
