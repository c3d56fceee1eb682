// A question on the page and in a notebook: the rules it is judged by, then its controls.
//
// One module for three hosts. In JupyterLab and JupyterLite it is an anywidget; on a page
// without a kernel `ask-page.js` gives it a model of the same shape. It imports nothing and asks
// the network for nothing.

// ---- The rules. eeic/ask/rules.py holds the same ones; a test runs both on the same answers.

const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xbe6, 0xff10];
const SAME = {
  "\u2212": "-", "\u2013": "-", "\ufe63": "-", "\uff0d": "-",
  "\u066b": ".", "\u066c": ",", "\uff0e": ".", "\uff0c": ",", "\u066a": "%", "\uff05": "%",
};
for (const zero of ZEROS) {
  for (let digit = 0; digit < 10; digit += 1) SAME[String.fromCharCode(zero + digit)] = `${digit}`;
}
const SPACE = /[\t\n\r \u00a0\u2000-\u200b\u202f\u2060\u3000\ufeff]/g;
const NUMBER = /^£?([+-]?)£?([0-9.,]+)([^]*)$/;
const PLAIN = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/;
const THOUSANDS = /^[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?$/;
const DECIMAL_COMMA = /^(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+),[0-9]+$/;

function tidy(words) {
  const plain = [...words.replace(SPACE, "")].map((c) => SAME[c] ?? c).join("");
  return plain.replace(/[A-Z]/g, (c) => c.toLowerCase());
}

function parseNumber(answer, unit) {
  if (typeof answer === "number") return Math.abs(answer) < 1e60 ? answer : null;
  if (typeof answer !== "string" || [...answer].length > 60) return null;
  const found = NUMBER.exec(tidy(answer));
  if (!found) return null;
  let digits = found[2];
  const wanted = tidy(unit).replaceAll(",", "");
  const percent = ["%", "percent"];
  const allowed = ["", wanted, ...(["", ...percent].includes(wanted) ? percent : [])];
  if (!allowed.includes(found[3].replaceAll(",", ""))) return null;
  if (THOUSANDS.test(digits)) digits = digits.replaceAll(",", "");
  else if (DECIMAL_COMMA.test(digits)) digits = digits.replaceAll(".", "").replace(",", ".");
  else if (!PLAIN.test(digits)) return null;
  return Number(found[1] + digits);
}

const NOTHING = { share: null, remarks: [], lines: [] };
const known = (key, id) => typeof id === "string" && Object.hasOwn(key, id);

const KINDS = {
  one(part, answer) {
    if (!known(part.key, answer)) return NOTHING;
    const key = part.key[answer];
    return { share: key.share, remarks: [key], lines: [] };
  },
  set(part, answer, say) {
    if (!Array.isArray(answer)) return NOTHING;
    const ids = part.options.map((option) => option.id);
    const chosen = ids.filter((id) => answer.includes(id));
    if (!chosen.length) return NOTHING;
    const right = ids.filter((id) => part.key[id].right);
    const wrong = chosen.filter((id) => !part.key[id].right).map((id) => part.key[id]);
    const missed = right.filter((id) => !chosen.includes(id)).map((id) => part.key[id]);
    const hits = right.length - missed.length;
    const lines = missed.filter((key) => "missed" in key).map((key) => key.missed);
    if (lines.length < missed.length) lines.push(say.more);
    return { share: Math.max(0, hits - wrong.length) / right.length, remarks: wrong, lines };
  },
  order(part, answer) {
    const right = part.key.right;
    if (!Array.isArray(answer) || answer.length !== right.length) return NOTHING;
    if (!right.every((id) => answer.includes(id))) return NOTHING;
    const kept = right.slice(1).filter((id, i) => answer.indexOf(right[i]) < answer.indexOf(id));
    const slips = part.key.slips.filter((s) => answer.indexOf(s.first) < answer.indexOf(s.then));
    return { share: kept.length / (right.length - 1), remarks: slips, lines: [] };
  },
  number(part, answer) {
    if (answer === null || answer === undefined) return NOTHING;
    if (typeof answer === "string" && !answer.replace(SPACE, "")) return NOTHING;
    const value = parseNumber(answer, part.unit);
    if (value === null) return { share: null, remarks: [], lines: [part.unreadable] };
    const within = (band) => band.low <= value && value <= band.high;
    if ("low" in part.key && within(part.key)) return { share: 1, remarks: [], lines: [] };
    const near = part.key.near.find(within);
    return near
      ? { share: near.share, remarks: [near], lines: [] }
      : { share: 0, remarks: [], lines: [] };
  },
};

const isRecord = (thing) =>
  typeof thing === "object" && thing !== null && !Array.isArray(thing);

function judge(sheet, answer) {
  const { parts, say } = sheet;
  const given =
    parts.length === 1 ? { [parts[0].name]: answer } : isRecord(answer) ? answer : {};
  const found = parts.map((part) => KINDS[part.kind](part, given[part.name], say));
  const unreadable = found.filter((one) => one.share === null).flatMap((one) => one.lines);
  if (found.every((one) => one.share === null)) {
    const feedback = unreadable[0] ?? say.empty;
    return { status: "not tried", share: 0, feedback, misconception: null, parts: {} };
  }
  const shares = found.map((one) => one.share ?? 0);
  let share = shares.reduce((sum, one) => sum + one, 0) / shares.length;
  let status = share === 1 ? "correct" : share > 0 ? "partly" : "not yet";
  if (sheet.predict) [share, status] = [0, "noted"];
  const lines = [];
  if ("count" in say && status === "partly") {
    const right = shares.filter((one) => one === 1).length;
    lines.push(say.count.replace("{right}", right).replace("{all}", found.length));
  }
  const again = [];
  const missing = [];
  parts.forEach((part, i) => {
    const one = found[i];
    const lead = "count" in say ? `“${part.label}”: ` : "";
    const remarked = one.remarks.filter((r) => "feedback" in r).map((r) => r.feedback);
    const said = [...remarked, ...one.lines];
    lines.push(...said.map((line) => lead + line));
    if (one.share === null && !one.lines.length) missing.push(`“${part.label}”`);
    else if (one.share !== 1 && !said.length && lead) again.push(`“${part.label}”`);
  });
  if (again.length && status === "partly") {
    lines.push(say.again.replace("{labels}", () => again.join(", ")));
  }
  if (missing.length) lines.push(say.missing.replace("{labels}", () => missing.join(", ")));
  if (status in say.own) lines.push(say.own[status]);
  const slips = sheet.predict
    ? []
    : found
        .filter((one) => one.share !== 1)
        .flatMap((one) => one.remarks)
        .filter((remark) => "misconception" in remark);
  return {
    status,
    share,
    feedback: (lines.length ? lines : [say.bare[status]]).join("\n"),
    misconception: slips.length ? slips[0].misconception : null,
    parts: Object.fromEntries(parts.map((part, i) => [part.name, shares[i]])),
  };
}

// ---- Versions: the same question with other numbers. eeic/ask/versions.py holds the same rules.

function versions(sheet) {
  const { others = [], ...first } = sheet;
  return [first, ...others.map((other) => ({ ...first, ...other }))];
}

function choose(name, seed, count) {
  return [...name].reduce((sum, one) => sum + one.codePointAt(0), seed) % count;
}

// ---- Remembering in the browser, where no kernel can write a file.

const KEY = "eeic-answers-v1";
const SEEDS = 65536;
/** The seed of a browser that has none yet; it is kept with the first answer. */
const DRAWN = Math.floor(Math.random() * SEEDS);
const UNREADABLE = "Your earlier answers in this browser could not be read. They are kept " +
  "under another name, and answers start anew.";

/** Read all answers; what cannot be read is copied aside, never thrown away. */
function recall() {
  let kept = null;
  try {
    kept = window.localStorage.getItem(KEY);
    if (kept === null) return { answers: {}, seed: DRAWN };
    const data = JSON.parse(kept);
    const sound = isRecord(data) && data.version === 1 && isRecord(data.answers) &&
      Object.values(data.answers).every(isRecord);
    if (sound) {
      const whole = Number.isInteger(data.seed) && data.seed >= 0 && data.seed < SEEDS;
      return { answers: data.answers, seed: whole ? data.seed : DRAWN };
    }
  } catch (error) {
    if (kept === null) return { answers: {}, seed: DRAWN, closed: true };
  }
  try {
    let number = 1;
    while (window.localStorage.getItem(`${KEY}-unreadable-${number}`) !== null) number += 1;
    window.localStorage.setItem(`${KEY}-unreadable-${number}`, kept);
    window.localStorage.removeItem(KEY);
  } catch (error) {
    return { answers: {}, seed: DRAWN, closed: true };
  }
  return { answers: {}, seed: DRAWN, notice: UNREADABLE };
}

/** Remember one question; false where the browser keeps nothing. */
function remember(id, state) {
  const { answers, seed, closed } = recall();
  if (closed) return false;
  if (state.answer === null && !state.hints && !("version" in state)) delete answers[id];
  else answers[id] = state;
  try {
    window.localStorage.setItem(KEY, JSON.stringify({ version: 1, seed, answers }));
    return true;
  } catch (error) {
    return false;
  }
}

// ---- Controls. Each gives its node, and reads and writes the answer to one part.

const WORDS = {
  "not tried": "Not tried",
  "not yet": "Not yet",
  partly: "Partly",
  correct: "Correct",
  noted: "Noted",
  saved: "Saved",
};

/** Discs that fill as the answer does, so that the outcome is a shape as well as a colour. */
const DISCS = {
  "not tried": '<circle cx="10" cy="10" r="8" stroke-dasharray="3 2.6"/>',
  "not yet": '<circle cx="10" cy="10" r="8"/><path class="f" d="M10 10V2a8 8 0 0 1 8 8z"/>',
  partly: '<circle cx="10" cy="10" r="8"/><path class="f" d="M10 2a8 8 0 0 1 0 16z"/>',
  correct: '<circle class="f" cx="10" cy="10" r="8"/><path class="t" d="m6 10.4 2.7 2.7L14 7.6"/>',
  noted: '<circle cx="10" cy="10" r="8"/><path d="m6 10.4 2.7 2.7L14 7.6"/>',
  saved: '<circle cx="10" cy="10" r="8"/><path d="m6 10.4 2.7 2.7L14 7.6"/>',
};

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "html") node.innerHTML = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  node.append(...children);
  return node;
}

