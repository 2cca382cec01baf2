// Keeps package-lock.json free of addresses: `node lock.mjs` fails when it holds one, `node lock.mjs --write` removes them.
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("package-lock.json", import.meta.url);
const text = readFileSync(path, "utf8");
if (process.argv.includes("--write")) {
  const lock = JSON.parse(text);
  for (const entry of Object.values(lock.packages)) {
    delete entry.funding;
    // A link is resolved to a folder of this workspace, not to an address.
    if (!entry.link) delete entry.resolved;
  }
  writeFileSync(path, JSON.stringify(lock, null, 2) + "\n");
} else {
  const [first] = /https?:\/\/[^"]*/.exec(text) ?? [];
  if (first !== undefined) {
    console.error(`package-lock.json: holds the address ${first}`);
    console.error("  → node lock.mjs --write");
    process.exit(1);
  }
}
