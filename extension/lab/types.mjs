// Makes the payloads' TypeScript types from the server's JSON Schemas: `node types.mjs` fails when they are behind, `--write` writes them.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";
import * as prettier from "prettier";

const SCHEMAS = new URL("../pressrun/server/schemas/", import.meta.url);
const TYPES = new URL("src/api/payloads/", import.meta.url);

let behind = false;
for (const file of (await readdir(SCHEMAS)).filter((name) => name.endsWith(".json")).sort()) {
  const { title, $defs } = JSON.parse(await readFile(new URL(file, SCHEMAS), "utf8"));
  // One type that names all the others, so that each is compiled once and under its own name.
  const all = Object.fromEntries(Object.keys($defs).map((name) => [name, { $ref: `#/$defs/${name}` }]));
  const whole = { title: "All", type: "object", additionalProperties: false, properties: all, $defs };
  const bannerComment = `/** Payloads of ${title}: made from server/schemas/${file} by \`npm run types\`. */`;
  const text = await compile(whole, "All", { bannerComment, format: false, strictIndexSignatures: false });
  const types = await prettier.format(text.replace(/export interface All \{[^]*?\n\}\n/, ""), {
    parser: "typescript",
    printWidth: 120,
  });
  const place = new URL(file.replace(".json", ".ts"), TYPES);
  const old = await readFile(place, "utf8").catch(() => "");
  if (old === types) continue;
  if (process.argv.includes("--write")) await writeFile(place, types);
  else {
    console.error(`src/api/payloads/${file.replace(".json", ".ts")} is behind its schema`);
    behind = true;
  }
}
if (behind) {
  console.error("  → npm run types");
  process.exit(1);
}
