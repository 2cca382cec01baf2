// Bundles the JupyterLab extension: esbuild joins our modules into lib/, jupyter-builder makes of it what JupyterLab loads.
import { spawnSync } from "node:child_process";
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { styleAsText } from "./build.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// What is left of an earlier build would be shipped along.
for (const folder of ["lib", "../pressrun/labextension"]) await rm(here(folder), { recursive: true, force: true });

await esbuild.build({
  entryPoints: { index: here("src/index.ts") },
  outdir: here("lib"),
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  // JupyterLab shares its packages and React; ECharts is bundled by the builder, behind the import that asks for it.
  packages: "external",
  legalComments: "none",
  logLevel: "warning",
  plugins: [styleAsText],
});

const { status, error } = spawnSync("jupyter-builder", ["build", here(".")], { stdio: "inherit", shell: false });
if (error) console.error(`jupyter-builder: ${error.message}`);
if (status !== 0) process.exit(status ?? 1);
await copyFile(here("config/install.json"), here("../pressrun/labextension/install.json"));

// `jupyter labextension list` shows the version of what was installed: the Python package's.
const description = here("../pressrun/labextension/package.json");
const [, version] = /"(.+?)"/.exec(
  (await readFile(here("../pressrun/version.py"), "utf8")).split("__version__").at(-1),
);
await writeFile(description, JSON.stringify({ ...JSON.parse(await readFile(description, "utf8")), version }, null, 2));
