// Bundles the panels and the page's behaviour into the Python package: `node build.mjs [--watch]`.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const OUTPUT = here("../pressrun/static");

/** A panel brings its style along as text, because a widget has no page to link a style sheet from. */
export const styleAsText = {
  name: "style-as-text",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text", watchFiles: [path] };
    });
  },
};

/** Published pages hold these files inline and allow them by hash, so their text must survive an HTML parser as it is. */
const inlineable = {
  name: "inlineable",
  setup(build) {
    build.onEnd(({ outputFiles }) => {
      for (const file of outputFiles ?? []) {
        const unsafe = /<\/script|<!--|[^\x00-\x7f]|\r|\0/i.exec(file.text);
        if (unsafe) throw new Error(`${file.path}: ${JSON.stringify(unsafe[0])} does not survive inlining`);
      }
    });
  },
};

/** Tells the weight of each bundle; the panels have a budget because every published page carries them. */
const weighed = {
  name: "weighed",
  setup(build) {
    build.onEnd(async ({ outputFiles }) => {
      const { mkdir, writeFile } = await import("node:fs/promises");
      await mkdir(OUTPUT, { recursive: true });
      for (const { path, contents } of outputFiles ?? []) {
        await writeFile(path, contents);
        const gzip = gzipSync(contents).length;
        console.log(`${path.replace(OUTPUT + "/", "")}: ${kB(contents.length)}, ${kB(gzip)} gzip`);
        if (gzip > BUDGET) throw new Error(`${path}: ${kB(gzip)} gzip is over the budget of ${kB(BUDGET)}`);
      }
    });
  },
};

const BUDGET = 320_000;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

const shared = {
  bundle: true,
  minify: true,
  write: false,
  charset: "ascii",
  target: "es2022",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
  plugins: [styleAsText, inlineable, weighed],
};

const bundles = [
  { ...shared, entryPoints: { panels: here("panels/index.ts") }, outdir: OUTPUT, format: "esm" },
  { ...shared, entryPoints: { page: here("page/index.ts") }, outdir: OUTPUT, format: "iife" },
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const bundle of bundles) {
    if (process.argv.includes("--watch")) await (await esbuild.context(bundle)).watch();
    else await esbuild.build(bundle);
  }
}
