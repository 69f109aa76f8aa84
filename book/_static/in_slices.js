// Lays a long page out slice by slice, so that the reader can scroll and press while the rest is made ready.
// The head of the page says whether (see layout.html). Until its turn comes, book.css lets the browser leave a part out
// while it is far from the window: the formulas, most of all. It can be searched, linked and read aloud all the same.
(function () {
  "use strict";
  const SLICE = 8; // milliseconds
  const AT_ONCE = 4; // parts: each layout has a price of its own
  if (!document.documentElement.classList.contains("in-slices")) return;
  const later = ".bd-article > section > section:nth-of-type(n + 3)";
  const parts = [...document.querySelectorAll(`${later} :is(section > *):is(p, div, ul):not(.cell)`)];

  function show(some) {
    for (const part of some) part.style.contentVisibility = "visible"; // a class would have the page look for its rules
  }

  function lay() {
    const end = performance.now() + SLICE;
    while (parts.length && performance.now() < end) {
      const some = parts.splice(0, AT_ONCE);
      show(some);
      void some[0].offsetHeight; // now, and not with all others
    }
    if (parts.length) setTimeout(lay);
  }
  requestAnimationFrame(() => setTimeout(lay)); // the first window is painted
  addEventListener("beforeprint", () => show(parts.splice(0)));
})();
