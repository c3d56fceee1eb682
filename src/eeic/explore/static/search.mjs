/* The search sandbox. In a notebook Python runs the line (see sandbox.py); on a page without a
   server the first half of this file does, with the same query language and the same sums.
   A test asks both the same. Change one, change the other. */

/* ---------------------------------------------------------------- the query language */

const FIELDS = {
  ti: ["title"], ab: ["abstract"], tiab: ["title", "abstract"], su: ["subject_terms"],
  kw: ["keywords"], au: ["authors"], so: ["source"], in: ["published_in"], de: ["design"],
  se: ["setting"], yr: ["year"],
};
const IN_WORDS = {
  title: "ti", abstract: "ab", subject: "su", subjects: "su", keyword: "kw", keywords: "kw",
  author: "au", authors: "au", source: "so", journal: "in", design: "de", setting: "se",
  year: "yr", exp: "exp",
};
const ANYWHERE = ["title", "abstract", "subject_terms", "keywords"];
const OPERATORS = ["AND", "OR", "NOT"];
const TOKEN =
  /(\s+)|(\()|(\))|(#\d*)|([A-Za-z_]+):|(["“”])([^"“”]*)(["“”])?|([^\s()"“”:]+)|([^])/uy;
const LETTER = /[\p{L}\p{N}_]/u;

class Refused extends Error {
  constructor(problem, at) {
    super(problem);
    this.problem = problem;
    this.at = at;
  }
}

function tokens(query) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.length) {
    const at = TOKEN.lastIndex;
    const hit = TOKEN.exec(query);
    if (hit[1] !== undefined) continue;
    if (hit[6] !== undefined) {
      if (hit[8] === undefined) {
        throw new Refused(`The quotation mark at character ${at + 1} is never closed.`, at);
      }
      const star = query[TOKEN.lastIndex] === "*";
      if (star) TOKEN.lastIndex += 1;
      found.push({ kind: "quoted", text: hit[7].trim(), at, star });
    } else if (hit[5] !== undefined) found.push({ kind: "field", text: hit[5], at });
    else if (hit[4] !== undefined) found.push({ kind: "line", text: hit[4], at });
    else if (hit[9] !== undefined) {
      const upper = hit[9].toUpperCase();
      found.push({ kind: OPERATORS.includes(upper) ? upper : "word", text: hit[9], at });
    } else if (hit[10] !== undefined) {
      throw new Refused(`'${hit[10]}' stands here without a field before it.`, at);
    } else found.push({ kind: hit[2] === undefined ? "close" : "open", text: hit[0], at });
  }
  return found;
}

function flat(kind, parts) {
  return { kind, parts: parts.flatMap((p) => (p.kind === kind ? p.parts : [p])) };
}

