"use strict";
(() => {
  const $ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const boxes = $("[data-box]");
  const items = $("[data-item]");
  const wide = matchMedia("(min-width: 761px)");
  let box = null;

  const holds = (list, id) => list && list.querySelector(`a[href="#${id}"]`);

  function mark(links, current) {
    for (const a of links) {
      if (a === current) a.setAttribute("aria-current", "true");
      else a.removeAttribute("aria-current");
    }
  }

  function openBox(list) {
    box = list;
    for (const b of boxes) b.hidden = b !== list;
    const link = document.querySelector(`nav a[href="#${list ? list.id : "overview"}"]`);
    mark($("nav a"), link);
    link.scrollIntoView({ block: "nearest", inline: "center" });
  }

  function openItem(id) {
    for (const i of items) i.hidden = i.id !== id;
    document.querySelector("main").scrollTop = 0;
  }

  // The address says what is shown: #overview, #b3 a mailbox, #m12 a message.
  function show() {
    const id = location.hash.slice(1) || "overview";
    const list = boxes.find((b) => b.id === id);
    if (list) {
      openBox(list);
      const first = list.querySelector(".entry");
      document.body.dataset.view = "list";
      openItem(wide.matches ? first.getAttribute("href").slice(1) : "");
      mark($(".entry", list), wide.matches ? first : null);
      list.parentElement.scrollTop = 0;
    } else if (items.some((i) => i.id === id && id !== "overview")) {
      if (!holds(box, id)) openBox(boxes.find((b) => holds(b, id)));
      openItem(id);
      document.body.dataset.view = "message";
      const entry = holds(box, id);
      mark($(".entry", box), entry);
      entry.scrollIntoView({ block: "nearest" });
      const back = document.querySelector(`#${id} .back a`);
      back.href = "#" + box.id;
      back.textContent = "← " + box.querySelector("h2").textContent;
    } else {
      openBox(null);
      openItem("overview");
      document.body.dataset.view = "overview";
    }
    if (!wide.matches) scrollTo(0, 0);
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

  function step(by) {
    const entries = box ? $(".entry", box) : [];
    const at = entries.findIndex((e) => e.hasAttribute("aria-current"));
    const next = entries[at + by];
    if (!next) return;
    location.hash = next.getAttribute("href");
    next.focus();
  }

  addEventListener("hashchange", show);
  document.addEventListener("click", (e) => {
    const tab = e.target.closest('[role="tab"]');
    if (tab) select(tab);
    const width = e.target.closest("[data-width]");
    if (width) {
      document.body.classList.toggle("narrow", width.dataset.width === "narrow");
      for (const b of $("[data-width]")) b.setAttribute("aria-pressed", b.dataset.width === width.dataset.width);
    }
    if (e.target.closest(".skip")) {
      e.preventDefault();
      document.querySelector("main").focus();
    }
  });
  document.addEventListener("keydown", (e) => {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const tab = e.target.closest('[role="tab"]');
    if (tab && (e.key === "ArrowRight" || e.key === "ArrowLeft")) {
      const all = $('[role="tab"]', tab.parentElement);
      select(all[(all.indexOf(tab) + (e.key === "ArrowRight" ? 1 : all.length - 1)) % all.length], true);
      return;
    }
    const inList = e.target.closest(".entry");
    if (e.key === "j" || (inList && e.key === "ArrowDown")) { e.preventDefault(); step(1); }
    if (e.key === "k" || (inList && e.key === "ArrowUp")) { e.preventDefault(); step(-1); }
  });
  show();
})();
