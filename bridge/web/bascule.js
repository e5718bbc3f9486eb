// Keeps an open page as the bridge is. Without this script every page is whole, and stands still.
//
// Rules of this file
// 1. Nothing that came from outside is ever read as markup: the server escaped it, and a parsed
//    document that runs nothing is taken apart into its nodes.
// 2. What a person is typing is left alone.
// 3. Silence is told: the page says when it no longer follows the bridge, and how old it is.
"use strict";

(() => {
  const address = document.body.dataset.fragment;
  const jump = document.getElementById("jump");
  if (!address) return;

  const GAP_MS = 500; // between two loads of a page: faster than reading, cheap for the bridge
  const SILENCE_MS = 12_000; // the stream says something every 5 s
  const OLD_MS = 15_000;
  const AGAIN_MS = 3_000;

  let number = Number(document.body.dataset.number);
  let loading = false;
  let wanted = false;
  let loadedAt = performance.now();
  let heardAt = performance.now();
  let source = null;

  const light = document.getElementById("live");
  const words = document.getElementById("live-text");

  function tell(kind, text) {
    light.className = `live ${kind}`;
    if (words.textContent !== text) words.textContent = text;
  }

  function typing(part) {
    if (part.querySelector("details[open]")) return true;
    const at = document.activeElement;
    return part.contains(at) && at.tagName === "INPUT";
  }

  // A part with a key is replaced when its key changes, whatever stands in it: the key says that
  // the question itself is another one. A part without is replaced when it looks different.
  function stays(old, fresh) {
    if (fresh.dataset.key !== undefined) return fresh.dataset.key === old.dataset.key;
    return typing(old) || old.isEqualNode(fresh);
  }

  function take(page) {
    for (const fresh of page.querySelectorAll("[data-live]")) {
      const old = document.getElementById(fresh.id);
      if (!old || stays(old, fresh)) continue;
      const at = old.contains(document.activeElement) ? document.activeElement : null;
      const link = at && at.getAttribute("href");
      const put = document.importNode(fresh, true);
      old.replaceWith(put);
      if (link) put.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
    }
    document.title = page.title;
    document.body.dataset.follow = page.body.dataset.follow;
    number = Number(page.body.dataset.number);
  }

  async function load() {
    if (loading || document.hidden) {
      wanted = true;
      return;
    }
    loading = true;
    wanted = false;
    try {
      const answer = await fetch(address, { cache: "no-store", redirect: "error" });
      if (answer.status === 401) {
        tell("lost", "logged out");
        location.assign("/login");
        return;
      }
      if (answer.ok) {
        take(new DOMParser().parseFromString(await answer.text(), "text/html"));
        loadedAt = performance.now();
      }
    } catch {
      // The stream tells the same, in words.
    }
    setTimeout(() => {
      loading = false;
      if (wanted) load();
    }, GAP_MS);
  }

  function listen() {
    source = new EventSource("/live");
    const heard = (event) => {
      heardAt = performance.now();
      tell("on", "following");
      const follows = document.body.dataset.follow === "all" && Number(event.data) !== number;
      if (follows || event.type === "beat") load();
    };
    source.addEventListener("changed", heard);
    source.addEventListener("beat", heard);
    source.onerror = () => {
      tell("lost", "stream lost");
      if (source.readyState === EventSource.CLOSED) {
        source.close();
        setTimeout(() => {
          load();
          listen();
        }, AGAIN_MS);
      }
    };
  }

  setInterval(() => {
    if (performance.now() - heardAt > SILENCE_MS) tell("lost", "stream lost");
    const age = document.getElementById("age");
    const ms = performance.now() - loadedAt;
    if (!age) return;
    const text = ms > OLD_MS ? `– ${Math.round(ms / 1000)} s old` : "";
    if (age.textContent !== text) age.textContent = text;
    age.className = ms > OLD_MS ? "old" : "";
  }, 1_000);

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && wanted) load();
  });
  document.addEventListener("keydown", (event) => {
    const free = !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "/" && free && jump) {
      event.preventDefault();
      jump.focus();
    }
  });
  addEventListener("pagehide", () => source?.close());
  listen();
})();
