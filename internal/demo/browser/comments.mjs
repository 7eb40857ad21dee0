// Comments as GitHub shows them: a page for pictures of issues and of drafts.
import { marked } from "marked";

const style = `
  * { box-sizing: border-box; }
  body { margin: 0; padding: 20px; width: 800px; background: #fff; color: #1f2328; font: 14px/1.5 system-ui, "DejaVu Sans", sans-serif; }
  h1 { margin: 0 0 16px; padding-bottom: 12px; border-bottom: 1px solid #d1d9e0; font-size: 22px; font-weight: 400; }
  h1 span { color: #59636e; }
  section { margin: 0 0 16px; border: 1px solid #d1d9e0; border-radius: 6px; overflow-wrap: anywhere; }
  header { padding: 8px 16px; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; background: #f6f8fa; color: #59636e; }
  header b { color: #1f2328; } header i { padding: 0 6px; border: 1px solid #d1d9e0; border-radius: 99px; font-size: 12px; font-style: normal; }
  article { padding: 16px; } article > :first-child { margin-top: 0; } article > :last-child { margin-bottom: 0; }
  h2 { margin: 24px 0 16px; padding-bottom: 5px; border-bottom: 1px solid #d1d9e0; font-size: 20px; } h3 { margin: 24px 0 12px; font-size: 17px; }
  p, ul { margin: 0 0 12px; } ul { padding-left: 28px; } li + li { margin-top: 4px; } li p { margin: 0; }
  a { color: #0969da; } .mention { color: #1f2328; font-weight: 600; }
  code { padding: 2px 5px; border-radius: 6px; background: #eff1f3; font: 12px "DejaVu Sans Mono", monospace; }`;

const plain = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// A page of the comments in a file: each begins with a line "==== AUTHOR · TIME".
export function commentPage(title, number, file) {
  const sections = file.split(/^==== /m).slice(1).map((part) => {
    const [head, ...body] = part.split("\n");
    const [author, at] = head.split(" · ");
    const html = marked.parse(body.join("\n"), { gfm: true, breaks: true })
      .replace(/(^|[\s>])(@[A-Za-z0-9-]+)/g, '$1<span class="mention">$2</span>');
    const name = `<b>${plain(author.replace("[bot]", ""))}</b>${author.endsWith("[bot]") ? " <i>bot</i>" : ""}`;
    return `<section><header>${name} commented on ${plain(at)}</header><article>${html}</article></section>`;
  });
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><h1>${plain(title)} <span>${plain(number)}</span></h1>${sections.join("")}`;
}
