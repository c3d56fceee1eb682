/* One session of a learning platform, held by this page around the pages of the course.

   The pages come and go in the frame; this page stays, so the session does. What has to outlast
   it is committed at every answer, because a browser may refuse to save when a window closes. */
(function () {
  "use strict";

  const course = JSON.parse(document.getElementById("course").textContent);
  const frame = document.getElementById("pages");
  const leave = document.getElementById("leave");
  const began = Date.now();

  // ---- The platform: SCORM 1.2 and 2004 differ in names and in how they write time.

  const two = (number) => String(number).padStart(2, "0");
  const clock = () => {
    const seconds = Math.round((Date.now() - began) / 1000);
    return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  };
  const EDITIONS = {
    1.2: {
      api: "API",
      calls: "LMS",
      finish: "LMSFinish",
      learner: "cmi.core.student_id",
      place: "cmi.core.lesson_location",
      score: "cmi.core.score",
      exit: "cmi.core.exit",
      time: "cmi.core.session_time",
      spent: () => {
        const [hours, minutes, seconds] = clock();
        return `${String(hours).padStart(4, "0")}:${two(minutes)}:${two(seconds)}`;
      },
      wrong: "wrong",
      response: "student_response",
      comma: ",",
      moment: ["time", () => new Date().toTimeString().slice(0, 8)],
    },
    2004: {
      api: "API_1484_11",
      calls: "",
      finish: "Terminate",
      learner: "cmi.learner_id",
      place: "cmi.location",
      score: "cmi.score",
      exit: "cmi.exit",
      time: "cmi.session_time",
      spent: () => "PT{}H{}M{}S".replace(/\{\}/g, ((parts) => () => parts.shift())(clock())),
      wrong: "incorrect",
      response: "learner_response",
      comma: "[,]",
      moment: ["timestamp", () => new Date().toISOString().slice(0, 19)],
    },
  };
  const edition = EDITIONS[course.edition];

  /** Look for the platform's API up the frames, then up those of whoever opened this window. */
  function find() {
    const seen = new Set();
    const waiting = [window];
    while (waiting.length) {
      const one = waiting.shift();
      if (!one || seen.has(one) || seen.size > 50) continue;
      seen.add(one);
      try {
        if (one[edition.api]) return one[edition.api];
      } catch (error) { /* a frame of another site: look past it */ }
      try {
        if (one.parent !== one) waiting.push(one.parent);
        waiting.push(one.opener);
      } catch (error) { /* the same */ }
    }
    return null;
  }

  const api = find();
  const call = (name, ...given) => String(api[edition.calls + name](...given));
  const get = (name) => {
    const value = call("GetValue", name);
    return value === "null" || value === "undefined" ? "" : value;
  };
  const refused = [];
  const set = (name, value) => {
    if (call("SetValue", name, String(value)) !== "true") {
      refused.push(`${name} (${call("GetLastError")})`);
    }
  };
  let connected = false;
  try {
    connected = api !== null && call("Initialize", "") === "true";
  } catch (error) { /* an API that throws is none */ }

  // ---- What is kept: the pages opened, and of each question the best share and the tries.

  const KEPT = `eeic-package-${course.id}`;
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const MOST = DIGITS.length - 1;
  const ids = Object.keys(course.questions);
  const files = Object.keys(course.pages);
  const opened = new Set();
  const best = new Map();
  let place = "";
  let ended = false;

  /** Write it as short as it can be: four letters a page, six a question. */
  function written() {
    const questions = [...best].map(([key, { share, tries }]) => key + DIGITS[share] + DIGITS[tries]);
    return `1${[...opened].join("")}.${questions.join("")}`;
  }
  function read(text) {
    const found = /^1((?:[\w-]{4})*)\.((?:[\w-]{6})*)$/.exec(text);
    if (!found) return;
    const pages = new Set(Object.values(course.pages));
    const questions = new Set(Object.values(course.questions).map((one) => one.key));
    for (const key of found[1].match(/.{4}/g) ?? []) if (pages.has(key)) opened.add(key);
    for (const [, key, share, tries] of found[2].matchAll(/(.{4})(.)(.)/g)) {
      if (questions.has(key)) {
        best.set(key, { share: DIGITS.indexOf(share), tries: DIGITS.indexOf(tries) });
      }
    }
  }

  /** The score is out of all questions of the package, answered or not. */
  function score() {
    const sum = [...best.values()].reduce((total, one) => total + one.share, 0);
    return ids.length ? Math.round((100 * sum) / (MOST * ids.length)) : null;
  }
  const finished = () => opened.size === files.length && (score() ?? 100) >= course.pass;

  // ---- On a shared computer everybody sees their own answers and logbook, and none is lost.

  function handOver(learner) {
    let hash = 0x811c9dc5;
    for (const one of learner) hash = Math.imul(hash ^ one.codePointAt(0), 0x01000193) >>> 0;
    const now = hash.toString(36);
    try {
      const before = localStorage.getItem("course-learner");
      if (before === now) return;
      const ours = Object.keys(localStorage)
        .filter((key) => key.startsWith("eeic-") && key !== "eeic-mode")
        .map((key) => [key, localStorage.getItem(key)]);
      if (ours.length) localStorage.setItem(`course-of-${before ?? "nobody"}`, JSON.stringify(ours));
      ours.forEach(([key]) => localStorage.removeItem(key));
      const theirs = JSON.parse(localStorage.getItem(`course-of-${now}`) ?? "[]");
      theirs.forEach(([key, value]) => localStorage.setItem(key, value));
      localStorage.removeItem(`course-of-${now}`);
      localStorage.setItem("course-learner", now);
    } catch (error) { /* this browser keeps nothing */ }
  }

  // ---- Saving.

  let passed = false;

  function status() {
    if (course.edition === "1.2") {
      if (passed) return; // what was reached is never taken back
      const reached = ids.length ? "passed" : "completed";
      set("cmi.core.lesson_status", finished() ? reached : "incomplete");
    } else {
      const tried = [...best.values()].length;
      const all = files.length + ids.length;
      set("cmi.progress_measure", passed ? 1 : ((opened.size + tried) / all).toFixed(2));
      if (!passed) set("cmi.completion_status", finished() ? "completed" : "incomplete");
      if (ids.length && finished() && !passed) set("cmi.success_status", "passed");
    }
    passed ||= finished();
  }

  function save() {
    if (ended) return;
    if (!connected) {
      try {
        localStorage.setItem(KEPT, JSON.stringify({ place, text: written() }));
      } catch (error) { /* this browser keeps nothing */ }
      return;
    }
    refused.length = 0;
    try {
      const points = score();
      if (points !== null) {
        if (course.edition === "2004") set("cmi.score.scaled", points / 100);
        set(`${edition.score}.min`, 0);
        set(`${edition.score}.max`, 100);
        set(`${edition.score}.raw`, points);
      }
      status();
      if (place) set(edition.place, place);
      set("cmi.suspend_data", written());
      set(edition.time, edition.spent());
      set(edition.exit, "suspend"); // so that the next visit goes on with this attempt
      if (call("Commit", "") !== "true") refused.push(`commit (${call("GetLastError")})`);
    } catch (error) {
      refused.push(String(error));
    }
    say(refused.length
      ? `Your learning platform did not take everything: ${refused.join(", ")}. `
        + "Your answers are still in this browser."
      : "");
  }

  function note(id, { sheet, answer, outcome }) {
    const at = `cmi.interactions.${Number(get("cmi.interactions._count")) || 0}`;
    const [part] = sheet.parts;
    const kind = sheet.parts.length > 1
      ? "performance"
      : { order: "sequencing", number: "numeric" }[part.kind] ?? "choice";
    const right = { correct: "correct", "not yet": edition.wrong }[outcome.status];
    set(`${at}.id`, course.questions[id].name);
    set(`${at}.type`, kind);
    set(`${at}.${edition.moment[0]}`, edition.moment[1]());
    if (kind === "choice" || kind === "sequencing") {
      // Letters for the options: nothing that somebody wrote goes to the platform.
      const letter = (id) => (part.options.findIndex((one) => one.id === id) + 10).toString(36);
      set(`${at}.${edition.response}`, [answer].flat().map(letter).join(edition.comma));
    }
    set(`${at}.result`, right ?? outcome.share.toFixed(2));
  }

  // ---- What is shown.

  function say(words) {
    const line = document.getElementById("trouble");
    if (line.textContent !== words) line.textContent = words;
  }
  function show() {
    const tried = ids.filter((id) => best.has(course.questions[id].key)).length;
    const parts = [`${opened.size} of ${files.length} pages opened`];
    if (ids.length) {
      parts.push(`${tried} of ${ids.length} questions answered`,
        `score ${score()} of 100 (${course.pass} to pass)`);
    }
    document.getElementById("standing").textContent = (finished() || passed ? "Done: " : "")
      + parts.join(", ") + ". "
      + (connected
        ? "Saved."
        : "No learning platform was found: your progress is kept in this browser only.");
  }

  window.eeicPlatform = {
    connected,
    say,
    opened(file) {
      if (ended || !course.files.includes(file)) return;
      place = file;
      if (file in course.pages) opened.add(course.pages[file]);
      save();
      show();
    },
    answered(detail) {
      const question = course.questions[detail.sheet.id];
      if (ended || !question) return;
      const { share } = detail.outcome;
      const before = best.get(question.key) ?? { share: 0, tries: 0 };
      best.set(question.key, {
        share: Math.max(before.share, share === 1 ? MOST : Math.floor(share * MOST)),
        tries: Math.min(before.tries + 1, MOST),
      });
      if (connected) note(detail.sheet.id, detail);
      save();
      show();
    },
  };

  // ---- The session.

  if (connected) {
    handOver(get(edition.learner));
    read(get("cmi.suspend_data"));
    place = get(edition.place);
    passed = course.edition === "1.2"
      ? ["passed", "completed"].includes(get("cmi.core.lesson_status"))
      : get("cmi.completion_status") === "completed";
  } else {
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
      read(String(kept.text ?? ""));
      place = String(kept.place ?? "");
    } catch (error) { /* nothing kept, or nothing that can be read */ }
  }
  const paint = () => {
    try {
      const mode = localStorage.getItem("eeic-mode");
      if (mode) document.documentElement.dataset.theme = mode;
      else delete document.documentElement.dataset.theme;
    } catch (error) { /* the system's choice */ }
  };
  addEventListener("storage", paint);
  paint();

  function end() {
    if (ended || !connected) return;
    save();
    ended = true;
    try {
      api[edition.finish]("");
    } catch (error) { /* what matters is committed */ }
  }
  leave.hidden = !connected;
  leave.addEventListener("click", () => {
    end();
    frame.remove();
    leave.hidden = true;
    const left = document.getElementById("left");
    left.hidden = false;
    left.focus();
  });
  addEventListener("pagehide", end);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });
  if (connected) setInterval(save, 60000); // so that a crash costs a minute at most

  show();
  frame.src = course.files.includes(place) ? place : files[0];
})();