const disc = (status) =>
  h("span", {
    class: "eeic-ask-disc",
    "aria-hidden": "true",
    html: `<svg viewBox="0 0 20 20" width="20" height="20">${DISCS[status]}</svg>`,
  });

/** Radio buttons or checkboxes in a fieldset. */
function choices(part, uid, legend, describedby, type) {
  const inputs = part.options.map((option) =>
    h("input", { type, name: `${uid}-${part.name}`, value: option.id }));
  const rows = part.options.map((option, i) =>
    h("label", { class: "eeic-ask-option" }, inputs[i], h("span", {}, option.text)));
  const node = h("fieldset", { class: "eeic-ask-set" }, h("legend", {}, legend), ...rows);
  if (describedby) node.setAttribute("aria-describedby", describedby);
  return { node, inputs };
}

function oneOf(part, uid, legend, describedby) {
  const { node, inputs } = choices(part, uid, legend, describedby, "radio");
  return {
    node,
    read: () => inputs.find((input) => input.checked)?.value ?? null,
    write: (answer) => inputs.forEach((input) => (input.checked = input.value === answer)),
  };
}

function readSet(inputs) {
  const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
  return chosen.length ? chosen : null;
}

function writeSet(inputs, answer) {
  const chosen = Array.isArray(answer) ? answer : [];
  inputs.forEach((input) => (input.checked = chosen.includes(input.value)));
}

