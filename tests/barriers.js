/* What tests/barriers.py asks of a page, in the page's own terms. An expression whose value is
   an object of functions. */
(() => {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const shown = (one) => {
    const box = one.getBoundingClientRect();
    return one.checkVisibility({ visibilityProperty: true }) && box.width > 0 && box.height > 0;
  };
  /* Said to those who listen, and on purpose not to be seen. */
  const unseen = (one) => {
    for (let at = one; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (/inset\(50%\)|rect\(0/.test(style.clipPath + style.clip)) return true;
      if (style.overflow === "hidden" && at.offsetWidth <= 1 && at.offsetHeight <= 1) return true;
      if (at.matches(".eeic-skip:not(:focus), svg, mjx-container, [aria-hidden='true']")) return true;
    }
    return false;
  };
  const text = (one) => (one.innerText || one.getAttribute("aria-label") || one.value || "")
    .trim().replace(/\s+/g, " ").slice(0, 40);
  const name = (one) => {
    const classes = Array.from(one.classList).join(".");
    return `<${one.localName}${one.type ? ` ${one.type}` : ""}${classes ? ` .${classes}` : ""}> “${text(one)}”`;
  };
  const REACHABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const controls = () => all(REACHABLE)
    .filter((one) => !one.disabled && one.tabIndex >= 0 && shown(one) && !unseen(one));
  /* Controls of one kind look alike: the same element with the same classes in the same part. */
  const kind = (one) => {
    const part = one.closest("header, nav, footer, main, form");
    const piece = one.parentElement.closest("[class]");
    return [
      part ? `${part.localName}.${part.className}` : "",
      piece && part && part.contains(piece) ? piece.className : "",
      one.localName, one.type || "", one.className, one.getAttribute("aria-pressed") || "",
    ].join(" ").replace(/\s+/g, " ").trim();
  };
  const own = (one) => Array.from(one.childNodes)
    .filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const scrolls = (one) => {
    for (let at = one; at && at !== document.documentElement; at = at.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true;
    }
    return false;
  };

  const colour = (css) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data);
  };
  const light = ([red, green, blue]) => [red, green, blue]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };

  return {
    /* The kinds of control, each with the name of its first. */
    kinds() {
      const found = new Map();
      controls().forEach((one) => { if (!found.has(kind(one))) found.set(kind(one), name(one)); });
      return Array.from(found);
    },

    /* The first control of a kind. Pages draw parts of themselves anew, so it is looked up when
       it is needed. */
    first(which) {
      return controls().find((one) => kind(one) === which);
    },

    /* How many pixels a line around a control takes; a link may go over several lines. */
    around(one) {
      return Array.from(one.getClientRects())
        .reduce((sum, box) => sum + 2 * (box.width + Math.min(box.height, innerHeight)), 0);
    },

    /* Text that cannot be read: out of the window, or hidden by the box that it is in. */
    cut() {
      const wide = document.documentElement.clientWidth;
      const found = [];
      all("body *").forEach((one) => {
        if (!own(one).length || !shown(one) || unseen(one) || scrolls(one)) return;
        const range = document.createRange();
        range.selectNodeContents(one);
        const lines = Array.from(range.getClientRects()).filter((line) => line.width > 1);
        const out = lines.some((line) => line.right > wide + 1 || line.left < -1);
        if (out) { found.push(`${name(one)} runs out of the window`); return; }
        for (let at = one; at && at !== document.body; at = at.parentElement) {
          const style = getComputedStyle(at);
          const box = at.getBoundingClientRect();
          const hides = /hidden|clip/.test(style.overflowX + style.overflowY);
          const framed = style.display !== "inline" && (parseFloat(style.borderBottomWidth) > 0
            || colour(style.backgroundColor)[3] === 255);
          if (!hides && !framed) continue;
          if (/auto|scroll/.test(style.overflowY)) break;
          if (lines.some((line) => line.bottom > box.bottom + 3 || line.right > box.right + 3)) {
            found.push(`${name(one)} is cut off by or runs out of ${name(at)}`);
          }
          break;
        }
      });
      return found;
    },

    /* Controls whose outline nobody with weak sight would find (WCAG 1.4.11). What the browser
       draws itself is not ours, and one that cannot be used need not stand out. */
    faint() {
      const found = new Map();
      controls().filter((one) => one.matches("button, input, select, textarea")).forEach((one) => {
        const style = getComputedStyle(one);
        if (one.getAttribute("aria-disabled") === "true" || found.has(kind(one))) return;
        if (/^(radio|checkbox|range|file|color)$/.test(one.type) && style.appearance !== "none") return;
        const behind = ground(one.parentElement);
        const signs = [ground(one)];
        for (const side of ["Top", "Right", "Bottom", "Left"]) {
          if (parseFloat(style[`border${side}Width`]) >= 1) signs.push(colour(style[`border${side}Color`]));
        }
        const best = Math.max(...signs.map((sign) => contrast(sign, behind)));
        found.set(kind(one), best < 3 && `${name(one)} stands out by ${best.toFixed(2)}:1 only`);
      });
      return Array.from(found.values()).filter(Boolean);
    },

    /* What still moves although the reader's system asks for less, and what never stops. */
    moving(still) {
      const found = [];
      const seconds = (list) => Math.max(...list.split(",").map((time) => parseFloat(time)));
      all("*").forEach((one) => {
        for (const part of [null, "::before", "::after"]) {
          const style = getComputedStyle(one, part);
          const animated = style.animationName !== "none";
          const time = Math.max(animated ? seconds(style.animationDuration) : 0, seconds(style.transitionDuration));
          if (still && time > 0.02) found.push(`${name(one)}${part || ""} moves for ${time} s`);
          if (still && style.scrollBehavior === "smooth") found.push(`${name(one)} scrolls smoothly`);
          if (animated && /infinite/.test(style.animationIterationCount) && !(still && time <= 0.02)) {
            found.push(`${name(one)}${part || ""} never stops moving`);
          }
        }
      });
      all("animate, animateTransform, animateMotion, marquee").forEach((one) => found.push(`${name(one)} moves by itself`));
      return found;
    },

    /* Note where the keyboard goes from here on. */
    follow() {
      window.eeicStops = [];
      window.eeicToReach = controls();
      document.addEventListener("focusin", (event) => window.eeicStops.push(event.target));
      return window.eeicToReach.length;
    },

    /* What was wrong with the way that the keyboard went, from `start` on. */
    way(start) {
      const inside = (one) => document.querySelector(start).contains(one);
      const stops = window.eeicStops;
      const found = [];
      const place = (one) => {
        const box = one.getClientRects()[0] || one.getBoundingClientRect();
        return { left: box.left + scrollX, right: box.right + scrollX, top: box.top + scrollY, bottom: box.bottom + scrollY };
      };
      stops.forEach((one, at) => {
        const before = stops[at - 1];
        if (!before || !inside(one) || !inside(before)) return;
        if (before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING) {
          found.push(`the keyboard goes back from ${name(before)} to ${name(one)}`);
        }
        const [here, there] = [place(before), place(one)];
        if (there.bottom <= here.top && there.left < here.right) {
          found.push(`the keyboard goes up from ${name(before)} to ${name(one)}, which is shown above it`);
        }
      });
      const last = document.activeElement;
      if (inside(last)) found.push(`the keyboard does not get past ${name(last)}`);
      // What came up on the way, because somebody came by, is for the next time.
      window.eeicToReach.filter((one) => inside(one) && shown(one)).forEach((one) => {
        const reached = one.type === "radio" && one.name
          ? stops.some((stop) => stop.type === "radio" && stop.name === one.name)
          : stops.includes(one);
        if (!reached) found.push(`the keyboard never reaches ${name(one)}`);
      });
      return found;
    },
  };
})()
