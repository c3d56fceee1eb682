/* What the course's pages do besides being read. One classic script, no request to anyone:
   it also runs from a page opened from disk. Without it everything can still be read. */
(function () {
  "use strict";

  const root = document.documentElement;
  const fromDisk = location.protocol === "file:";
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  /* Light or dark: the system's choice, until a reader makes one of their own. */
  function mode() {
    const button = document.querySelector(".eeic-mode");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const wanted = () => (system.matches ? "dark" : "light");
    const paint = (theme) => {
      root.dataset.theme = theme;
      button.setAttribute("aria-pressed", String(theme === "dark"));
    };
    const kept = (change) => { try { return change(); } catch (error) { return null; } };
    button.addEventListener("click", () => {
      const theme = root.dataset.theme === "dark" ? "light" : "dark";
      paint(theme);
      kept(() => theme === wanted()
        ? localStorage.removeItem("eeic-mode")
        : localStorage.setItem("eeic-mode", theme));
    });
    system.addEventListener("change", () => {
      if (!kept(() => localStorage.getItem("eeic-mode"))) paint(wanted());
    });
    paint(root.dataset.theme);
    button.hidden = false;
  }

  /* On a narrow page the contents wait behind a button, and "On this page" starts closed. */
  function contents() {
    const button = document.querySelector(".eeic-menu");
    const list = document.getElementById("contents");
    if (button && list) {
      const open = (state) => {
        button.setAttribute("aria-expanded", String(state));
        list.classList.toggle("eeic-open", state);
      };
      button.addEventListener("click", () => open(button.getAttribute("aria-expanded") !== "true"));
      list.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && button.offsetParent) { open(false); button.focus(); }
      });
      button.hidden = false;
    }
    const here = document.querySelector(".eeic-onthispage");
    if (!here) return;
    const wide = matchMedia("(min-width: 80em)");
    const fit = () => { here.open = wide.matches; };
    wide.addEventListener("change", fit);
    fit();
    const links = new Map(all("a[href^='#']", here).map((a) => [a.hash.slice(1), a]));
    const sections = all(".eeic-article section[id]").filter((s) => links.has(s.id));
    const mark = () => {
      let current = null;
      for (const section of sections) if (section.getBoundingClientRect().top < 140) current = section;
      links.forEach((a, id) => {
        if (current && id === current.id) a.setAttribute("aria-current", "true");
        else a.removeAttribute("aria-current");
      });
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    mark();
  }

  /* The meaning of a glossary term, where the term is used: on pointing, on focus, on touch. It
     can be pointed at itself, stays until it is left, and Escape takes it away (WCAG 1.4.13). */
  function meanings() {
    const terms = all("a[data-eeic-meaning]");
    if (!terms.length) return;
    const box = document.createElement("div");
    box.className = "eeic-meaning";
    box.id = "eeic-meaning";
    box.setAttribute("role", "tooltip");
    box.hidden = true;
    document.body.append(box);
    let shown = null;
    let leaving = 0;

    const place = () => {
      const line = shown.getClientRects()[0];
      const width = Math.min(352, root.clientWidth - 32);
      box.style.width = width + "px";
      const left = Math.max(16, Math.min(line.left, root.clientWidth - width - 16));
      const above = line.bottom + box.offsetHeight + 12 > innerHeight && line.top > box.offsetHeight + 12;
      box.style.left = left + scrollX + "px";
      box.style.top = (above ? line.top - box.offsetHeight : line.bottom) + scrollY + "px";
      box.classList.toggle("eeic-above", above);
    };
    const show = (term) => {
      clearTimeout(leaving);
      if (shown === term) return;
      if (shown) hide();
      shown = term;
      const name = document.createElement("strong");
      name.textContent = term.dataset.eeicTerm;
      const inner = document.createElement("div");
      inner.append(name, document.createElement("br"), term.dataset.eeicMeaning);
      if (term.eeicTouched) {
        const more = document.createElement("a");
        more.href = term.href;
        more.textContent = "Open the glossary";
        inner.append(document.createElement("br"), more);
      }
      box.replaceChildren(inner);
      box.hidden = false;
      term.setAttribute("aria-describedby", box.id);
      place();
    };
    const hide = () => {
      clearTimeout(leaving);
      if (shown) { shown.removeAttribute("aria-describedby"); shown.eeicTouched = false; }
      shown = null;
      box.hidden = true;
    };
    // A moment's grace, to move the pointer from the word to its meaning.
    const leave = () => { clearTimeout(leaving); leaving = setTimeout(hide, 250); };

    terms.forEach((term) => {
      term.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") show(term); });
      term.addEventListener("pointerleave", (event) => {
        if (event.pointerType === "mouse" && document.activeElement !== term) leave();
      });
      term.addEventListener("focus", () => show(term));
      term.addEventListener("blur", leave);
      // A finger cannot hover: the first touch opens the meaning, which carries the link.
      term.addEventListener("pointerdown", (event) => {
        if (event.pointerType !== "mouse" && shown !== term) term.eeicTouched = true;
      });
      term.addEventListener("click", (event) => {
        if (term.eeicTouched) { event.preventDefault(); shown = null; show(term); }
      });
    });
    box.addEventListener("pointerenter", () => clearTimeout(leaving));
    box.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && document.activeElement !== shown) leave();
    });
    addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    addEventListener("pointerdown", (event) => {
      if (shown && !box.contains(event.target) && !shown.contains(event.target)) hide();
    });
    addEventListener("resize", hide);
  }

  /* A copy on a disk has no browser lab beside it, and is itself the offline copy. */
  function disk() {
    // The summaries in the search results would have to be fetched, which a disk refuses.
    if (typeof DOCUMENTATION_OPTIONS !== "undefined") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    all(".eeic-live-link").forEach((link) => {
      const note = document.createElement("span");
      note.className = "eeic-live-note";
      note.textContent = "The live notebook needs the web version of the course. "
        + "This copy from a disk has everything else.";
      link.replaceWith(note);
    });
    all(".eeic-offline-link").forEach((link) => { (link.closest("li") || link).remove(); });
  }

  /* A box that scrolls sideways must be reachable by keyboard; one that does not must not be. */
  function scrollers() {
    const fit = () => all(".eeic-article .eeic-scroll:not([role]), .eeic-article .highlight pre, .eeic-article div.math")
      .forEach((box) => {
        if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
        else box.removeAttribute("tabindex");
      });
    addEventListener("resize", fit);
    addEventListener("load", fit);
    fit();
  }

  /* On paper nothing can be opened, so everything is. */
  function paper() {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = all("details:not([open])").filter((one) => !one.closest(".eeic-ask"));
      opened.forEach((one) => { one.open = true; });
    });
    addEventListener("afterprint", () => { opened.forEach((one) => { one.open = false; }); });
  }

  mode();
  contents();
  meanings();
  scrollers();
  paper();
  if (fromDisk) disk();
})();