function someOf(part, uid, legend, describedby) {
  const { node, inputs } = choices(part, uid, legend, describedby, "checkbox");
  return { node, read: () => readSet(inputs), write: (answer) => writeSet(inputs, answer) };
}

/** A passage whose underlined spans can be ticked. */
function marks(sheet, uid, legend, describedby) {
  const inputs = [];
  const pieces = sheet.passage.map((piece) => {
    if (!piece.id) return piece.text;
    const input = h("input", { type: "checkbox", value: piece.id });
    inputs.push(input);
    return h("label", { class: "eeic-ask-span" }, input, h("span", {}, piece.text));
  });
  const node = h("fieldset", { class: "eeic-ask-set" }, h("legend", {}, legend),
    h("p", { class: "eeic-ask-passage" }, ...pieces));
  if (describedby) node.setAttribute("aria-describedby", describedby);
  return { node, read: () => readSet(inputs), write: (answer) => writeSet(inputs, answer) };
}

/** A list with two buttons beside each item; no dragging. */
function ordered(part, uid, legend, describedby, changed, keepLabel) {
  let touched = false;
  const list = h("ol", { class: "eeic-ask-order" });
  const said = h("p", { class: "eeic-ask-unseen", role: "status" });
  const rows = part.options.map((option) => {
    const button = (word, arrow, step) => {
      const made = h("button", {
        type: "button",
        class: "eeic-ask-step",
        "aria-label": `${word}: ${option.text}`,
      }, h("span", { "aria-hidden": "true" }, `${arrow}\u00a0`), word);
      made.addEventListener("click", () => move(row, step, made));
      return made;
    };
    const row = h("li", { "data-id": option.id },
      h("span", { class: "eeic-ask-order-text" }, option.text),
      h("span", { class: "eeic-ask-steps" }, button("Up", "↑", -1), button("Down", "↓", 1)));
    return row;
  });
  list.append(...rows);

  function ends() {
    [...list.children].forEach((row, i, all) => {
      const [up, down] = row.querySelectorAll("button");
      up.setAttribute("aria-disabled", String(i === 0));
      down.setAttribute("aria-disabled", String(i === all.length - 1));
    });
  }
  function move(row, step, button) {
    const all = [...list.children];
    const place = all.indexOf(row) + step;
    if (place < 0 || place >= all.length) return;
    list.insertBefore(row, step < 0 ? all[place] : all[place].nextSibling);
    button.focus(); // moving a node takes the focus off it
    touched = true;
    ends();
    const text = row.querySelector(".eeic-ask-order-text").textContent;
    said.textContent = `“${text}” is now number ${place + 1} of ${all.length}.`;
    changed();
  }
  ends();
  const node = h("div", { class: "eeic-ask-set", role: "group", "aria-labelledby": `${uid}-legend` },
    h("p", { class: "eeic-ask-legend", id: `${uid}-legend` }, legend), list, said);
  if (describedby) node.setAttribute("aria-describedby", describedby);
  if (keepLabel) {
    const keep = h("button", { type: "button", class: "eeic-ask-button" }, keepLabel);
    keep.addEventListener("click", () => {
      touched = true;
      changed();
    });
    node.append(keep);
  }
  return {
    node,
    settle: () => (touched = true), // checking an order takes it as it stands
    read: () => (touched ? [...list.children].map((row) => row.dataset.id) : null),
    write: (answer) => {
      const ids = part.options.map((option) => option.id);
      touched = Array.isArray(answer) && answer.length === ids.length &&
        ids.every((id) => answer.includes(id));
      const order = touched ? answer : ids;
      list.append(...order.map((id) => rows.find((row) => row.dataset.id === id)));
      said.textContent = "";
      ends();
    },
  };
}

