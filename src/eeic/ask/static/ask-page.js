// Mounts the questions of a page without a kernel: a model of anywidget's shape for each.

function eeicModel(data) {
  return {
    get: (name) => data[name],
    set: (name, value) => {
      data[name] = value;
    },
    save_changes: () => {},
    on: () => {},
    off: () => {},
  };
}

function eeicMount() {
  for (const place of document.querySelectorAll(".eeic-ask[data-eeic-ask]")) {
    const sheet = place.querySelector("script[type='application/json']");
    if (!sheet) continue; // mounted already
    const fallback = place.querySelector(".eeic-ask-fallback");
    const figure = place.querySelector(".eeic-ask-figure");
    const model = eeicModel({
      sheet: JSON.parse(sheet.textContent),
      figure,
      state: {},
      kept: "browser",
      host: "page",
    });
    sheet.remove();
    eeicAsk.render({ model, el: place });
    fallback.remove();
  }
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", eeicMount);
else eeicMount();
