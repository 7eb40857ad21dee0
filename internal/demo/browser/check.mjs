// Checks the demo's page in a real browser: node check.mjs DIR
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { launch, messages, open, pageURL } from "./chromium.mjs";
import { allByKeyboard, stops, switches } from "./keyboard.mjs";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const url = pageURL(process.argv[2] ?? "advisory-reminders-demo");
const faults = new Map(); // with how often each was seen
let checks = 0;

function check(ok, what, where) {
  checks++;
  if (ok) return;
  if (!faults.has(what)) console.error(`FAULT at ${where}\n  ${what}`);
  faults.set(what, (faults.get(what) ?? 0) + 1);
}

const start = Date.now();
function say(words) {
  console.log(`${((Date.now() - start) / 1000).toFixed(0).padStart(4)} s  ${words}`);
}

// Runs axe on what is visible, and reports what it finds serious or critical.
let axeRuns = 0;
let passed = 0;
const lesser = new Map();
async function axe(page, where, part) {
  const result = await page.evaluate(async (part) => {
    const r = await axe.run(part ?? document, { iframes: false, resultTypes: ["violations"] });
    const short = (v) => ({ id: v.id, impact: v.impact, target: v.nodes[0].target.join(" "), count: v.nodes.length, why: v.nodes[0].failureSummary });
    return { passes: r.passes.length, violations: r.violations.map(short) };
  }, part);
  axeRuns++;
  passed += result.passes;
  for (const v of result.violations) {
    if (v.impact === "serious" || v.impact === "critical") check(false, `axe: ${v.id} (${v.impact}) at ${v.target}: ${v.why}`, where);
    else lesser.set(v.id, (lesser.get(v.id) ?? 0) + 1);
  }
  check(result.passes > 0, "axe looked at nothing", where);
}

// Whatever is wider than its place: the document, or something that scrolls.
// Of all the messages, only the one that is shown is looked at.
function sideways(page) {
  return page.evaluate(() => {
    const root = document.scrollingElement;
    const wide = root.scrollWidth > root.clientWidth ? ["document"] : [];
    const parts = document.querySelectorAll("body, body > *, .app > *, .list:not([hidden]), .list:not([hidden]) *, article:not([hidden]), article:not([hidden]) *");
    for (const e of document.querySelector("article") ? parts : document.querySelectorAll("*")) {
      if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && /auto|scroll/.test(getComputedStyle(e).overflowX)) wide.push(`${e.localName}.${e.className}`);
    }
    return wide;
  });
}

async function checkSideways(page, where) {
  const wide = await sideways(page);
  check(wide.length === 0, `scrolls sideways: ${wide}`, where);
}

const show = (page, id) => page.evaluate((id) => { location.hash = id; return new Promise((done) => requestAnimationFrame(() => done())); }, id);

const browser = await launch();
say(`Chromium ${browser.version()}`);
const first = await open(browser, url);

// 0. The page is light: a megabyte takes a phone seconds, and so do many elements.
const bytes = (await readFile(new URL(url))).length;
const elements = await first.page.evaluate(() => document.querySelectorAll("*").length);
check(bytes < 1_000_000, `${bytes} bytes`, "the page");
check(elements < 6000, `${elements} elements`, "the page");
say(`the page has ${bytes} bytes and ${elements} elements`);
const all = await messages(first.page);
const counted = await first.page.evaluate(() => document.querySelectorAll("[data-box] .entry").length);
check(all.length > 0 && counted >= all.length, `${all.length} messages and ${counted} entries`, "the page");

// One message of each kind: by kind, cadence, views and replies.
const kinds = new Map();
for (const m of all) {
  const kind = [m.kind, m.cadence, m.tabs.join("+"), m.replies ? "thread" : ""].filter(Boolean).join(" ");
  const known = kinds.get(kind);
  if (!known || m.length > known.length) kinds.set(kind, m); // the longest
}

// 1. By keyboard alone: each message on a desk, and the first of each mailbox on a
// phone, where the panes come one after the other.
for (const [name, viewport, most] of [["a desk", { width: 1280, height: 800 }, Infinity], ["a phone", { width: 320, height: 640 }, 3]]) {
  const o = await open(browser, url, { viewport });
  const reached = await allByKeyboard(o.page, check, name, most);
  const wanted = await o.page.evaluate((most) => [...new Set([...document.querySelectorAll("[data-box]")]
    .flatMap((b) => [...b.querySelectorAll(".entry")].slice(0, most ?? undefined).map((a) => a.hash.slice(1))))], most === Infinity ? null : most);
  const missing = wanted.filter((id) => !reached.has(id));
  check(missing.length === 0, `not reached by keyboard: ${missing}`, name);
  check(most < Infinity || reached.size === all.length, `${all.length - reached.size} messages are in no list`, name);
  check(o.wrong.length === 0, `goes wrong: ${o.wrong}`, name);
  say(`keyboard, ${name}: ${reached.size} of ${wanted.length} messages opened`);
  await o.close();
}

