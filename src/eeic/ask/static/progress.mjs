// A learner's progress on the pages: the record, how two are brought together, where it is kept.
//
// The record is put together from what is kept anyway (answers, logbook) and adds only what these
// do not hold: the pages read and the route chosen. It imports nothing and asks the network for
// nothing. eeic/ask/progress.py holds the same rules; a test puts the same records through both.

// ---- The file.

const FILE = "progress.json";
const VERSION = 1;
const FURTHER = ["not tried", "saved", "noted", "not yet", "partly", "correct"];
const SELF_CHECK = /^[0-9]{2}\./;
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

const isRecord = (thing) =>
  typeof thing === "object" && thing !== null && !Array.isArray(thing);
const isFull = (text) => /[^ \t\r\n\u00a0]/.test(text);
const own = (of, name) => (Object.hasOwn(of, name) ? of[name] : undefined);

const FITS = {
  pages: (day) => typeof day === "string" && DAY.test(day),
  answers: isRecord,
  logbook: (box) => isRecord(box) && Object.values(box).every((text) => typeof text === "string"),
};
const isChoice = (route) =>
  isRecord(route) && typeof route.name === "string" && typeof route.chosen === "string";

function make(route, pages, answers, logbook) {
  const checks = Object.entries(answers).filter(([name]) => SELF_CHECK.test(name));
  return {
    version: VERSION,
    ...(route && { route: { name: route.name, chosen: route.chosen } }),
    pages: { ...pages },
    answers: Object.fromEntries(checks),
    ...(logbook && Object.keys(logbook).length && { logbook: { ...logbook } }),
  };
}

/** Read the text of a record: the record, or one sentence that says what is wrong. */
function parse(text, name = FILE) {
  let data;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return { problem: `${name} is damaged: it does not read as JSON.` };
  }
  if (!isRecord(data) || !Object.keys(FITS).some((part) => Object.hasOwn(data, part))) {
    return { problem: `${name} is not a record of progress.` };
  }
  if (data.version !== VERSION) {
    return { problem: `${name} is from another version of the course, which writes it otherwise.` };
  }
  const parts = {};
  for (const [part, fits] of Object.entries(FITS)) {
    parts[part] = own(data, part) ?? (Object.hasOwn(data, part) ? null : {});
    if (!isRecord(parts[part]) || !Object.values(parts[part]).every(fits)) {
      return { problem: `${name} is damaged in the part “${part}”.` };
    }
  }
  if (Object.hasOwn(data, "route") && !isChoice(data.route)) {
    return { problem: `${name} is damaged in the part “route”.` };
  }
  return { record: make(data.route, parts.pages, parts.answers, parts.logbook) };
}

// ---- Bringing two together.

function joined(ours, theirs, settle) {
  const both = Object.keys(ours).filter((name) => Object.hasOwn(theirs, name))
    .map((name) => [name, settle(ours[name], theirs[name])]);
  return { ...ours, ...theirs, ...Object.fromEntries(both) };
}

const count = (state, name) => {
  const value = own(state, name);
  return Number.isInteger(value) && value > 0 ? value : 0;
};
const distance = (state) =>
  [Math.max(0, FURTHER.indexOf(own(state, "status"))), count(state, "tries"), count(state, "hints")];

function answersTogether(ours, theirs) {
  const [here, there] = [distance(ours), distance(theirs)];
  const place = here.findIndex((value, i) => value !== there[i]);
  const further = place >= 0 && there[place] > here[place] ? theirs : ours;
  const most = ["tries", "hints"].map((n) => [n, Math.max(count(ours, n), count(theirs, n))]);
  return { ...further, ...Object.fromEntries(most) };
}

function textsTogether(ours, theirs) {
  if (!isFull(theirs) || ours.startsWith(theirs)) return ours;
  if (!isFull(ours) || theirs.startsWith(ours)) return theirs;
  const here = ours.split("\n\n");
  return [...here, ...theirs.split("\n\n").filter((part) => !here.includes(part))].join("\n\n");
}

/** Bring two records together; nothing that is in either is lost. */
function merge(ours, theirs) {
  const later = (a, b) =>
    a.chosen > b.chosen || (a.chosen === b.chosen && a.name >= b.name) ? a : b;
  const routes = [ours.route, theirs.route].filter(Boolean);
  const logbooks = [ours.logbook, theirs.logbook].filter(Boolean);
  return make(
    routes.length ? routes.reduce(later) : null,
    joined(ours.pages, theirs.pages, (a, b) => (a < b ? a : b)),
    joined(ours.answers, theirs.answers, answersTogether),
    logbooks.length
      ? logbooks.reduce((a, b) => joined(a, b, (c, d) => joined(c, d, textsTogether)))
      : null);
}

const texts = (logbook = {}) =>
  Object.fromEntries(Object.entries(logbook).flatMap(([box, of]) =>
    Object.entries(of).filter(([, text]) => isFull(text))
      .map(([prompt, text]) => [JSON.stringify([box, prompt]), text])));
const inOrder = (thing) =>
  JSON.stringify(thing, (_, value) =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value);
const differing = (before, after) =>
  Object.entries(after).filter(([name, held]) => inOrder(own(before, name)) !== inOrder(held)).length;

