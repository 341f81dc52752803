// Pages that tell of what runs are shown anew every few seconds, when that is wanted; everything works without it.
"use strict";
(() => {
  const label = document.getElementById("live");
  const box = document.getElementById("live-switch");
  const told = document.getElementById("live-told");
  const isForm = document.querySelector("#message-form, main textarea");
  if (!label || isForm) return;
  label.hidden = false;
  box.checked = localStorage.getItem("live") === "yes";
  box.addEventListener("change", () => localStorage.setItem("live", box.checked ? "yes" : "no"));

  const places = (main) => [...main.querySelectorAll(".picture, .scroll, pre, details")];
  const show = (fresh) => {
    const old = document.querySelector("main");
    const [before, after] = [places(old), places(fresh)];
    old.replaceWith(fresh);
    if (before.length !== after.length) return;
    before.forEach((place, at) => {  // what was scrolled or opened stays so
      after[at].scrollTo(place.scrollLeftKept, place.scrollTopKept);
      if (place.open) after[at].open = true;
    });
  };
  const remember = () => places(document).forEach((place) => {
    [place.scrollLeftKept, place.scrollTopKept] = [place.scrollLeft, place.scrollTop];  // gone once it is replaced
  });
  let last = new Date();
  const stale = (isStale) => {
    label.classList.toggle("stale", isStale);
    told.textContent = isStale ? `no answer from the console since ${last.toLocaleTimeString()}` : "live";
  };
  setInterval(async () => {
    const busy = document.activeElement && document.activeElement.closest("form");
    if (!box.checked || document.hidden || busy) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected) return location.reload();  // the session has ended: sign in again
      if (!answer.ok) return stale(true);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      if (!fresh) return;
      remember();
      show(fresh);
      last = new Date();
      stale(false);
    } catch { stale(true); }  // the console has stopped: what is shown stays, and says so
  }, 2000);
})();