/* Reads a line from left to right, one token ahead. */
function parse(query) {
  const all = tokens(query);
  let place = 0;
  let mixed = false;
  const next = () => all[place];
  const sees = (...kinds) => next() !== undefined && kinds.includes(next().kind);
  const refuse = (problem, at) => new Refused(problem, at);

  function mustFollow(operator) {
    if (next() === undefined || sees("close", "AND", "OR")) {
      throw refuse(
        `${operator.kind} at character ${operator.at + 1} has nothing after it to search for.`,
        operator.at,
      );
    }
  }

  function anyOf(field) {
    let [node, several] = allOf(field);
    const found = [node];
    while (sees("OR")) {
      mustFollow(all[place++]);
      const [part, more] = allOf(field);
      several = several || more;
      found.push(part);
    }
    mixed = mixed || (several && found.length > 1);
    return found.length === 1 ? found[0] : flat("or", found);
  }

  function allOf(field) {
    const parts = [one(field)];
    while (next() !== undefined && !sees("OR", "close")) {
      if (sees("AND")) mustFollow(all[place++]);
      parts.push(one(field));
    }
    return parts.length === 1 ? [parts[0], false] : [flat("and", parts), true];
  }

  function one(field) {
    const token = next();
    if (token === undefined || ["AND", "OR", "close"].includes(token.kind)) {
      const at = token === undefined ? query.length : token.at;
      if (token === undefined) throw refuse("The query stops before it says what to search for.", at);
      if (token.kind !== "close") {
        throw refuse(`${token.kind} at character ${at + 1} has nothing before it to search for.`, at);
      }
      const empty = place && all[place - 1].kind === "open";
      throw refuse(`The bracket at character ${at + 1} ${empty ? "has nothing in it" : "closes nothing"}.`, at);
    }
    place += 1;
    if (token.kind === "NOT") {
      mustFollow(token);
      return { kind: "not", part: one(field) };
    }
    if (token.kind === "open") {
      const node = anyOf(field);
      if (!sees("close")) {
        throw refuse(`The bracket opened at character ${token.at + 1} is never closed.`, token.at);
      }
      place += 1;
      return node;
    }
    if (token.kind === "field") return inField(token, field);
    if (token.kind === "line") {
      if (token.text === "#") {
        throw refuse("A line of the history is written with its number: #1.", token.at);
      }
      return { kind: "line", number: Number(token.text.slice(1)), at: token.at };
    }
    return words(token, field);
  }

  function inField(token, outside) {
    let name = token.text.toLowerCase();
    name = Object.hasOwn(IN_WORDS, name) ? IN_WORDS[name] : name;
    if (!Object.hasOwn(FIELDS, name) && name !== "exp") {
      const known = Object.keys(FIELDS).join(", ");
      throw refuse(`There is no field '${token.text}'; there are ${known}.`, token.at);
    }
    if (outside) {
      throw refuse(
        `The field ${token.text}: stands in brackets that belong to ${outside}: already.`,
        token.at,
      );
    }
    if (!sees("word", "quoted", "open")) {
      throw refuse(`The field ${token.text}: has nothing after it.`, token.at);
    }
    return one(name);
  }

  function words(token, field) {
    let text = token.text;
    let star = token.star === true;
    const quoted = token.kind === "quoted";
    if (!quoted && text.endsWith("*")) {
      text = text.slice(0, -1);
      star = true;
    }
    if (text.startsWith("*") || (text === "" && star)) {
      throw refuse(
        "A star stands for the rest of a word, so it needs the beginning before it (diabet*).",
        token.at,
      );
    }
    if (text.includes("*") || text.includes("?")) {
      throw refuse(
        "A star can only stand at the end of a word, and there is no question mark.",
        token.at,
      );
    }
    if (field === "yr") return years(text, star, token);
    if (!LETTER.test(text)) {
      throw refuse(`'${token.text}' has no letter or digit to look for.`, token.at);
    }
    if (star && [...text].length < 2) {
      throw refuse(`${text}* would find nearly everything; give at least two letters.`, token.at);
    }
    return { kind: "text", words: text, field, quoted, star };
  }

  function years(text, star, token) {
    const hit = /^(\d{4})(?:\s*[-–]\s*(\d{4}))?$/.exec(text);
    if (!hit || star) throw refuse("Years are written yr:2030 or yr:2024-2031.", token.at);
    const first = Number(hit[1]);
    const last = Number(hit[2] ?? hit[1]);
    if (last < first) {
      throw refuse(`The years run backwards; write yr:${last}-${first}.`, token.at);
    }
    return { kind: "years", first, last };
  }

  if (all.length === 0) throw refuse("The query is empty.", 0);
  const node = anyOf("");
  if (next() !== undefined) {
    throw refuse(`The bracket at character ${next().at + 1} closes nothing.`, next().at);
  }
  return { node, mixed };
}

/* Write a node out again, as Python does. */
function written(node) {
  const bracketed = (one, kinds) => (kinds.includes(one.kind) ? `(${written(one)})` : written(one));
  switch (node.kind) {
    case "and": return node.parts.map((p) => bracketed(p, ["or"])).join(" AND ");
    case "or": return node.parts.map(written).join(" OR ");
    case "not": return `NOT ${bracketed(node.part, ["and", "or"])}`;
    case "line": return `#${node.number}`;
    case "years":
      return `yr:${node.first}${node.first === node.last ? "" : `-${node.last}`}`;
    default: {
      const text = node.quoted ? `"${node.words}"` : node.words;
      return `${node.field ? `${node.field}:` : ""}${text}${node.star ? "*" : ""}`;
    }
  }
}

function leaves(node) {
  if (node.parts) return node.parts.flatMap(leaves);
  return node.kind === "not" ? leaves(node.part) : [node];
}

