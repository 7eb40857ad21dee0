// Looks at the demo's mails as documents of their own, as mail programs show them:
// node mails.mjs DIR [OUT]. Nothing scrolls sideways and axe has nothing serious to
// say, narrow and wide, light and dark, and where the style sheet is thrown away, or
// all space that is not in the cell of a table. OUT takes a picture of each.
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { launch, messages, open, pageURL } from "./chromium.mjs";

const [dir, out] = process.argv.slice(2);
const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
if (out) await mkdir(out, { recursive: true });

const looks = {
  plain: () => {},
  "no sheet": () => document.querySelectorAll("style").forEach((e) => e.remove()),
  // Word knows padding and width in cells alone, and neither max-width nor round corners.
  word: () => {
    document.querySelectorAll("style").forEach((e) => e.remove());
    document.querySelectorAll("[style]").forEach((e) => {
      for (const p of ["max-width", "border-radius", "display"]) e.style.removeProperty(p);
      if (e.localName !== "td" && e.localName !== "th" && e.localName !== "ol" && e.localName !== "ul") e.style.removeProperty("padding");
    });
    document.querySelectorAll('[style*="mso-hide"], body > div:first-child[style*="max-height"]').forEach((e) => e.remove());
  },
};

const browser = await launch();
const page = await open(browser, pageURL(dir), { viewport: { width: 1400, height: 900 } });
const all = (await messages(page.page)).filter((m) => m.kind === "mail");
const longest = new Map(); // of each cadence
for (const m of all) if (m.length > (longest.get(m.cadence)?.length ?? 0)) longest.set(m.cadence, m);
if (longest.size < 3) throw new Error(`only ${longest.size} kinds of mails`);

let faults = 0;
let seen = 0;
for (const [cadence, m] of longest) {
  const source = m.document;
  for (const width of [320, 390, 700]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const [look, change] of Object.entries(looks)) {
        const where = `${cadence} mail, ${width} px, ${colorScheme}, ${look}`;
        const o = await open(browser, "about:blank", { viewport: { width, height: 800 }, colorScheme });
        await o.page.setContent(source);
        await o.page.evaluate(change);
        const { scroll, inner, space } = await o.page.evaluate(() => {
          const card = document.querySelector(".inner");
          const text = document.querySelector(".box h2") ?? document.querySelector("h1");
          return { scroll: document.documentElement.scrollWidth, inner: innerWidth, space: text.getBoundingClientRect().x - card.getBoundingClientRect().x };
        });
        const say = (what) => { faults++; console.error(`FAULT at ${where}\n  ${what}`); };
        if (scroll > inner) say(`it is ${scroll} px wide`);
        if (space < 10) say(`its text has ${space} px of space beside it`);
        await o.page.evaluate(axeSource);
        const violations = await o.page.evaluate(async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
          .filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `axe: ${v.id} at ${v.nodes[0].target.join(" ")}: ${v.nodes[0].failureSummary}`));
        violations.forEach(say);
        if (out) await o.page.screenshot({ path: join(out, where.replaceAll(/[ ,]+/g, "-") + ".png"), fullPage: true });
        seen++;
        await o.close();
      }
    }
  }
}
await page.close();
await browser.close();
console.log(`mails: ${seen} views of ${longest.size} mails, ${faults} faults`);
process.exit(faults ? 1 : 0);
