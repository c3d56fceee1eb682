/* The reading of a live explorer: its sentence and its figure. See live.Reading. */

/* Name the controls after their visible labels, and keep their keys from JupyterLab. */
function tidy(root) {
  for (const part of root.querySelectorAll(".eeic-control")) {
    const label = part.querySelector(".eeic-label")?.textContent.trim();
    const group = part.querySelector(".widget-radio-box");
    if (group) {
      group.setAttribute("role", "radiogroup");
      group.setAttribute("aria-label", label);
    }
    for (const element of part.querySelectorAll("select, .noUi-handle, input[type=number]")) {
      const typed = element.matches("input");
      element.setAttribute("aria-label", typed ? `${label}, as a number` : label);
    }
    // JupyterLab looks for this on the focused element itself, not on what it stands in.
    for (const element of part.querySelectorAll("input, select, .noUi-handle")) {
      element.setAttribute("data-lm-suppress-shortcuts", "true");
    }
  }
}

function render({ model, el }) {
  const sentence = document.createElement("p");
  sentence.className = "eeic-finding";
  sentence.setAttribute("role", "status");
  const figure = document.createElement("div");
  el.append(sentence, figure);

  const update = () => {
    sentence.textContent = model.get("finding");
    const open = figure.querySelector("details")?.open;
    figure.innerHTML = model.get("figure");
    if (open) figure.querySelector("details").open = true;
  };
  model.on("change:figure", update);
  update();

  // The other widgets arrive in the page in their own time, this one's surroundings included.
  let watcher;
  const watch = () => {
    const root = el.closest(".eeic-explorer");
    if (!root) return;
    tidy(root);
    watcher.disconnect();
    watcher.observe(root, { childList: true, subtree: true });
  };
  watcher = new MutationObserver(watch);
  watcher.observe(document.body, { childList: true, subtree: true });
  watch();
  return () => { model.off("change:figure", update); watcher.disconnect(); };
}

export default { render };