/* ---------------------------------------------------------------- the records */

/* Letters and digits make words; accents and capitals do not matter. "#" stands where a figure
   was left out of an abstract: it keeps its place, and no word finds it. */
const WORD = /[\p{L}\p{N}\p{Co}\p{M}]+|#/gu;

function wordsOf(text) {
  return text.normalize("NFD").replace(/\p{M}+/gu, "").toLowerCase().match(WORD) ?? [];
}

function unpack(packed) {
  const ids = new Map();
  const id = (word) => {
    if (word === "#") return 0;
    if (!ids.has(word)) ids.set(word, ids.size + 1);
    return ids.get(word);
  };
  const coded = (text) => wordsOf(text).map(id);
  const lists = ([values, rows]) =>
    rows.split(" ").map((row) => row.split(",").map((n) => values[parseInt(n, 36)]).join("; "));
  const sentences = packed.sentences.map(coded);
  const abstracts = packed.abstracts.split(" ").map((row) =>
    row.split(",").map((n) => parseInt(n, 36)));
  const named = (name) => packed[name][1].map((n) => packed[name][0][n]);
  const columns = {
    title: packed.titles.map(coded),
    abstract: abstracts.map((row) => row.flatMap((n) => sentences[n])),
    subject_terms: lists(packed.terms).map(coded),
    keywords: lists(packed.keywords).map(coded),
  };
  for (const name of ["source", "published_in", "design", "setting"]) {
    columns[name] = named(name).map(coded);
  }
  const above = new Map(packed.above);
  const lower = new Map(packed.above.map(([term]) => [term.toLowerCase(), term]));
  return {
    ids, columns, above, lower,
    size: packed.titles.length,
    years: packed.years.map((y) => y + 2000),
    sources: named("source"),
    record: (n) => ({
      title: packed.titles[n],
      abstract: abstracts[n].map((s) => packed.sentences[s]).join(" ").replaceAll("#", "…"),
      year: packed.years[n] + 2000,
      source: columns.source && named("source")[n],
    }),
    answers: packed.answers,
    whose: packed.whose,
    kept: new Map(),
  };
}

function lookUp(records, leaf) {
  if (leaf.kind === "years") {
    return new Set(
      records.years.flatMap((y, n) => (y >= leaf.first && y <= leaf.last ? [n] : [])));
  }
  const key = written(leaf);
  if (records.kept.has(key)) return records.kept.get(key);
  let asked = [leaf.words];
  if (leaf.field === "exp") {
    asked = [records.lower.get(leaf.words.toLowerCase())];
    for (const [term, over] of records.above) if (asked.includes(over)) asked.push(term);
  }
  const found = new Set();
  for (const text of asked) {
    const words = wordsOf(text).filter((word) => word !== "#");
    if (words.length === 0) continue;
    // Each place of the phrase: the numbers of the words that may stand there.
    const places = words.map((word, n) => {
      if (leaf.star && n === words.length - 1) {
        return new Set([...records.ids].flatMap(([w, i]) => (w.startsWith(word) ? [i] : [])));
      }
      return new Set(records.ids.has(word) ? [records.ids.get(word)] : []);
    });
    for (const column of columnsOf(leaf)) {
      records.columns[column].forEach((row, record) => {
        if (found.has(record)) return;
        for (let at = 0; at + places.length <= row.length; at += 1) {
          if (places.every((may, n) => may.has(row[at + n]))) {
            found.add(record);
            return;
          }
        }
      });
    }
  }
  records.kept.set(key, found);
  return found;
}

function columnsOf(leaf) {
  return leaf.field === "exp" ? FIELDS.su : FIELDS[leaf.field] ?? ANYWHERE;
}

function check(records, leaf, query, log) {
  const at = (text) => Math.max(query.indexOf(text), 0);
  if (leaf.kind === "line") {
    if (leaf.number < 1 || leaf.number > log.length) {
      const has = log.length ? `it has ${log.length}` : "there are none yet";
      throw new Refused(
        `There is no line #${leaf.number} in the search history; ${has}.`, at(`#${leaf.number}`));
    }
  } else if (leaf.kind === "text") {
    if (!columnsOf(leaf).some((name) => records.columns[name])) {
      throw new Refused(
        `These records have no column ${columnsOf(leaf).join(" or ")}.`, at(leaf.words));
    }
    if (leaf.field === "exp" && !records.lower.has(leaf.words.toLowerCase())) {
      throw new Refused(
        `'${leaf.words}' is not a subject term of the list, so it has nothing below it.`,
        at(leaf.words));
    }
  }
}

