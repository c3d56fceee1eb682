// Mounts the logbook's boxes on a page without a kernel: a model of anywidget's shape for each.

function eeicLogbookMount() {
  for (const place of document.querySelectorAll("[data-eeic-logbook]")) {
    const sheet = place.querySelector("script[type='application/json']");
    if (!sheet) continue; // mounted already
    const data = { sheet: JSON.parse(sheet.textContent), written: {}, kept: "browser", host: "page" };
    const fallback = place.querySelector(".eeic-log-fallback");
    sheet.remove();
    fallback.remove(); // first: its boxes have the same names for links
    eeicLogbook.render({
      model: {
        get: (name) => data[name],
        set: () => {},
        save_changes: () => {},
        on: () => {},
        off: () => {},
      },
      el: place,
    });
    // The page has grown since the browser went to the box that the address names.
    const wanted = /^#box-\d+$/.test(location.hash) && place.querySelector(location.hash);
    if (wanted) wanted.scrollIntoView();
  }
}

if (document.readyState === "loading") {
  document.addEventListener("DOMContentLoaded", eeicLogbookMount);
} else eeicLogbookMount();
