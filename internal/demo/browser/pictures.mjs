// Takes the pictures of docs/messages.md: node pictures.mjs DIR TIMELINE COMMENTS OUT
// DIR has the demo's page, TIMELINE is what the demo printed, COMMENTS are the files
// of a test that shows what comes on GitHub alone, OUT takes the PNGs.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commentPage } from "./comments.mjs";
import { launch, messages, open, pageURL } from "./chromium.mjs";
import { smaller } from "./palette.mjs";

const [dir, timeline, comments, out] = process.argv.slice(2);
if (!out) throw new Error("usage: node pictures.mjs DIR TIMELINE COMMENTS OUT");
await mkdir(out, { recursive: true });
const largest = 150_000; // bytes of a picture

const browser = await launch();
const { page, close } = await open(browser, pageURL(dir), { viewport: { width: 1400, height: 900 } });
const all = await messages(page);

// The first message that fits best: of those that pass, the one with the most.
function best(what, passes, most = (m) => m.length) {
  const list = all.filter(passes).sort((a, b) => most(b) - most(a));
  if (list.length === 0) throw new Error(`the demo's page has no ${what}`);
  return list[0];
}
const advisories = (m) => Number(m.title.match(/\d+/)?.[0] ?? 0);

const digest = best("weekly mail", (m) => m.kind === "mail" && m.cadence === "weekly", advisories);
const direct = best("direct message", (m) => m.kind === "slack" && m.cadence !== "report", (m) => -m.length);
const report = best("report", (m) => m.kind === "slack" && m.cadence === "report");
const dry = best("dry run", (m) => m.kind === "dry-run");
// The shortest summary that asks for something.
const summary = best("job summary", (m) => m.kind === "summary" && !/^nothing/i.test(m.title), (m) => -m.length);

// A mail as a document of its own, in a window of the given size.
async function mail(message, name, width, height, colorScheme) {
  const o = await open(browser, "about:blank", { viewport: { width, height: 100 }, colorScheme });
  await o.page.setContent(message.document);
  const full = await o.page.evaluate(() => document.documentElement.scrollHeight);
  await o.page.setViewportSize({ width, height: Math.min(height, full) });
  await save(o.page, name, { clip: { x: 0, y: 0, width, height: Math.min(height, full) }, fullPage: true });
  await o.close();
}

// One view of a message on the page, no taller than height.
async function view(message, name, { tab = 0, width = 1400, height = 2400, colorScheme = "light", selector = ".sheet" } = {}) {
  const o = await open(browser, pageURL(dir), { viewport: { width, height: height + 400 }, colorScheme });
  await o.page.evaluate((id) => { location.hash = id; }, message.id);
  await o.page.locator(`#${message.id}-t${tab}`).click();
  const box = await o.page.locator(`#${message.id}-p${tab} ${selector}`).evaluate((e) => {
    const r = e.getBoundingClientRect();
    return { x: r.x + scrollX, y: r.y + scrollY, width: r.width, height: r.height };
  });
  await save(o.page, name, { clip: { ...box, height: Math.min(box.height, height) }, fullPage: true });
  await o.close();
}

// What a terminal shows.
async function terminal(text, name, columns) {
  const o = await open(browser, "about:blank", { viewport: { width: 900, height: 600 } });
  await o.page.setContent(`<body style="margin:0;background:#16181d;color:#e3e6eb"><pre style="margin:0;padding:16px 20px;width:${columns}ch;font:12px/1.42 'DejaVu Sans Mono',monospace;white-space:pre-wrap"></pre>`);
  const pre = o.page.locator("pre");
  await pre.evaluate((e, text) => { e.textContent = text; }, text);
  await save(o.page, name, { clip: await pre.boundingBox(), fullPage: true });
  await o.close();
}

// Comments on an issue or on a draft, as GitHub shows them, no taller than height.
async function github(name, title, number, height = 1500) {
  const o = await open(browser, "about:blank", { viewport: { width: 800, height: 100 } });
  await o.page.setContent(commentPage(title, number, await readFile(join(comments, name + ".md"), "utf8")));
  const full = await o.page.evaluate(() => document.documentElement.scrollHeight);
  await save(o.page, name, { clip: { x: 0, y: 0, width: 800, height: Math.min(height, full) }, fullPage: true });
  await o.close();
}

const sizes = [];
async function save(page, name, options) {
  const path = join(out, name + ".png");
  const png = smaller(await page.screenshot({ animations: "disabled", ...options }));
  await writeFile(path, png);
  const size = png.length;
  sizes.push(`${name} ${Math.ceil(size / 1000)} kB`);
  if (size > largest) throw new Error(`${path} has ${size} bytes, more than ${largest}`);
}

const printed = (await readFile(timeline, "utf8")).trimEnd().replace(/^page .*$/m, "page        file:///…/advisory-reminders-demo/index.html");
const log = dry.text;
await mail(digest, "digest-wide", 760, 2600, "light");
await mail(digest, "digest-wide-dark", 760, 700, "dark");
await mail(digest, "digest-narrow", 360, 1000, "light");
await mail(digest, "digest-narrow-dark", 360, 1000, "dark");
await view(direct, "direct");
await view(report, "report", { height: 1180 });
await view(summary, "summary");
const visible = log.slice(log.indexOf("== "), log.indexOf("\nThe report in full"));
if (!visible.includes("== Who gets what")) throw new Error("the dry run does not say who gets what");
await terminal(visible.trimEnd(), "dry-run", 80);
await terminal(printed, "timeline", 102);
await github("issue-day-one", "Advisory Reminders: reports", "#1");
await github("issue-day-two", "Advisory Reminders: reports", "#1");
await github("thread", "acme/rocket", "GHSA-rock-2222-0000");

const bytes = sizes.join(", ");
console.log(`${sizes.length} pictures: ${bytes}`);
await close();
await browser.close();