function find(records, node, log) {
  switch (node.kind) {
    case "and":
      return node.parts.map((p) => find(records, p, log))
        .reduce((a, b) => new Set([...a].filter((n) => b.has(n))));
    case "or":
      return new Set(node.parts.flatMap((p) => [...find(records, p, log)]));
    case "not": {
      const out = find(records, node.part, log);
      return new Set(Array.from({ length: records.size }, (_, n) => n).filter((n) => !out.has(n)));
    }
    case "line":
      return log[node.number - 1];
    default:
      return lookUp(records, node);
  }
}

function run(records, query, log) {
  const { node, mixed } = parse(query);
  leaves(node).forEach((leaf) => check(records, leaf, query, log));
  const parts = new Map(leaves(node).map((leaf) => [written(leaf), find(records, leaf, log).size]));
  const notes = [];
  if (mixed) notes.push("AND was done before OR; put brackets around what belongs together.");
  const nothing = [...parts].filter(([, count]) => count === 0).map(([name]) => name);
  if (nothing.length) notes.push(`Nothing has ${nothing.join(", ")}; check the spelling.`);
  return { line: written(node), found: find(records, node, log), parts: [...parts], notes };
}

/* ---------------------------------------------------------------- against the gold standard */

const percent = (part, whole) => Math.floor((200 * part + whole) / (2 * whole));
const toRead = (count, hit) => (Math.floor((20 * count + hit) / (2 * hit)) / 10).toFixed(1);
const thousands = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
const ENOUGH = 5;

function look(records, setUp, name, line, earlier = []) {
  try {
    const log = [];
    for (const one of earlier) log.push(run(records, one, log).found);
    return judged(records, setUp, name, run(records, line, log));
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem, at: error.at };
    throw error;
  }
}

function judged(records, setUp, name, result) {
  const groups = new Map(setUp.groups.map((one) => [one, [0, 0]]));
  const sources = new Map(Object.keys(setUp.sources).map((one) => [one, [0, 0]]));
  const none = setUp.groups.at(-1);
  const answers = records.answers[name];
  let hit = 0;
  const missed = [];
  for (const [record, whose] of answers) {
    const seen = result.found.has(record) ? 1 : 0;
    hit += seen;
    if (!seen) missed.push(record);
    const rows = records.whose[whose].map((one) => groups.get(one === "everyone" ? none : one));
    for (const row of [...rows, sources.get(records.sources[record])]) {
      row[0] += seen;
      row[1] += 1;
    }
  }
  const counted = (rows) => [...rows].filter(([, r]) => r[1]).map(([one, r]) => [one, ...r]);
  const found = [...result.found].sort((a, b) => a - b);
  const answer = {
    line: result.line, count: found.length, parts: result.parts, notes: result.notes,
    relevant: answers.length, hit, groups: counted(groups), sources: counted(sources),
    found, missed: missed.sort((a, b) => a - b),
  };
  return { ...answer, finding: sentence(answer, setUp, none) };
}

function sentence({ count, relevant, hit, groups, sources }, setUp, none) {
  const said = [
    `The line finds ${thousands(count)} ${count === 1 ? "record" : "records"}. Of the ${relevant} ` +
    `that answer the question it finds ${hit}: recall ${percent(hit, relevant)}%.`,
  ];
  if (hit) said.push(`You would read ${toRead(count, hit)} for each one that answers.`);
  if (hit === relevant) said.push("None is lost.");
  else {
    let about = groups.filter(([name]) => name !== none);
    const enough = about.filter((row) => row[2] >= ENOUGH);
    about = enough.length ? enough : about;
    if (about.length) {
      const [name, seen, there] = about.reduce((a, b) => {
        const [x, y] = [a[1] / a[2], b[1] / b[2]];
        return y < x || (y === x && b[2] > a[2]) ? b : a;
      });
      if (seen < there) said.push(`Of ${there} about ${whom(name)} it finds ${seen}.`);
    }
    const [source, seen, there] = sources.reduce((a, b) => (b[2] - b[1] > a[2] - a[1] ? b : a));
    said.push(`Most of what it loses stands in ${setUp.sources[source]}: ${there - seen}.`);
  }
  return said.join(" ");
}

