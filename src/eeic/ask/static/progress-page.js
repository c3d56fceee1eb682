// Progress on the pages: the mark at a page's end, My progress, the certificate, a route's button.
// `eeicCourse` says what lessons, outcomes and routes there are; `eeicProgress` keeps the record.

const root = document.documentElement.dataset.content_root ?? "";
const { lessons, routes, planned } = eeicCourse;
const MONTHS = ("January February March April May June July August September October November " +
  "December").split(" ");
const SHUT = "This browser lets the page remember nothing (a private window, or a setting), so " +
  "progress lasts only as long as this page is open. Load your file at the start, and save it " +
  "before you leave.";

/** What stands in for the browser's memory where there is none. */
let unkept = eeicProgress.remembers() ? null : eeicProgress.recall();
const present = () => unkept ?? eeicProgress.recall();
function keep(record) {
  if (!unkept && eeicProgress.remember(record)) return true;
  unkept = record;
  return false;
}

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
  const look = main ? "eeic-progress-button eeic-progress-main" : "eeic-progress-button";
  const made = h("button", { type: "button", class: look }, words);
  made.addEventListener("click", act);
  return made;
}
const link = (page, words, hash = "") => h("a", { href: `${root}${page}.html${hash}` }, words);
const sayDay = (day) => {
  const [year, month, date] = day.split("-").map(Number);
  return `${date} ${MONTHS[month - 1]} ${year}`;
};
const shortDay = (day) => sayDay(day).replace(/([A-Z][a-z]{2})[a-z]*/, "$1");
const many = (number, word, words = `${word}s`) => `${number} ${number === 1 ? word : words}`;
const lessonAt = (id) => lessons.find((lesson) => lesson.id === id);
const nameOf = (lesson) =>
  /^[0-9]+$/.test(lesson.id) ? `${Number(lesson.id)}. ${lesson.title}` : lesson.title;
const routeOf = (record) => routes.find((route) => route.id === record.route?.name) ?? null;
const written = (route) => route.steps.map((step) => lessonAt(step.lesson)).filter(Boolean);
const hours = (minutes) => {
  const [whole, rest] = [Math.floor(minutes / 60), minutes % 60];
  const parts = [...(whole ? [many(whole, "hour")] : []), ...(rest ? [many(rest, "minute")] : [])];
  return parts.join(" ") || "no time yet";
};
/** The first lesson of the route, or of the course, that is not done. */
function nextFor(record, here = null) {
  const route = routeOf(record);
  return (route ? written(route) : lessons).find((lesson) =>
    lesson.page !== here && !eeicProgress.standing(lesson, record).done) ?? null;
}

// ---- The mark at a page's end.

const SOONEST = 60; // seconds that a page must have been in sight before its end counts
const SHARE = 0.1; // of the time that a lesson says it takes to read

function readMark(place) {
  const page = place.dataset.eeicPage;
  const lesson = lessons.find((one) => one.page === page);
  const needed = Math.max(SOONEST, SHARE * 60 * (lesson?.minutes.Read ?? 0));
  const state = h("p", { class: "eeic-read-state", role: "status" });
  const toggle = button("", () => mark(!(page in present().pages)));
  const on = h("p", { class: "eeic-read-next" });
  place.append(h("div", { class: "eeic-read-line" }, state, toggle), on);
  let seconds = 0;
  let ended = false;
  let left = false; // taken away by hand: it does not come back by itself

  function mark(read) {
    left = !read;
    const record = present();
    if (read) record.pages[page] ??= eeicProgress.dayOf(new Date());
    else delete record.pages[page];
    keep(record);
    draw();
  }
  function draw() {
    const record = present();
    const read = record.pages[page];
    const done = page.startsWith("book/start/");
    place.dataset.read = String(read !== undefined);
    state.textContent = read
      ? `${done ? "Done" : "Read"} on ${sayDay(read)}.`
      : done ? "Done with it?" : "Not marked as read yet.";
    if (lesson) {
      const { right, asked, reached } = eeicProgress.standing(lesson, record);
      state.textContent += ` ${right} of ${asked} questions right, ` +
        `${reached.length} of ${lesson.outcomes.length} outcomes reached.`;
    }
    toggle.textContent = read ? "Take the mark away" : done ? "I have done this" : "Mark as read";
    const next = nextFor(record, page);
    const route = routeOf(record);
    on.replaceChildren(
      ...(unkept ? [`${SHUT} `] : []),
      ...(route && next ? [`Next on your way (${route.title}): `, link(next.page, nameOf(next)), ". "] : []),
      link("book/start/progress", "My progress"),
      // A learning platform that holds the page says itself where answers go.
      window.eeicKept ? "." : " is kept on this device only.");
  }
  const tick = () => {
    if (document.visibilityState === "visible") seconds += 1;
    if (ended && seconds >= needed) {
      clearInterval(timer);
      if (!left && !(page in present().pages)) mark(true);
    }
  };
  const timer = setInterval(tick, 1000);
  new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    ended = true;
    draw(); // answers were given meanwhile
  }).observe(place);
  addEventListener("storage", draw);
  addEventListener("eeic-answered", draw);
  draw();
}