function numberInput(part, attributes) {
  const input = h("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "60",
    class: "eeic-ask-number",
    ...attributes,
  });
  return {
    node: input,
    read: () => (input.value.trim() ? input.value : null),
    write: (answer) => {
      const fits = typeof answer === "string" || typeof answer === "number";
      input.value = fits ? String(answer) : "";
    },
  };
}

function labelledNumber(part, uid, describedby) {
  const unit = part.unit ? `${uid}-unit` : null;
  const described = [describedby, unit].filter(Boolean).join(" ");
  const made = numberInput(part, { id: `${uid}-number`, "aria-describedby": described || null });
  const row = h("div", { class: "eeic-ask-set eeic-ask-numeric" },
    h("label", { for: `${uid}-number` }, part.label),
    h("span", { class: "eeic-ask-measure" }, made.node,
      ...(part.unit ? [h("span", { id: unit }, part.unit)] : [])));
  return { ...made, node: row };
}

function dropDown(part, attributes) {
  const select = h("select", { class: "eeic-ask-select", ...attributes },
    h("option", { value: "" }, "Choose…"),
    ...part.options.map((option) => h("option", { value: option.id }, option.text)));
  return {
    node: select,
    read: () => select.value || null,
    write: (answer) => {
      select.value = part.options.some((option) => option.id === answer) ? answer : "";
    },
  };
}