function whom(group) {
  return group === "Any other ethnic group" ? "people from any other ethnic group" : `${group} people`;
}

const WHOLE = /^(?:(?:\w+:)?(?:"[^"]*"\*?|[^\s()"]+|\([^()]*\)))$/;

function assemble(boxes) {
  const said = boxes.map((box) => box.trim().split(/\s+/).join(" ")).filter(Boolean);
  if (said.length < 2) return said.join("");
  return said.map((one) => (WHOLE.test(one) ? one : `(${one})`)).join(" AND ");
}

/* ---------------------------------------------------------------- what a reader sees */

function make(tag, settings = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...inside.filter((one) => one !== null));
  return element;
}

const alternatives = (text) => text.split(/\s+OR\s+/).map((one) => one.trim()).filter(Boolean);
let made = 0;

/* `ask(question, line, log)` gives a promise of what `look` gives, with lists of records. */
function build(setUp, ask, place) {
  made += 1;
  const own = (name) => `eeic-sandbox-${made}-${name}`;
  let question = setUp.questions[0];
  let turn = 0;
  const log = [];
  let last = null;

  const status = make("p", { class: "eeic-finding", role: "status" });
  const problem = make("p", { class: "eeic-sandbox-problem", role: "alert", hidden: true });
  const lineShown = make("code", {});
  const ideas = make("div", { class: "eeic-sandbox-ideas" });
  const result = make("div", {});
  const asked = make("p", { class: "eeic-sandbox-asked" });
  const starts = make("select", { id: own("start"), onchange: () => {
    if (starts.value !== "") fill(question.starts[Number(starts.value)].boxes);
  } });
  const questions = make("select", { id: own("question"), onchange: () => {
    question = setUp.questions[questions.selectedIndex];
    choose();
  } }, ...setUp.questions.map((one) => make("option", {}, one.short)));
  let boxes = [];

  function choose() {
    starts.replaceChildren(
      make("option", { value: "" }, "Your own line"),
      ...question.starts.map((one, n) => make("option", { value: n }, one.label)));
    asked.textContent = `${question.asked} ${question.relevant} of the ${thousands(setUp.records)} records answer it.`;
    boxes = [];
    ideas.replaceChildren(...question.ideas.map(ideaOf));
    starts.value = "0";
    fill(question.starts[0].boxes);
  }

  function ideaOf(idea, n) {
    const input = make("input", {
      type: "text", id: own(`idea-${n}`), autocomplete: "off", spellcheck: "false",
      autocapitalize: "none", "data-lm-suppress-shortcuts": "true",
      oninput: () => { starts.value = ""; later(); },
      onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); search(); } },
    });
    const chips = idea.chips.map((chip) =>
      make("button", { type: "button", class: "eeic-chip", "aria-pressed": "false",
        onclick: () => {
          const words = alternatives(input.value);
          const there = words.includes(chip);
          input.value = (there ? words.filter((one) => one !== chip) : [...words, chip]).join(" OR ");
          starts.value = "";
          search();
        } }, chip));
    boxes.push({ input, chips, idea });
    return make("div", { class: "eeic-sandbox-idea", role: "group", "aria-label": idea.label },
      make("label", { for: own(`idea-${n}`) }, idea.label), input,
      make("div", { class: "eeic-chips" }, ...chips));
  }

  function fill(values) {
    boxes.forEach((box, n) => { box.input.value = values[n] ?? ""; });
    search();
  }

  let waiting;
  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(search, 500);
  }

  async function search() {
    clearTimeout(waiting);
    for (const { input, chips, idea } of boxes) {
      const words = alternatives(input.value);
      chips.forEach((chip, n) =>
        chip.setAttribute("aria-pressed", String(words.includes(idea.chips[n]))));
    }
    const line = assemble(boxes.map((box) => box.input.value));
    lineShown.textContent = line || "(nothing yet)";
    turn += 1;
    const mine = turn;
    if (!line) {
      show({ problem: "The line is empty: press a word, or write one.", at: 0 }, "");
      return;
    }
    const found = await ask(question.name, line, log.map((one) => one.line));
    if (mine === turn) show(found, line);
  }

  function show(found, line) {
    last = found.problem ? null : { ...found, asked: line };
    keep.disabled = last === null;
    problem.hidden = !found.problem;
    problem.textContent = found.problem ? `${found.problem} Look at character ${found.at + 1}.` : "";
    if (found.problem) {
      status.textContent = "No search was run.";
      result.replaceChildren();
      return;
    }
    status.textContent = [found.finding, ...found.notes].join(" ");
    result.replaceChildren(...pictures(found, setUp));
  }

  /* The log: what was run, how much it found, and why. */
  const why = make("input", { type: "text", id: own("why"), autocomplete: "off",
    "data-lm-suppress-shortcuts": "true",
    onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); note(); } } });
  const keep = make("button", { type: "button", class: "eeic-button", onclick: note }, "Write into the log");
  const copied = make("span", { role: "status", class: "eeic-sandbox-copied" });
  const copy = make("button", { type: "button", class: "eeic-button", hidden: true, onclick: async () => {
    const text = ["Line\tSearch\tFound\tWhy", ...log.map((one, n) =>
      `${n + 1}\t${one.line}\t${one.count}\t${one.why}`)].join("\n");
    try {
      await navigator.clipboard.writeText(text);
      copied.textContent = "Copied.";
    } catch {
      copied.textContent = "Your browser does not let a page copy: mark the table and copy it.";
    }
  } }, "Copy the log");
  const rows = make("tbody");
  const table = make("div", { class: "eeic-scroll", hidden: true, tabindex: "0", role: "region",
    "aria-label": "Your search log" },
    make("table", {}, make("caption", {}, "Your search log. It is gone when you close this page: copy it."),
      make("thead", {}, make("tr", {}, ...["Line", "Search", "Found", "Why"].map((head) =>
        make("th", { scope: "col" }, head)))), rows));
  function note() {
    if (!last) return;
    log.push({ line: last.asked, count: last.count, why: why.value.trim() });
    rows.append(make("tr", {}, make("th", { scope: "row" }, `#${log.length}`),
      make("td", {}, make("code", {}, last.asked)), make("td", { class: "eeic-number" }, thousands(last.count)),
      make("td", {}, why.value.trim() || "–")));
    why.value = "";
    table.hidden = copy.hidden = false;
    copied.textContent = `Line #${log.length} is in the log. You can write #${log.length} in a later line.`;
  }

  place.append(
    make("div", { class: "eeic-sandbox-top" },
      make("div", {}, make("label", { for: own("question") }, "Question"), questions, asked),
      make("div", {}, make("label", { for: own("start") }, "Start from"), starts)),
    ideas,
    make("p", { class: "eeic-sandbox-line" }, make("span", {}, "The line that is run: "), lineShown),
    problem, status, result,
    make("div", { class: "eeic-sandbox-log" },
      make("label", { for: own("why") }, "Why this line?"), why, keep, copy, copied, table));
  choose();
}