// 2. Where the Tab key stops, the focus is seen; the views and the switches work.
const seen = await stops(first.page, [...kinds.values()], check);
say(`keyboard: the focus was seen at ${seen} stops on ${kinds.size + 2} views`);
check(first.wrong.length === 0, `goes wrong: ${first.wrong}`, "the desk's page");
await first.close();

// The browser's own colours here: those that a test sets would hold for frames too.
const own = await open(browser, url, { colorScheme: null });
await switches(own.page, all.find((m) => m.kind === "mail"), check);
check(own.wrong.length === 0, `goes wrong: ${own.wrong}`, "the switches");
await own.close();

// 3. The page with each kind of message and all its views: axe, light and dark,
// narrow and wide; nothing sideways at 320 px and at a zoom of 200 %.
const sizes = [
  ["320 px", { viewport: { width: 320, height: 640 } }],
  ["1200 px", { viewport: { width: 1200, height: 800 } }],
  ["zoom 200 %", { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
];
for (const [size, options] of sizes) {
  for (const colorScheme of ["light", "dark"]) {
    const o = await open(browser, url, { ...options, colorScheme });
    if (size !== "1200 px" && colorScheme === "light") {
      for (const m of size === "320 px" ? all : kinds.values()) {
        await show(o.page, m.id);
        await checkSideways(o.page, `#${m.id}, ${size}`);
      }
    }
    if (size === "zoom 200 %") { // for axe it is like 320 px
      check(o.wrong.length === 0, `goes wrong: ${o.wrong}`, size);
      await o.close();
      break;
    }
    // axe walks through hidden elements too: without most of the lists it is quick.
    await o.page.evaluate((ids) => {
      for (const a of document.querySelectorAll(".entry")) if (!ids.includes(a.hash.slice(1))) a.parentElement.remove();
    }, [...kinds.values()].map((m) => m.id));
    await o.page.evaluate(axeSource);
    for (const id of ["overview", "boxes", "b1"]) {
      await show(o.page, id);
      await checkSideways(o.page, `#${id}, ${size}`);
      await axe(o.page, `#${id}, ${size}, ${colorScheme}`);
    }
    for (const [kind, m] of kinds) {
      await show(o.page, m.id);
      for (const [n, tab] of m.tabs.entries()) {
        await o.page.locator(`#${m.id}-t${n}`).click();
        const where = `#${m.id} (${kind}), ${tab}, ${size}, ${colorScheme}`;
        await checkSideways(o.page, where);
        await axe(o.page, where, n === 0 ? undefined : `#${m.id}`); // around it nothing has changed
      }
    }
    check(o.wrong.length === 0, `goes wrong: ${o.wrong}`, `${size}, ${colorScheme}`);
    await o.close();
    say(`axe, ${size}, ${colorScheme}: ${axeRuns} runs so far`);
  }
}
say(`axe on the page: ${axeRuns} runs on ${kinds.size} kinds of messages, ${passed} rules passed`);

// 4. Each mail's HTML as a document of its own, as a mail program shows it.
const mails = all.filter((m) => m.kind === "mail");
for (const m of mails) check(m.document, "a mail without HTML", m.id);
const before = axeRuns;
passed = 0;
for (const width of [320, 1200]) {
  const o = await open(browser, "about:blank", { viewport: { width, height: 800 } });
  for (const { id, document } of mails) {
    await o.page.setContent(document);
    await o.page.evaluate(axeSource);
    await checkSideways(o.page, `the mail of #${id}, ${width} px`);
    for (const colorScheme of ["light", "dark"]) {
      await o.page.emulateMedia({ colorScheme });
      await axe(o.page, `the mail of #${id}, ${width} px, ${colorScheme}`);
    }
  }
  check(o.wrong.length === 0, `goes wrong: ${o.wrong}`, `mails, ${width} px`);
  await o.close();
}
say(`axe on ${mails.length} mails: ${axeRuns - before} runs, ${passed} rules passed`);

// 5. Who wants less motion sees none.
for (const reducedMotion of ["reduce", "no-preference"]) {
  const o = await open(browser, url, { reducedMotion });
  await show(o.page, all[0].id);
  const moving = await o.page.evaluate(() => [...document.querySelectorAll("*")].filter((e) => {
    const s = getComputedStyle(e);
    return s.transitionDuration.split(",").some((d) => parseFloat(d) > 0) || s.animationName !== "none" || s.scrollBehavior === "smooth";
  }).length);
  if (reducedMotion === "reduce") check(moving === 0, `${moving} elements move though less motion is wanted`, "reduced motion");
  else say(`motion: ${moving} elements have a transition, none where less motion is wanted`);
  await o.close();
}

await browser.close();
if (lesser.size > 0) say(`axe found of lesser weight: ${[...lesser].map(([id, n]) => `${id} ${n}×`).join(", ")}`);
for (const [what, times] of faults) if (times > 1) console.error(`${times}×  ${what}`);
say(`${checks} checks, ${faults.size} kinds of faults`);
process.exitCode = faults.size > 0 ? 1 : 0;
