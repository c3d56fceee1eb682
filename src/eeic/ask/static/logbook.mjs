// The logbook on the page and in a notebook: how it is kept, the Word document, the boxes.
//
// One module for three hosts, as ask.mjs: an anywidget in JupyterLab and JupyterLite, and
// `logbook-page.js` on a page without a kernel. It imports nothing and asks the network for
// nothing: what is saved is made here, from what is here.

// ---- The file. eeic/ask/logbooks/store.py reads and writes the same one.

const FILE = "logbook.json";
const VERSION = 1;

const isRecord = (thing) =>
  typeof thing === "object" && thing !== null && !Array.isArray(thing);
const isFull = (text) => typeof text === "string" && /[^ \t\r\n\u00a0]/.test(text);

/** Read the text of a logbook's file: its boxes, or one sentence that says what is wrong. */
function parse(text, name = FILE) {
  let data;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return { problem: `${name} is damaged: it does not read as JSON.` };
  }
  const boxes = isRecord(data) ? data.boxes : null;
  if (!isRecord(boxes)) return { problem: `${name} is not a logbook: it holds no boxes.` };
  if (data.version !== VERSION) {
    return { problem: `${name} is from another version of the course, which writes it otherwise.` };
  }
  for (const [box, prompts] of Object.entries(boxes)) {
    if (!isRecord(prompts) || !Object.values(prompts).every((t) => typeof t === "string")) {
      return { problem: `${name} is damaged in box ${box}.` };
    }
  }
  return { boxes };
}

/** Put texts into boxes; what else is in them stays. */
function merged(boxes, changes) {
  const names = [...new Set([...Object.keys(boxes), ...Object.keys(changes)])];
  const own = (of, name) => (Object.hasOwn(of, name) ? of[name] : {});
  return Object.fromEntries(
    names.map((name) => [name, { ...own(boxes, name), ...own(changes, name) }]));
}

function asText(boxes) {
  const full = Object.entries(boxes)
    .map(([box, of]) => [box, Object.fromEntries(Object.entries(of).filter(([, text]) => text))])
    .filter(([, of]) => Object.keys(of).length);
  return `${JSON.stringify({ version: VERSION, boxes: Object.fromEntries(full) }, null, 1)}\n`;
}

const answers = (boxes) =>
  Object.entries(boxes).flatMap(([box, of]) =>
    Object.entries(of).filter(([, t]) => isFull(t)).map(([prompt, text]) => [box, prompt, text]));

/** Say where two logbooks hold something different in the same place. */
function differing(ours, theirs) {
  const here = merged(ours, {});
  return answers(theirs).filter(([box, prompt, text]) => {
    const own = Object.hasOwn(here, box) ? here[box][prompt] : "";
    return isFull(own) && own !== text;
  });
}

/** Take another logbook in: what is empty here is filled, what differs is settled by `prefer`. */
function take(ours, theirs, prefer) {
  const kept = differing(ours, theirs).map(([box, prompt]) => `${box}/${prompt}`);
  const coming = answers(theirs)
    .filter(([box, prompt]) => prefer === "theirs" || !kept.includes(`${box}/${prompt}`));
  return coming.reduce(
    (boxes, [box, prompt, text]) => merged(boxes, { [box]: { [prompt]: text } }), ours);
}

// ---- Keeping it in the browser, where no kernel can write a file.

const KEY = "eeic-logbook-v1";
const UNREADABLE = "What this browser kept of your logbook could not be read. It is set aside " +
  "under another name, and your logbook starts anew.";

/** Read all boxes; what cannot be read is copied aside, never thrown away. */
function recall() {
  let kept = null;
  try {
    kept = window.localStorage.getItem(KEY);
    if (kept === null) return { boxes: {} };
    const read = parse(kept);
    if (read.boxes) return read;
    let number = 1;
    while (window.localStorage.getItem(`${KEY}-unreadable-${number}`) !== null) number += 1;
    window.localStorage.setItem(`${KEY}-unreadable-${number}`, kept);
    window.localStorage.removeItem(KEY);
  } catch (error) {
    return { boxes: {}, closed: true };
  }
  return { boxes: {}, notice: UNREADABLE };
}

/** Put changes into what the browser keeps; false where it keeps nothing. */
function remember(changes) {
  const { boxes, closed } = recall(); // another page may have written since
  if (closed) return false;
  try {
    window.localStorage.setItem(KEY, asText(merged(boxes, changes)));
    return true;
  } catch (error) {
    return false;
  }
}