/* The pile to read, the shelves, and the records. */
function pictures(found, setUp) {
  const noise = found.count - found.hit;
  const missed = found.relevant - found.hit;
  const pile = [["wanted", found.hit, "found that answer the question"],
    ["noise", noise, "found that do not: read for nothing"],
    ["missed", missed, "that answer and are not found"]];
  const bar = make("div", { class: "eeic-pile", "aria-hidden": "true" },
    ...pile.filter(([, count]) => count).map(([kind, count]) =>
      make("span", { class: `eeic-${kind}`, style: `flex-grow:${count}` })));
  const key = make("ul", { class: "eeic-pile-key" }, ...pile.map(([kind, count, words]) =>
    make("li", {}, make("span", { class: `eeic-square eeic-${kind}`, "aria-hidden": "true" }),
      `${thousands(count)} ${words}`)));
  const meter = make("p", { class: "eeic-meter" },
    make("strong", {}, found.hit ? toRead(found.count, found.hit) : "–"),
    " to read for each one that answers");
  const cap = (text) => text[0].toUpperCase() + text.slice(1);
  return [
    make("div", { class: "eeic-sandbox-sum" }, make("div", {}, bar, key), meter),
    make("div", { class: "eeic-shelves" },
      shelf("Whose studies", found.groups),
      shelf("Where they stand", found.sources.map(([name, ...r]) => [cap(setUp.sources[name]), ...r]))),
    ...(found.parts.length > 1 ? [drawer("What each word finds by itself", words(found.parts))] : []),
    drawer(`Read what it finds${found.count > found.list.length ? ` (the first ${found.list.length})` : ""}`,
      records(found.list, setUp, true)),
    ...(missed ? [drawer(`Look at what it loses${missed > found.lost.length ? ` (the first ${found.lost.length})` : ""}`,
      records(found.lost, setUp, false))] : []),
    make("p", { class: "eeic-sandbox-notice" },
      "Invented studies: not evidence about any real group or place. Filled squares are found; one square is one study."),
  ];
}

