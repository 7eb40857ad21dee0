// The page by keyboard alone.

// Where the focus is, and the one message that is shown, or nothing.
const active = (page) => page.evaluate(() => {
  const e = document.activeElement;
  const visible = [...document.querySelectorAll("article.item:not([hidden])")].filter((a) => a.checkVisibility() && a.offsetHeight > 40);
  return {
    id: e.id || e.localName, href: e.getAttribute("href") ?? "", inNav: !!e.closest("nav"), inList: !!e.closest(".lists"),
    shown: visible.length === 1 ? visible[0].id : "",
  };
});

async function tabTo(page, wanted) {
  for (let i = 0; i < 400; i++) {
    await page.keyboard.press("Tab");
    if (wanted(await active(page))) return true;
  }
  return false;
}

// Goes through all mailboxes and opens each of their messages, but no more than
// most of each, and returns which were shown. A phone shows the mailboxes alone,
// then a list, then a message.
export async function allByKeyboard(page, check, where, most = Infinity) {
  const reached = new Set();
  const phone = page.viewportSize().width < 761;
  await tabTo(page, (a) => (phone ? a.href === "#boxes" : a.inNav));
  if (phone) await page.keyboard.press("Enter");
  check((await active(page)).inNav, "the mailboxes can't be reached by keyboard", where);
  await page.keyboard.press("Home");
  const boxes = await page.locator("nav a.box").count();
  for (let box = 1; box < boxes; box++) {
    await page.keyboard.press("ArrowDown");
    const { href } = await active(page);
    await page.keyboard.press("Enter");
    check((await active(page)).inList, "Enter on a mailbox does not lead to its list", `${where}, ${href}`);
    await page.keyboard.press("Home");
    let at = await active(page);
    for (let n = 0, before = ""; n < most && at.href !== before; n++) {
      before = at.href;
      if (phone) {
        await page.keyboard.press("Enter");
        at = await active(page);
      }
      check("#" + at.shown === before, "another message is shown than the list has", `${where}, ${before}`);
      if (at.shown) reached.add(at.shown);
      if (phone) {
        await page.keyboard.press("Escape");
        check((await active(page)).href === before, "Esc does not lead back to the list", `${where}, ${before}`);
      }
      await page.keyboard.press("ArrowDown");
      at = await active(page);
    }
    await page.keyboard.press("Escape");
    check((await active(page)).href === href, "Esc does not lead back to the mailboxes", `${where}, ${href}`);
  }
  return reached;
}

// Before the first stop of the Tab key.
async function toTop(page) {
  await page.evaluate(() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute("tabindex"); });
}

// Presses Tab, and returns what has the focus then. Into a mail's frame, which is a
// process of its own, the focus comes a little later. Within one it seems to stay.
async function tab(page, before) {
  await page.keyboard.press("Tab");
  let stop = await focused(page);
  for (let i = 0; i < 40 && !before?.frame && stop?.key === before?.key; i++) {
    await page.waitForTimeout(50);
    stop = await focused(page);
  }
  return stop;
}

// What has the focus, and whether that is seen; nothing if it is the page itself.
const focused = (page) => page.evaluate(() => {
  const e = document.activeElement;
  if (e === document.body) return null;
  e.dataset.stop ??= String(Math.random());
  const s = getComputedStyle(e);
  const r = e.getBoundingClientRect();
  return {
    key: e.dataset.stop, frame: e.localName === "iframe", what: `${e.localName}.${e.className}`,
    outline: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2,
    inside: r.width > 0 && r.height > 0 && r.bottom > 0 && r.right > 0 && r.top < innerHeight && r.left < innerWidth,
  };
});

// Waits until a message is shown, and the frame of a mail, which loads late, as another
// process, and away from which the focus goes then.
async function loaded(page, id) {
  await page.locator(`#${id}`).waitFor();
  const frame = page.locator(`#${id} iframe`);
  if ((await frame.count()) === 0) return;
  await frame.scrollIntoViewIfNeeded();
  const inner = await (await frame.elementHandle()).contentFrame();
  await inner.waitForFunction(() => document.readyState === "complete" && document.body.textContent.trim() !== "");
}

