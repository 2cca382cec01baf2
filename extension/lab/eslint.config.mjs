import { defineConfig, globalIgnores } from "eslint/config";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Layers of src/, from the bottom up: each may import only what stands below it, and panels/ is below all. */
const LAYERS = ["tokens", "api", "models", "views", "plugins", "index"];

/** Nothing of a layer may import a higher one; `tokens` and `index` are files, the others folders. */
const layers = LAYERS.map((layer, rank) => ({
  files: [`src/${layer}.ts`, `src/${layer}/**`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: LAYERS.slice(rank + 1).map((higher) => ({
          group: [`**/${higher}/**`, `**/${higher}.ts`, "!./**"],
          message: `${layer} stands below ${higher}: tokens ← api ← models ← views ← plugins ← index.`,
        })),
      },
    ],
  },
}));

export default defineConfig(
  globalIgnores(["node_modules", "lib", "**/*.mjs", "**/*.cjs", "style/index.js"]),
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: "error",
      "no-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Names of runs are hostile text: build elements, set textContent." },
        { property: "outerHTML", message: "Names of runs are hostile text: build elements, set textContent." },
        { property: "insertAdjacentHTML", message: "Names of runs are hostile text: build elements." },
      ],
      "no-restricted-globals": ["error", "fetch", "XMLHttpRequest", "WebSocket", "EventSource", "Worker"],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  // Written by types.mjs, whose compiler knows index signatures only.
  { files: ["src/api/payloads/**"], rules: { "@typescript-eslint/consistent-indexed-object-style": "off" } },
  { files: ["src/**/*.tsx"], plugins: { "react-hooks": hooks }, rules: hooks.configs.recommended.rules },
  ...layers,
);