/** What a drop-down holds is not printed with it, so paper gets a list. */
const printed = (options) =>
  h("p", { class: "eeic-ask-print" }, `Choose from: ${options.map((o) => o.text).join("; ")}.`);

function matched(sheet, uid, legend, describedby) {
  const controls = sheet.parts.map((part, i) => dropDown(part, { id: `${uid}-item-${i}` }));
  const rows = sheet.parts.map((part, i) =>
    h("div", { class: "eeic-ask-pair" },
      h("label", { for: `${uid}-item-${i}` }, part.label), controls[i].node));
  const node = h("fieldset", { class: "eeic-ask-set" }, h("legend", {}, legend), ...rows,
    printed(sheet.parts[0].options));
  if (describedby) node.setAttribute("aria-describedby", describedby);
  return { node, controls };
}

function tabled(sheet, uid, legend) {
  const { caption, columns, rows } = sheet.table;
  const controls = [];
  const control = (name) => {
    const part = sheet.parts.find((one) => one.name === name);
    const made = part.kind === "number"
      ? numberInput(part, { "aria-label": part.unit ? `${part.label}, in ${part.unit}` : part.label })
      : dropDown(part, { "aria-label": part.label });
    controls.push(made);
    return h("span", { class: "eeic-ask-measure" }, made.node, part.unit ?? "",
      ...(part.kind === "one" ? [printed(part.options)] : []));
  };
  // The roles are written out because narrow cards lay the rows out as blocks, and a browser
  // then no longer takes them for a table.
  const body = rows.map((row) =>
    h("tr", { role: "row" }, h("th", { role: "rowheader", scope: "row" }, row.label),
      ...row.cells.map((cell, i) =>
        h("td", { role: "cell" },
          h("span", { class: "eeic-ask-cell-name", "aria-hidden": "true" }, columns[i + 1]),
          h("span", { class: "eeic-ask-cell" }, "part" in cell ? control(cell.part) : cell.text)))));
  const node = h("div", { class: "eeic-ask-set" },
    h("p", { class: "eeic-ask-legend" }, legend),
    h("table", { role: "table", class: "eeic-ask-table" }, h("caption", {}, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
        ...columns.map((name) => h("th", { role: "columnheader", scope: "col" }, name)))),
      h("tbody", { role: "rowgroup" }, ...body)));
  return { node, controls };
}

/** Lay out a sheet's controls: nodes to show, and one control for each part. */
function layOut(sheet, uid, stem, changed) {
  const [first] = sheet.parts;
  switch (sheet.layout) {
    case "choice": {
      const controls = sheet.parts.map((part, i) =>
        oneOf(part, uid, i ? part.legend : "Choose one", i ? null : stem));
      return { nodes: controls.map((one) => one.node), controls };
    }
    case "multi": {
      const made = someOf(first, uid, "Choose all that apply", stem);
      return { nodes: [made.node], controls: [made] };
    }
    case "mark": {
      const made = marks(sheet, uid, "Tick the words that are wrong", stem);
      return { nodes: [made.node], controls: [made] };
    }
    case "order": {
      const keep = sheet.keyed ? null : "Save this order";
      const made = ordered(first, uid, "Put these in order, first at the top", stem, changed, keep);
      return { nodes: [made.node], controls: [made] };
    }
    case "match": {
      const made = matched(sheet, uid, "Choose one for each", stem);
      return { nodes: [made.node], controls: made.controls };
    }
    case "table": {
      const made = tabled(sheet, uid, "Fill in the empty cells");
      return { nodes: [made.node], controls: made.controls };
    }
    default: {
      const made = labelledNumber(first, uid, stem);
      return { nodes: [made.node], controls: [made] };
    }
  }
}

// ---- The card.

