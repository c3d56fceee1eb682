/* On the search page: the glossary's terms and the sourced sentences that hold every word asked
   for, above the pages that Sphinx's own search finds. */
(function () {
  "use strict";

  const MOST = 5;
  const place = document.getElementById("eeic-found");
  const asked = new URLSearchParams(location.search).get("q") || "";
  const plain = (text) =>
    text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[^a-z0-9%]+/g, " ").trim();
  const words = plain(asked).split(" ").filter(Boolean);
  if (!words.length || typeof eeicEntries === "undefined") return;

  /* Every word has to begin a word of the entry; the nearer to the name, the higher. */
  const score = (entry) => {
    const name = ` ${plain(entry.name)}`;
    const all = `${name} ${plain(entry.says)}`;
    if (!words.every((word) => all.includes(` ${word}`))) return 0;
    if (name.trim() === words.join(" ")) return 4;
    if (name.startsWith(` ${words.join(" ")}`)) return 3;
    return words.every((word) => name.includes(` ${word}`)) ? 2 : 1;
  };
  const found = (entries) => entries.map((entry) => [score(entry), entry])
    .filter(([points]) => points).sort(([a], [b]) => b - a).map(([, entry]) => entry);
  const root = document.documentElement.dataset.content_root || "";

  const list = (title, entries) => {
    if (!entries.length) return;
    const heading = document.createElement("h2");
    heading.textContent = title;
    const items = document.createElement("dl");
    items.className = "eeic-found";
    entries.slice(0, MOST).forEach((entry) => {
      const name = document.createElement("dt");
      const link = document.createElement("a");
      link.href = `${root}${entry.page}.html#${entry.anchor}`;
      link.textContent = entry.name;
      name.append(link);
      const says = document.createElement("dd");
      says.textContent = entry.says;
      items.append(name, says);
    });
    place.append(heading, items);
    if (entries.length > MOST) {
      const more = document.createElement("p");
      more.textContent = `${entries.length - MOST} more; another word narrows it down.`;
      place.append(more);
    }
  };
  list("In the glossary", found(eeicEntries.terms));
  list("Facts with their source", found(eeicEntries.facts));
})();