function shelf(title, rows) {
  return make("div", { class: "eeic-shelf" }, make("p", {}, make("strong", {}, title)),
    make("ul", {}, ...rows.map(([name, seen, there]) =>
      make("li", {}, make("span", { class: "eeic-shelf-name" }, name),
        make("span", { class: "eeic-squares", "aria-hidden": "true" },
          ...Array.from({ length: there }, (_, n) =>
            make("i", { class: n < seen ? "eeic-wanted" : "eeic-missed" }))),
        make("span", { class: "eeic-shelf-count" }, `${seen} of ${there}`)))));
}

function drawer(title, inside) {
  return make("details", { class: "eeic-data" }, make("summary", {}, title), inside);
}

function words(parts) {
  return make("ul", { class: "eeic-sandbox-words" }, ...parts.map(([word, count]) =>
    make("li", {}, make("code", {}, word), ` ${thousands(count)}`)));
}

function records(list, setUp, say) {
  if (!list.length) return make("p", {}, "Nothing.");
  return make("ol", { class: "eeic-sandbox-records" }, ...list.map((one) =>
    make("li", {}, make("details", {},
      make("summary", {}, say ? make("span", { class: `eeic-tag ${one.answers ? "eeic-tag-yes" : ""}` },
        one.answers ? "answers" : "does not") : null, ` ${one.title} `,
      make("span", { class: "eeic-sandbox-where" }, `${one.year}, ${one.source}`)),
      make("p", {}, one.abstract)))));
}

/* In a notebook: Python answers. */
function render({ model, el }) {
  const setUp = model.get("set_up");
  const waiting = new Map();
  let number = model.get("asked").n ?? 0;
  const answered = () => {
    const { n, ...found } = model.get("answer");
    waiting.get(n)?.(found);
    waiting.delete(n);
  };
  model.on("change:answer", answered);
  const ask = (question, line, log) => new Promise((resolve) => {
    number += 1;
    waiting.set(number, resolve);
    model.set("asked", { n: number, question, line, log });
    model.save_changes();
  });
  const section = make("section", { class: "eeic-explorer eeic-sandbox", "aria-label": setUp.title },
    make("p", { class: "eeic-explorer-title" }, setUp.title),
    make("p", { class: "eeic-explorer-lead" }, setUp.lead));
  el.append(section);
  build(setUp, ask, section);
  return () => model.off("change:answer", answered);
}

/* On a page: the records came with it. */
function answering(data) {
  const records = unpack(data.packed);
  const { setUp } = data;
  return (question, line, log) => {
    const found = look(records, setUp, question, line, log);
    if (found.problem) return found;
    const wanted = new Set(records.answers[question].map(([record]) => record));
    const told = (list) =>
      list.slice(0, setUp.shown).map((n) => ({ ...records.record(n), answers: wanted.has(n) }));
    return { ...found, list: told(found.found), lost: told(found.missed) };
  };
}

function mount() {
  const start = () => document.querySelectorAll("[data-eeic-search]").forEach((section) => {
    const data = section.querySelector("script[type='application/json']");
    const place = section.querySelector(".eeic-sandbox-live");
    if (!data || place.firstChild) return;
    const answer = answering(JSON.parse(data.textContent));
    build(JSON.parse(data.textContent).setUp, async (...asked) => answer(...asked), place);
    section.classList.add("eeic-live");
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}

export default { render, mount, unpack, look, assemble, answering };
