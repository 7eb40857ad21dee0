// Starts the Chromium of the machine and opens the demo's page in it.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

function executable() {
  const places = (process.env.PATH ?? "").split(":").flatMap((dir) => names.map((name) => join(dir, name)));
  const found = [process.env.CHROMIUM, ...places].find((path) => path && existsSync(path));
  if (!found) throw new Error("no Chromium in PATH or CHROMIUM");
  return found;
}

// Each start has a new folder for the user's data, which Playwright takes away.
export function launch() {
  return chromium.launch({
    executablePath: executable(),
    headless: true,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--font-render-hinting=none", "--hide-scrollbars",
    ],
  });
}

export function pageURL(dir) {
  return pathToFileURL(resolve(dir, "index.html")).href;
}

// Opens a page, and gathers whatever goes wrong on it: errors in the console,
// requests that fail, and requests for anything but the file itself.
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "light", timezoneId: "UTC", locale: "en-US", ...options });
  const page = await context.newPage();
  const wrong = [];
  context.on("request", (r) => {
    if (!/^(data|about):/.test(r.url()) && r.url().split("#")[0] !== url) wrong.push(`request for ${r.url()}`);
  });
  context.on("requestfailed", (r) => wrong.push(`failed request for ${r.url()}`));
  page.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warning") wrong.push(`console: ${m.text()}`);
  });
  page.on("pageerror", (e) => wrong.push(`error: ${e.message}`));
  await page.goto(url);
  if (url !== "about:blank") await page.waitForSelector("html[data-ready]", { state: "attached" });
  return { page, wrong, close: () => context.close() };
}

// What the page holds, packed: each message with its kind, cadence, views, and the
// document of a mail.
export function messages(page) {
  return page.evaluate(async () => {
    const packed = Uint8Array.from(atob(document.querySelector("#messages").content.textContent), (c) => c.charCodeAt(0));
    const text = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    return [...new DOMParser().parseFromString(text, "text/html").querySelectorAll("article.item")].map((a) => ({
      id: a.id,
      kind: a.classList[1],
      title: a.querySelector("h2").textContent,
      cadence: (a.querySelector(".chips")?.firstElementChild?.className.match(/c-(\S+)/) ?? [])[1] ?? "",
      from: a.querySelector("dd").textContent,
      replies: a.querySelectorAll(".reply").length,
      tabs: [...a.querySelectorAll('[role="tab"]')].map((t) => t.textContent),
      length: a.textContent.length,
      document: a.querySelector("iframe")?.getAttribute("srcdoc"),
      text: a.querySelector("pre")?.textContent,
    }));
  });
}