/** Count what a record has that another has not, or has otherwise. */
function changes(before, after) {
  return {
    pages: differing(before.pages, after.pages),
    answers: differing(before.answers, after.answers),
    texts: differing(texts(before.logbook), texts(after.logbook)),
    route: Number(inOrder(before.route) !== inOrder(after.route)),
  };
}

const COUNTED = [
  ["pages", "page read", "pages read"],
  ["answers", "answer", "answers"],
  ["texts", "text in the logbook", "texts in the logbook"],
];
const counted = (counts) =>
  COUNTED.filter(([name]) => counts[name])
    .map(([name, word, words]) => `${counts[name]} ${counts[name] === 1 ? word : words}`);

/** Say in one sentence what came in. */
function said(counts) {
  const parts = [...counted(counts), ...(counts.route ? ["the route"] : [])];
  return parts.length ? `New or changed: ${parts.join(", ")}.` : "All of it was here already.";
}

// ---- What has been reached.

/** Say whether an outcome is reached: 60% of its questions right, partly right counting half. */
function isReached(questions, answers) {
  const statuses = questions.map((name) => own(answers, name)?.status);
  const having = (wanted) => statuses.filter((status) => status === wanted).length;
  return questions.length > 0 &&
    10 * (2 * having("correct") + having("partly")) >= 12 * questions.length;
}

/** Say how a lesson stands; it is done when its page was read and every outcome reached. */
function standing(lesson, record) {
  const asked = lesson.outcomes.flatMap((outcome) => outcome.questions);
  const statuses = asked.map((name) => own(record.answers, name)?.status ?? "not tried");
  const reached = lesson.outcomes.filter((one) => isReached(one.questions, record.answers));
  const read = own(record.pages, lesson.page) ?? null;
  return {
    read,
    asked: asked.length,
    tried: statuses.filter((one) => one !== "not tried").length,
    right: statuses.filter((one) => one === "correct").length,
    reached,
    done: read !== null && reached.length === lesson.outcomes.length,
  };
}

// ---- Where it is kept. Answers and logbook stay where the questions and the boxes keep them.

const KEYS = { own: "eeic-progress-v1", answers: "eeic-answers-v1", logbook: "eeic-logbook-v1" };
const EMPTY = make(null, {}, {}, null);

/** Read one key: what it holds, or nothing where it is empty or cannot be read. */
function held(key) {
  try {
    const data = JSON.parse(window.localStorage.getItem(key));
    return isRecord(data) && data.version === VERSION ? data : null;
  } catch (error) {
    return null;
  }
}

/** Tell whether this browser remembers anything for this page, by trying. */
function remembers() {
  try {
    window.localStorage.setItem("eeic-try", "1");
    window.localStorage.removeItem("eeic-try");
    return true;
  } catch (error) {
    return false;
  }
}

/** Put the record together from what this browser keeps. */
function recall() {
  const data = held(KEYS.own);
  const mine = data ? parse(JSON.stringify(data)).record ?? EMPTY : EMPTY;
  const answers = held(KEYS.answers)?.answers;
  const boxes = held(KEYS.logbook)?.boxes;
  const kept = {
    version: VERSION,
    answers: isRecord(answers) ? answers : {},
    logbook: isRecord(boxes) ? boxes : {},
  };
  return merge(mine, parse(JSON.stringify(kept)).record ?? EMPTY);
}

/** Keep a record, each part where it belongs; false where the browser keeps nothing. */
function remember(record) {
  const put = (key, data) => window.localStorage.setItem(key, JSON.stringify(data));
  try {
    setAside();
    const { route, pages } = record;
    put(KEYS.own, { version: VERSION, ...(route && { route }), pages });
    const before = recall();
    if (differing(before.answers, record.answers)) {
      const kept = held(KEYS.answers) ?? { version: VERSION };
      put(KEYS.answers, { ...kept, answers: { ...kept.answers, ...record.answers } });
    }
    if (record.logbook && differing(texts(before.logbook), texts(record.logbook))) {
      put(KEYS.logbook, { version: VERSION, boxes: record.logbook });
    }
    return true;
  } catch (error) {
    return false;
  }
}

/** Copy aside what cannot be read, before anything is written in its place. */
function setAside() {
  for (const key of Object.values(KEYS)) {
    const kept = window.localStorage.getItem(key);
    if (kept === null || held(key)) continue;
    let number = 1;
    while (window.localStorage.getItem(`${key}-unreadable-${number}`) !== null) number += 1;
    window.localStorage.setItem(`${key}-unreadable-${number}`, kept);
    window.localStorage.removeItem(key);
  }
}

/** Forget everything that the course keeps in this browser; give the names of what is gone. */
function forget() {
  try {
    const ours = Object.keys(window.localStorage)
      .filter((key) => key.startsWith("eeic-") || key === "sphinx_highlight_terms");
    ours.forEach((key) => window.localStorage.removeItem(key));
    return ours;
  } catch (error) {
    return null;
  }
}

const two = (number) => String(number).padStart(2, "0");
const dayOf = (time) =>
  `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;

export default {
  parse, merge, changes, said, counted, isReached, standing,
  recall, remember, remembers, forget, dayOf, FILE,
};
