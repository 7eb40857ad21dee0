// What the scripts of this folder share: they count what they look at, and
// print as JSON what isn't as a client expects.
import fs from 'node:fs';

const faults = [];
let checks = 0;

// check notes a fault unless it holds.
export function check(what, holds, seen) {
  checks++;
  if (!holds) faults.push(seen === undefined ? what : `${what}: ${JSON.stringify(seen)?.slice(0, 300)}`);
}

// refused returns the error of what has to be refused.
export async function refused(what, promise) {
  try {
    const answer = await promise;
    check(what, false, answer);
    return {};
  } catch (error) {
    return error;
  }
}

// done prints the figures, with the versions of packages.
export function done(...packages) {
  const version = (name) => JSON.parse(fs.readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
  console.log(JSON.stringify({ versions: packages.map((name) => `${name} ${version(name)}`).join(', '), checks, faults }));
}