// ---- Saving, loading, deleting.

function download(record) {
  const text = `${JSON.stringify(record, null, 1)}\n`;
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const made = h("a", { href: address, download: eeicProgress.FILE, hidden: true });
  document.body.append(made);
  made.click();
  made.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

function files(changed) {
  const tell = h("p", { class: "eeic-progress-said", role: "status" });
  const ask = h("div", {});
  const along = h("input", { type: "checkbox", id: "eeic-along" });
  const pick = h("input", { type: "file", accept: ".json,application/json", hidden: true });
  const save = button("Save as a file", () => {
    const { logbook, ...record } = present();
    download(along.checked && logbook ? { ...record, logbook } : record);
    tell.textContent = `Saved as ${eeicProgress.FILE}, where your browser puts downloads. ` +
      (along.checked && logbook ? "What you wrote in your logbook is in it."
        : "What you wrote in your logbook is not in it.");
  }, true);
  const load = button("Load a file", () => pick.click());
  pick.addEventListener("change", async () => {
    const [file] = pick.files;
    const read = eeicProgress.parse(file.size > 8e6 ? "" : await file.text(), file.name);
    pick.value = "";
    if (read.problem) {
      tell.textContent = `${read.problem} Nothing was changed.`;
      return;
    }
    const before = present();
    const after = eeicProgress.merge(before, read.record);
    const kept = keep(after);
    changed();
    tell.textContent = `${file.name} is loaded. ` +
      eeicProgress.said(eeicProgress.changes(before, after)) + (kept ? "" : ` ${SHUT}`);
  });
  const wipe = button("Delete everything", () => {
    const no = button("No, keep it", close);
    const yes = button("Yes, delete everything", () => {
      const record = present();
      const nothing = { version: 1, pages: {}, answers: {} };
      const what = [
        ...eeicProgress.counted(eeicProgress.changes(nothing, record)),
        ...(record.route ? ["your choice of a route"] : []),
      ];
      const gone = unkept ? [] : eeicProgress.forget();
      if (gone?.includes("eeic-mode")) what.push("your choice of light or dark");
      if (unkept) unkept = nothing;
      close();
      changed();
      tell.textContent = gone === null
        ? "Nothing could be deleted: this browser does not let the page."
        : what.length
          ? `Deleted from this browser: ${what.join(", ")}. Files that you saved, and notebooks in the browser lab, are still there.`
          : "There was nothing to delete.";
    });
    ask.replaceChildren(h("div", { class: "eeic-progress-confirm", role: "group",
      "aria-label": "Delete everything?" },
    h("p", {}, "Delete the pages read, all answers, your whole logbook and your settings from " +
      "this browser? This cannot be undone. A file that you saved can be loaded again."),
    h("div", { class: "eeic-progress-buttons" }, yes, no)));
    no.focus();
    function close() {
      ask.replaceChildren();
      wipe.focus();
    }
    ask.onkeydown = (event) => {
      if (event.key === "Escape") close();
    };
  });
  return [
    h("label", { class: "eeic-progress-along", for: "eeic-along" }, along,
      h("span", {}, "Put what I wrote in my logbook into the file, too")),
    h("div", { class: "eeic-progress-buttons" }, save, load, wipe), pick, ask, tell,
  ];
}

// ---- My progress.

function choice(changed) {
  const select = h("select", { class: "eeic-progress-select", id: "eeic-route" },
    h("option", { value: "" }, "No way chosen: lesson after lesson"),
    ...routes.map((route) => h("option", { value: route.id }, `${route.title} (${route.time})`)));
  select.addEventListener("change", () => {
    keep({ ...present(), route: { name: select.value, chosen: new Date().toISOString() } });
    changed();
  });
  return select;
}

function bar(share) {
  const line = h("span", { class: "eeic-progress-bar", "aria-hidden": "true" }, h("span", {}));
  line.firstChild.style.width = `${Math.round(100 * share)}%`;
  return line;
}

function row(lesson, part, record) {
  if (!lesson.page) {
    return h("li", { class: "eeic-progress-lesson", "data-state": "unwritten" },
      h("p", { class: "eeic-progress-name" }, nameOf(lesson)),
      h("p", { class: "eeic-progress-count" }, "Not yet written."));
  }
  const { read, asked, right, tried, reached, done } = eeicProgress.standing(lesson, record);
  const of = lesson.outcomes.length;
  const share = (Number(read !== null) + reached.length) / (1 + of);
  const begun = read || tried;
  const words = [
    read ? `Read on ${sayDay(read)}` : "Page not marked as read",
    `${right} of ${asked} questions right`,
    `${reached.length} of ${of} outcomes reached`,
  ];
  const ids = new Set(reached.map((one) => one.code));
  return h("li", { class: "eeic-progress-lesson", "data-state": done ? "done" : begun ? "begun" : "" },
    h("p", { class: "eeic-progress-name" }, link(lesson.page, nameOf(lesson)),
      ...(part ? [h("span", {}, ` ${part}`)] : []),
      h("span", { class: "eeic-progress-state" }, done ? "Done" : begun ? "Begun" : "Not begun")),
    bar(share),
    h("p", { class: "eeic-progress-count" }, `${words.join(" · ")}.`),
    h("details", {}, h("summary", {}, `Outcomes of lesson ${Number(lesson.id)}`),
      h("ul", {}, ...lesson.outcomes.map((one) =>
        h("li", { "data-reached": String(ids.has(one.code)) },
          h("strong", {}, `${one.code}, ${ids.has(one.code) ? "reached" : "not yet"}: `), one.says)))));
}

function myProgress(place) {
  const select = choice(draw);
  const about = h("p", { class: "eeic-progress-about" });
  const total = h("p", { class: "eeic-progress-total" });
  const next = h("p", { class: "eeic-progress-next" });
  const list = h("ol", { class: "eeic-progress-list" });
  const shut = h("p", { class: "eeic-progress-shut", hidden: !unkept }, SHUT);
  const disk = h("p", { class: "eeic-progress-shut", hidden: location.protocol !== "file:" },
    "You are reading a copy from a disk. Some browsers keep each page of such a copy apart: what " +
    "a lesson shows as done may then be missing here.");
  place.append(
    h("div", { class: "eeic-progress-card" },
      h("label", { for: "eeic-route" }, "My way through the course"), select, about, total,
      next, shut, disk),
    h("h2", {}, "Lesson by lesson"), list,
    h("h2", {}, "Take it along, or leave nothing behind"),
    h("div", { class: "eeic-progress-card" }, ...files(draw)));

  function draw() {
    const record = present();
    const route = routeOf(record);
    select.value = route?.id ?? "";
    const steps = route?.steps ?? lessons.map((lesson) => ({ lesson: lesson.id }));
    const ours = steps.map((step) => lessonAt(step.lesson)).filter(Boolean);
    const stand = ours.map((lesson) => eeicProgress.standing(lesson, record));
    const done = stand.filter((one) => one.done).length;
    const reached = stand.reduce((sum, one) => sum + one.reached.length, 0);
    const outcomes = ours.reduce((sum, lesson) => sum + lesson.outcomes.length, 0);
    about.replaceChildren(...(route
      ? [`You leave with ${route.ends}. `, link(route.page, "About this way"), "."]
      : [link("book/start/journeys", "Ways through the course"), " helps you choose."]));
    const lacking = steps.length - ours.length;
    if (lacking) {
      const verb = lacking === 1 ? "is" : "are";
      about.append(` ${many(lacking, "lesson")} of this way ${verb} not yet written.`);
    }
    total.textContent = `${done} of ${many(ours.length, "lesson")} done, ` +
      `${reached} of ${outcomes} outcomes reached.`;
    const to = nextFor(record);
    const begun = to && Object.hasOwn(record.pages, to.page);
    next.replaceChildren(...(to
      ? [`${begun ? "Go on with" : "Next"}: `, link(to.page, nameOf(to)),
        ...(begun ? [" (its page is read; some outcomes are still to reach)"] : []), "."]
      : ["All of it that is written is done. ", link("book/start/certificate", "Your certificate"), "."]));
    list.replaceChildren(...steps.map(({ lesson, part }) =>
      row(lessonAt(lesson) ?? { id: lesson, title: planned[lesson] }, part, record)));
    shut.hidden = !unkept;
  }
  addEventListener("storage", draw);
  addEventListener("pageshow", draw);
  draw();
}

// ---- The certificate.

const WAYS = { Read: "reading", Explore: "reading and exploring", Code: "exploring and opening the code" };

function certificate(place) {
  const name = h("input", { type: "text", id: "eeic-name", autocomplete: "name", maxlength: "80" });
  const ways = Object.keys(WAYS).map((way) =>
    h("option", { value: way, selected: way === "Explore" }, WAYS[way]));
  const way = h("select", { class: "eeic-progress-select", id: "eeic-way" }, ...ways);
  const print = button("Print, or save as PDF", () => window.print(), true);
  const missing = h("div", { class: "eeic-certificate-missing" });
  const sheet = h("div", { class: "eeic-certificate" });
  place.append(
    h("div", { class: "eeic-progress-card eeic-certificate-form" },
      h("label", { for: "eeic-name" }, "Your name, as it should stand on the certificate"), name,
      h("p", { class: "eeic-progress-kept" }, "The name stays on this page: it is not kept and not sent."),
      h("label", { for: "eeic-way" }, "How I mostly worked"), way,
      h("div", { class: "eeic-progress-buttons" }, print)),
    missing, sheet);
  name.value = ""; // a browser may have put back what stood here
  name.addEventListener("input", draw);
  way.addEventListener("change", draw);

  function draw() {
    const record = present();
    const route = routeOf(record);
    const done = lessons.filter((lesson) => eeicProgress.standing(lesson, record).done);
    const taster = record.pages["book/start/taster"];
    const overlaps = ["01", "04", "06", "13"].some((id) => done.some((one) => one.id === id));
    const rows = done.map((lesson) => ({
      what: nameOf(lesson),
      day: record.pages[lesson.page],
      reached: lesson.outcomes.map((one) => [one.code, one.says]),
      minutes: lesson.minutes[way.value] ?? lesson.minutes.all,
    }));
    if (taster && !overlaps) {
      rows.push({ what: "The taster", day: taster, reached: [["", "No outcome is tested in it."]], minutes: 60 });
    }
    const ours = route ? written(route) : lessons;
    print.disabled = !rows.length;
    missing.replaceChildren(...whatIsMissing(ours.filter((one) => !done.includes(one)), route, rows, record));
    sheet.replaceChildren(...(rows.length ? lines(rows, route, done, name.value.trim(), way.value) : []));
  }
  addEventListener("storage", draw);
  addEventListener("pageshow", draw);
  draw();
}

function whatIsMissing(open, route, rows, record) {
  const whole = route ? `“${route.title}”` : "the lessons that are written";
  if (!open.length) return [h("p", {}, `Nothing is missing from ${whole}, as far as it is written.`)];
  const items = open.map((lesson) => {
    const { read, reached } = eeicProgress.standing(lesson, record);
    const codes = lesson.outcomes.filter((one) => !reached.includes(one)).map((one) => one.code);
    const lacks = [
      ...(read ? [] : ["the page is not marked as read"]),
      ...(codes.length ? [`still to reach: ${codes.join(", ")}`] : []),
    ];
    return h("li", {}, link(lesson.page, nameOf(lesson)), `: ${lacks.join("; ")}`);
  });
  const lead = rows.length
    ? `The certificate below holds what you have done. From ${whole} these are missing:`
    : "There is no certificate yet. It opens with the first lesson that is done: its page read, " +
      `and each of its outcomes reached. From ${whole} these are missing:`;
  return [h("details", { open: !rows.length }, h("summary", {}, `What is missing (${open.length})`),
    h("p", {}, lead), h("ul", {}, ...items))];
}

function lines(rows, route, done, name, way) {
  const days = rows.map((one) => one.day).sort();
  const [first, last] = [days[0], days[days.length - 1]];
  const minutes = rows.reduce((sum, one) => sum + one.minutes, 0);
  const period = first === last ? `on ${sayDay(first)}` : `between ${sayDay(first)} and ${sayDay(last)}`;
  const steps = route ? route.steps.length : 0;
  const ours = route ? written(route) : [];
  const ofRoute = route
    ? `${route.title}: ${ours.filter((one) => done.includes(one)).length} of its ` +
      `${many(steps, "lesson")} done; ${ours.length} are written so far.`
    : "No route was chosen.";
  // The roles are written out because narrow pages lay the rows out as blocks, and a browser then
  // no longer takes them for a table.
  const head = (...names) => h("tr", { role: "row" }, ...names.map((name) =>
    h("th", { role: "columnheader", scope: "col" }, name)));
  const cells = (name, ...rest) => h("tr", { role: "row" },
    h("th", { role: "rowheader", scope: "row" }, name),
    ...rest.map((one) => h("td", { role: "cell" }, one)));
  const able = (reached) =>
    h("span", {}, ...reached.flatMap(([code, says]) => [h("strong", {}, code), ` ${says} `]));
  return [
    h("p", { class: "eeic-certificate-name", "data-empty": String(!name) }, name || "Your name"),
    h("p", { class: "eeic-certificate-lead" }, `has, by their own account, worked through the parts ` +
      `below of ${eeicCourse.course}, version ${eeicCourse.version}, ${period}.`),
    h("dl", {},
      h("dt", {}, "Route"), h("dd", {}, ofRoute),
      h("dt", {}, "Notional time"), h("dd", {}, `${hours(minutes)}, as the lessons state it for ` +
        `${WAYS[way]}; nobody has timed it.`),
      h("dt", {}, "Printed on"), h("dd", {}, sayDay(eeicProgress.dayOf(new Date())))),
    h("table", { role: "table" }, h("caption", {}, "Done, and the outcomes reached"),
      h("thead", { role: "rowgroup" }, head("Lesson", "Read on", "Able to", "Minutes")),
      h("tbody", { role: "rowgroup" }, ...rows.map((one) =>
        cells(one.what, shortDay(one.day), able(one.reached), String(one.minutes))))),
    h("p", { class: "eeic-certificate-honest" },
      "Self-declared: filled in on the learner's own device from what is kept there, and checked by " +
      "nobody. This is not proof of identity. An outcome counts as reached when 60% of its " +
      "self-check questions are right (partly right counts half), with hints and as many tries as " +
      "wanted. The course is independent; it is not issued by the EEiC team or the NHS."),
  ];
}

// ---- A route's page.

function routeButton(place) {
  const route = routes.find((one) => one.id === place.dataset.eeicRoute);
  const state = h("span", { role: "status" });
  const take = button("", () => {
    const name = routeOf(present()) === route ? "" : route.id;
    keep({ ...present(), route: { name, chosen: new Date().toISOString() } });
    draw();
  });
  place.append(take, state);
  function draw() {
    const chosen = routeOf(present()) === route;
    take.textContent = chosen ? "Leave this way" : "Take this way";
    take.setAttribute("aria-label", `${take.textContent}: ${route.title}`);
    state.replaceChildren(...(chosen
      ? ["This is your way. ", link("book/start/progress", "My progress"), " says what is next."] : []));
  }
  addEventListener("pageshow", draw);
  addEventListener("storage", draw);
  draw();
}

function mount() {
  const each = (mark, act) => document.querySelectorAll(mark).forEach((place) => {
    place.replaceChildren(); // what stands there for a page without a script
    act(place);
  });
  each("[data-eeic-page]", readMark);
  each("[data-eeic-progress]", myProgress);
  each("[data-eeic-certificate]", certificate);
  each("[data-eeic-route]", routeButton);
}
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mount);
else mount();
