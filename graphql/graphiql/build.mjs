// Bundles GraphiQL into a folder: node build.mjs [FOLDER]. File names carry a hash of their content, so browsers keep them for good;
// manifest.json says which of them the page begins with.
import { build } from "esbuild";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

const here = import.meta.dirname;
const out = resolve(process.argv[2] ?? join(here, "..", "planner_api", "graphiql"));
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  metafile: true,
  write: true,
  outdir: out,
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // the licences are written below, whole
  logLevel: "warning",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  define: { "process.env.NODE_ENV": '"production"' },
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const workers = await build({
  ...common,
  format: "iife",
  entryPoints: {
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
  },
});
const worker = Object.fromEntries(
  Object.keys(workers.metafile.outputs).map((file) => [basename(file).replace(/\.worker-\w+\.js$/, ""), basename(file)]),
);
const page = await build({
  ...common,
  format: "esm",
  splitting: true,
  jsx: "automatic",
  entryPoints: { graphiql: "main.jsx" },
  loader: { ".graphql": "text", ".ttf": "file" },
  define: { ...common.define, WORKERS: JSON.stringify(worker) },
});

const files = Object.entries(page.metafile.outputs);
const [script, { cssBundle }] = files.find(([, made]) => made.entryPoint === "main.jsx");
await writeFile(
  join(out, "manifest.json"),
  `${JSON.stringify({ script: basename(script), style: basename(cssBundle) })}\n`,
);

// The licence of every package that is in a bundle, as each of them asks.
const inputs = [...Object.keys(page.metafile.inputs), ...Object.keys(workers.metafile.inputs)];
const packages = new Set(inputs.map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean));
const notices = [];
for (const folder of [...packages].sort()) {
  const { name, version, license } = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE"].map((n) => join(here, folder, n)).find(existsSync);
  notices.push(`${name} ${version} (${license})\n\n${file ? await readFile(file, "utf8") : ""}`);
}
await writeFile(join(out, "LICENSES.txt"), notices.join(`\n${"-".repeat(80)}\n`));
