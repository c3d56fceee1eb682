/* Brings the static explorers of a page to life: a control moves, the frame that Python computed
   for that setting takes the place of the one before. Without this script the page shows the
   default frame and says its settings in words. A classic script: it also runs from a disk. */
(function () {
  "use strict";

  function image(svg) {
    return "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
  }

  /* One control: reads and sets its value, and reports each change. */
  function control(part, changed) {
    const range = part.querySelector("input[type=range]");
    const number = part.querySelector("input[type=number]");
    const list = part.querySelector("select");
    if (range) {
      const set = (value) => {
        // A range rounds whatever it is given to the nearest value it offers.
        range.value = value;
        number.value = range.value;
      };
      range.addEventListener("input", () => { set(range.value); changed(); });
      // While somebody types, only a value that is offered counts; on leaving, the nearest does.
      number.addEventListener("input", () => {
        if (number.value !== "" && number.validity.valid) { range.value = number.value; changed(); }
      });
      number.addEventListener("change", () => {
        set(number.value === "" ? range.value : number.value);
        changed();
      });
      return { get: () => range.value, settle: () => set(range.value) };
    }
    part.addEventListener("change", changed);
    return {
      get: () => (list ? list.value : part.querySelector("input:checked").value),
      settle: () => {},
    };
  }

  function start(section) {
    const data = section.querySelector("script.eeic-frames");
    const form = section.querySelector("form");
    if (!data || !form || section.classList.contains("eeic-live")) return;
    const frames = JSON.parse(data.textContent);
    const find = (selector) => section.querySelector(selector);
    let shown; // the settings of the frame in view

    const show = () => {
      const key = controls.map((c) => c.get()).join("|");
      const frame = frames[key];
      if (!frame || key === shown) return;
      shown = key;
      find("source").srcset = image(frame.narrow);
      const picture = find("img");
      picture.src = image(frame.wide);
      picture.alt = frame.alt;
      find("figcaption").textContent = frame.caption;
      find(".eeic-data > .eeic-scroll").outerHTML = frame.numbers;
      find(".eeic-settings").textContent = frame.settings;
      find("[role=status]").textContent = frame.finding;
    };

    const controls = Array.from(form.querySelectorAll("[data-control]"), (part) => control(part, show));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => {
      // The browser restores the controls after this event, so read them a moment later.
      setTimeout(() => { controls.forEach((c) => c.settle()); show(); });
    });
    // A browser going back may have kept other settings than those the page was written with.
    form.reset();
    shown = controls.map((c) => c.get()).join("|");
    section.classList.add("eeic-live");
    form.hidden = false;
  }

  const all = () => document.querySelectorAll("[data-eeic-explorer]").forEach(start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", all);
  else all();
})();