function render({ model, el }) {
  let leave;
  const lay = (arrived) => {
    leave?.();
    leave = card(model, el, arrived, () => lay(true));
  };
  lay(false);
  return () => leave();
}

/** Put one version of a question on the page; `next` takes it away and puts the next there. */
function card(model, el, arrived, next) {
  const every = versions(model.get("sheet"));
  const { id } = every[0];
  const onPage = model.get("host") === "page";
  const uid = `eeic-ask-${Math.random().toString(36).slice(2, 9)}`;
  let notice = "";
  let closed = false;
  let state = sound(model.get("state"));
  if (model.get("kept") === "browser") {
    const recalled = recall();
    notice = recalled.notice ?? "";
    closed = recalled.closed ?? false;
    if (state.answer === null && isRecord(recalled.answers[id])) {
      state = sound(recalled.answers[id]);
      send(); // so that Python sees what the browser remembered
    } else if (state.answer === null && !arrived) {
      state = untried(choose(id, recalled.seed, every.length));
    }
  }
  const sheet = every[state.version ?? 0];
  const checks = sheet.keyed && !sheet.predict;

  function untried(version) {
    const varies = every.length > 1 && { version };
    return { answer: null, status: "not tried", tries: 0, hints: 0, ...varies };
  }
  function sound(given) {
    const from = isRecord(given) ? given : {};
    // An answer from before the question had versions was given to the first one's numbers.
    const version = "version" in from ? from.version : 0;
    if (!Number.isInteger(version) || !(version in every)) {
      return untried(choose(id, recall().seed, every.length));
    }
    const whole = (value, most) =>
      Number.isInteger(value) && value > 0 ? Math.min(value, most) : 0;
    return {
      ...untried(version),
      answer: from.answer ?? null,
      status: from.status in WORDS ? from.status : "not tried",
      tries: whole(from.tries, 1e6),
      hints: whole(from.hints, every[version].hints.length),
    };
  }
  function send() {
    model.set("state", { ...state });
    model.save_changes();
  }

  // -- what is on the card
  const kind = sheet.predict ? "Prediction" : sheet.keyed ? "Self-check" : "Exercise question";
  const badge = h("span", { class: "eeic-ask-badge" });
  const heading = h("p", { class: "eeic-ask-head" },
    h("span", { id: `${uid}-kind`, class: "eeic-ask-kind" }, kind),
    ...(sheet.outcome ? [h("span", { class: "eeic-ask-outcome" }, `objective ${sheet.outcome}`)] : []),
    ...(every.length > 1 ? [h("span", { class: "eeic-ask-outcome" }, which())] : []),
    badge);
  const stem = h("div", { class: "eeic-ask-stem", id: `${uid}-stem`, html: sheet.stem });
  const figure = model.get("figure") ??
    (sheet.figure ? h("div", { class: "eeic-ask-figure", html: sheet.figure }) : null);
  const { nodes, controls } = layOut(sheet, uid, `${uid}-stem`, changed);
  const result = h("div", { class: "eeic-ask-result", role: "status" });
  const hints = h("div", { class: "eeic-ask-hints", "aria-live": "polite" });
  const explain = h("div", { class: "eeic-ask-explain", id: `${uid}-explain`, hidden: true },
    h("p", { class: "eeic-ask-explain-title" }, "Worked answer"),
    h("div", { html: sheet.explain }));
  const kept = h("p", { class: "eeic-ask-kept" });

  const button = (words, type, act) => {
    const made = h("button", { type, class: "eeic-ask-button" }, words);
    if (act) made.addEventListener("click", act);
    return made;
  };
  const check = button(sheet.predict ? "Note my prediction" : "Check my answer", "submit");
  check.classList.add("eeic-ask-main");
  const hint = button("", "button", giveHint);
  const worked = button("Show the worked answer", "button", toggleWorked);
  worked.setAttribute("aria-expanded", "false");
  worked.setAttribute("aria-controls", explain.id);
  const another = button("Try another like this", "button", moveOn);
  another.classList.add("eeic-ask-another");
  const clear = button("Clear my answer", "button", startAnew);
  const buttons = h("div", { class: "eeic-ask-buttons" }, ...(sheet.keyed ? [check] : []),
    ...(checks && sheet.hints.length ? [hint] : []), ...(sheet.explain ? [worked] : []),
    ...(every.length > 1 ? [another] : []), clear);
  // What comes back stands below the buttons, so that none moves away under a finger.
  const form = h("form", { class: "eeic-ask-form", novalidate: true }, ...nodes, buttons, result,
    hints, explain);
  const look = sheet.predict ? "eeic-ask-card eeic-ask-predict" : "eeic-ask-card";
  const box = h("div", { class: look, role: "group", "aria-labelledby": `${uid}-kind` },
    heading, stem, ...(figure ? [figure] : []), form, kept);

  // -- reading and writing the answer
  const names = sheet.parts.map((part) => part.name);
  function read() {
    if (names.length === 1) return controls[0].read();
    const pairs = names.map((name, i) => [name, controls[i].read()]).filter(([, v]) => v !== null);
    return pairs.length ? Object.fromEntries(pairs) : null;
  }
  function write(answer) {
    const given = names.length === 1 ? { [names[0]]: answer } : isRecord(answer) ? answer : {};
    controls.forEach((control, i) => control.write(given[names[i]] ?? null));
  }

  // -- saying how it stands
  function standing(status) {
    badge.replaceChildren(disc(status), WORDS[status]);
    badge.dataset.status = status;
  }
  function report(outcome) {
    result.dataset.status = outcome.status;
    const lines = outcome.feedback.split("\n");
    const said = h("div", {}, ...lines.map((line) => h("p", {}, line)));
    if (outcome.status !== "not tried") {
      said.prepend(h("p", { class: "eeic-ask-word" }, `${WORDS[outcome.status]}.`));
    }
    if (outcome.misconception) {
      said.append(h("p", { class: "eeic-ask-slip" }, h("strong", {}, "Common mix-up: "),
        `${outcome.misconception}.`));
    }
    if (sheet.read_again && outcome.status !== "correct" && outcome.status !== "not tried") {
      const { text, anchor } = sheet.read_again;
      said.append(h("p", {}, "Read again: ",
        onPage ? h("a", { href: `#${anchor}` }, text) : text));
    }
    result.replaceChildren(disc(outcome.status), said);
  }
  function tell(words) {
    delete result.dataset.status;
    result.replaceChildren(...(words ? [h("div", {}, h("p", {}, words))] : []));
  }
  function draw() {
    standing(state.status);
    hint.textContent = state.hints < sheet.hints.length
      ? `Give me a hint (${state.hints + 1} of ${sheet.hints.length})`
      : sheet.hints.length === 1 ? "The hint is shown" : `All ${sheet.hints.length} hints are shown`;
    hint.setAttribute("aria-disabled", String(state.hints >= sheet.hints.length));
    while (hints.children.length > state.hints) hints.lastChild.remove();
    for (let i = hints.children.length; i < state.hints; i += 1) {
      hints.append(h("div", { class: "eeic-ask-hint" },
        h("p", { class: "eeic-ask-hint-title" }, `Hint ${i + 1}`), h("div", { html: sheet.hints[i] })));
    }
    worked.hidden = another.hidden = state.tries === 0;
    if (state.tries === 0) showWorked(false);
    whereKept();
    // JupyterLab takes keys for its own shortcuts unless the control itself says not to.
    for (const one of box.querySelectorAll("input, select, button, a, summary, [tabindex]")) {
      one.setAttribute("data-lm-suppress-shortcuts", "true");
    }
  }
  function whereKept() {
    const answered = state.answer !== null || state.hints > 0;
    let words = "";
    if (model.get("kept") === "browser") {
      if (closed) words = "This browser lets the page remember nothing, so your answer is gone when you close it.";
      else if (!onPage) words = "This folder cannot be written to, so your answer is remembered by this browser only.";
      else if (answered) {
        words = window.eeicKept ?? "Remembered in this browser only. Nothing is sent anywhere.";
      }
    } else if (answered && sheet.keyed) words = "Remembered in answers.json, beside this notebook.";
    kept.textContent = [notice, words].filter(Boolean).join(" ");
    kept.hidden = !kept.textContent;
  }

  // -- what happens
  let waiting = null; // a change that is not yet sent
  let unanswered = null; // a save that Python has not yet taken in
  function commit() {
    clearTimeout(waiting);
    waiting = null;
    if (model.get("kept") === "browser") closed = !remember(id, state);
    send();
    if (!sheet.keyed) sayIfSaved();
    draw();
  }
  /** Say "saved" for an exercise's answer, and only once it is. */
  function sayIfSaved() {
    clearTimeout(unanswered);
    if (model.get("kept") === "browser" || onPage) return saved();
    tell("Saving…");
    unanswered = setTimeout(() => tell(
      "Not saved yet: the notebook does not answer. Run the cell again, then change your answer."
    ), 8000);
  }
  function saved() {
    clearTimeout(unanswered);
    standing(state.status);
    if (state.answer === null) return tell("Cleared.");
    if (closed) return tell("Not saved: this browser lets the page remember nothing.");
    tell(model.get("kept") === "browser"
      ? "Kept in this browser only: this is not in answers.json and will not be handed in."
      : "Saved in answers.json. Change it as often as you like until you hand in.");
  }
  function changed(typing = false) {
    state = { ...state, answer: read() };
    if (!sheet.keyed) state.status = state.answer === null ? "not tried" : "saved";
    else if (state.status !== "not tried") {
      state.status = "not tried";
      tell(sheet.predict
        ? "You have changed your prediction. Note it again when you are ready."
        : "You have changed your answer. Check it again when you are ready.");
    } else if (result.dataset.status) tell("");
    standing(state.status);
    clearTimeout(waiting);
    if (typing) waiting = setTimeout(commit, 250); // one change, not one for each letter
    else commit();
  }
  function checkIt() {
    controls.forEach((control) => control.settle?.());
    const outcome = judge(sheet, read());
    report(outcome);
    state = { ...state, answer: read(), status: outcome.status };
    if (outcome.status !== "not tried") state.tries += 1;
    commit();
    if (outcome.status === "not tried") return;
    // For whoever holds the page, as a learning platform does.
    const detail = { sheet, answer: state.answer, outcome, tries: state.tries };
    el.dispatchEvent(new CustomEvent("eeic-answered", { bubbles: true, detail }));
  }
  function giveHint() {
    if (state.hints >= sheet.hints.length) return;
    state = { ...state, hints: state.hints + 1 };
    commit();
  }
  function showWorked(open) {
    explain.hidden = !open;
    worked.setAttribute("aria-expanded", String(open));
    worked.textContent = open ? "Hide the worked answer" : "Show the worked answer";
  }
  function toggleWorked() {
    showWorked(explain.hidden);
  }
  function startAnew() {
    write(null);
    state = untried(state.version);
    commit();
    if (sheet.keyed) tell("Cleared.");
  }

  function moveOn() {
    state = untried((state.version + 1) % every.length);
    commit();
    next();
  }
  function which() {
    return `version ${state.version + 1} of ${every.length}`;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sheet.keyed) checkIt();
    else commit();
  });
  form.addEventListener("input", (event) => changed(event.target.type === "text"));
  form.addEventListener("change", () => waiting && commit());
  function taken() {
    if (!sheet.keyed) saved();
  }
  function moved() {
    // Python could not write: the browser takes over.
    if (model.get("kept") === "browser") closed = !remember(id, state);
    whereKept();
  }
  model.on("change:taken", taken);
  model.on("change:kept", moved);

  // -- as it was left
  write(state.answer);
  if (sheet.keyed && state.status !== "not tried" && read() !== null) {
    const outcome = judge(sheet, read());
    state.status = outcome.status;
    report(outcome);
  } else if (!sheet.keyed && state.answer !== null) saved();
  draw();
  el.append(box);
  let telling = null;
  if (arrived) {
    stem.tabIndex = -1;
    stem.focus(); // read out first; what is said in the status comes after it
    telling = setTimeout(() => tell(`This is ${which()}: the same question with other numbers.`), 300);
  }
  return () => {
    if (waiting) commit();
    clearTimeout(telling);
    box.remove();
    clearTimeout(unanswered);
    model.off("change:taken", taken);
    model.off("change:kept", moved);
  };
}

export default { render, judge, parseNumber, versions, choose };
