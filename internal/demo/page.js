"use strict";
(() => {
  const $ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const one = (selector, from = document) => from.querySelector(selector);
  const boxes = $("[data-box]");
  const ids = new Set(["overview", ...$("[data-box] .entry").map((a) => a.hash.slice(1))]);
  const main = one("main");
  const wide = matchMedia("(min-width: 761px)");
  let box = null;

  const holds = (list, id) => list && one(`a[href="#${id}"]`, list);
  const current = (from) => from && (one("a[aria-current]", from) || one("a.entry", from));

  // One of the links is a stop of the Tab key; the arrow keys go to the others.
  function mark(links, chosen) {
    for (const a of links) {
      a.tabIndex = a === (chosen || links[0]) ? 0 : -1;
      if (a === chosen) a.setAttribute("aria-current", "true");
      else a.removeAttribute("aria-current");
    }
  }

  function openBox(list) {
    box = list;
    for (const b of boxes) b.hidden = b !== list;
    const link = one(`nav a[href="#${list ? list.id : "overview"}"]`);
    mark($("nav a"), link);
    link.scrollIntoView({ block: "nearest", inline: "center" });
  }

  // The messages are packed, and of them only the one that is shown is in the page.
  let messages = null;
  async function unpack() {
    const packed = Uint8Array.from(atob(one("#messages").content.textContent), (c) => c.charCodeAt(0));
    const text = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    return new DOMParser().parseFromString(text, "text/html");
  }

  function openItem(id) {
    one("#overview").hidden = id !== "overview";
    main.scrollTop = 0;
    const there = one("article.item");
    if (there && there.id === id) return;
    if (there) there.remove();
    const found = messages && id && messages.getElementById(id);
    if (!found || id === "overview") return;
    const article = document.importNode(found, true);
    article.hidden = false;
    main.append(article);
  }

  // The address says what is shown: #overview, #b3 a mailbox, #m12 a message, and
  // where there is room for one pane alone #boxes, the list of mailboxes.
  function show() {
    const id = location.hash.slice(1) || "overview";
    const list = boxes.find((b) => b.id === id);
    if (list) {
      openBox(list);
      const first = one(".entry", list);
      document.body.dataset.view = "list";
      openItem(wide.matches ? first.getAttribute("href").slice(1) : "");
      mark($(".entry", list), wide.matches ? first : null);
      list.parentElement.scrollTop = 0;
    } else if (ids.has(id) && id !== "overview") {
      if (!holds(box, id)) openBox(boxes.find((b) => holds(b, id)));
      openItem(id);
      document.body.dataset.view = "message";
      const entry = holds(box, id);
      mark($(".entry", box), entry);
      entry.scrollIntoView({ block: "nearest" });
      const back = one(`#${id} .back a`);
      if (back) {
        back.href = "#" + box.id;
        back.textContent = "← " + one("h2", box).textContent;
      }
    } else {
      openBox(null);
      openItem("overview");
      document.body.dataset.view = id === "boxes" && !wide.matches ? "boxes" : "overview";
    }
    if (!wide.matches) scrollTo(0, 0);
  }

  // What the browser does for a link within the page would take the focus away.
  function go(address) {
    if (location.hash !== address) history.pushState(null, "", address);
    show();
  }

  function select(tab, focus) {
    for (const t of $('[role="tab"]', tab.parentElement)) {
      const on = t === tab;
      t.setAttribute("aria-selected", on);
      t.tabIndex = on ? 0 : -1;
      document.getElementById(t.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) tab.focus();
  }

  function press(buttons, chosen) {
    for (const b of buttons) b.setAttribute("aria-pressed", b === chosen);
  }

  // The system's colours, until others are chosen.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function showTheme() {
    const name = document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
    press($(".switches [data-theme]"), one(`.switches [data-theme="${name}"]`));
  }

  addEventListener("hashchange", show);
  addEventListener("popstate", show);
  document.addEventListener("click", (e) => {
    const tab = e.target.closest('[role="tab"]');
    if (tab) select(tab);
    const button = e.target.closest(".switches button");
    if (button && button.dataset.theme) {
      document.documentElement.dataset.theme = button.dataset.theme;
      showTheme();
    }
    if (button && button.dataset.width) {
      document.body.classList.toggle("narrow", button.dataset.width === "narrow");
      press($("[data-width]"), button);
    }
    const a = e.target.closest('a[href^="#"]');
    if (!a || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    if (a.matches(".skip")) {
      main.focus();
      return;
    }
    const from = box;
    const message = location.hash.slice(1);
    go(a.getAttribute("href"));
    // On from the keyboard: a mailbox to its list, a message to its text.
    if (a.closest(".back")) goneBack(from, message);
    else if (e.detail === 0 && a.matches("nav a") && box) focusList();
    else if (e.detail === 0 || (a.matches(".entry") && !wide.matches)) main.focus();
  });

  // Back from a mailbox the focus is on its name.
  function goneBack(from, message) {
    if (box) focusList(message);
    else one(`nav a[href="#${from ? from.id : "overview"}"]`).focus();
  }

  function focusList(from) {
    const entry = holds(box, from) || current(box);
    if (!entry) return;
    for (const a of $(".entry", box)) a.tabIndex = a === entry ? 0 : -1;
    entry.focus();
  }

  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

  // Where a key leads among all: to the next, the previous, an end, or nowhere.
  function target(key, all, at) {
    if (key === "Home") return all[0];
    if (key === "End") return all[all.length - 1];
    return all[all.indexOf(at) + steps[key]];
  }

  document.addEventListener("keydown", (e) => {
    if (e.altKey || e.ctrlKey || e.metaKey || e.shiftKey) return;
    if (e.key === "Escape") {
      const inList = !box || e.target.closest(".lists");
      if (e.target.closest("nav") || e.target.closest(".top")) return;
      const from = box;
      const message = location.hash.slice(1);
      if (!wide.matches) go(inList ? "#boxes" : "#" + box.id);
      if (inList) one(`nav a[href="#${from ? from.id : "overview"}"]`).focus();
      else focusList(message);
      return;
    }
    if (!(e.key in steps) && e.key !== "Home" && e.key !== "End") return;
    const tab = e.target.closest('[role="tab"]');
    if (tab && /Up|Down/.test(e.key)) return;
    const at = tab || e.target.closest("nav a, .entry");
    if (!at) return;
    const all = tab ? $('[role="tab"]', tab.parentElement) : at.matches(".entry") ? $(".entry", box) : $("nav a");
    const next = target(e.key, all, at);
    e.preventDefault();
    if (!next) return;
    if (tab) {
      select(next, true);
    } else {
      for (const a of all) a.tabIndex = a === next ? 0 : -1;
      next.focus();
      if (next.matches(".entry") && wide.matches) go(next.getAttribute("href"));
    }
  });
  dark.addEventListener("change", showTheme);
  showTheme();
  show();
  unpack().then((all) => {
    messages = all;
    show();
  }, () => {
    one("#opening").hidden = false;
  }).finally(() => {
    document.documentElement.dataset.ready = "";
  });
})();
