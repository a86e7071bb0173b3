// Writes everything that the contracts already define: broker configuration, documents, README blocks.
// `node bus-config/generate.ts` writes; `--check` writes nothing and fails when a file differs.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { catalogue } from "#contracts/catalogue.ts";
import { choreography } from "#contracts/choreography.ts";
import { asyncApiYaml } from "./asyncapi.ts";
import { authorizationConf, limitsConf } from "./authorization.ts";
import { faultsOf } from "./choreography-faults.ts";
import { consumers } from "./consumers.ts";
import { deliveriesPage } from "./deliveries-page.ts";
import { errorTable, readErrors, type Source } from "./error-table.ts";
import { documentedContracts, eventCatalogue, factSchemas } from "./event-catalogue.ts";
import { gitHubPage } from "./github-page.ts";
import { guardPage } from "./guard-page.ts";
import { boundFaults, meaningFaults } from "./json-schema.ts";
import { notMergedPage } from "./not-merged-page.ts";
import { busUsers } from "./permissions.ts";
import { bareReadme, withBlocks } from "./readme.ts";
import { bareRequirements, requirementsPage } from "./requirements-page.ts";
import { streams } from "./streams.ts";

/**
 * Every generated file by its path from the root. `readme` and `requirements` are the README and docs/requirements.md as they stand, `sources`
 * are the production files.
 */
export function generatedFiles(
  readme: string,
  sources: readonly Source[],
  requirements = bareRequirements,
): ReadonlyMap<string, string> {
  return new Map([
    ["bus-config/generated/authorization.conf", authorizationConf(busUsers)],
    ["bus-config/generated/limits.conf", limitsConf()],
    ["bus-config/generated/streams.json", `${JSON.stringify(streams, null, 2)}\n`],
    ["bus-config/generated/consumers.json", `${JSON.stringify(consumers, null, 2)}\n`],
    ["docs/events.md", eventCatalogue()],
    ["docs/asyncapi.yaml", asyncApiYaml()],
    ["docs/deliveries.md", deliveriesPage()],
    ["docs/errors.md", errorTable(readErrors(sources).entries)],
    ["docs/github.md", gitHubPage()],
    ["docs/guard.md", guardPage()],
    ["docs/not-merged.md", notMergedPage()],
    ["docs/requirements.md", requirementsPage(requirements)],
    ["README.md", withBlocks(readme)],
  ]);
}

/** The files that differ from what they should be, with their right content. */
export async function driftIn(root: string): Promise<ReadonlyMap<string, string>> {
  const readme = (await textOf(join(root, "README.md"))) ?? bareReadme;
  const requirements = await textOf(join(root, "docs/requirements.md"));
  const files = [...generatedFiles(readme, await readSources(root), requirements)];
  const found = await Promise.all(files.map(async ([path]) => textOf(join(root, path))));
  return new Map(files.filter(([, content], at) => found[at] !== content));
}

/** The production files in which errors are defined, by path. */
export async function readSources(root: string): Promise<readonly Source[]> {
  const folders = ["contracts", "bus-config", "services", "deploy"];
  const listed = await Promise.all(folders.map((folder) => filesIn(root, folder)));
  const paths = listed.flat().filter((path) => /\.ts$/.test(path) && !/\.test(-d)?\.ts$|\/test-[^/]+$/.test(path));
  return Promise.all(paths.sort().map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })));
}

async function filesIn(root: string, folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(join(root, folder), { recursive: true });
    return names.map((name) => `${folder}/${name.replaceAll(sep, "/")}`);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw cause;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
}

async function main(root: string, mode: "check" | "write"): Promise<number> {
  const faults = [
    ...faultsOf(choreography, catalogue),
    ...meaningFaults(documentedContracts),
    ...boundFaults(factSchemas),
    ...readErrors(await readSources(root)).faults,
  ];
  if (faults.length > 0) {
    console.error(["Nothing can be generated:", ...faults].join("\n  "));
    return 1;
  }
  const drift = await driftIn(root);
  if (mode === "check") {
    if (drift.size === 0) return 0;
    console.error(["Generated files differ from the contracts:", ...drift.keys()].join("\n  "));
    console.error("Run: npm run generate");
    return 1;
  }
  for (const [path, content] of drift) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
    console.log(`wrote ${path}`);
  }
  return 0;
}

if (import.meta.main) {
  process.exitCode = await main(join(import.meta.dirname, ".."), process.argv.includes("--check") ? "check" : "write");
}