/** Forget everything, also what was set aside. */
function forget() {
  try {
    const ours = Object.keys(window.localStorage).filter((key) => key.startsWith(KEY));
    ours.forEach((key) => window.localStorage.removeItem(key));
    return true;
  } catch (error) {
    return false;
  }
}

// ---- The Word document. eeic/ask/logbooks/word.py makes the same bytes; a test compares them.

const MONTHS = ("January February March April May June July August September October November " +
  "December").split(" ");
const FORBIDDEN = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function paragraph(style, text) {
  const named = style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : "";
  const plain = text.replace(FORBIDDEN, "").replaceAll("\t", "    ")
    .replace(/[&<>]/g, (character) => ESCAPES[character]);
  return `<w:p>${named}<w:r><w:t xml:space="preserve">${plain}</w:t></w:r></w:p>`;
}

const answered = (text) =>
  text.split(/\r\n|\r|\n/).filter(isFull).map((line) => paragraph("", line)).join("");

function bodyOf(sheet, written) {
  const texts = (box) => (Object.hasOwn(written, box.id) ? written[box.id] : {});
  const text = (box, prompt) =>
    Object.hasOwn(texts(box), prompt.id) ? texts(box)[prompt.id] : "";
  const title = (box) => `${Number(box.id)}. ${box.title}`;
  const begun = sheet.boxes.filter((box) => Object.values(texts(box)).some(isFull));
  const known = new Set(sheet.boxes.flatMap((b) => b.prompts.map((p) => `${b.id}, ${p.id}`)));
  const more = Object.keys(written).sort().flatMap((box) =>
    Object.keys(written[box]).sort()
      .map((prompt) => [`${box}, ${prompt}`, written[box][prompt]])
      .filter(([name, said]) => !known.has(name) && isFull(said)));
  const shown = begun.length ? begun : more.length ? [] : sheet.boxes;
  const rest = sheet.boxes.filter((box) => !begun.includes(box));
  return [
    ...shown.flatMap((box) => [
      paragraph("Heading1", title(box)),
      ...box.prompts.flatMap((prompt) => [
        paragraph("Heading2", prompt.name),
        isFull(text(box, prompt))
          ? answered(text(box, prompt))
          : paragraph("Question", prompt.ask),
      ]),
    ]),
    ...(more.length ? [paragraph("Heading1", "From another version of the course")] : []),
    ...more.map(([name, said]) => paragraph("Heading2", name) + answered(said)),
    ...(rest.length && (begun.length || more.length)
      ? [paragraph("Heading1", "Not begun yet"), ...rest.map((box) => paragraph("", title(box)))]
      : []),
  ].join("");
}

/** Make the document: `day` is written as 2026-05-24. */
function docx(sheet, written, day) {
  const [year, month, date] = day.split("-").map(Number);
  const said = `${sheet.course}. Saved on ${date} ${MONTHS[month - 1]} ${year}.`;
  const body = paragraph("Title", sheet.title) + paragraph("Subtitle", said) +
    bodyOf(sheet, written);
  return zip(Object.entries(sheet.parts).map(([name, text]) =>
    [name, text.replace("{body}", () => body).replace("{day}", () => day)]));
}

const CRC = new Uint32Array(256).map((_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = CRC[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

/** Write a zip file that stores and does not compress, every member dated 1 January 1980. */
function zip(members) {
  const utf8 = new TextEncoder();
  const numbers = (...pairs) => {
    const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [size]) => sum + size, 0)));
    let at = 0;
    for (const [size, value] of pairs) {
      if (size === 4) view.setUint32(at, value, true);
      else view.setUint16(at, value, true);
      at += size;
    }
    return new Uint8Array(view.buffer);
  };
  const local = [];
  const central = [];
  let offset = 0;
  for (const [name, text] of members) {
    const title = utf8.encode(name);
    const data = utf8.encode(text);
    const facts = [[2, 20], [2, 0], [2, 0], [2, 0], [2, 0x21], [4, crc32(data)],
      [4, data.length], [4, data.length], [2, title.length], [2, 0]];
    const head = numbers([4, 0x04034b50], ...facts);
    local.push(head, title, data);
    central.push(
      numbers([4, 0x02014b50], [2, 0x314], ...facts, [2, 0], [2, 0], [2, 0],
        [4, 0x1a4 * 0x10000], [4, offset]),
      title);
    offset += head.length + title.length + data.length;
  }
  const size = central.reduce((sum, piece) => sum + piece.length, 0);
  const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, members.length], [2, members.length],
    [4, size], [4, offset], [2, 0]);
  const pieces = [...local, ...central, end];
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

