/* On each page of a package for learning platforms: tells the launcher around it what happens.
   Opened without the launcher, the page is as it is on the web. */
(function () {
  "use strict";

  let platform = null;
  try { platform = parent !== window && parent.eeicPlatform; } catch (error) { /* another's frame */ }
  if (!platform) return;

  if (platform.connected) {
    window.eeicKept = "Remembered in this browser. Your learning platform is told whether it is right.";
  }
  const root = new URL(document.documentElement.dataset.content_root, location.href);
  const page = location.href.split(/[?#]/)[0].slice(root.href.length);
  addEventListener("pageshow", () => platform.opened(decodeURIComponent(page)));
  document.addEventListener("eeic-answered", (event) => platform.answered(event.detail));

  // Most other sites refuse to be shown inside a frame, so a link to one opens beside the course.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !/^https?:$/.test(link.protocol) || link.origin === location.origin) return;
    event.preventDefault();
    const opened = window.open(link.href);
    if (opened) opened.opener = null;
    else platform.say(`Your platform does not let the course open ${link.href}`);
  });
})();