// Presses Tab through views of the page. Where the focus comes to it is seen: in
// the window, and with an outline of two pixels or more.
export async function stops(page, messages, check) {
  let seen = 0;
  for (const id of ["overview", "b1", ...messages.map((m) => m.id)]) {
    await page.evaluate((id) => { location.hash = id; document.activeElement.blur(); window.getSelection().removeAllRanges(); }, id);
    if (id.startsWith("m")) await loaded(page, id);
    const views = id.startsWith("m") ? await page.locator(`#${id} [role="tab"]`).count() : 1;
    for (let view = 0; view < views; view++) {
      await toTop(page);
      const known = new Set();
      let stop = null;
      for (let i = 0; i < 600; i++) {
        stop = await tab(page, stop);
        if (stop && !stop.inside) { // what is shown late moves what is below it
          await page.waitForTimeout(300);
          stop = await focused(page);
        }
        if (!stop) break;
        if (known.has(stop.key)) {
          if (stop.frame) continue; // on through the mail's own links
          break;
        }
        known.add(stop.key);
        seen++;
        check(stop.outline || stop.frame, `no outline at ${stop.what}`, `#${id}`);
        check(stop.inside, `the focus is out of sight at ${stop.what}`, `#${id}`);
      }
      check(known.size >= 4, `${known.size} stops of the Tab key`, `#${id}`);
      if (view + 1 < views) await nextView(page, id, view, check);
    }
  }
  return seen;
}

// The arrow keys go from one view of a message to the next. The focus may come out of a
// mail's frame only now, and away from where it was set.
async function nextView(page, id, view, check) {
  const panel = page.locator(`#${id}-p${view + 1}`);
  for (let i = 0; i < 5 && !(await panel.isVisible()); i++) {
    await page.locator(`#${id}-t${view}`).focus();
    await page.keyboard.press("ArrowRight");
    await panel.waitFor({ timeout: 1000 }).catch(() => {});
  }
  const at = (await active(page)).id;
  check(await panel.isVisible() && !(await page.locator(`#${id}-p${view}`).isVisible()), `→ does not open the next view, the focus is at ${at}`, `#${id}, view ${view}`);
  check((await panel.textContent()).trim() !== "" || await panel.locator("iframe").count() === 1, "a view is empty", `#${id}`);
}

// The switches of width and colours, pressed by keyboard, change the mail too.
export async function switches(page, mail, check) {
  await page.evaluate((id) => { location.hash = id; document.activeElement.blur(); }, mail.id);
  const frame = page.locator(`#${mail.id} iframe`);
  const inner = await (await frame.elementHandle()).contentFrame();
  const look = async () => ({
    width: (await frame.boundingBox()).width,
    mailDark: await inner.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches),
    ground: await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
  });
  const told = async (dark) => { // the frame is told a little later
    for (let i = 0; i < 50 && (await look()).mailDark !== dark; i++) await page.waitForTimeout(100);
  };
  const press = async (name, key) => {
    await toTop(page);
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((name) => document.activeElement.textContent === name, name)) break;
    }
    await page.keyboard.press(key);
    check(await page.getByRole("button", { name, exact: true }).getAttribute("aria-pressed") === "true", `${name} can't be pressed by keyboard`, `#${mail.id}`);
  };
  const before = await look();
  check(!before.mailDark && before.width > 400, "the mail is not light and wide at first", `#${mail.id}`);
  await press("Narrow", "Enter");
  await press("Dark", "Space");
  await told(true);
  const after = await look();
  check(after.width === 360, `a narrow mail is ${after.width} px wide`, `#${mail.id}`);
  check(after.mailDark, "the mail stays light where dark is chosen", `#${mail.id}`);
  check(after.ground !== before.ground, "the page stays light where dark is chosen", `#${mail.id}`);
  await press("Wide", "Space");
  await press("Light", "Enter");
  await told(false);
  const again = await look();
  check(again.width === before.width && !again.mailDark, "the switches don't lead back", `#${mail.id}`);
}