// ---- What is on the page.

const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const MOST = 20000; // characters in one answer

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  node.append(...children);
  return node;
}

function button(words, act, main = false) {
  const made = h("button", {
    type: "button",
    class: main ? "eeic-ask-button eeic-ask-main" : "eeic-ask-button",
  }, words);
  made.addEventListener("click", act);
  return made;
}

function download(name, data, type) {
  const address = URL.createObjectURL(new Blob([data], { type }));
  const link = h("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

const two = (number) => String(number).padStart(2, "0");
function today() {
  const now = new Date();
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
function clock() {
  const now = new Date();
  return `${two(now.getHours())}:${two(now.getMinutes())}`;
}

/** Ask before something that cannot be taken back: the safe answer has the focus. */
function confirm(place, words, choices, from) {
  const close = () => {
    place.replaceChildren();
    from.focus();
  };
  const buttons = choices.map(([label, act]) =>
    button(label, () => {
      close();
      act?.();
    }));
  place.replaceChildren(
    h("div", { class: "eeic-log-confirm", role: "group", "aria-label": words },
      h("p", {}, words), h("div", { class: "eeic-ask-buttons" }, ...buttons)));
  place.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  own(place);
  buttons[buttons.length - 1].focus();
}

/** JupyterLab takes keys for its own shortcuts unless the control itself says not to. */
function own(within) {
  for (const one of within.querySelectorAll("input, textarea, button, a")) {
    one.setAttribute("data-lm-suppress-shortcuts", "true");
  }
}

/** One prompt: a labelled text area, and on paper what was written, or lines for a pen. */
function field(uid, box, prompt, typed, left) {
  const id = `${uid}-${box.id}-${prompt.id}`;
  const area = h("textarea", {
    id,
    class: "eeic-log-text",
    rows: "3",
    maxlength: MOST,
    dir: "auto",
    "aria-describedby": `${id}-ask`,
  });
  const paper = h("div", { class: "eeic-log-paper", dir: "auto" });
  const grow = () => {
    if (CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 4}px`;
  };
  function print() {
    const lines = Array.from({ length: 4 }, () => h("div", { class: "eeic-log-rule" }));
    paper.replaceChildren(...(isFull(area.value) ? [area.value] : lines));
  }
  area.addEventListener("input", () => {
    grow();
    print();
    typed(area.value);
  });
  area.addEventListener("change", left);
  print();
  return {
    box: box.id,
    prompt: prompt.id,
    area,
    node: h("div", { class: "eeic-log-field" },
      h("label", { for: id }, prompt.name),
      h("p", { class: "eeic-log-ask", id: `${id}-ask` }, prompt.ask), area, paper),
    write(text) {
      if (area.value === text) return;
      area.value = text;
      grow();
      print();
    },
  };
}

function render({ model, el }) {
  const sheet = model.get("sheet");
  const onPage = model.get("host") === "page";
  const uid = `eeic-log-${Math.random().toString(36).slice(2, 9)}`;
  const inBrowser = () => model.get("kept") === "browser";
  let written = merged(model.get("written") ?? {}, {});
  let notice = "";
  let closed = false;
  if (inBrowser()) {
    const recalled = recall();
    notice = recalled.notice ?? "";
    closed = recalled.closed ?? false;
    written = merged(written, recalled.boxes);
  }

  // -- the boxes
  const fields = [];
  const cards = sheet.boxes.map((box) => cardOf(box));

  function cardOf(box) {
    const mine = box.prompts.map((prompt) =>
      field(uid, box, prompt, (text) => typed(box.id, prompt.id, text), () => commit()));
    fields.push(...mine);
    const badge = h("span", { class: "eeic-ask-badge" });
    const status = h("p", { class: "eeic-log-status", role: "status" });
    const ask = h("div", {});
    const clear = button("Clear this box", () =>
      confirm(ask, "Clear all that you wrote in this box?", [
        ["Yes, clear it", () => clearBox(box)],
        ["No, keep it"],
      ], clear));
    const buttons = h("div", { class: "eeic-ask-buttons" }, clear);
    const number = Number(box.id);
    const head = h("p", { class: "eeic-ask-head" },
      h("span", { class: "eeic-ask-kind" }, sheet.whole ? `Lesson ${number}` : "Your logbook"),
      h("span", { class: "eeic-ask-outcome" },
        sheet.whole ? box.lesson : `Box ${number} of ${sheet.count}`), badge);
    const title = h(sheet.whole ? "h3" : "p", { class: "eeic-log-title", id: `${uid}-${box.id}` },
      sheet.whole ? `${number}. ${box.title}` : box.title);
    const node = h("div", {
      class: "eeic-ask-card eeic-log-box",
      role: "group",
      "aria-labelledby": title.id,
      id: sheet.whole && onPage ? `box-${box.id}` : null,
    }, head, title, h("p", { class: "eeic-log-hint" }, box.hint), ...mine.map((f) => f.node),
    status, ask, buttons);
    if (!sheet.whole) {
      const aside = h("p", { class: "eeic-ask-kept" }, "Write nothing about a patient. ");
      if (onPage) {
        aside.append(h("a", { href: `${sheet.all}#box-${box.id}` }, "All your boxes, to read through"),
          ", or to save as Word or PDF.");
      } else aside.append("All your boxes, and a Word document of them: ask.logbook() in a cell.");
      // Some browsers keep the pages of an offline copy apart: the file takes a box along.
      if (onPage && location.protocol === "file:") buttons.append(button("Save as a file", saveFile));
      node.append(aside);
    }
    return { box, node, badge, status, clear };
  }
  const cardAt = (box) => cards.find((card) => card.box.id === box);
  const textAt = (box, prompt) =>
    Object.hasOwn(written, box) && Object.hasOwn(written[box], prompt) ? written[box][prompt] : "";

  // -- all of them together
  const status = h("p", { class: "eeic-log-status", role: "status" });
  const tell = (words) => (status.textContent = words);
  const count = h("span", { class: "eeic-ask-badge" });
  const place = h("div", {});
  const links = new Map();
  let whole = null;
  let undo = null;
  if (sheet.whole) whole = wholeOf();

  function wholeOf() {
    const pick = h("input", { type: "file", accept: ".json,application/json", hidden: true });
    const load = button("Load a file", () => pick.click());
    pick.addEventListener("change", async () => {
      const [file] = pick.files;
      const text = file.size > 4e6 ? "" : await file.text();
      pick.value = "";
      loadText(text, file.name, load);
    });
    const wipe = button("Delete everything", () =>
      confirm(place, "Delete all that you wrote in all boxes on this device? " +
        "This cannot be undone.", [
        ["Yes, delete everything", wipeAll],
        ["No, keep it"],
      ], wipe));
    undo = button("Undo the loading", () => undo.act());
    undo.hidden = true;
    const buttons = [
      button("Save as Word", saveWord, true),
      ...(onPage ? [button("Print, or save as PDF", () => window.print())] : []),
      button("Save as a file", saveFile), load, undo, wipe,
    ];
    const every = h("input", { type: "checkbox" });
    every.addEventListener("change", () =>
      node.classList.toggle("eeic-log-print-all", every.checked));
    const parts = [...new Set(sheet.boxes.map((box) => box.part))];
    const within = (part) => cards.filter((card) => card.box.part === part);
    const index = h("nav", { class: "eeic-log-index", "aria-label": "Boxes" },
      ...parts.map((part) => h("div", {}, h("p", {}, part),
        h("ul", {}, ...within(part).map(({ box, node: target }) => {
          const link = h("a", { href: `#box-${box.id}` });
          link.addEventListener("click", (event) => {
            if (!onPage) {
              event.preventDefault(); // an address of JupyterLab's own
              target.scrollIntoView();
            }
          });
          links.set(box.id, link);
          return h("li", {}, link);
        })))));
    const kept = inBrowser()
      ? "What you write stays in this browser, on this device; nothing is sent anywhere. " +
        "A browser may forget: after a while without a visit, at the end of a private window, or " +
        "when its data are cleared. Save your logbook as a file whenever you stop."
      : "What you write is saved in logbook.json, beside this notebook. What another notebook " +
        "wrote meanwhile is shown when you run this cell again.";
    const bar = h("div", { class: "eeic-ask-card eeic-log-bar", role: "group",
      "aria-label": "Your logbook" },
    h("p", { class: "eeic-ask-head" }, h("span", { class: "eeic-ask-kind" }, "Your logbook"), count),
    h("p", {}, kept), h("div", { class: "eeic-ask-buttons" }, ...buttons), pick,
    ...(onPage
      ? [h("label", { class: "eeic-log-every" }, every, "Print the boxes that I have not begun, too")]
      : []),
    status, place, index);
    const node = h("div", { class: "eeic-log-whole" }, bar,
      ...parts.map((part) => h("div", { class: "eeic-log-part" },
        h("h2", {}, part), ...within(part).map((card) => card.node))));
    return node;
  }

  function saveWord() {
    commit();
    download("my-logbook.docx", docx(sheet, written, today()), WORD);
    tell(answers(written).length
      ? "Saved as my-logbook.docx, where your browser puts downloads."
      : "Nothing is written yet, so my-logbook.docx holds the questions alone.");
  }
  function saveFile() {
    commit();
    download(FILE, asText(written), "application/json");
    const words = `Saved as ${FILE}, where your browser puts downloads.`;
    if (sheet.whole) tell(words);
    else cards[0].status.textContent = words;
  }
  function loadText(text, name, from) {
    const read = parse(text, name);
    if (read.problem) return tell(`${read.problem} Nothing was changed.`);
    commit();
    const clash = differing(written, read.boxes).length;
    const settle = (prefer) => {
      const before = written;
      const coming = answers(take(written, read.boxes, prefer))
        .filter(([box, prompt, said]) => textAt(box, prompt) !== said);
      replace(take(written, read.boxes, prefer));
      const come = coming.length === 1 ? "1 answer came" : `${coming.length} answers came`;
      tell(`${name} is loaded: ${come} in.${closed ? ` ${LOST}` : ""}`);
      undo.hidden = !coming.length;
      undo.act = () => {
        // What was written after the loading stays.
        const back = coming.filter(([box, prompt, said]) => textAt(box, prompt) === said);
        replace(back.reduce((boxes, [box, prompt]) =>
          merged(boxes, { [box]: { [prompt]: (before[box] ?? {})[prompt] ?? "" } }), written));
        undo.hidden = true;
        from.focus();
        tell("The loading is undone.");
      };
    };
    if (!clash) return settle("theirs");
    tell("");
    const places = clash === 1 ? "In one place" : `In ${clash} places`;
    return confirm(place, `${places} ${name} says something else than your logbook here.`, [
      ["Use the file's text there", () => settle("theirs")],
      ["Keep mine there", () => settle("ours")],
      ["Do not load it"],
    ], from);
  }
  /** Put a whole logbook in the place of what is shown. */
  function replace(boxes) {
    const gone = answers(written).map(([box, prompt]) => [box, prompt, ""]);
    const changes = [...gone, ...answers(boxes)].reduce(
      (all, [box, prompt, text]) => merged(all, { [box]: { [prompt]: text } }), {});
    keep(changes);
    show();
  }
  function clearBox(box) {
    dropTimer();
    const empty = Object.fromEntries(
      [...Object.keys(written[box.id] ?? {}), ...box.prompts.map((p) => p.id)].map((p) => [p, ""]));
    keep({ [box.id]: empty });
    show();
    cardAt(box.id).status.textContent = closed ? LOST : "Cleared.";
  }
  function wipeAll() {
    dropTimer();
    if (inBrowser()) {
      written = {};
      closed = !forget();
      if (!onPage) send();
    } else replace({});
    cards.forEach((card) => (card.status.textContent = ""));
    undo.hidden = true;
    show();
    tell(closed ? LOST : "Everything is deleted.");
  }

  // -- keeping it
  const LOST = "Not saved: this browser lets the page remember nothing. " +
    "Save your logbook as a file before you leave.";
  const LATE = "Not saved yet: the notebook does not answer. Copy your text, run the cell again, " +
    "and paste it.";
  const pending = new Map();
  let waiting = null; // a change that is not yet kept
  let unanswered = null; // a save that Python has not yet taken in
  const sent = new Set(); // boxes whose save Python has not yet taken in

  function typed(box, prompt, text) {
    written = merged(written, { [box]: { [prompt]: text } });
    pending.set(`${box}/${prompt}`, [box, prompt]);
    cardAt(box).status.classList.add("eeic-log-old");
    draw();
    clearTimeout(waiting);
    waiting = setTimeout(commit, 600);
  }
  function dropTimer() {
    clearTimeout(waiting);
    waiting = null;
    pending.clear();
  }
  function commit() {
    if (!pending.size) return;
    const changes = [...pending.values()].reduce(
      (all, [box, prompt]) => merged(all, { [box]: { [prompt]: textAt(box, prompt) } }), {});
    dropTimer();
    keep(changes);
    Object.keys(changes).forEach((box) => sayKept(box));
  }
  function keep(changes) {
    written = merged(written, changes);
    if (inBrowser()) closed = !remember(changes);
    if (!onPage) send(Object.keys(changes));
    draw();
  }
  function send(boxes = []) {
    boxes.forEach((box) => sent.add(box));
    model.set("written", merged(written, {}));
    model.save_changes();
  }
  /** Say "saved" only once it is; a minute that is said already is not said again. */
  function sayKept(box) {
    const said = cardAt(box)?.status;
    if (!said) return;
    said.classList.remove("eeic-log-old");
    const say = (words) => {
      if (said.textContent !== words) said.textContent = words;
    };
    if (inBrowser()) {
      sent.delete(box);
      say(closed ? LOST : `Saved on this device, ${clock()}.`);
    } else if (sent.has(box)) {
      clearTimeout(unanswered);
      unanswered = setTimeout(() => sent.forEach((one) => {
        const late = cardAt(one)?.status;
        if (late) late.textContent = LATE;
      }), 8000);
    } else say(`Saved in ${FILE}, ${clock()}.`);
  }
  function taken() {
    clearTimeout(unanswered);
    const boxes = [...sent];
    sent.clear();
    if (inBrowser()) closed = !remember(written); // Python could not write: the browser takes over
    boxes.forEach((box) => sayKept(box));
  }

  // -- saying how it stands
  function draw() {
    let begun = 0;
    for (const card of cards) {
      const { box, badge, node, clear } = card;
      const filled = box.prompts.filter((prompt) => isFull(textAt(box.id, prompt.id))).length;
      begun += filled > 0;
      const words = filled ? `${filled} of ${box.prompts.length} written` : "Not begun";
      if (badge.textContent !== words) badge.textContent = words;
      badge.dataset.status = filled === box.prompts.length ? "correct" : filled ? "saved" : "";
      node.dataset.begun = String(filled > 0);
      if (document.activeElement !== clear) clear.hidden = !filled; // a hidden one loses the focus
      const link = links.get(box.id);
      if (link) {
        link.dataset.begun = String(filled > 0);
        link.replaceChildren(`${Number(box.id)}. ${box.title}`,
          h("span", {}, filled ? ` (${words})` : ""));
      }
    }
    if (!whole) return;
    count.textContent = `${begun} of ${cards.length} boxes begun`;
    whole.classList.toggle("eeic-log-any", begun > 0);
    for (const part of whole.querySelectorAll(".eeic-log-part")) {
      part.dataset.begun = String(part.querySelector('[data-begun="true"]') !== null);
    }
  }
  function show() {
    for (const one of fields) one.write(textAt(one.box, one.prompt));
    draw();
  }

  // -- another page of this browser, and leaving this one
  function elsewhere(event) {
    if (!inBrowser() || (event.key !== KEY && event.key !== null)) return;
    const theirs = recall().boxes;
    const mine = [...pending.values()].reduce(
      (all, [box, prompt]) => merged(all, { [box]: { [prompt]: textAt(box, prompt) } }), {});
    written = merged(theirs, mine);
    for (const one of fields) {
      if (one.area !== document.activeElement) one.write(textAt(one.box, one.prompt));
    }
    draw();
  }
  // JupyterLab takes a new line and an undo away from any text within a cell, at the text itself.
  const ours = (event) => event.stopPropagation();
  if (!onPage) el.addEventListener("beforeinput", ours, true);
  const leaving = () => commit();
  window.addEventListener("storage", elsewhere);
  window.addEventListener("pagehide", leaving);
  document.addEventListener("visibilitychange", leaving);
  model.on("change:taken", taken);

  // -- as it was left
  el.append(whole ?? cards[0].node);
  show();
  const started = notice || (closed ? LOST : "");
  if (sheet.whole) tell(started);
  else cards[0].status.textContent = started;
  own(el);
  if (!onPage && inBrowser() && answers(written).length) send();
  return () => {
    commit();
    clearTimeout(unanswered);
    el.removeEventListener("beforeinput", ours, true);
    window.removeEventListener("storage", elsewhere);
    window.removeEventListener("pagehide", leaving);
    document.removeEventListener("visibilitychange", leaving);
    model.off("change:taken", taken);
  };
}

export default { render, parse, asText, merged, differing, take, docx };
